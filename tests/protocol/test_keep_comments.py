"""An edited roster stays its owner's: what was not edited is kept byte by byte, however it is written."""

import codecs
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from warroom.protocol import keep
from warroom.protocol.contacts import contacts
from warroom.protocol.keep import NotKept
from warroom.protocol.load import load
from warroom.protocol.model import Config
from warroom.protocol.roster import Duty, ExternalContact, Person, Roster
from warroom.resources import config_directory

SHIPPED = load(config_directory())
FIELDS = ("handle", "name", "phone", "email", "slack")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12).map(str.strip)
COMMENTS = st.sampled_from(["", "# on leave in May", "#", "\t# [[duties]]", '  # "quoted" = 日本', "# x\n\n# y"])


def quoted(text: str, literal: bool) -> str:
    """A TOML string in one of two spellings."""
    if literal and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(f"\\U{ord(one):08X}" if one in '"\\' or not one.isprintable() else one for one in text) + '"'


@st.composite
def person_lines(draw: st.DrawFn, place: str, person: Person) -> list[str]:
    """A person as an inline table, as keys with dots, or as a table of its own; with and without comments."""
    named = {field: getattr(person, field) for field in draw(st.permutations(FIELDS))}
    literal = draw(st.booleans())
    pairs = [(key, quoted(value, literal)) for key, value in named.items() if value or draw(st.booleans())]
    pairs = [pair for pair in pairs if pair[0] != "handle" or person.handle]
    spelling = draw(st.sampled_from(["inline", "dotted", "table"]))
    if spelling == "inline":
        space = draw(st.sampled_from(["", " "]))
        inside = f",{space}".join(f"{key}{space}={space}{value}" for key, value in pairs)
        return [f"{place} = {{{space}{inside}{space}}} {'# beside' if draw(st.booleans()) else ''}"]
    before = f"{place}." if spelling == "dotted" else ""
    lines = [f"{before}{key} = {value}  {'# said by HR' if draw(st.booleans()) else ''}" for key, value in pairs]
    return lines if spelling == "dotted" else [f"[duties.{place}]", draw(COMMENTS), *lines]


@st.composite
def blocks(draw: st.DrawFn, roster: Roster) -> list[str]:
    """The roster's text, one piece for each entry."""
    pieces = []
    for duty in roster.duties:
        people = [draw(person_lines(place, who)) for place in ("primary", "backup") if (who := getattr(duty, place))]
        people.sort(key=lambda lines: lines[0].startswith("["))  # a table of its own ends that in which it stands
        lines = [draw(COMMENTS), "[[duties]]", draw(COMMENTS), f"role = {quoted(duty.role, draw(st.booleans()))}"]
        pieces.append("\n".join([*lines, *(line for one in people for line in one), draw(COMMENTS), ""]))
    for one in roster.external:
        lines = [draw(COMMENTS), "[[external]]"]
        lines += [f"{key} = {quoted(getattr(one, key), False)}" for key in one.__struct_fields__]
        pieces.append("\n".join([*lines, draw(COMMENTS), ""]))
    return pieces


def comments(text: str) -> list[str]:
    """Every comment's words, in their order."""
    return [line.partition("#")[2].rstrip() for line in text.splitlines() if "#" in line]


PEOPLE = st.builds(Person, WORDS.filter(bool), WORDS, WORDS, WORDS, WORDS).map(
    lambda one: Person(*("".join(getattr(one, field).split("#")) or "x" for field in FIELDS))
)


@given(st.data())
def test_what_was_not_edited_is_as_it_was(data: st.DataObject) -> None:
    """Whoever is edited, in whatever spelling: all other entries are the same bytes, and no comment goes."""
    first, second = SHIPPED.roster.duties[:2]
    duties = (
        Duty(first.role, data.draw(PEOPLE), data.draw(st.none() | PEOPLE)),
        Duty(second.role, data.draw(PEOPLE), second.backup),
        SHIPPED.roster.duties[-1],
    )
    roster = Roster(duties, (ExternalContact("Vendor", "desk", "1", ""), ExternalContact("Legal", "desk", "", "e")))
    pieces = data.draw(blocks(roster))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    lead = data.draw(st.sampled_from([b"", codecs.BOM_UTF8]))
    contact = data.draw(st.sampled_from(contacts(roster, SHIPPED.protocol.roles)))
    at = next((n for n, duty in enumerate(duties) if duty.role == contact.role), -1)
    if at < 0:
        at = len(duties) + [one.service for one in roster.external].index(contact.title)
    new = keep.edited(roster, contact, data.draw(PEOPLE))
    before = "".join(pieces).replace("\n", end)
    after = keep.changed(lead + before.encode(), new)
    start = len("".join(pieces[:at]).replace("\n", end).encode())
    rest = len("".join(pieces[at + 1 :]).replace("\n", end).encode())
    assert after.startswith(lead + before.encode()[:start])
    assert rest == 0 or after.endswith(before.encode()[-rest:])
    assert comments(after.decode("utf-8-sig")) == comments(before)
    assert tomllib.loads(after.decode("utf-8-sig"))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The shipped configuration, in a folder of the test's own."""
    for name in ("protocol.toml", "roster.toml", "services.toml", "integrations.toml"):
        shutil.copy(config_directory() / name, tmp_path / name)
    return load(tmp_path)


def test_only_the_lines_of_whom_was_edited_differ(config: Config, tmp_path: Path) -> None:
    """Of the shipped roster one line is another; a number taken away leaves the comment beside it."""
    path = tmp_path / "roster.toml"
    path.write_text(path.read_text().replace('phone = "+1-555-0123"', 'phone = "+1-555-0123" # by day only'))
    before = path.read_text().splitlines()
    legal = contacts(config.roster, config.protocol.roles)[-1]
    keep.keep(config, keep.edited(keep.current(config), legal, replace(legal.person, phone="")))
    after = path.read_text().splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        ('phone = "+1-555-0123" # by day only', 'phone = "" # by day only')
    ]
    keep.keep(config, keep.swapped(keep.current(config), "qa-lead"))
    assert sum(old != new for old, new in zip(after, path.read_text().splitlines(), strict=True)) == 2


def test_a_list_in_a_line_is_edited_too() -> None:
    """`duties` as an array of inline tables keeps its shape and the comments between them."""
    written = b'duties = [\n  # first\n  {role = "cto", primary = {handle = "@a"}}, # beside\n]\n# last\n'
    new = Roster((Duty("cto", Person("@b")),))
    assert keep.changed(written, new) == written.replace(b"@a", b"@b")


@pytest.mark.parametrize("written", [b"duties = [", b"\xff", b"duties = 1", b'duties = [{role = "cto"}]'])
def test_what_can_not_be_read_is_not_written(written: bytes) -> None:
    """One sentence with the way out."""
    with pytest.raises(NotKept, match="by hand"):
        keep.changed(written, Roster(()))


def test_an_entry_more_or_less_is_somebody_elses(config: Config) -> None:
    """The file has not the entries that were edited: nothing is written over."""
    with pytest.raises(NotKept, match="meanwhile"):
        keep.changed(b"duties = []\n", config.roster)
