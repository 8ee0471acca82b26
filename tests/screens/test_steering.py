"""The keys v and b, Enter on the decision, a P3 on the declare form, and an overdue drill at home."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Select, Static

from tests.clocks import START
from tests.screens import scenes
from tests.screens.outside import SceneCloudRun
from tests.spoken import spoken
from warroom.conductor.conductor import Conductor
from warroom.incident import events
from warroom.incident.journal.exercises import exercises, remember
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout.traffic import ServiceRef
from warroom.screens.board import BoardScreen
from warroom.screens.declare import DeclareScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import AskLine, Choose, Show
from warroom.screens.home import HomeScreen
from widgets.panes.sentence import SentenceLine

SIZES = [(80, 24), (120, 36)]


def line_2(pilot: Pilot[Any]) -> str:
    """What line 2 says."""
    return spoken(" ".join(part.text for part in scenes.board(pilot).query_one(SentenceLine).value.parts))


def conductor(pilot: Pilot[Any]) -> Conductor:
    """The board's."""
    return scenes.board(pilot).conductor


def shown(pilot: Pilot[Any]) -> str:
    """All text of what is on top."""
    return "\n".join(str(one.content) for one in pilot.app.screen.query(Static))


def options(pilot: Pilot[Any]) -> str:
    """The choices on top."""
    found = pilot.app.screen.query_one(OptionList)
    return "\n".join(str(found.get_option_at_index(number).prompt) for number in range(found.option_count))


async def choose(pilot: Pilot[Any], option: str) -> None:
    """Take an option of the list on top by its id."""
    found = pilot.app.screen.query_one(OptionList)
    found.highlighted = found.get_option_index(option)
    await scenes.press(pilot, "enter")


async def say(pilot: Pilot[Any], text: str) -> None:
    """Type into the line on top."""
    await scenes.until(lambda: isinstance(pilot.app.screen, AskLine))
    pilot.app.screen.query_one(Input).value = text
    await scenes.press(pilot, "enter")


async def select(pilot: Pilot[Any], step: str) -> None:
    """Put the cursor on a step."""
    board = scenes.board(pilot)
    board.select_step(-100)
    while board.selected_step() != step:
        board.select_step(1)
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
async def test_v_shows_the_pages_and_y_makes_the_call(tmp_path: Path, size: tuple[int, int]) -> None:
    """Line 2 asks for it; v shows whom and what; y sends or records it, and line 2 is silent."""
    async with scenes.opened("pass", tmp_path, size) as pilot:
        waiting = [level for level, found in conductor(pilot).incident.steering.levels.items() if not found.called_at]
        assert waiting and max(waiting) in (2, 3)
        assert "v pages" in line_2(pilot)
        await scenes.press(pilot, "v", shows=Show)
        assert "@team-lead" in shown(pilot) and "Escalation level 2" in shown(pilot)
        await scenes.press(pilot, "y")
        await scenes.until(lambda: all(found.called_at for found in conductor(pilot).incident.steering.levels.values()))
        await scenes.settled(pilot)
        assert "v pages" not in line_2(pilot)


async def test_v_before_any_boundary_offers_levels_and_the_cap(tmp_path: Path) -> None:
    """Nothing waits: level 4 is there by hand; raising the cap is the Incident Commander's, refused to others."""
    async with scenes.opened("declared", tmp_path) as pilot:
        await conductor(pilot).record(events.SeverityChanged("P2", "set up"))
        await scenes.press(pilot, "v", shows=Choose)
        assert "Raise the cap to level 4: CEO, Board" in options(pilot) and "by hand" not in options(pilot)
        await choose(pilot, "cap 4")
        await say(pilot, "the press")
        assert "Only the Incident Commander" in shown(pilot)
        await conductor(pilot).record(events.RoleAssigned("incident-commander", conductor(pilot).recorder.actor))
        await scenes.press(pilot, "v", shows=Choose)
        await choose(pilot, "cap 4")
        await say(pilot, "the press")
        await scenes.press(pilot, "v", shows=Choose)
        assert "Call level 4 now: CEO, Board (by hand)" in options(pilot)


async def test_b_re_rates_with_a_reason_and_flags_personal_data(tmp_path: Path) -> None:
    """Another severity with its reason; personal data with when somebody knew; then the clock has its row."""
    async with scenes.opened("declared", tmp_path) as pilot:
        await scenes.press(pilot, "b", shows=Choose)
        await choose(pilot, "P1")
        await say(pilot, "only one region")
        assert conductor(pilot).incident.severity == "P1"
        await scenes.press(pilot, "b", shows=Choose)
        await choose(pilot, "data")
        await say(pilot, "30")
        await say(pilot, "addresses of customers")
        here = conductor(pilot)
        assert here.incident.aware_at == here.clock.now() - 1800
        await scenes.press(pilot, "b", shows=Choose)
        assert "The authority was notified of the breach (71:30:00 left)" in options(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_enter_on_the_decision_shows_what_is_known(tmp_path: Path, size: tuple[int, int]) -> None:
    """The row, whether going back can work, response times; rolling back asks why, arms, and y fires it."""
    async with scenes.opened("declared", tmp_path, size) as pilot:
        await select(pilot, "decide")
        await scenes.press(pilot, "enter", shows=Choose)
        text = shown(pilot)
        assert "Payment failure: roll back yes, hotfix maybe, wait no." in text
        assert "is Ready" in text and "nobody has said whether data was changed" in text
        assert "p95 is" in text or "NO DATA" in text
        await choose(pilot, "roll-back")
        await say(pilot, "came with the release")
        await scenes.until(lambda: isinstance(pilot.app.screen, ArmDialog))
        decision = conductor(pilot).incident.steering.decision
        assert decision is not None and (decision.choice, decision.advice) == ("roll-back", "yes")
        await scenes.press(pilot, "y")
        clients = scenes.war_room(pilot).room.clients
        assert clients is not None and isinstance(clients.run, SceneCloudRun)
        run = clients.run
        await scenes.until(lambda: bool(run.sent))


async def test_f_keeps_an_answer_and_enter_on_a_step_that_asks_it_too(tmp_path: Path) -> None:
    """The topic is chosen, what is known lies ready to be corrected; the step's own topic is not asked for."""
    async with scenes.opened("declared", tmp_path) as pilot:
        await scenes.press(pilot, "f", shows=Choose)
        assert "Root cause so far" in options(pilot)
        await choose(pilot, "root-cause")
        await say(pilot, "a lost index")
        await scenes.until(lambda: "root-cause" in conductor(pilot).incident.steering.answers)
        await select(pilot, "estimate-impact")
        await scenes.press(pilot, "enter", shows=AskLine)
        await say(pilot, "all cards fail")
        await scenes.until(lambda: "estimate-impact" in conductor(pilot).incident.ticks)
        assert conductor(pilot).incident.steering.answers["impact"].text == "all cards fail"


async def test_f2_takes_a_service_off_and_says_which_can_not_be(tmp_path: Path) -> None:
    """Of two services the one without a rollout goes, with a reason; the board goes on with the other."""
    async with scenes.opened("pass", tmp_path) as pilot:
        here = conductor(pilot)
        (first,) = here.incident.lanes
        await scenes.press(pilot, "f2", shows=Choose)
        assert f"Take {first} off   (not now: {first} is the incident's only service)" in options(pilot)
        await scenes.press(pilot, "escape", shows=BoardScreen)
        await here.record(events.ServiceAdded(ServiceRef("basket", "europe-west1", "shop-prod")))
        await scenes.until(lambda: scenes.board(pilot).has_class("several"))
        await scenes.press(pilot, "f2", shows=Choose)
        assert f"not now: The hotfix of {first} is on its way" in options(pilot)
        await choose(pilot, "remove basket")
        await say(pilot, "its calls work")
        await scenes.until(lambda: list(here.incident.lanes) == [first])
        await scenes.until(lambda: not scenes.board(pilot).has_class("several"))


async def test_esc_at_the_reason_decides_nothing(tmp_path: Path) -> None:
    """Neither a decision nor an armed plan without a reason; against the matrix the question says so."""
    async with scenes.opened("declared", tmp_path) as pilot:
        await select(pilot, "decide")
        await scenes.press(pilot, "enter", shows=Choose)
        await choose(pilot, "wait")
        await scenes.until(lambda: isinstance(pilot.app.screen, AskLine))
        assert "The matrix says no to that" in shown(pilot)
        await scenes.press(pilot, "escape", shows=BoardScreen)
        assert conductor(pilot).incident.steering.decision is None


async def test_enter_on_the_data_question_records_the_answer(tmp_path: Path) -> None:
    """One of three answers; the step ticks itself by it."""
    async with scenes.opened("pass", tmp_path) as pilot:
        await select(pilot, "ask-data-change")
        await scenes.press(pilot, "enter", shows=Choose)
        await choose(pilot, "forward-only")
        assert conductor(pilot).incident.steering.data_change == "forward-only"


async def test_a_p3_on_the_form_asks_why_it_cannot_wait(tmp_path: Path) -> None:
    """The line appears with the severity; without a reason it is refused, with one it stands in the declaration."""
    async with scenes.opened("declared", tmp_path, incident="") as pilot:
        form = pilot.app.screen
        assert isinstance(form, DeclareScreen)
        assert not form.query_one("#override").display
        form.query_one("#severity", Select).value = "P3"
        await scenes.until(lambda: form.query_one("#override").display)
        await scenes.press(pilot, "ctrl+s")
        assert "goes into a regular release" in str(form.query_one("#refusal", Static).content)
        form.query_one("#override", Input).value = "the press has it"
        await scenes.press(pilot, "ctrl+s", shows=BoardScreen)
        assert conductor(pilot).incident.declared.override == "the press has it"


@pytest.mark.parametrize(("days", "overdue"), [(None, True), (30.0, False), (120.0, True)])
async def test_an_overdue_drill_shows_at_home(tmp_path: Path, days: float | None, overdue: bool) -> None:
    """None on this machine, or one that is too long ago, is said with the way to mend it; a recent one is not.

    The same holds for the exercises that somebody recorded.
    """
    drills = tmp_path / "drills.db"
    if days is not None:
        book = SqliteStore(drills)
        book.begin(scenes.scene("nothing").exercise.declared, "@rm", START - days * 86_400)
        book.close()
    for kind in () if overdue else ("table-top", "disaster-recovery"):
        remember(drills, kind, START - 86_400)
    async with scenes.opened("nothing", tmp_path, incident="", drill=False, drills=lambda: exercises(drills)) as pilot:
        assert isinstance(pilot.app.screen, HomeScreen)
        due = pilot.app.screen.query_one("#due", Static)
        await scenes.until(lambda: due.display is overdue)
        for remedy in ("Run: warroom drill", "warroom exercise table-top", "warroom exercise disaster-recovery"):
            assert (remedy in str(due.content)) is overdue
