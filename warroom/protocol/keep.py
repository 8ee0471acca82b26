"""Keeping an edited roster: what was edited is put in its place in roster.toml, and the rest stays as it was written.

The file is its owner's: comments, order and spelling are kept. It is checked, then written whole beside the old one,
then put in its place.
"""

from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import msgspec
import tomli
from msgspec import Struct
from msgspec.structs import replace

from warroom import files
from warroom.protocol.checks.people import check_roster
from warroom.protocol.checks.problem import Finding
from warroom.protocol.checks.values import LEFT_TO_FILL, check_values
from warroom.protocol.contacts import Contact
from warroom.protocol.model import Config
from warroom.protocol.roster import Duty, ExternalContact, Person, Roster

NAME = "roster.toml"


class NotKept(Exception):
    """The roster was not written: `title` says why, `remedy` what to do. The file is as it was."""

    def __init__(self, title: str, remedy: str) -> None:
        super().__init__(f"{title}. {remedy}")
        self.title = title
        self.remedy = remedy


def edited(roster: Roster, contact: Contact, person: Person) -> Roster:
    """The roster with `person` in the place of `contact`. Raises NotKept when that place says something else by now."""
    if contact.place == "outside":
        old = ExternalContact(contact.title, contact.person.handle, contact.person.phone, contact.person.email)
        new = ExternalContact(contact.title, person.handle, person.phone, person.email)
        external = _in_place(roster.external, old, new)
        return replace(roster, external=external)
    duty = roster.duty(contact.role)
    if duty is None or getattr(duty, contact.place) != contact.person:
        raise _meanwhile()
    primary, backup = (person, duty.backup) if contact.place == "primary" else (duty.primary, person)
    return replace(roster, duties=_in_place(roster.duties, duty, Duty(duty.role, primary, backup)))


def swapped(roster: Roster, role: str) -> Roster:
    """The roster with a duty's primary and backup in each other's place. Raises NotKept without a backup."""
    duty = roster.duty(role)
    if duty is None or duty.backup is None:
        raise NotKept("There is no backup to change places with", "Edit the person instead.")
    return replace(roster, duties=_in_place(roster.duties, duty, Duty(role, duty.backup, duty.primary)))


def keep(config: Config, roster: Roster) -> Config:
    """Write `roster` into the configuration's roster.toml and return the configuration with it. Raises NotKept.

    What differs from the file is put in its place; the rest of the file is kept byte by byte. What was there is there
    whole until the new file takes its place.
    """
    table = _table(roster)
    wrong: list[Finding] = [*check_values(table, LEFT_TO_FILL), *check_roster(roster, config.protocol)]
    if wrong:
        path, sentence = wrong[0]
        raise NotKept(f"{path}: {sentence.rstrip('.')}", "Mend it here, then save again.")
    target = Path(config.directory, NAME).resolve()
    try:
        written = target.read_bytes()  # as text it would lose the ends of its lines
        files.put(target, changed(written, roster), mode=target.stat().st_mode & 0o777)
    except OSError as error:
        raise NotKept(
            f"{target} can't be written: {error.strerror or error}",
            "Use a configuration of your own: warroom init DIR, then --config DIR.",
        ) from error
    return replace(config, roster=roster)


def current(config: Config) -> Roster:
    """The roster as its file says now; somebody else may have edited it. Raises NotKept."""
    try:
        return _read(Path(config.directory, NAME).read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise NotKept(f"{NAME} can't be read any more: {error}", "Run: warroom check") from error


def _table(roster: Roster) -> dict[str, Any]:
    """As TOML has it: what is empty is left out."""
    table: dict[str, Any] = msgspec.to_builtins(roster)
    table["duties"] = [{key: value for key, value in duty.items() if value is not None} for duty in table["duties"]]
    return table


def changed(written: bytes, roster: Roster) -> bytes:
    """The file with `roster` in it, changed only where that differs. Raises NotKept where that can't be done."""
    import tomlkit  # only an edit pays for it

    try:
        body = written.removeprefix(BOM_UTF8).decode()
        document: Any = tomlkit.parse(body)
        before = _read(body)
        if (len(before.duties), len(before.external)) != (len(roster.duties), len(roster.external)):
            raise _meanwhile()
        for rows, was, now in (
            ("duties", before.duties, roster.duties),
            ("external", before.external, roster.external),
        ):
            for number, (old, new) in enumerate(zip(was, now, strict=True)):
                if old != new:
                    _put(document[rows][number], old, new)
        after = tomlkit.dumps(document)
        if _read(after) == roster:  # TOML has many spellings: what is not what was meant is not written
            return (BOM_UTF8 if written.startswith(BOM_UTF8) else b"") + after.encode()
    except (ValueError, LookupError, tomlkit.exceptions.TOMLKitError) as error:
        raise _by_hand() from error
    raise _by_hand()


def _put(row: Any, old: Struct, new: Struct) -> None:  # noqa: ANN401
    """Change the keys of a table that differ. What is empty by now stays as "": its line may bear a comment."""
    for key in new.__struct_fields__:
        was, now = getattr(old, key), getattr(new, key)
        if was == now:
            continue
        if isinstance(was, Struct) and isinstance(now, Struct):
            _put(row[key], was, now)
        elif key in row:
            row[key] = msgspec.to_builtins(now)
        else:
            _add(row, key, msgspec.to_builtins(now))


def _add(row: Any, key: str, value: Any) -> None:  # noqa: ANN401
    """Below the table's last key: tomlkit would go below the comments, too, that lead to the next table."""
    from tomlkit.items import Table

    body = row.value.body if isinstance(row, Table) else []
    comments = []
    while body and body[-1][0] is None:
        comments.append(body.pop())
    row[key] = value
    body.extend(reversed(comments))


def _read(text: str) -> Roster:
    """Raises ValueError for what is no TOML or no roster."""
    return msgspec.convert(tomli.loads(text), Roster)


def _by_hand() -> NotKept:
    return NotKept(f"{NAME} is written in a way that can't be changed from here", f"Edit {NAME} by hand.")


def _in_place(rows: tuple[Any, ...], old: Any, new: Any) -> tuple[Any, ...]:  # noqa: ANN401
    if old not in rows:
        raise _meanwhile()
    at = rows.index(old)
    return (*rows[:at], new, *rows[at + 1 :])


def _meanwhile() -> NotKept:
    return NotKept("Somebody else changed this entry meanwhile", "Open the contacts again and look.")
