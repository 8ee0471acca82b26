"""An edited roster is kept whole, or not at all."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from warroom.protocol import keep
from warroom.protocol.contacts import contacts, known, matching, someone
from warroom.protocol.keep import NotKept
from warroom.protocol.load import load
from warroom.protocol.model import Config
from warroom.protocol.roster import Person
from warroom.resources import config_directory

HOSTILE = '[/red]"\x1b[31m\n日本語 \\ """'


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The shipped configuration, in a folder of the test's own."""
    for name in ("protocol.toml", "roster.toml", "services.toml", "integrations.toml"):
        shutil.copy(config_directory() / name, tmp_path / name)
    return load(tmp_path)


def test_a_person_is_kept(config: Config, tmp_path: Path) -> None:
    """What comes back from the file is what was edited; everybody else is as before."""
    contact = contacts(config.roster, config.protocol.roles)[0]
    new = Person("@ada", "Ada L.", "+44 20 7946 0000", "ada@example.com", "@ada")
    after = keep.keep(config, keep.edited(keep.current(config), contact, new))
    assert load(tmp_path).roster == after.roster
    duty = after.roster.duty("incident-commander")
    assert duty is not None and duty.primary == new
    assert after.roster.duties[1:] == config.roster.duties[1:]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "integrations.toml",
        "protocol.toml",
        "roster.toml",
        "services.toml",
    ]


def test_backup_outside_and_swap(config: Config, tmp_path: Path) -> None:
    """A backup, somebody outside the company, and primary and backup in each other's place."""
    found = contacts(config.roster, config.protocol.roles)
    backup = next(one for one in found if one.place == "backup")
    outside = next(one for one in found if one.place == "outside")
    roster = keep.edited(config.roster, backup, Person("@b", phone="1"))
    roster = keep.edited(roster, outside, Person("Night desk", phone="2"))
    keep.keep(config, keep.swapped(roster, "qa-lead"))
    kept = load(tmp_path).roster
    first, qa = kept.duty("incident-commander"), kept.duty("qa-lead")
    assert first is not None and first.backup == Person("@b", phone="1")
    assert (kept.external[0].contact, kept.external[0].phone) == ("Night desk", "2")
    assert qa is not None and qa.primary.handle == "@backup-qa"
    with pytest.raises(NotKept, match="no backup"):
        keep.swapped(roster, "cto")


def test_hostile_text_is_text(config: Config, tmp_path: Path) -> None:
    """Quotes, line breaks and escapes survive the file."""
    contact = contacts(config.roster, config.protocol.roles)[0]
    keep.keep(config, keep.edited(config.roster, contact, Person("@a", name=HOSTILE)))
    duty = load(tmp_path).roster.duty("incident-commander")
    assert duty is not None and duty.primary.name == HOSTILE


@pytest.mark.parametrize("handle", [" ", "@[primary-ic]"])
def test_what_the_check_refuses_is_not_written(config: Config, tmp_path: Path, handle: str) -> None:
    """The protocol's own checks come first; the file stays as it was."""
    before = (tmp_path / "roster.toml").read_bytes()
    contact = contacts(config.roster, config.protocol.roles)[0]
    with pytest.raises(NotKept):
        keep.keep(config, keep.edited(config.roster, contact, Person(handle)))
    assert (tmp_path / "roster.toml").read_bytes() == before


def test_edited_by_somebody_else_meanwhile(config: Config) -> None:
    """Nobody's edit is written over."""
    contact = contacts(config.roster, config.protocol.roles)[0]
    keep.keep(config, keep.edited(config.roster, contact, Person("@first")))
    with pytest.raises(NotKept, match="meanwhile"):
        keep.edited(keep.current(config), contact, Person("@second"))


def test_a_directory_that_is_not_ours(config: Config, tmp_path: Path) -> None:
    """No permission to write, or no such place: one sentence with the way out, and nothing half written."""
    gone = replace(config, directory=str(tmp_path / "nowhere"))
    with pytest.raises(NotKept, match="warroom init DIR"):
        keep.keep(gone, config.roster)
    with pytest.raises(NotKept, match="warroom check"):
        keep.current(gone)


def test_looking_people_up(config: Config) -> None:
    """By handle, e-mail or Slack name, with or without @; whom nobody knows is a name. Filtering takes every word."""
    roster = config.roster
    assert known(roster, "Primary-IC") == known(roster, "primary-ic@example.com") == roster.duties[0].primary
    assert known(roster, " ") is None
    assert someone(roster, f"x{HOSTILE}").handle.isprintable()
    found = contacts(roster, config.protocol.roles)
    assert len(found) == 23
    assert [one.person.handle for one in matching(found, "incident backup")] == ["@backup-ic"]
    assert [one.title for one in matching(found, "0123")] == ["Legal Team"]
