"""Keys about people: page with a preview, roles, handover, contacts."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.conductor.pager import FakePager
from tests.screens import scenes
from tests.screens.stage import config
from warroom.conductor.conductor import Conductor
from warroom.incident.roles.roles import Holder
from warroom.protocol.load import load
from warroom.protocol.model import Config
from warroom.resources import config_directory
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.contacts import ContactsDialog, EditDialog
from warroom.screens.dialogs.prompts import AskLine, Choose, Show
from warroom.screens.projector import ProjectorScreen
from warroom.services.systems.ports import Others

SIZES = [(80, 24), (120, 36)]


def conductor(pilot: Pilot[Any]) -> Conductor:
    """The board's."""
    return scenes.board(pilot).conductor


def holder(pilot: Pilot[Any], role: str) -> Holder:
    """Who holds a role."""
    return conductor(pilot).incident.roles[role]


def shown(pilot: Pilot[Any]) -> str:
    """All text of the dialog on top."""
    return "\n".join(str(one.content) for one in pilot.app.screen.query(Static))


def with_pager(pilot: Pilot[Any]) -> FakePager:
    """The scene, with a pager in it."""
    pager, here = FakePager(), conductor(pilot)
    assert here.clients is not None
    here.attach(replace(here.clients, others=Others(pager=pager)))
    return pager


async def choose(pilot: Pilot[Any], option: str) -> None:
    """Take an option of the list on top by its id."""
    found = pilot.app.screen.query_one(OptionList)
    found.highlighted = found.get_option_index(option)
    await scenes.press(pilot, "enter")


def own(folder: Path) -> Config:
    """The drill's people in a directory of the test's own."""
    folder.mkdir()
    for name in ("protocol.toml", "roster.toml", "services.toml"):
        shutil.copy(config_directory() / name, folder / name)
    return replace(config(), roster=load(folder).roster, directory=str(folder))


async def test_paging_shows_what_goes_where_first(tmp_path: Path) -> None:
    """Whom, by what, with what words; a different key sends, and Esc sends nothing."""
    async with scenes.opened("declared", tmp_path) as pilot:
        pager = with_pager(pilot)
        await scenes.press(pilot, "p", shows=Choose)
        await choose(pilot, "qa-lead|@primary-qa")
        assert isinstance(pilot.app.screen, Show)
        assert "PagerDuty, who is on call" in shown(pilot) and "primary-qa@example.com" in shown(pilot)
        await scenes.press(pilot, "enter")
        assert isinstance(pilot.app.screen, Show)
        await scenes.press(pilot, "escape", shows=BoardScreen)
        assert pager.triggered == []
        await scenes.press(pilot, "p", shows=Choose)
        await choose(pilot, "qa-lead|@primary-qa")
        await scenes.press(pilot, "y")
        await scenes.until(lambda: holder(pilot, "qa-lead").paged_how == "pagerduty")
        assert [email for email, _ in pager.asked] == ["primary-qa@example.com"]
        assert pager.asked[0][1].startswith("DRILL ")


@pytest.mark.parametrize("did", ["y", "h"])
@pytest.mark.parametrize("size", SIZES)
async def test_with_no_pager_it_says_whom_to_call(tmp_path: Path, size: tuple[int, int], did: str) -> None:
    """Why, the number large, the words to copy; that it was done by hand is written down."""
    async with scenes.opened("declared", tmp_path, size) as pilot:
        await scenes.press(pilot, "p", shows=Choose)
        await choose(pilot, "qa-lead|@backup-qa")
        assert "call +1-555-0108" in shown(pilot).lower() and "█▀█" in shown(pilot)
        assert "They take the role from @primary-qa." in shown(pilot)
        await scenes.press(pilot, "c")
        assert "You are needed as QA Lead" in pilot.app.clipboard
        await scenes.press(pilot, did)
        await scenes.until(lambda: holder(pilot, "qa-lead").paged_how == "by hand")
        assert holder(pilot, "qa-lead").person == "@backup-qa"


async def test_a_role_is_handed_over_in_two_steps(tmp_path: Path) -> None:
    """Offered after a look at the brief, accepted by a second key; away and back on the same menu."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await scenes.press(pilot, "j", shows=Choose)
        await choose(pilot, "incident-commander")
        await choose(pilot, "offer")
        await scenes.until(lambda: isinstance(pilot.app.screen, AskLine))
        await scenes.press(pilot, "enter", shows=Show)
        assert "takes 25 %" in shown(pilot)
        await scenes.press(pilot, "y")
        await scenes.until(lambda: holder(pilot, "incident-commander").offered_to == "@backup-ic")
        for act in ("accept", "away"):
            await scenes.press(pilot, "j", shows=Choose)
            await choose(pilot, "incident-commander")
            await choose(pilot, act)
        await scenes.until(lambda: holder(pilot, "incident-commander").away_at is not None)
        assert holder(pilot, "incident-commander").person == "@backup-ic"


async def test_contacts_are_found_and_copied(tmp_path: Path) -> None:
    """Typing narrows the list; Enter copies the number, F3 the address; the number stands large."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await scenes.press(pilot, "c", shows=ContactsDialog)
        await scenes.press(pilot, *"-comm backup", "enter")
        assert pilot.app.clipboard == "+1-555-0112"
        await scenes.press(pilot, "f3")
        assert pilot.app.clipboard == "backup-comm@example.com"
        assert "▀▀▀" in shown(pilot)
        await scenes.press(pilot, *"zzz", "enter")
        assert "Nobody fits" in shown(pilot) and "no phone to copy" in shown(pilot)


async def test_a_contact_is_edited_and_kept(tmp_path: Path) -> None:
    """It says that comments stay, checks, writes the file, and uses it at once; a bad entry stays on the screen."""
    folder = tmp_path / "mine"
    async with scenes.opened("pass", tmp_path, config=own(folder)) as pilot:
        await scenes.press(pilot, "c", shows=ContactsDialog)
        await scenes.press(pilot, *"commander primary")
        await scenes.press(pilot, "f5", shows=EditDialog)
        assert "comments too, stays" in shown(pilot)
        pilot.app.screen.query_one("#handle", Input).value = " "
        await scenes.press(pilot, "ctrl+s")
        assert "Is empty" in shown(pilot)
        pilot.app.screen.query_one("#handle", Input).value = "@ada"
        await scenes.press(pilot, "ctrl+s", shows=ContactsDialog)
        duty = load(folder).roster.duty("incident-commander")
        assert duty is not None and duty.primary.handle == "@ada"
        assert conductor(pilot).config.roster == load(folder).roster
        assert "# Escalation" in (folder / "roster.toml").read_text()
        await scenes.press(pilot, "f6", shows=Show)
        await scenes.press(pilot, "y", shows=ContactsDialog)
        duty = load(folder).roster.duty("incident-commander")
        assert duty is not None and duty.backup is not None and duty.backup.handle == "@ada"


async def test_a_roster_that_cannot_be_written(tmp_path: Path) -> None:
    """One sentence with the way out; nothing is lost."""
    folder = tmp_path / "mine"
    mine = own(folder)
    async with scenes.opened("pass", tmp_path, config=mine) as pilot:
        (folder / "roster.toml").unlink()
        await scenes.press(pilot, "c", shows=ContactsDialog)
        await scenes.press(pilot, "f5", shows=EditDialog)
        await scenes.press(pilot, "ctrl+s")
        assert "can't be read any more" in shown(pilot)


async def test_no_number_on_the_projector(tmp_path: Path) -> None:
    """Whatever the roster holds, the wall shows no phone and no address."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await scenes.press(pilot, "m", shows=ProjectorScreen)
        picture = pilot.app.export_screenshot()
        assert "555" not in picture and "example.com" not in picture
