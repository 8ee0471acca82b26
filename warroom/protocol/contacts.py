"""Looking people up in the roster. Pure."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from warroom.protocol.model import Role
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
    """The person of that name, or one of whom only the name is known: by an e-mail address the pager finds them."""
    found, name = known(roster, typed), plain(typed, LONGEST_NAME)
    return found or Person(name, email=name if re.fullmatch(r"[^@\s]+@[^@\s]+", name) else "")


class Contact(Struct, frozen=True):
    """One line of the contacts: what for, and who. `place` is primary, backup or outside; `role` "" for the outside."""

    title: str
    place: str
    person: Person
    role: str = ""


def contacts(roster: Roster, roles: Iterable[Role]) -> tuple[Contact, ...]:
    """Everybody in the order of the protocol's roles, those outside the company last; a line for each role."""
    titles = {role.id: role.title for role in roles}
    order = {role: number for number, role in enumerate(titles)}
    duties = sorted(people(roster), key=lambda one: order.get(one[0].role, len(order)))
    inside = [Contact(titles.get(duty.role, duty.role), place, person, duty.role) for duty, place, person in duties]
    outside = [
        Contact(one.service, "outside", Person(one.contact, phone=one.phone, email=one.email))
        for one in roster.external
    ]
    return (*inside, *outside)


def matching(found: Iterable[Contact], typed: str) -> tuple[Contact, ...]:
    """Those in which each typed word stands somewhere."""
    words = typed.casefold().split()
    return tuple(one for one in found if all(word in _text(one) for word in words))


def _text(one: Contact) -> str:
    person = one.person
    parts = (one.title, one.place, person.handle, person.name, person.phone, person.email, person.slack)
    return " ".join(parts).casefold()
