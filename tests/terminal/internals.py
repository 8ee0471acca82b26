"""Finds which private names of Textual's the code uses, by reading it beside the classes that it descends from."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import warroom
import widgets

ROOTS = (Path(warroom.__file__).parent, Path(str(next(iter(widgets.__path__)))))


@cache
def used() -> dict[str, set[str]]:
    """Each private name of Textual's, as its module, class and name, with who uses it.

    `*` is the class where it is another object's that is asked: whose, nothing tells but the line itself.
    """
    found: dict[str, set[str]] = {}
    for root in ROOTS:
        for path in sorted(root.rglob("*.py")):
            place = path.relative_to(root.parent).as_posix()
            for name in _within(path, place):
                found.setdefault(name, set()).add(place)
    return found


def _within(path: Path, place: str) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sources = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    if not any(re.search("textual|warroom.screens|widgets", ast.unparse(node)) for node in sources):
        return
    for source in sources:
        yield from _imported(source)
    module = import_module(place.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _in_class(node, getattr(module, node.name))
    for part in ast.walk(tree):
        if isinstance(part, ast.Attribute) and is_private(part.attr) and not _own(part.value):
            yield f"*.{part.attr}"


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """What comes from a private module, or has a private name in a public one."""
    for one in node.names:
        name = f"{node.module}.{one.name}" if isinstance(node, ast.ImportFrom) else one.name
        first, *rest = name.split(".")
        if first == "textual" and any(map(is_private, rest)):
            yield name


def _in_class(node: ast.ClassDef, made: type) -> Iterator[str]:
    """What a class that descends from one of Textual's replaces, calls, reads or sets."""
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            name = part.name
        elif isinstance(part, ast.Attribute) and _own(part.value):
            name = part.attr
        else:
            continue
        owner = next((one for one in reversed(made.__mro__) if is_private(name) and name in privates(one)), None)
        if owner is not None:
            yield f"{owner.__module__}.{owner.__qualname__}.{name}"


def _own(value: ast.expr) -> bool:
    """Whether it is `self`, or what is above it."""
    return (isinstance(value, ast.Name) and value.id in ("self", "cls")) or ast.unparse(value) == "super()"


def is_private(name: str) -> bool:
    """One leading underscore."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


@cache
def privates(owner: type) -> frozenset[str]:
    """The private names that a class of Textual's itself defines; none for any other class."""
    if owner.__module__.partition(".")[0] != "textual":
        return frozenset()
    targets = {
        node.attr
        for top in _classes(owner.__module__).get(owner.__name__, [])
        for node in ast.walk(top)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _own(node.value)
    }
    return frozenset(name for name in targets | set(vars(owner)) if is_private(name))


@cache
def _classes(module: str) -> dict[str, list[ast.ClassDef]]:
    """The classes of a module as they are written, by name."""
    found: dict[str, list[ast.ClassDef]] = {}
    for node in ast.walk(ast.parse(Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            found.setdefault(node.name, []).append(node)
    return found
