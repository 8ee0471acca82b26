"""Two hands in two processes on one journal file: Cloud Run's etag decides, the loser is told by whom, both see it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.cli.cloud import IMAGE, asked
from tests.e2e.conftest import OpenTerminal
from tests.e2e.held import STABLE, HeldCloud, held_cloud
from tests.e2e.home import DONE_SECONDS, Home
from tests.e2e.steps import ARMED, wait_for_traffic
from tests.e2e.terminal import Terminal
from tests.patience import until
from warroom.incident import events
from warroom.incident.fold import fold
from warroom.incident.journal.sqlite import SqliteStore

ADVANCE = ("advance", "--reason", "it burns")
ABORT, BACK = ("abort",), ("rollback",)
RETREATS = (ABORT, BACK)
ACTIONS = {"rollback": "roll-back"}
AS_THEY_CAME, TURNED = (0, 1), (1, 0)

PATIENT = """
from msgspec.structs import replace
from warroom.services.google import loading
loading.silence()
from warroom.services.google.cloud_run import Deadlines, GoogleCloudRun
made = GoogleCloudRun.__init__
def patient(self, endpoint, clock, credentials=None, deadlines=Deadlines(), channel=None):
    made(self, endpoint, clock, credentials, replace(deadlines, write=300, total=max(300, deadlines.total)), channel)
GoogleCloudRun.__init__ = patient
from warroom.cli import main
main()
"""
"""warroom, but for how long it waits for a write's answer: the first is held while another process starts, which takes
as long as the machine is busy. After its own fifteen seconds it says, rightly, that nobody knows."""

Command = tuple[str, ...]
Order = tuple[int, int]
Course = tuple[tuple[Command, Command], Order, bool, str]
"""Who races whom, in which order their writes arrive, whether the first one's is sent before the second starts, and
what is said then."""

COURSES: list[Course] = [
    ((ADVANCE, ABORT), TURNED, True, "not done: @bob was first"),
    ((ADVANCE, BACK), TURNED, True, "not done: @bob was first"),
    ((ADVANCE, ABORT), AS_THEY_CAME, True, "@bob changed payments-api while this was under way"),
    ((ADVANCE, BACK), AS_THEY_CAME, True, "@bob changed payments-api while this was under way"),
    ((ADVANCE, ADVANCE), AS_THEY_CAME, True, "Still under way: advance by @ann"),
    ((ADVANCE, ADVANCE), AS_THEY_CAME, False, ": applied."),
    ((ADVANCE, ABORT), TURNED, False, ": applied."),
    ((ABORT, ADVANCE), AS_THEY_CAME, True, "Still under way: abort by @ann"),
    ((BACK, ADVANCE), AS_THEY_CAME, False, ": applied."),
    ((ABORT, ABORT), AS_THEY_CAME, True, ": applied."),
    ((ABORT, BACK), AS_THEY_CAME, True, ": applied."),
    ((ABORT, BACK), TURNED, False, ": applied."),
]


@pytest.fixture
def cloud(home: Home) -> Iterator[HeldCloud]:
    """A cloud that one incident was declared on."""
    home.program = (sys.executable, "-c", PATIENT)
    with held_cloud() as cloud:
        asked(home, 0, "declare", "card payments fail", "--severity", "P0", **cloud.variables)
        yield cloud


def twin(home: Home, cloud: HeldCloud, command: tuple[str, ...], actor: str) -> "subprocess.Popen[str]":
    """One command in a process of its own."""
    return home.popen(*command, "--yes", "--as", actor, **cloud.variables)


def deploy(home: Home, cloud: HeldCloud) -> None:
    """A new hotfix at 0 %."""
    asked(home, 0, "deploy", IMAGE, "--yes", "--reason", "no time", **cloud.variables)


def log(home: Home) -> list[events.Event]:
    """The incident's journal."""
    journal = SqliteStore(home.path / "state" / "warroom" / "journal.db")
    try:
        return journal.read("INC-0001")
    finally:
        journal.close()


def the_journal_tells_what_is(home: Home, cloud: HeldCloud) -> None:
    """Ids are unique, each change has one outcome, and the ladder stands where the cloud serves."""
    told = log(home)
    intents = [event.fact.change for event in told if isinstance(event.fact, events.ChangeIntended)]
    ends = [event.fact.change for event in told if isinstance(event.fact, events.ChangeApplied | events.ChangeFailed)]
    assert len(set(intents)) == len(intents)
    assert sorted(ends) == sorted(intents)
    (lane,) = fold(told).lanes.values()
    assert (lane.in_flight, lane.superseded) == (None, ())
    assert {share.revision: share.percent for share in lane.serving if share.percent} == cloud.served
    assert lane.ladder is not None
    assert (lane.ladder.percent or 0) == cloud.served.get(lane.ladder.candidate, 0)


class Told(NamedTuple):
    """How one hand's command ended: its exit status, what it said, and whether it had begun to change anything."""

    who: str
    action: str
    code: int
    said: str
    began: bool


def race(home: Home, cloud: HeldCloud, twins: tuple[Command, Command], order: Order, ahead: bool) -> list[Told]:
    """Start two commands; their writes are let in in `order` of arrival, once both are sent or refused.

    `ahead`: the first one's waits already when the second starts.
    """
    before = len(log(home))
    cloud.hold(2)
    hands = [twin(home, cloud, twins[0], "@ann")]

    def sent_or_ended() -> bool:
        return cloud.waiting + sum(hand.poll() is not None for hand in hands) >= len(hands)

    if ahead:
        asyncio.run(until(sent_or_ended))
    hands.append(twin(home, cloud, twins[1], "@bob"))
    asyncio.run(until(sent_or_ended))
    cloud.let_in(*(number for number in order if number < cloud.waiting))
    said = [" ".join(hand.communicate(timeout=DONE_SECONDS)[0].split()) for hand in hands]
    began = {event.actor for event in log(home)[before:] if isinstance(event.fact, events.ChangeIntended)}
    return [
        Told(who, ACTIONS.get(command[0], command[0]), hand.returncode, text, who in began)
        for who, command, hand, text in zip(("@ann", "@bob"), twins, hands, said, strict=True)
    ]


@pytest.mark.parametrize("races", [COURSES[:6], COURSES[6:]], ids=["forward", "backward"])
def test_twin_against_twin(home: Home, cloud: HeldCloud, races: list[Course]) -> None:
    """Whoever loses is told who was first, by Cloud Run's word or by the journal's; what is told is what is served."""
    for twins, order, ahead, expected in races:
        deploy(home, cloud)
        told = race(home, cloud, twins, order, ahead)
        the_journal_tells_what_is(home, cloud)
        retreats = any(one in RETREATS for one in twins)
        assert (cloud.served == {STABLE: 100}) == retreats
        assert any(hand.code == 0 for hand in told)
        for hand, other in zip(told, reversed(told), strict=True):
            if hand.code and hand.began:  # it was sent, and the etag has decided
                assert (hand.code, f"{other.who} " in hand.said) == (3, True), hand
            elif hand.code:  # nothing was sent: the other one's intent was in the journal already
                assert (hand.code, f"Still under way: {other.action} by {other.who}" in hand.said) == (1, True), hand
        assert expected in " ".join(hand.said for hand in told)
        if not retreats:
            asked(home, 0, "abort", "--yes", **cloud.variables)


def opened(start: OpenTerminal, cloud: HeldCloud, **size: int) -> Terminal:
    """Its board in another terminal, which has looked by now."""
    terminal = start("open", "INC-0001", "--as", "@ann", **size, **cloud.variables)
    wait_for_traffic(terminal, stable=100, candidate=0)
    terminal.wait_for("answers well: HTTP 200")
    return terminal


def at_the_gate(terminal: Terminal, cloud: HeldCloud, home: Home) -> "subprocess.Popen[str]":
    """A board's advance and a twin's abort, both sent and neither taken."""
    cloud.hold(2)
    terminal.press("a")
    terminal.wait_for("from 0 % to 10 %", ARMED)
    terminal.fire("y")
    terminal.wait_until(lambda: cloud.waiting == 1, "the board's write")
    other = twin(home, cloud, ABORT, "@bob")
    terminal.wait_until(lambda: cloud.waiting == 2, "the twin's write")
    return other


@pytest.mark.parametrize(
    ("order", "words"),
    [((1, 0), "not done: @bob was first"), ((0, 1), "@bob changed payments-api while this was under way")],
    ids=["abort-first", "advance-first"],
)
def test_a_board_against_a_twin(
    home: Home, cloud: HeldCloud, start: OpenTerminal, order: tuple[int, int], words: str
) -> None:
    """The board fires an advance while a twin aborts: it is told whose abort counts, and shows what is served."""
    deploy(home, cloud)
    terminal = opened(start, cloud)
    other = at_the_gate(terminal, cloud, home)
    cloud.let_in(*order)
    said = other.communicate(timeout=DONE_SECONDS)[0]
    assert other.returncode == 0, said
    terminal.wait_for(words, "aborted, traffic back on")
    wait_for_traffic(terminal, stable=100, candidate=0)
    assert cloud.served == {STABLE: 100}
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    the_journal_tells_what_is(home, cloud)


def test_an_armed_panel_that_a_twin_overtakes(home: Home, cloud: HeldCloud, start: OpenTerminal) -> None:
    """The panel is up, another terminal aborts: it says so within a look, y sends nothing, and the way back is open."""
    deploy(home, cloud)
    terminal = opened(start, cloud, columns=160)
    terminal.press("a")
    terminal.wait_for("from 0 % to 10 %", ARMED)
    other = twin(home, cloud, ABORT, "@bob")
    assert "applied" in other.communicate(timeout=DONE_SECONDS)[0]
    terminal.wait_for("no longer so: @bob aborted at ")
    before = len([event for event in log(home) if isinstance(event.fact, events.ChangeIntended)])
    terminal.fire("y")
    terminal.wait_for("Nothing was sent: ")
    terminal.press("x")
    terminal.wait_for("Abort: all traffic back to", ARMED)
    terminal.fire("y")
    terminal.wait_until_gone(ARMED)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    intents = [event.fact.action for event in log(home) if isinstance(event.fact, events.ChangeIntended)]
    assert intents[before:] == ["abort"]
