"""Showing to the outside from the board: nothing goes before its preview was seen, and never by Enter."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static, TextArea

from tests.conductor.parties import Parties
from tests.screens import scenes
from warroom.conductor.steps import ticks
from warroom.incident import events
from warroom.incident.comms.comms import Outward
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.prompts import AskLine, Choose, Show, Tell
from warroom.screens.dialogs.update import Compose, Preview


def joined(pilot: Pilot[Any]) -> Parties:
    """Others to speak to, from now on."""
    parties, board = Parties(), scenes.board(pilot)
    clients = board.conductor.clients
    assert clients is not None
    board.conductor.attach(replace(clients, others=parties.others()))
    return parties


def said(pilot: Pilot[Any], part: str = "#refusal") -> str:
    """What a part of the dialog on top says."""
    return str(pilot.app.screen.query_one(part, Static).content)


async def worded(pilot: Pilot[Any], text: str) -> None:
    """Up to the preview of a text."""
    await scenes.press(pilot, "u", shows=Compose)
    pilot.app.screen.query_one(TextArea).text = text
    await scenes.press(pilot, "ctrl+s", shows=Preview)


def updates(pilot: Pilot[Any]) -> list[events.UpdateSent]:
    """Those that were sent, newest last."""
    tail = scenes.board(pilot).conductor.incident.tail
    return [event.fact for event in tail if isinstance(event.fact, events.UpdateSent)]


async def test_y_sends_what_the_preview_shows(tmp_path: Path) -> None:
    """Channels by number, the commander's name where something goes outside; Enter and y without it send nothing."""
    async with scenes.opened("pass", tmp_path) as pilot:
        parties, before = joined(pilot), len(updates(pilot))
        await worded(pilot, "We are at 25 %.")
        assert "1  –   Slack #incident-0001: the incident's channel is not open yet" in said(pilot, "#channels")
        assert "2  on  Slack #releases" in said(pilot, "#channels")
        await scenes.press(pilot, "enter", "y")
        assert "@primary-ic has not approved what goes to Slack #releases and Statuspage" in said(pilot)
        await scenes.press(pilot, "i", *"primary-ic", "enter")
        await scenes.press(pilot, "3")
        assert "3  off Statuspage" in said(pilot, "#channels")
        await scenes.press(pilot, "y", shows=BoardScreen)
        await scenes.until(lambda: len(updates(pilot)) > before)
        assert parties.chat.of("post") == [["releases", "DRILL We are at 25 %.", ""]]
        assert parties.page.asked == []
        assert updates(pilot)[-1].approved_by == "@primary-ic"


async def test_what_is_not_true_does_not_get_to_the_preview(tmp_path: Path) -> None:
    """The sentence stands on the text, which stays."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await scenes.press(pilot, "u", shows=Compose)
        pilot.app.screen.query_one(TextArea).text = "It is resolved."
        await scenes.press(pilot, "ctrl+s")
        assert "“resolved” is not true" in said(pilot)
        await scenes.press(pilot, "ctrl+t")
        assert "Update to stakeholders: Initial alert" in said(pilot, ".title")
        assert "EMERGENCY RELEASE" in pilot.app.screen.query_one(TextArea).text


async def test_without_others_it_is_by_hand_with_the_text_to_copy(tmp_path: Path) -> None:
    """The preview says why each channel is off; c copies; y records that a person carried it."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await worded(pilot, "We are at 25 %.")
        assert "4  on  by hand" in said(pilot, "#channels")
        await scenes.press(pilot, "c")
        assert (said(pilot), pilot.app.clipboard) == ("Copied.", "DRILL We are at 25 %.")
        await scenes.press(pilot, "y", shows=BoardScreen)
        await scenes.until(lambda: updates(pilot)[-1].text == "DRILL We are at 25 %.")
        assert updates(pilot)[-1].channel == "by hand"


async def test_enter_on_the_step_alerts_the_team(tmp_path: Path) -> None:
    """The preview names channel, people and both texts; y opens the channel and ticks the step."""
    async with scenes.opened("declared", tmp_path) as pilot:
        board, parties = scenes.board(pilot), joined(pilot)
        board.view = replace(board.view, step="alert-team")
        if "alert-team" in board.conductor.incident.ticks:
            await ticks.tick(board.conductor, "alert-team")
        await scenes.press(pilot, "enter", shows=Show)
        assert "primary-ic@example.com" in " ".join(str(one.content) for one in pilot.app.screen.query(Static))
        await scenes.press(pilot, "enter")
        assert parties.chat.asked == []
        await scenes.press(pilot, "y", shows=BoardScreen)
        await scenes.until(lambda: len(parties.chat.of("post")) == 2)


async def test_snooze_sends_and_actions(tmp_path: Path) -> None:
    """Each by its key, and from the palette."""
    async with scenes.opened("pass", tmp_path) as pilot:

        def outward() -> Outward:
            return scenes.board(pilot).conductor.incident.outward

        await scenes.press(pilot, "f3", shows=AskLine)
        await scenes.press(pilot, "enter", shows=AskLine)
        await scenes.press(pilot, *"quiet", "enter", shows=BoardScreen)
        await scenes.until(lambda: outward().snooze_reason == "quiet")
        await scenes.press(pilot, "f4", shows=Tell)
        await scenes.press(pilot, "escape", shows=BoardScreen)
        await scenes.press(pilot, "f5", shows=Choose)
        await scenes.press(pilot, "enter", shows=AskLine)
        await scenes.press(pilot, *"plan it", "enter", *"@a", "enter", *"2026-12-01", "enter", shows=BoardScreen)
        await scenes.until(lambda: bool(outward().actions))
        assert outward().actions["a1"].settled


async def test_why_y_sends_nothing_is_seen_below_a_long_text(tmp_path: Path) -> None:
    """On 80 × 24 the preview is higher than the terminal: the refusal is scrolled to, at the key that is refused."""
    async with scenes.opened("pass", tmp_path, size=(80, 24)) as pilot:
        joined(pilot)
        await worded(pilot, "\n".join(f"Line {number} of what we know." for number in range(12)))
        await scenes.press(pilot, "y")
        line = pilot.app.screen.query_one("#refusal", Static)
        await scenes.until(lambda: "has not approved" in said(pilot))
        await pilot.pause()
        box = line.parent
        assert isinstance(box, Widget)
        assert box.max_scroll_y > 0  # it is higher than the terminal
        assert box.scrollable_content_region.contains_region(line.region)
