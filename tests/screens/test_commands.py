"""One table of commands feeds keys, key bar, palette and help, and every command answers where its key was pressed."""

from pathlib import Path
from typing import Any

import pytest
from textual.command import DiscoveryHit
from textual.widgets import Static

from tests.screens import scenes
from tests.spoken import spoken
from warroom.actions.catalogue import BY_ID as ACTIONS
from warroom.board import View
from warroom.commands import BY_ID, COMMANDS, GUARDS
from warroom.incident.state import Incident
from warroom.protocol.keymap import Keymap
from warroom.screens.acting import ALONE
from warroom.screens.board import SERVICES, STEPS, BoardScreen
from warroom.screens.help import HelpScreen
from warroom.screens.layout import PANES
from warroom.screens.palette import BoardCommands
from widgets.panes.keybar import KeyBar


def notice(board: BoardScreen) -> str:
    """What stands above the key bar, "" when nothing does."""
    found = board.query_one("#notice", Static)
    return str(found.content) if found.display else ""


def test_every_command_is_done_by_something() -> None:
    """No command without a handler, no handler without a command."""
    assert set(ALONE) | {command for command in BY_ID if command in ACTIONS} | set(STEPS) | set(SERVICES) == set(BY_ID)


def test_no_two_commands_share_a_key() -> None:
    """Ids and keys are unique, and retreat is no neighbour of advance."""
    assert len(BY_ID) == len(COMMANDS) == len({command.key for command in COMMANDS})
    assert abs("qwertyuiop".find(BY_ID["abort"].key) - "qwertyuiop".find(BY_ID["advance"].key)) != 1
    assert BY_ID["abort"].key.lower() != BY_ID["advance"].key.lower()


KEYMAP = Keymap()


async def test_the_boards_keys_are_the_table(tmp_path: Path) -> None:
    """Each command is bound to its key under its id, so that a keymap can move it; besides them only pane keys."""
    async with scenes.opened("pass", tmp_path) as pilot:
        bound = {
            binding.id: binding.key
            for bindings in scenes.board(pilot)._bindings.key_to_bindings.values()
            for binding in bindings
            if binding.id
        }
        panes = {f"pane-{pane}": str(number) for number, pane in enumerate(PANES, 1)}
        assert bound == {command.id: command.key for command in COMMANDS} | panes


async def test_the_key_bar_shows_the_table(tmp_path: Path) -> None:
    """In the table's order and words; help stays at any width."""
    async with scenes.opened("pass", tmp_path) as pilot:
        rows = scenes.board(pilot).query_one(KeyBar).value.rows
        shown = [command for command in COMMANDS if command.bar and not command.several]
        assert [(spoken(row.key), row.label) for row in rows] == [
            (KEYMAP.shown(command.id), command.label) for command in shown
        ]
        assert spoken(rows[-1].key) == "?"


async def test_help_shows_the_table(tmp_path: Path) -> None:
    """Every command with key, name and help; every group with its guard."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await scenes.press(pilot, "question_mark", shows=HelpScreen)
        lines = [str(line.content) for line in pilot.app.screen.query(Static)]
        for command in COMMANDS:
            assert any(
                line.split()[0] == KEYMAP.shown(command.id) and command.help in line for line in lines if line.strip()
            )
        for breaks in {command.breaks for command in COMMANDS}:
            assert any(spoken(GUARDS[breaks]) in line for line in lines)


async def test_the_palette_shows_the_table(tmp_path: Path) -> None:
    """Every command by its name, before anything is typed; and found by a word of its help."""
    async with scenes.opened("pass", tmp_path) as pilot:
        provider = BoardCommands(scenes.board(pilot))
        found = [hit async for hit in provider.discover()]
        shown = [str(hit.display) for hit in found if isinstance(hit, DiscoveryHit)]
        assert [one for one in shown if not one.startswith("Step: ")] == [one.label for one in COMMANDS]
        hits: list[Any] = [hit async for hit in provider.search("stable")]
        assert any("Abort" in str(hit.match_display) for hit in hits)


async def test_the_palette_has_every_ready_step(tmp_path: Path) -> None:
    """Procedures and programs by their title, and found by what they run: the document's scripts by their names."""
    async with scenes.opened("pass", tmp_path) as pilot:
        provider = BoardCommands(scenes.board(pilot))
        shown = [str(hit.display) async for hit in provider.discover() if isinstance(hit, DiscoveryHit)]
        protocol = scenes.board(pilot).conductor.config.protocol
        assert {f"Step: {one.title}" for one in protocol.procedures} <= set(shown)
        for script in ("backup-production.sh", "rollback-all.sh", "notify-stakeholders.sh", "check-health.sh",
                       "generate-report.sh", "kubectl rollout status", "npm run test:critical"):  # fmt: skip
            assert [hit async for hit in provider.search(script)], script


async def test_a_command_from_the_palette_is_done(tmp_path: Path) -> None:
    """Chosen by name, abort is armed as by its key."""
    async with scenes.opened("fail", tmp_path) as pilot:
        hits = [hit async for hit in BoardCommands(scenes.board(pilot)).discover() if isinstance(hit, DiscoveryHit)]
        next(hit for hit in hits if hit.display == "Abort").command()
        await scenes.until(lambda: getattr(pilot.app.screen, "aborting", False))


@pytest.mark.parametrize("name", ["declared", "baked", "resolved"])
async def test_every_key_answers(tmp_path: Path, name: str) -> None:
    """Before, on and after the ladder: a screen opens, the board changes, or it says why not. Never nothing."""
    async with scenes.opened(name, tmp_path) as pilot:
        board, app = scenes.board(pilot), scenes.war_room(pilot)
        for command in sorted(COMMANDS, key=lambda one: one.id == "quit"):
            board.query_one("#notice").display = False
            incident, view = board.conductor.incident, board.view

            def answered(incident: Incident = incident, view: View = view) -> bool:
                changed = board.conductor.incident is not incident or board.view != view
                return changed or app.screen is not board or bool(notice(board)) or app.return_code is not None

            await pilot.press(command.key)
            await scenes.until(answered)
            await pilot.pause()
            if app.screen is not board:
                await scenes.press(pilot, "escape", shows=BoardScreen)


@pytest.mark.parametrize(
    ("name", "key", "says"),
    [
        ("declared", "a", "Nothing is deployed to advance. Press d"),
        ("declared", "x", "There is no ladder on payments-api to abort. Press r"),
        ("declared", "h", "No ladder is under way."),
        ("declared", "s", "Not mitigated yet."),
        ("complete", "a", "takes 100 % already. Verify, then resolve."),
        ("aborted", "a", "The ladder was aborted. Deploy again"),
        ("resolved", "s", "Resolved already. Phase 6"),
        ("cut-off", "a", "Cloud Run can't be read: Cloud Run does not answer. Look at your line"),
    ],
)
async def test_a_refused_key_says_why(tmp_path: Path, name: str, key: str, says: str) -> None:
    """Why, and what to do instead, on the board where it was pressed."""
    async with scenes.opened(name, tmp_path) as pilot:
        await pilot.press(key)
        await scenes.until(lambda: bool(notice(scenes.board(pilot))))
        assert says in notice(scenes.board(pilot))
