"""Changes that nobody saw the end of: closed by what the service shows, told to the operator, never sent again."""

import pytest
from msgspec.structs import replace

from tests.clocks import START
from tests.conductor.fakes import IMAGE, OLD, PAY
from tests.conductor.rig import NAME, Rig
from warroom.board import View, board
from warroom.conductor.process import ABANDONED_SECONDS, abandoned, this_process
from warroom.conductor.traffic import outcomes
from warroom.incident import events
from warroom.incident.change import Action
from warroom.incident.state import Change
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Service, Share
from warroom.services.errors import Effect, ServiceError

BEFORE = (Share(OLD, 100), Share("payments-api-fix", 0, "fix"))
ASKED = (Share(OLD, 90), Share("payments-api-fix", 10, "fix"))
THEIRS = (Share(OLD, 50), Share("payments-api-fix", 50, "fix"))
CHANGE = Change(
    "c2",
    START,
    service=PAY,
    action=Action.ADVANCE,
    split=ASKED,
    revision="payments-api-fix",
    tag="fix",
    etag="e1",
    before=BEFORE,
)


def look(spec: tuple[Share, ...], serving: tuple[Share, ...], etag: str = "e2", *, settled: bool = True) -> Service:
    """The service as it is seen; failed unless settled."""
    return Service(PAY, etag, spec, serving, OLD, OLD, settled, failed=not settled, condition="no such revision")


@pytest.mark.parametrize(
    ("seen", "after", "outcome"),
    [
        (look(ASKED, ASKED), 1, "applied"),
        (look(ASKED, ASKED, settled=False), 1, "applied"),
        (look(ASKED, BEFORE, settled=False), 1, "failed"),
        (look(ASKED, BEFORE), 900, ""),
        (look(BEFORE, BEFORE, "e1"), 59, ""),
        (look(BEFORE, BEFORE, "e1"), 61, "not applied"),
        (look(BEFORE, BEFORE, "e2"), 61, "not applied"),
        (look(THEIRS, THEIRS, "e3"), 1, "superseded"),
        (replace(look(ASKED, ASKED), settled=False), 900, ""),
    ],
)
def test_what_shows_decides(seen: Service, after: float, outcome: str) -> None:
    """Applied, failed, not applied once it can't come any more, superseded; and nothing while Cloud Run is at work."""
    assert outcomes.found(CHANGE, seen, START + after).outcome == outcome


def test_a_deployment_is_known_by_its_tag() -> None:
    """Somebody has moved traffic since: the revision is there all the same."""
    deployment = replace(CHANGE, action="deploy", split=BEFORE, before=(Share(OLD, 100),))
    assert outcomes.found(deployment, look(THEIRS, THEIRS), START + 1).outcome == "applied"


def test_whose_process_is_gone_waits_for_nothing() -> None:
    """Of this host a dead process; of any, after a quarter of an hour; a living one is waited for."""
    here = this_process().partition("/")[0]
    assert abandoned(replace(CHANGE, owner=f"{here}/{2**22 + 1}"), START)
    assert not abandoned(replace(CHANGE, owner=this_process()), START)
    assert not abandoned(replace(CHANGE, owner=f"{here}/1"), START)
    assert not abandoned(replace(CHANGE, owner="elsewhere/4194305"), START)
    assert not abandoned(CHANGE, START)
    assert abandoned(replace(CHANGE, owner=this_process()), START + ABANDONED_SECONDS + 1)


async def lost(rig: Rig) -> None:
    """An advance that timed out and never arrived."""
    await rig.deployed()
    rig.run.fails["shift"] = [ServiceError("Cloud Run did not answer in time", "Re-reading", effect=Effect.UNKNOWN)]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("advance", NAME))


def line_2(rig: Rig) -> str:
    """What the operator reads."""
    shown = board(rig.incident, rig.conductor.config.protocol, rig.clock.now(), View())
    return " ".join(part.text for part in shown.sentence.parts)


async def test_what_never_arrived_is_closed_and_not_sent_again(rig: Rig) -> None:
    """Line 2 says that it is unknown, then the pane that it was not applied; the key may be pressed again."""
    await lost(rig)
    assert "outcome unknown" in line_2(rig)
    await rig.conductor.look(rig.run)
    assert len(rig.facts(events.ChangeFailed)) == 0
    rig.clock.advance(outcomes.ARRIVES_SECONDS + 1)
    await rig.conductor.look(rig.run)
    assert rig.lane.in_flight is None
    assert rig.lane.last_change
    assert (rig.lane.last_change.outcome, rig.ladder.percent, rig.run.calls.count("shift")) == ("not applied", 0, 1)
    shown = board(rig.incident, rig.conductor.config.protocol, rig.clock.now(), View())
    assert shown.traffic.note.text.startswith("last advance not applied: Cloud Run never took it; traffic is unchanged")
    await rig.fire(rig.conductor.plan("advance", NAME))
    assert rig.ladder.percent == 10
    assert rig.agrees()


async def test_what_arrives_after_all_is_asked_about(rig: Rig) -> None:
    """Closed as not applied, and then it shows: nobody is fooled, the ladder asks."""
    await lost(rig)
    asked = rig.run.sent[-1]
    rig.clock.advance(outcomes.ARRIVES_SECONDS + 1)
    await rig.conductor.look(rig.run)
    rig.run.meddle(asked, by="@rm")
    await rig.conductor.look(rig.run)
    assert rig.lane.drift
    await rig.conductor.adopt(NAME)
    assert rig.ladder.percent == 10


async def test_an_unknown_change_that_somebody_overruled_is_superseded(rig: Rig) -> None:
    """Its etag is no longer the newest: it can't land, and what holds is asked about."""
    await lost(rig)
    rig.run.meddle((Share(OLD, 70), Share(rig.candidate, 30, rig.ladder.tag)))
    await rig.conductor.look(rig.run)
    assert rig.lane.last_change
    assert rig.lane.last_change.outcome == "superseded"
    assert "ci@shop-prod" in rig.lane.last_change.title
    assert rig.lane.drift


async def test_a_superseded_one_is_closed_with_the_next_look(rig: Rig) -> None:
    """Nothing stays open for ever."""
    await lost(rig)
    await rig.fire(rig.conductor.plan("advance", NAME))
    await rig.conductor.look(rig.run)
    assert rig.lane.superseded == ()
    assert [(fact.change, fact.outcome) for fact in rig.facts(events.ChangeFailed)] == [
        (rig.facts(events.ChangeUnknown)[0].change, "superseded")
    ]


async def test_an_unknown_deployment_that_failed_is_closed_as_failed(rig: Rig) -> None:
    """The revision did not start while nobody watched: said so, and deploying again works, under another name."""
    await rig.declared()
    rig.run.fails["finish"] = [ServiceError("Lost sight of it", "Re-read", effect=Effect.UNKNOWN)]
    with pytest.raises(ServiceError):
        await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    failing = rig.run.looks[NAME]
    rig.run.looks[NAME] = replace(failing, failed=True, condition="port 8080", latest_ready=OLD)
    await rig.conductor.look(rig.run)
    failed = rig.facts(events.ChangeFailed)[-1]
    assert (failed.outcome, failed.title, failed.moved) == ("failed", "port 8080", False)
    assert (rig.lane.ladder, rig.lane.failure) == (None, "port 8080")
    rig.clock.advance(30)
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    assert rig.ladder.percent == 0


async def test_a_dead_processes_change_is_told_and_closed(rig: Rig) -> None:
    """Its owner is gone: unknown at once, applied as soon as the service shows it."""
    await rig.baked(10, Grade.PASS)
    intent = rig.facts(events.ChangeIntended)[-1]
    plan = rig.conductor.plan("advance", NAME)
    host = this_process().partition("/")[0]
    dead = replace(
        intent, change="c900", split=plan.split, candidate_percent=25, etag=plan.basis.etag, owner=f"{host}/{2**22 + 1}"
    )
    await rig.conductor.record(dead)
    await rig.conductor.look(rig.run)
    assert [fact.change for fact in rig.facts(events.ChangeUnknown)] == ["c900"]
    rig.run.meddle(plan.split, by="@rm")
    await rig.conductor.look(rig.run)
    assert (rig.lane.in_flight, rig.ladder.percent) == (None, 25)
    assert rig.facts(events.DriftSeen) == []
