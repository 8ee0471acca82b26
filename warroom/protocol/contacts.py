"""Looking people up in the roster. Pure."""

from collections.abc import Iterator

from warroom.protocol.roster import Duty, Person, Roster
from warroom.text import plain

LONGEST_NAME = 80


def people(roster: Roster) -> Iterator[tuple[Duty, str, Person]]:
    """Every duty's people, with "primary" or "backup"."""
    for duty in roster.duties:
        yield duty, "primary", duty.primary
        if duty.backup is not None:
            yield duty, "backup", duty.backup


def known(roster: Roster, typed: str) -> Person | None:
    """The person of that handle, name, e-mail address or Slack handle, with or without @."""
    word = typed.strip().casefold().lstrip("@")
    if not word:
        return None
    for _, _, person in people(roster):
        names = (person.handle, person.name, person.email, person.slack)
        if word in {name.casefold().lstrip("@") for name in names if name}:
            return person
    return None


def someone(roster: Roster, typed: str) -> Person:
    """The person of that name, or one of whom only the name is known."""
    return known(roster, typed) or Person(plain(typed, LONGEST_NAME))
