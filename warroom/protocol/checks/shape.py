"""What has the wrong shape: unknown keys, missing keys, wrong types. Reached only when a quick conversion failed."""

# ruff: noqa: ANN401 — types are the data here, and no annotation can name "a type as an annotation has it".

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from warroom.protocol.checks.problem import Finding, identifies, join, nearest, quote, row


class Faults(Struct):
    """The faults of one file's shape. `doubtful` are the top-level tables of which an id may be among the faults."""

    found: list[Finding] = []
    doubtful: set[str] = set()

    def add(self, path: str, sentence: str, doubt: bool = False) -> None:
        """One more fault; with `doubt`, references into its table can't be judged any more."""
        self.found.append((path, sentence))
        if doubt or identifies(path):
            self.doubtful.add(path.partition(".")[0].partition("[")[0])


def mend(data: object, kind: Any, path: str, faults: Faults) -> Any:
    """`data` as a `kind` whatever it is, with every fault of its shape added to `faults`.

    What is faulty is replaced by its default, or by something empty of the right type, so that the rest can be judged.
    """
    table = _table_type(kind)
    if table is not None:
        return _table(data, table, path, faults)
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    if inner is not None and _table_type(inner) is not None:
        if isinstance(data, list):
            return tuple(mend(item, inner, _row_path(path, data, index), faults) for index, item in enumerate(data))
        faults.add(path, f"Here stands {_seen(data)}. Write a list of tables, each under [[…]].", doubt=True)
        return ()
    try:
        return msgspec.convert(data, kind)
    except (msgspec.ValidationError, OverflowError):
        faults.add(path, _wrong(data, kind))
        return _empty(kind)


def _table(data: object, kind: type[Struct], path: str, faults: Faults) -> Struct:
    """One table: each of its keys, those that it should not have, and those that it lacks."""
    if not isinstance(data, dict):
        faults.add(path, f"Here stands {_seen(data)}. Write {_wanted(kind)}.", doubt=True)
        return _empty(kind)  # type: ignore[no-any-return]
    known = {field.name: field for field in fields(kind)}
    for key in data:
        if key not in known:
            faults.add(join(path, key), f"Unknown key. {nearest(key, known)}")
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name in data:
            before = len(faults.found)
            value = mend(data[name], field.type, join(path, name), faults)
            single = _table_type(field.type) is None and not isinstance(data[name], list)
            if single and not field.required and len(faults.found) > before:
                continue  # its default is nearer to what was meant than something empty
            values[name] = value
        elif field.required:
            tables = field.type not in (str, int, float, bool)
            faults.add(join(path, name), f"Missing. Write {_wanted(field.type)}.", doubt=tables)
            values[name] = _empty(field.type)
    return kind(**values)


def _row_path(path: str, rows: list[Any], index: int) -> str:
    parent, _, key = path.rpartition(".")
    name = row(key, rows, index)
    return f"{parent}.{name}" if parent else name


def _table_type(kind: Any) -> type[Struct] | None:
    """The struct that `kind` is, alone or beside None."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return next((option for option in options if isinstance(option, type) and issubclass(option, Struct)), None)


def _empty(kind: Any) -> Any:
    """Something empty of that type."""
    origin = get_origin(kind)
    if origin is tuple:
        return ()
    if origin is Literal:
        return get_args(kind)[0]
    if origin in (Union, UnionType):
        return None
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind(**{field.name: _empty(field.type) for field in fields(kind) if field.required})
    return kind()


def _wanted(kind: Any) -> str:
    """What should stand there, in words."""
    origin = get_origin(kind)
    if origin is Literal:
        return f"one of {', '.join(get_args(kind))}, in quotes"
    if origin is tuple:
        inner = get_args(kind)[0]
        if _table_type(inner) is not None:
            return "a list of tables"
        return "a list of whole numbers" if inner is int else "a list of texts in quotes"
    if origin is dict:
        return "a table of names with their values"
    if (table := _table_type(kind)) is not None:
        needed = [field.name for field in fields(table) if field.required]
        return f"a table with {', '.join(needed)}" if needed else "a table"
    if bool in (kind, *get_args(kind)):
        return "true or false"
    if int in (kind, *get_args(kind)):
        return "a whole number"
    return "a number" if float in (kind, *get_args(kind)) else "a text in quotes"


def _seen(data: object) -> str:
    """What does stand there, in words."""
    if isinstance(data, dict):
        return "a table"
    if isinstance(data, list):
        return f"the list {quote(data)}"
    if isinstance(data, bool):
        return str(data).lower()
    if isinstance(data, str):
        return f"the text {quote(data)}"
    return f"the number {quote(data)}" if isinstance(data, int | float) else f"the date or time {str(data)!r}"


def _wrong(data: object, kind: Any) -> str:
    """A leaf of the wrong type, and what belongs there."""
    if get_origin(kind) is Literal and isinstance(data, str):
        return f"{quote(data)} is not possible here. {nearest(data, get_args(kind))}"
    return f"Here stands {_seen(data)}. Write {_wanted(kind)}."
