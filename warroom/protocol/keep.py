"""Keeping an edited roster: checked, then written whole beside roster.toml, then put in its place."""

from pathlib import Path
from typing import Any

import msgspec
import tomli
from msgspec.structs import replace

from warroom import files
from warroom.protocol.checks.people import check_roster
from warroom.protocol.checks.problem import Finding
from warroom.protocol.checks.values import LEFT_TO_FILL, check_values
from warroom.protocol.contacts import Contact
from warroom.protocol.model import Config
from warroom.protocol.roster import Duty, ExternalContact, Person, Roster

NAME = "roster.toml"
HEAD = "# Who holds which role. warroom wrote this file anew when somebody was edited in it.\n\n"


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

    The comments of the file are lost. What was there is there whole until the new file takes its place.
    """
    table = _table(roster)
    wrong: list[Finding] = [*check_values(table, LEFT_TO_FILL), *check_roster(roster, config.protocol)]
    if wrong:
        path, sentence = wrong[0]
        raise NotKept(f"{path}: {sentence.rstrip('.')}", "Mend it here, then save again.")
    import tomli_w  # only an edit pays for it

    target = Path(config.directory, NAME).resolve()
    try:
        files.put(target, HEAD + tomli_w.dumps(table), mode=target.stat().st_mode & 0o777)
    except OSError as error:
        raise NotKept(
            f"{target} can't be written: {error.strerror or error}",
            "Use a configuration of your own: warroom init DIR, then --config DIR.",
        ) from error
    return replace(config, roster=roster)


def current(config: Config) -> Roster:
    """The roster as its file says now; somebody else may have edited it. Raises NotKept."""
    try:
        return msgspec.convert(tomli.loads(Path(config.directory, NAME).read_text("utf-8-sig")), Roster)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise NotKept(f"{NAME} can't be read any more: {error}", "Run: warroom check") from error


def _table(roster: Roster) -> dict[str, Any]:
    """As TOML has it: what is empty is left out."""
    table: dict[str, Any] = msgspec.to_builtins(roster)
    table["duties"] = [{key: value for key, value in duty.items() if value is not None} for duty in table["duties"]]
    return table


def _in_place(rows: tuple[Any, ...], old: Any, new: Any) -> tuple[Any, ...]:  # noqa: ANN401
    if old not in rows:
        raise _meanwhile()
    at = rows.index(old)
    return (*rows[:at], new, *rows[at + 1 :])


def _meanwhile() -> NotKept:
    return NotKept("Somebody else changed this entry meanwhile", "Open the contacts again and look.")
