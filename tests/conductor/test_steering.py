"""Escalation, severity, decisions and awareness through the conductor: refused where they should be, recorded once."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import IMAGE, OLD, OLDER, PAY
from tests.conductor.pager import FakePager
from tests.conductor.rig import NAME, Rig, declaration, rigged
from warroom.clock import rfc3339
from warroom.conductor import loops
from warroom.conductor.evidence import baseline
from warroom.conductor.people import escalation
from warroom.conductor.refusal import Refused
from warroom.conductor.triage import decision as deciding
from warroom.conductor.triage import severity as rating
from warroom.incident import clocks, events
from warroom.incident.comms.comms import PERMANENT_FIX, REGULAR_RELEASE, ActionAdded
from warroom.incident.triage.triage import (
    CapRaised,
    DataChangeKnown,
    Decided,
    LevelCalled,
    LevelReached,
    Measured,
    PersonalDataKnown,
)
from warroom.rollout.evidence import Histogram, Sample
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import Others


async def test_a_boundary_is_written_once_by_several_processes(tmp_path: Path) -> None:
    """Two terminals pass 15:00 at the same moment: one event, by the journal's clock; after a restart none is added."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        other = rig.other()
        await other.open(rig.incident.id)
        rig.clock.advance(10 * 60)  # detected five minutes before it was declared
        crossed = LevelReached(2)
        await asyncio.gather(escalation.keep(rig.conductor), other.once(crossed, actor="warroom"))
        await escalation.keep(rig.conductor)
        assert rig.facts(LevelReached) == [crossed]
        assert rig.incident.steering.levels[2].reached_at == rig.clock.now()
        late = rig.other()
        await late.open(rig.incident.id)
        await late.once(crossed, actor="warroom")
        assert rig.facts(LevelReached) == [crossed]
        assert rig.agrees()


async def test_a_disk_that_refuses_owes_nothing_and_is_tried_again(tmp_path: Path) -> None:
    """A boundary that could not be written is written by the next turn."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        rig.clock.advance(10 * 60)
        rig.journal.fails = lambda: True
        await escalation.keep(rig.conductor)
        assert rig.recorder.trouble and not rig.recorder.unwritten
        rig.journal.fails = lambda: False
        await escalation.keep(rig.conductor)
        assert rig.facts(LevelReached) == [LevelReached(2)]
        assert not rig.recorder.trouble


async def test_calling_a_level_by_hand_answers_it(tmp_path: Path) -> None:
    """Without a pager the pages say whom to call and what; doing it is recorded, and the level waits no more."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        with pytest.raises(Refused, match="No level waits"):
            escalation.call(rig.conductor)
        rig.clock.advance(11 * 60)
        await escalation.keep(rig.conductor)
        call = escalation.call(rig.conductor)
        assert [page.role.id for page in call.pages] == ["team-lead", "release-manager"]
        assert all(page.by_hand and "Escalation level 2, 16:00 after detection" in page.text for page in call.pages)
        said = await escalation.carry_out(rig.conductor, call)
        assert said == "Level 2: @team-lead, @primary-rm called by hand."
        assert rig.facts(LevelCalled) == [LevelCalled(2, ("@team-lead", "@primary-rm"), "by-hand")]
        with pytest.raises(Refused, match="called meanwhile"):
            await escalation.carry_out(rig.conductor, call)
        with pytest.raises(Refused, match="called already"):
            escalation.call(rig.conductor, 2)


async def test_a_level_is_paged_over_the_pager_and_one_who_fails_stops_nobody(tmp_path: Path) -> None:
    """Each person is asked once, with the level in the text; who was not reached is told and written down."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        pager = FakePager()
        assert rig.conductor.clients is not None
        rig.conductor.attach(replace(rig.conductor.clients, others=Others(pager=pager)))
        rig.clock.advance(11 * 60)
        pager.fails["ask"] = [ServiceError("PagerDuty is down", "Call them.")]
        call = escalation.call(rig.conductor)
        assert not any(page.by_hand for page in call.pages)
        said = await escalation.carry_out(rig.conductor, call)
        assert said == "Level 2: @primary-rm paged. @team-lead not reached: PagerDuty is down."
        ((email, text),) = pager.asked
        assert email == "primary-rm@example.com" and "Escalation level 2" in text
        (fact,) = rig.facts(LevelCalled)
        assert (fact.to, fact.how) == (("@primary-rm",), "page") and "not reached" in fact.text
        assert len(pager.triggered) == 1


async def test_level_4_is_by_hand_and_only_within_the_cap(tmp_path: Path) -> None:
    """A P0 may call it; a P2 may not, until the Incident Commander, and nobody else, raises the cap with a reason."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        call = escalation.call(rig.conductor, 4)
        assert [page.person.handle for page in call.pages] == ["@ceo", "@board"]
        assert all(page.by_hand for page in call.pages)
        await rating.rerate(rig.conductor, "P2", "fewer users")
        with pytest.raises(Refused, match="P2 escalates to level 2 at most"):
            escalation.call(rig.conductor, 4)
        with pytest.raises(Refused, match="Only the Incident Commander"):
            await escalation.raise_cap(rig.conductor, 4, "the press")
        await rig.conductor.record(events.RoleAssigned("incident-commander", "@rm"))
        with pytest.raises(Refused, match="needs a reason"):
            await escalation.raise_cap(rig.conductor, 4, " ")
        await escalation.raise_cap(rig.conductor, 4, "the press")
        assert rig.facts(CapRaised) == [CapRaised(4, "the press")]
        assert escalation.call(rig.conductor, 4).level == 4
        with pytest.raises(Refused, match="within the cap"):
            await escalation.raise_cap(rig.conductor, 3, "again")


async def test_rerating_needs_another_severity_and_a_reason(tmp_path: Path) -> None:
    """The clocks follow at once, and a boundary that the new severity has passed is written down."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        for severity, reason in (("P0", "same"), ("P9", "no such"), ("P1", "  ")):
            with pytest.raises(Refused):
                await rating.rerate(rig.conductor, severity, reason)
        await rating.rerate(rig.conductor, "P3", "a glitch")
        rig.clock.advance(30 * 60)
        await escalation.keep(rig.conductor)
        assert rig.facts(LevelReached) == []
        assert clocks.sla(rig.incident, rig.conductor.config.protocol, rig.clock.now()) is None
        await rating.rerate(rig.conductor, "P1", "payments fail")
        assert rig.facts(LevelReached) == [LevelReached(2), LevelReached(3)]


async def test_awareness_may_come_later(tmp_path: Path) -> None:
    """72 hours from the moment that somebody knew, until the authority was notified; taking it back needs a reason."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        shipped, now = rig.conductor.config.protocol, rig.clock.now()
        assert clocks.gdpr_left(rig.incident, shipped, now) is None
        with pytest.raises(Refused, match="nothing to take back"):
            await rating.personal_data(rig.conductor, at_stake=False, reason="x")
        with pytest.raises(Refused, match="Flag it first"):
            await rating.notified(rig.conductor)
        await rating.personal_data(rig.conductor, at_stake=True, reason="card numbers", minutes_ago=60)
        assert clocks.gdpr_left(rig.incident, shipped, now) == 71 * 3600
        with pytest.raises(Refused, match="Known already"):
            await rating.personal_data(rig.conductor, at_stake=True)
        await rating.notified(rig.conductor, "ticket 7")
        assert clocks.gdpr_left(rig.incident, shipped, now) is None
        with pytest.raises(Refused, match="notified already"):
            await rating.notified(rig.conductor)
        with pytest.raises(Refused, match="needs a reason"):
            await rating.personal_data(rig.conductor, at_stake=False)
        assert rig.facts(PersonalDataKnown) == [PersonalDataKnown(now - 3600, True, "card numbers")]


async def test_a_decision_holds_what_was_known(tmp_path: Path) -> None:
    """Row, advice and viability go into the journal with the choice; the step ticks itself; a reason is needed."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        with pytest.raises(Refused, match="needs a reason"):
            await deciding.decide(rig.conductor, "hotfix", " ")
        fact = await deciding.decide(rig.conductor, "hotfix", "older than the release")
        assert (fact.scenario, fact.advice, fact.viable) == ("payment-failure", "maybe", True)
        assert rig.incident.ticks["decide"].evidence == "decided"
        decision = rig.incident.steering.decision
        assert decision is not None and decision.actor == "@rm"
        assert rig.facts(Decided) == [fact]


@pytest.mark.parametrize(
    ("answer", "viable", "words"),
    [
        ("", True, "nobody has said whether data was changed"),
        ("no", True, "no data is changed"),
        ("yes", True, "can be changed back"),
        ("forward-only", False, "cannot run on it"),
    ],
)
async def test_a_change_of_data_decides_whether_going_back_can_work(
    tmp_path: Path, answer: str, viable: bool, words: str
) -> None:
    """Forward-only makes it not viable; an open question is shown as open, never as an answer."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        if answer:
            await deciding.data_change(rig.conductor, answer)
            assert rig.incident.ticks["ask-data-change"].evidence == "data-change-known"
            assert rig.facts(DataChangeKnown) == [DataChangeKnown(answer)]
        found = deciding.viability(rig.incident)
        assert found.viable is viable
        assert any(words in said for _, said in found.checks)
        assert found.targets == {NAME: OLDER}


async def test_going_back_needs_a_ready_and_healthy_revision(tmp_path: Path) -> None:
    """No older revision that is Ready, or one that answers badly: not viable, and the words say which."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        await rig.conductor.record(events.ProbeChanged(rig.lane.ref, OLDER, False, "503"))
        assert not deciding.viability(rig.incident).viable
        assert f"{OLDER} answers badly: 503" in deciding.viability(rig.incident).words
        rig.run.ready = {OLD: True, OLDER: False}
        await rig.look()
        assert deciding.viability(rig.incident).words == f"{NAME} has no older revision that is Ready"
        with pytest.raises(Refused, match="No older revision"):
            deciding.ways_back(rig.conductor, deciding.viability(rig.incident))


async def test_going_back_leads_to_verification_with_the_permanent_fix_open(tmp_path: Path) -> None:
    """Decided, armed, fired; once users are better phase 5 begins. The permanent fix is left to do, with no owner."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        await deciding.decide(rig.conductor, "roll-back", "came with the release")
        (plan,) = deciding.ways_back(rig.conductor, deciding.viability(rig.incident))
        assert (plan.action, plan.target) == ("roll-back", {OLDER: 100})
        await rig.fire(plan)
        assert (rig.incident.phase, rig.did) == ("assessment", "roll-back")
        await rig.conductor.mitigated("the users say so")
        assert rig.incident.phase == "verification"
        action = rig.incident.outward.actions[PERMANENT_FIX]
        assert not action.settled and "permanent fix" in action.text
        assert len(rig.facts(ActionAdded)) == 1


async def test_going_back_from_a_ladder_is_its_abort(tmp_path: Path) -> None:
    """With a hotfix on its way the way back is the ladder's own."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.at(10)
        (plan,) = deciding.ways_back(rig.conductor, deciding.viability(rig.incident))
        assert (plan.action, plan.target) == ("abort", {OLD: 100})


async def test_waiting_closes_the_incident(tmp_path: Path) -> None:
    """A regular release has it then; not while a hotfix is on its way."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        plan = rig.conductor.plan("deploy", NAME, image=IMAGE)
        await rig.fire(plan)
        with pytest.raises(Refused, match="on its way"):
            await deciding.decide(rig.conductor, "wait", "small")
    async with rigged(tmp_path / "k.db") as rig:
        await rig.declared()
        tomorrow = rfc3339(rig.clock.now() + 86_400)[:10]
        for waits, why in (
            (deciding.Waits(), "needs an owner and a date"),
            (deciding.Waits("@ld"), "needs an owner and a date"),
            (deciding.Waits("@ld", "soon"), "is no date"),
            (deciding.Waits("@ld", "2020-01-01"), "2020-01-01 is over"),
            (deciding.Waits("@ld", tomorrow), "The matrix says that P0 can't wait"),
        ):
            with pytest.raises(Refused, match=why):
                await deciding.decide(rig.conductor, "wait", "small", waits)
        assert not rig.incident.outward.actions
        waits = deciding.Waits(" @ld ", tomorrow, "the CTO, users pay by hand")
        fact = await deciding.decide(rig.conductor, "wait", "small", waits)
        assert (fact.advice, fact.override) == ("no", "the CTO, users pay by hand")
        assert rig.incident.closed_at is not None
        release = rig.incident.outward.actions[REGULAR_RELEASE]
        assert (release.owner, release.due, release.settled) == ("@ld", tomorrow, True)
        assert "plan-permanent-fix" in rig.incident.ticks
        with pytest.raises(Refused, match="over"):
            await deciding.decide(rig.conductor, "hotfix", "after all")


async def test_waiting_asks_more_where_nothing_so_severe_can(tmp_path: Path) -> None:
    """By the trigger's row, or where the rows of every trigger of the severity say no; a P2 may just wait."""
    for severity, trigger, asks in (("P2", "slow-responses", False), ("P0", "", True), ("P2", "", False)):
        async with rigged(tmp_path / f"{severity}{trigger}.db") as rig:
            first = replace(declaration(rig.clock.now(), PAY), severity=severity, trigger=trigger)
            await rig.conductor.declare(first)
            assert deciding.choice(rig.conductor).no_waiting is asks


def timed(rig: Rig, minutes_before_now: float, ms: float, requests: int = 100) -> Sample:
    """One minute in which all requests took about `ms`."""
    bounds = (100.0, 200.0, 1000.0, 2000.0, 10000.0)
    counts = tuple(requests if low < ms <= high else 0 for low, high in zip((0.0, *bounds), bounds, strict=False))
    end = rig.clock.now() - minutes_before_now * 60
    return Sample(OLD, end - 60, end, requests, 0, Histogram(bounds, (*counts, 0)))


async def test_ten_times_normal_is_computed_and_noted(tmp_path: Path) -> None:
    """From Monitoring, on the declaration: the number and the trigger in words, once; nothing once it is assessed."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        await loops.clocks_and_numbers(rig.conductor, rig.conductor.watching)
        assert rig.facts(Measured) == []  # nobody has asked Monitoring yet
        await rig.conductor.record(
            events.Sampled(rig.lane.ref, tuple(timed(rig, minutes, 150.0) for minutes in (40, 39, 38, 37)))
        )
        await rig.conductor.record(events.Sampled(rig.lane.ref, (timed(rig, 3, 1500.0), timed(rig, 2, 1500.0))))
        await rig.conductor.watching.read(rig.monitoring)
        await loops.clocks_and_numbers(rig.conductor, rig.conductor.watching)
        await loops.clocks_and_numbers(rig.conductor, rig.conductor.watching)
        (found,) = rig.facts(Measured)
        assert found.factor == pytest.approx(10) and not found.over  # the trigger is over ten, and ten is not
        assert found.words == "p95 is 10.0 × normal (1950 ms, normally 195 ms); the trigger is over 10 ×"
        await rig.conductor.record(events.Sampled(rig.lane.ref, (timed(rig, 1, 9000.0), timed(rig, 0, 9000.0))))
        await loops.clocks_and_numbers(rig.conductor, rig.conductor.watching)
        first, second = rig.facts(Measured)
        assert not first.over and second.over and "a trigger" in second.words
        await rig.conductor.record(events.PhaseStarted("preparation"))
        rig.clock.advance(3600)
        await loops.clocks_and_numbers(rig.conductor, rig.conductor.watching)
        assert len(rig.facts(Measured)) == 2


@pytest.mark.parametrize(
    ("samples", "lost", "words"),
    [
        ((), "", "Monitoring shows none yet"),
        ((), "permission denied", "Monitoring can't be read (permission denied)"),
        (((3, 150.0, 100),), "", "from before the incident to compare with"),
        (((40, 150.0, 100), (10, 150.0, 100)), "", "the newest are 10 min old"),
        (((40, 150.0, 100), (2, 150.0, 5)), "", "too few requests in the last minutes"),
    ],
)
async def test_what_cannot_be_told_is_no_data(
    tmp_path: Path, samples: tuple[tuple[float, float, int], ...], lost: str, words: str
) -> None:
    """NO DATA with its reason, and no factor."""
    async with rigged(tmp_path / "j.db") as rig:
        await rig.declared()
        new = tuple(timed(rig, *one) for one in samples)
        await rig.conductor.record(events.Sampled(rig.lane.ref, new))
        found = baseline.measure(
            rig.lane, rig.conductor.config.protocol.gate, rig.incident.detected_at, rig.clock.now(), lost
        )
        assert found.factor is None and not found.over
        assert found.words.startswith("NO DATA") and found.words.endswith(words)
