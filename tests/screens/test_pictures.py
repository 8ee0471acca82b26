"""Pictures of every screen. One that differs is not wrong by that: look at the report, then believe one of the two."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.conductor.fakes import ShakyJournal
from tests.screens import scenes
from tests.screens.conftest import Picture
from tests.screens.outside import StillClock
from warroom.incident.place import Place
from warroom.screens.declare import DeclareScreen
from warroom.screens.dialogs.arm import ArmDialog
from warroom.screens.dialogs.prompts import AskLine, Choose, Show, Tell
from warroom.screens.dialogs.update import Compose, Preview
from warroom.screens.help import HelpScreen
from warroom.screens.projector import ProjectorScreen

SIZES = [(80, 24), (120, 36), (200, 60)]
SMALL_AND_USUAL = SIZES[:2]


def by_size(size: tuple[int, int]) -> str:
    """A size as a test's name."""
    return f"{size[0]}x{size[1]}"


@pytest.mark.parametrize("size", SIZES, ids=by_size)
@pytest.mark.parametrize("verdict", ["pass", "fail", "weak", "no-data"])
def test_the_board_in_each_verdict(picture: Picture, verdict: str, size: tuple[int, int]) -> None:
    """Each of the four verdicts on real evidence of the simulated world, at three sizes."""
    assert picture(verdict, size=size)


@pytest.mark.parametrize(
    "name", ["declared", "baked", "changing", "aborted", "complete", "resolved", "cut-off", "hostile", "production"]
)
def test_the_board_at_other_moments(picture: Picture, name: str) -> None:
    """From just declared to resolved; with Cloud Run out of reach; with hostile texts everywhere."""
    assert picture(name)


@pytest.mark.parametrize("size", [(80, 24), (58, 15)], ids=by_size)
def test_hostile_texts_in_little_room(picture: Picture, size: tuple[int, int]) -> None:
    """Nothing of them gets out of its place."""
    assert picture("hostile", size=size)


def test_the_board_before_it_is_connected(picture: Picture) -> None:
    """The Google clients are still being loaded: the board is there, and says so."""
    assert picture("declared", connected=False)


def test_the_board_when_the_journal_cannot_be_written(picture: Picture) -> None:
    """A red line says what is not being written."""

    async def full(pilot: Pilot[str]) -> None:
        app = scenes.war_room(pilot)
        journal, conductor = app.room.journal, app.conductor
        assert isinstance(journal, ShakyJournal)
        assert conductor is not None
        journal.broken = True
        await scenes.press(pilot, "n", shows=AskLine)
        await scenes.press(pilot, *"disk?", "enter")
        await scenes.until(lambda: bool(conductor.recorder.trouble))

    assert picture("pass", then=full, kind=ShakyJournal)


@pytest.mark.parametrize("size", [(58, 15), (24, 6), (20, 5)], ids=by_size)
def test_tiny_boards(picture: Picture, size: tuple[int, int]) -> None:
    """Two lines, traffic and keys; the smallest; and what it says when that is not enough."""
    assert picture("fail", size=size)


def test_the_board_in_a_lit_room(picture: Picture) -> None:
    """The light theme."""
    assert picture("fail", light=True)


def test_the_board_in_ascii(picture: Picture) -> None:
    """Nothing but ASCII."""
    assert picture("fail", ascii=True)


def test_the_board_without_colours(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the states are still told apart."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture("fail")


@pytest.mark.parametrize("pane", range(1, 7))
def test_a_pane_alone(picture: Picture, pane: int) -> None:
    """Number keys give one pane the screen, of a small terminal too."""
    assert picture("pass", str(pane), size=(80, 24))


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
@pytest.mark.parametrize(
    ("name", "key"),
    [("baked", "a"), ("pass", "a"), ("weak", "a"), ("no-data", "a"), ("fail", "a"), ("fail", "x"), ("complete", "x")],
    ids=["advance-on-pass", "too-early", "on-weak", "on-no-data", "on-fail", "abort-to-broken", "abort-complete"],
)
def test_the_arm_panel(picture: Picture, name: str, key: str, size: tuple[int, int]) -> None:
    """Target, command, verdict and age, and what the guard asks: nothing, one key more, or a reason."""
    assert picture(name, key, size=size, shows=ArmDialog)


def test_the_arm_panel_with_a_reason_typed(picture: Picture) -> None:
    """The reason stands there still, and y would fire now."""
    assert picture("fail", "a", *"known noise", "enter", shows=ArmDialog)


def test_the_arm_panel_when_y_comes_too_soon(picture: Picture) -> None:
    """A guard that is not satisfied says so on the panel."""
    assert picture("weak", "a", "y", shows=ArmDialog)


def test_the_arm_panel_of_a_deploy(picture: Picture) -> None:
    """The whole command, with a digest of 64 letters."""
    assert picture("production", "d", *"example.test/payments:42", "enter", shows=ArmDialog, drill=False)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_rolling_back(picture: Picture, size: tuple[int, int]) -> None:
    """The list of revisions to choose from."""
    assert picture("fail", "r", size=size, shows=Choose)


def test_the_arm_panel_of_a_roll_back(picture: Picture) -> None:
    """To the first revision of the list."""
    assert picture("fail", "r", "enter", shows=ArmDialog)


def test_deploying(picture: Picture) -> None:
    """Which image; in a drill it lies ready."""
    assert picture("declared", "d", shows=AskLine)


def test_a_note(picture: Picture) -> None:
    """One line for the timeline."""
    assert picture("pass", "n", *"looks good", shows=AskLine)


def test_the_update_composer(picture: Picture) -> None:
    """The template, filled from the incident."""
    assert picture("pass", "u", shows=Compose)


def test_the_preview_of_an_update(picture: Picture) -> None:
    """What goes where, and why each channel is off while nothing but people can carry it."""
    assert picture("pass", "u", "ctrl+s", shows=Preview, size=(80, 24))


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_help(picture: Picture, size: tuple[int, int]) -> None:
    """All keys, by what they may break."""
    assert picture("pass", "question_mark", size=size, shows=HelpScreen)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_the_gcloud_commands(picture: Picture, size: tuple[int, int]) -> None:
    """What was done, and what could be, without warroom."""
    assert picture("pass", "g", size=size, shows=Tell)


def test_resolving(picture: Picture) -> None:
    """A plain yes, and what it means."""
    assert picture("complete", "s", shows=Show)


def test_auto_advance(picture: Picture) -> None:
    """A plain yes, and what it means."""
    assert picture("pass", "o", shows=Show)


def test_skipping(picture: Picture) -> None:
    """The rungs past the next one."""
    assert picture("baked", "k", shows=Choose)


def test_acknowledging(picture: Picture) -> None:
    """Those who have not said so yet."""
    assert picture("pass", "i", shows=Choose)


def test_a_step_done_by_people(picture: Picture) -> None:
    """What the selected step says, and whose it is."""
    assert picture("declared", "down", "down", "enter", shows=Show)  # the first ones ask for an answer


def test_a_refused_key(picture: Picture) -> None:
    """Why, and what to do, above the key bar."""
    assert picture("declared", "a")


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
@pytest.mark.parametrize("name", ["nothing", "several"])
def test_home(picture: Picture, name: str, size: tuple[int, int]) -> None:
    """Without any incident; with open and resolved ones."""
    assert picture(name, size=size, incident="", drill=False)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
@pytest.mark.parametrize("drill", [True, False], ids=["drill", "production"])
def test_declaring(picture: Picture, drill: bool, size: tuple[int, int]) -> None:
    """In a drill the form is filled in; in production it is to be."""
    keys = [] if drill else ["d"]
    assert picture("nothing", *keys, size=size, shows=DeclareScreen, incident="", drill=drill)


def test_declaring_refused(picture: Picture) -> None:
    """An incident without a title."""
    assert picture("nothing", "d", "ctrl+s", shows=DeclareScreen, incident="", drill=False)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
@pytest.mark.parametrize("name", ["declared", "pass", "fail"])
def test_the_projector(picture: Picture, name: str, size: tuple[int, int]) -> None:
    """For the room: before the ladder, passing, failing."""
    assert picture(name, "m", size=size, shows=ProjectorScreen)


EMULATOR = Place("emulator", "127.0.0.1:4000", "CLOUD_RUN_EMULATOR_HOST")
"""Where a terminal leads in which the variable was left set."""


@pytest.mark.parametrize("size", [*SIZES, (58, 15)], ids=by_size)
def test_the_board_on_an_emulator(picture: Picture, size: tuple[int, int]) -> None:
    """The third badge, at every size."""
    assert picture("emulator", size=size, drill=False, place=EMULATOR)


@pytest.mark.parametrize("look", ["ascii", "light", "no-colour"])
def test_an_emulator_by_other_looks(picture: Picture, look: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told from the other two without colours too, and in ASCII."""
    if look == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    assert picture("emulator", size=(80, 24), drill=False, place=EMULATOR, ascii=look == "ascii", light=look == "light")


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_an_emulator_on_the_wall(picture: Picture, size: tuple[int, int]) -> None:
    """The projector's view has the badge."""
    assert picture("emulator", "m", size=size, shows=ProjectorScreen, drill=False, place=EMULATOR)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_home_on_an_emulator(picture: Picture, size: tuple[int, int]) -> None:
    """Home says where it is, and which incidents can only be looked at."""
    assert picture("several", size=size, incident="", drill=False, place=EMULATOR)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_declaring_on_an_emulator(picture: Picture, size: tuple[int, int]) -> None:
    """The form says so before anything is declared."""
    assert picture("nothing", "d", size=size, shows=DeclareScreen, incident="", drill=False, place=EMULATOR)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_a_refused_key_across(picture: Picture, size: tuple[int, int]) -> None:
    """Production's incident from an emulator: looking only, and a key says why and what to do."""
    assert picture("production", "d", size=size, drill=False, connected=False, place=EMULATOR)


@pytest.mark.parametrize("size", SMALL_AND_USUAL, ids=by_size)
def test_the_board_after_the_clock_went_back(picture: Picture, size: tuple[int, int]) -> None:
    """By how much, what it means and what to do; no age below nothing."""
    clock = StillClock(scenes.scene("production").now - 3552)

    async def written(pilot: Pilot[str]) -> None:
        conductor = scenes.war_room(pilot).conductor
        assert conductor is not None
        await scenes.until(lambda: conductor.incident.counted_to == clock.now())
        scenes.board(pilot).refresh_board()

    assert picture("production", size=size, drill=False, connected=False, clock=clock, then=written)


def test_no_picture_names_this_machine() -> None:
    """No time, folder or version of wherever they were made."""
    for path in (Path(__file__).parent / "__snapshots__").rglob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "/tmp" not in text
        assert str(Path.home()) not in text
