"""A configuration directory, read and checked.

It lies on the way to the first paint: the usual way is one conversion per file and one walk over its values. Only a
file of the wrong shape is taken apart key by key, so that everything can be told at once.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import tomli
from msgspec import Struct

from warroom import redaction
from warroom.protocol.checks.integrations import check_integrations
from warroom.protocol.checks.keymap import check_keymap
from warroom.protocol.checks.people import check_roster, check_services
from warroom.protocol.checks.problem import ConfigError, Finding, Problem, covered, literal
from warroom.protocol.checks.protocol import check_protocol
from warroom.protocol.checks.trust import of_configuration
from warroom.protocol.checks.values import LEFT_IN_PROTOCOL, LEFT_TO_FILL, check_values
from warroom.protocol.integrations import Integrations, secret_names
from warroom.protocol.keymap import Keys, keymap_of
from warroom.protocol.model import Config, Protocol, Services
from warroom.protocol.roster import Roster

_Whole = TypeVar("_Whole", Protocol, Roster, Services, Integrations, Keys)


class _File(Struct, Generic[_Whole]):
    """One file as far as it could be read. `value` is None where not even TOML was found; `why` then says so."""

    name: str
    raw: bytes = b""
    table: dict[str, Any] = {}
    value: _Whole | None = None
    why: str = ""
    shape: list[Finding] = []
    doubtful: frozenset[str] = frozenset()


def load(directory: Path) -> Config:
    """The configuration in `directory`. Raises ConfigError with every problem of all its files."""
    config, problems = read(directory)
    if problems or config is None:
        raise ConfigError(directory, problems)
    return config


def read(directory: Path) -> tuple[Config | None, list[Problem]]:
    """The configuration in `directory` as far as it goes, and everything that is wrong with it.

    What is faulty is left as it stands, or is something empty; None where a file could not be taken apart at all. Only
    `load` says what may be acted upon.
    """
    try:
        there = directory.is_dir()
    except OSError:  # a folder above it can't be entered
        there = False
    if not there:
        sentence = "There is no such directory. `warroom init` writes one to start from."
        return None, [Problem(literal(str(directory)), "", sentence)]
    protocol = _read(directory, "protocol.toml", Protocol)
    roster = _read(directory, "roster.toml", Roster)
    services = _read(directory, "services.toml", Services)
    others = _optional(directory, "integrations.toml", Integrations)
    keys = _optional(directory, "keymap.toml", Keys)
    problems: list[Problem] = []
    problems += _problems(
        protocol, LEFT_IN_PROTOCOL, check_protocol(protocol.value, protocol.doubtful) if protocol.value else ()
    )
    comparable = "roles" not in protocol.doubtful and "duties" not in roster.doubtful
    known = protocol.value if comparable else None
    problems += _problems(roster, LEFT_TO_FILL, check_roster(roster.value, known) if roster.value else ())
    problems += _problems(services, LEFT_TO_FILL, check_services(services.value) if services.value else ())
    told = None if services.shape else services.value
    redaction.learn(os.environ, secret_names(others.value or Integrations()))
    problems += _problems(others, LEFT_TO_FILL, check_integrations(others.value, told) if others.value else ())
    problems += _problems(keys, LEFT_TO_FILL, check_keymap(keys.value) if keys.value else ())
    if not (protocol.value and roster.value and services.value):
        return None, problems
    digest = hashlib.sha256(protocol.raw).hexdigest()
    names = [file.name for file in (protocol, roster, services, others, keys)]
    whole = Config(
        protocol.value,
        roster.value,
        services.value,
        digest,
        str(directory),
        others.value or Integrations(),
        of_configuration(directory, protocol.value, names),
        keymap_of(keys.value or Keys()),
    )
    return whole, problems


def _optional(directory: Path, name: str, kind: type[_Whole]) -> _File[_Whole]:
    """A file that need not be there."""
    path = directory / name
    return _read(directory, name, kind) if path.exists() or path.is_symlink() else _File(name)


def _read(directory: Path, name: str, kind: type[_Whole]) -> _File[_Whole]:
    """One file of the directory, as far as it goes."""
    path = directory / name
    file: _File[_Whole] = _File(name)
    try:
        if not path.is_file():
            file.why = "Missing. `warroom init` writes one to start from." if not path.exists() else "Is no file."
            return file
        file.raw = path.read_bytes()
        file.table = tomli.loads(file.raw.decode("utf-8-sig"))
    except OSError as error:
        file.why = f"Can't be read: {error.strerror}. Mend its permissions."
    except UnicodeDecodeError as error:
        line = file.raw.count(b"\n", 0, error.start) + 1
        file.why = f"Is not UTF-8 in line {line}. Save it as UTF-8."
    except RecursionError:
        file.why = "Is nested too deeply. Take the innermost lists away."
    except ValueError as error:  # TOMLDecodeError, and Python's own limit on the digits of a number
        file.why = f"Is no TOML: {str(error)[:200]!r}. Mend that place."
    else:
        _convert(file, kind)
    return file


def _convert(file: _File[_Whole], kind: type[_Whole]) -> None:
    """The table as a `kind`, mended where it has to be."""
    try:
        file.value = msgspec.convert(file.table, kind)
    except (msgspec.ValidationError, OverflowError):
        from warroom.protocol.checks.shape import Faults, mend  # only a broken configuration pays for it

        faults = Faults()
        file.value = mend(file.table, kind, "", faults)
        file.shape = faults.found
        file.doubtful = frozenset(faults.doubtful)


def _problems(file: _File[_Whole], placeholder: str, contradictions: Iterable[Finding]) -> Iterator[Problem]:
    """What is wrong with one file. A place of the wrong shape is told once and not judged any further."""
    if file.why:
        yield Problem(file.name, "", file.why)
        return
    for path, sentence in file.shape:
        yield Problem(file.name, path, sentence)
    places = [path for path, _ in file.shape]
    for path, sentence in chain(check_values(file.table, placeholder), contradictions):
        if not covered(path, places):
            yield Problem(file.name, path, sentence)
