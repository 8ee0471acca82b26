"""Steps on the board: what runs is shown before, its output while it runs, and retreat goes before all of it."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.screens import scenes
from tests.screens.stage import config as shipped
from warroom.conductor.steps import ticks
from warroom.incident.steps.steps import newest_run
from warroom.protocol.model import Config, Step
from warroom.screens.board import BoardScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import AskLine, Choose, Show
from warroom.screens.dialogs.step_run import StepDialog
from warroom.steps.programs import Programs

CODE = "import time\nprint('\\x1b[31m[bold]first line[/bold]', flush=True)\ntime.sleep(60)"


def with_step(step_id: str, **values: Any) -> Config:
    """The shipped configuration with one step changed."""
    config = shipped()

    def changed(step: Step) -> Step:
        return replace(step, **values) if step.id == step_id else step

    phases = tuple(
        replace(phase, steps=tuple(changed(step) for step in phase.steps)) for phase in config.protocol.phases
    )
    procedures = tuple(changed(step) for step in config.protocol.procedures)
    return replace(config, protocol=replace(config.protocol, phases=phases, procedures=procedures))


def programs(folder: Path) -> Callable[[], Programs]:
    """What runs real programs, outside of drills."""
    return lambda: Programs(folder / "logs", (), os.environ, grace_seconds=0.2)


class InDrills(Programs):
    """Real programs, taken for simulated ones."""

    simulated = True


def says(pilot: Pilot[Any], where: str = "#state") -> str:
    """A part of the dialog on top."""
    return str(pilot.app.screen.query_one(where, Static).content)


def outcome(pilot: Pilot[Any], step: str) -> str | None:
    """Of the step's newest run."""
    run = newest_run(scenes.board(pilot).conductor.incident.work, step)
    return run.outcome if run else None


def _says(widget: Static, words: str) -> bool:
    return words in str(widget.content)


async def choose(pilot: Pilot[Any], step: str) -> None:
    """Choose a procedure."""
    await scenes.press(pilot, "f8", shows=Choose)
    options = pilot.app.screen.query_one(OptionList)
    options.highlighted = options.get_option_index(step)
    await scenes.press(pilot, "enter")


async def test_a_program_is_shown_run_watched_left_and_cancelled(tmp_path: Path) -> None:
    """Nothing runs before y; its lines come as text; Esc leaves it running, with its state in the phases; c ends it."""
    config = with_step("describe-service", argv=(sys.executable, "-c", CODE), timeout_seconds=30.0)
    runner = InDrills(tmp_path / "logs", (), os.environ, grace_seconds=0.2)
    async with scenes.opened("fail", tmp_path, config=config, runner=lambda: runner) as pilot:
        await choose(pilot, "describe-service")
        await scenes.until(lambda: isinstance(pilot.app.screen, StepDialog))
        assert says(pilot) == "Not run yet."
        await scenes.press(pilot, "enter", "space")
        assert outcome(pilot, "describe-service") is None

        await scenes.press(pilot, "y")
        await scenes.until(lambda: "first line" in says(pilot, "#output"))
        assert says(pilot, "#output") == "[bold]first line[/bold]"
        assert "▶ running" in says(pilot) and "0:30 at most" in says(pilot)
        assert outcome(pilot, "describe-service") == ""

        await scenes.press(pilot, "escape", shows=BoardScreen)
        assert outcome(pilot, "describe-service") == ""
        await scenes.press(pilot, "x", shows=ArmDialog)  # retreat waits for nothing
        await scenes.press(pilot, "escape", shows=BoardScreen)

        await choose(pilot, "describe-service")
        await scenes.until(lambda: isinstance(pilot.app.screen, StepDialog))
        await scenes.press(pilot, "c")
        await scenes.until(lambda: outcome(pilot, "describe-service") == "cancelled")
        await scenes.until(lambda: "cancelled" in says(pilot))
        await scenes.press(pilot, "ctrl+x", shows=ArmDialog)


async def test_exit_0_ticks_the_step_and_the_phases_show_a_failure(tmp_path: Path) -> None:
    """A step that fails says so beside its name; run again and well, it is ticked with its evidence."""
    marker = tmp_path / "second"
    code = (
        f"import os, sys; m = {str(marker)!r}; ok = os.path.exists(m); open(m, 'w').close(); sys.exit(0 if ok else 3)"
    )
    config = with_step("critical-tests", argv=(sys.executable, "-c", code), needs=())
    async with scenes.opened("declared", tmp_path, drill=True, config=config) as pilot:
        board = scenes.board(pilot)
        board.conductor.runs.make = programs(tmp_path)
        board.action_step("critical-tests")
        await scenes.until(lambda: isinstance(pilot.app.screen, StepDialog))
        await scenes.press(pilot, "y")
        # A drill's step is never really run.
        await scenes.until(lambda: "This is a drill" in str(board.query_one("#notice", Static).content))
        assert not marker.exists()

    async with scenes.opened("production", tmp_path, drill=False, config=config, runner=programs(tmp_path)) as pilot:
        board = scenes.board(pilot)
        await ticks.tick(board.conductor, "critical-tests")  # opened anew: the scene has it done
        board.action_step("critical-tests")
        await scenes.until(lambda: isinstance(pilot.app.screen, StepDialog))
        await scenes.press(pilot, "y")
        await scenes.until(lambda: "failed with exit 3" in says(pilot))
        assert "critical-tests" not in board.conductor.incident.ticks
        await scenes.press(pilot, "r")
        await scenes.until(lambda: "critical-tests" in board.conductor.incident.ticks)
        assert board.conductor.incident.ticks["critical-tests"].evidence.startswith("exit 0 after")


async def test_what_is_missing_is_asked_for_once(tmp_path: Path) -> None:
    """The feature's name is asked for, kept as a fact, and stands in the command; the guard stands beside it."""
    config = with_step("disable-feature", driver="command", native="")
    async with scenes.opened("production", tmp_path, drill=False, config=config, runner=programs(tmp_path)) as pilot:
        await choose(pilot, "disable-feature")
        await scenes.until(lambda: isinstance(pilot.app.screen, AskLine))
        pilot.app.screen.query_one(Input).value = "new-checkout"
        await scenes.press(pilot, "enter", shows=StepDialog)
        shown = " ".join(str(one.content) for one in pilot.app.screen.query(Static))
        assert "$ ./scripts/feature-flag.sh --disable=new-checkout" in shown
        assert "▲ forward: changes production" in shown
        assert scenes.board(pilot).conductor.incident.work.values == {"feature": "new-checkout"}


async def test_what_cannot_be_undone_needs_its_name_typed_and_a_second_person(tmp_path: Path) -> None:
    """The incident's number typed wrong, or nobody else: nothing is even shown."""
    async with scenes.opened("production", tmp_path, drill=False, runner=programs(tmp_path)) as pilot:
        for typed, second, told in [
            ("INC-9999", "@cto", "INC-0001 was not typed"),
            ("INC-0001", "@primary-rm", "needs a second person"),
        ]:
            await choose(pilot, "roll-back-all")
            for text in (typed, second):
                await scenes.until(lambda: isinstance(pilot.app.screen, AskLine))
                pilot.app.screen.query_one(Input).value = text
                await scenes.press(pilot, "enter")
            notice = scenes.board(pilot).query_one("#notice", Static)
            await scenes.until(partial(_says, notice, told))
            assert isinstance(pilot.app.screen, BoardScreen)


async def test_a_step_by_hand_has_its_text_to_copy(tmp_path: Path) -> None:
    """Where nobody is configured to do it: why, and c puts the text into the terminal's clipboard."""
    async with scenes.opened("declared", tmp_path) as pilot:
        scenes.board(pilot).action_step("open-pr")
        await scenes.until(lambda: isinstance(pilot.app.screen, Show))
        await scenes.press(pilot, "c")
        assert pilot.app.clipboard.startswith("HOTFIX: DRILL: ")
        assert "DRILL: Emergency release for incident INC-0001" in pilot.app.clipboard


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 12)])
async def test_it_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    """At every size the keys are in sight."""
    async with scenes.opened("production", tmp_path, size, drill=False, runner=programs(tmp_path)) as pilot:
        scenes.board(pilot).action_step("describe-service")
        await scenes.until(lambda: isinstance(pilot.app.screen, StepDialog))
        await scenes.still(pilot)
        keys = pilot.app.screen.query_one("#keys", Static)
        assert "y does it" in str(keys.content)
        assert 0 < keys.region.y < size[1] and keys.region.height >= 1


async def test_a_text_to_copy_that_is_the_steps_own_stands_once(tmp_path: Path) -> None:
    """A step that a person does shows its text, and not the same again as what is to be copied."""
    async with scenes.opened("declared", tmp_path) as pilot:
        conductor = scenes.board(pilot).conductor
        step = next(
            one
            for phase in conductor.config.protocol.phases
            for one in phase.steps
            if one.driver == "manual" and one.text and "{" not in one.text and not one.box
        )
        scenes.board(pilot).action_step(step.id)
        await scenes.until(lambda: isinstance(pilot.app.screen, Show))
        shown = pilot.app.screen
        assert isinstance(shown, Show) and shown.shown.copy == step.text
        assert [one.text for one in shown.shown.lines].count(step.text) == 1
