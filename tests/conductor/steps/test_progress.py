"""What follows by itself: ticks from evidence and phases, at rest after a few rounds whatever came before."""

import asyncio

import pytest
from hypothesis import given, settings

from tests.clocks import START
from tests.conductor.fakes import PAY
from tests.conductor.rig import CONFIG, NAME, Rig
from tests.incident.story import NEW, OLD, Story, applied, climbing, declared, intended, judged, logs
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import ticks as ticking
from warroom.incident import events
from warroom.incident.comms.comms import PERMANENT_FIX, ActionAdded, ActionChanged
from warroom.incident.events import Event
from warroom.incident.fold import apply, fold
from warroom.incident.progress.follow_ups import follow_ups
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.state import Incident
from warroom.incident.steps.steps import ValueGiven
from warroom.incident.triage.triage import Decided
from warroom.protocol.model import Phase
from warroom.rollout.evidence import Clause, Grade, Verdict

PROTOCOL = CONFIG.protocol


def settled(incident: Incident, most: int = 12) -> tuple[Incident, int]:
    """The incident when nothing more follows, and after how many rounds that was."""
    for rounds in range(most):
        more = follow_ups(incident, PROTOCOL)
        if not more:
            return incident, rounds
        for fact in more:
            event = Event(incident.id, incident.last_seq + 1, START + 5000, "warroom", fact)
            incident = apply(incident, event)
    raise AssertionError(f"still something to do after {most} rounds: {follow_ups(incident, PROTOCOL)}")


def phase(name: str) -> Phase:
    """A phase of the shipped protocol."""
    return PROTOCOL.phase(name)


def done(story: Story, *names: str) -> Story:
    """All steps of these phases, ticked by hand."""
    for name in names:
        for step in steps_of(phase(name), story.incident):
            story.at(120, events.Ticked(step.id))
    return story


def full_pass(percent: int = 100) -> events.Judged:
    """PASS on errors and latency."""
    clauses = tuple(Clause(signal, NEW, Grade.PASS, 900) for signal in ("errors", "latency"))
    return events.Judged(PAY, Verdict(Grade.PASS, START + 600, percent, NEW, OLD, clauses, window=(START + 460, START)))


@settings(max_examples=80, deadline=None)
@given(logs())
def test_it_comes_to_rest(log: list[Event]) -> None:
    """After any facts at all, in a few rounds, without repeating itself."""
    incident, rounds = settled(fold(log))
    assert rounds <= 8
    assert follow_ups(incident, PROTOCOL) == []


def test_declaring_begins_the_assessment() -> None:
    """The first phase runs from the declaration, whose step is ticked by its own fact."""
    incident, _ = settled(Story().incident)
    assert incident.phase == "assessment"
    assert incident.ticks["declare"].evidence == "declared"
    assert "alert-team" not in incident.ticks


def test_a_phase_ends_when_its_steps_are_done() -> None:
    """All of them, not most; those that do not concern this incident are not waited for."""
    story = done(Story(), "assessment")
    assert settled(story.incident)[0].phase == "preparation"
    story = done(story, "preparation", "testing")
    assert "security-review" not in story.incident.ticks
    assert settled(story.incident)[0].phase == "deployment"
    open_one = Story()
    for step in phase("assessment").steps[:-1]:
        open_one.at(100, events.Ticked(step.id))
    assert settled(open_one.incident)[0].phase == "assessment"


def test_a_security_incident_waits_for_its_review() -> None:
    """What only concerns some incidents is waited for in those."""
    story = done(Story(declared("P0", private=True)), "assessment")
    for step in phase("preparation").steps:
        if step.id != "security-review":
            story.at(200, events.Ticked(step.id))
    assert settled(story.incident)[0].phase == "preparation"
    assert settled(story.at(210, events.Ticked("security-review")).incident)[0].phase == "testing"


def test_what_happens_outruns_the_ticks() -> None:
    """Deploying begins the deployment with steps before it open; mitigated is verification, resolved the paperwork."""
    story = climbing(10)
    assert settled(story.incident)[0].phase == "deployment"
    story.at(300, events.Mitigated("roll-back"))
    assert settled(story.incident)[0].phase == "verification"
    story.at(400, events.Resolved())
    incident, _ = settled(story.incident)
    assert incident.phase == "post-deployment"
    assert "resolve" in incident.ticks


def test_deployment_does_not_end_by_ticks() -> None:
    """Everything ticked, but the hotfix is on its way: the phase goes on."""
    story = done(climbing(25), "deployment")
    assert settled(story.incident)[0].phase == "deployment"


def test_native_steps_tick_themselves_from_what_happened() -> None:
    """Deploy, ladder, un-pin, report: each by its own fact and not before."""
    story = climbing(10)
    ticks = settled(story.incident)[0].ticks
    assert ("deploy" in ticks, "ladder" in ticks) == (True, False)
    story.at(300, intended("c3", "advance", 100), applied("c3", 100))
    ticks = settled(story.incident)[0].ticks
    assert ("ladder" in ticks, "un-pin" in ticks, "report" in ticks) == (True, False, False)
    story.at(400, intended("c4", "un-pin"), applied("c4"), events.Reported("INC-0001.md"))
    ticks = settled(story.incident)[0].ticks
    assert ("un-pin" in ticks, "report" in ticks) == (True, True)


def test_verification_ticks_itself_on_full_traffic_only() -> None:
    """Health, response time and errors by the probe and the clauses, of 100 % and nothing less."""
    checks = {"check-health", "check-metrics", "check-errors"}
    story = climbing(50).at(300, events.ProbeChanged(PAY, NEW, True), full_pass(50))
    assert not checks & settled(story.incident)[0].ticks.keys()
    story.at(400, intended("c3", "advance", 100), applied("c3", 100))
    assert settled(story.incident)[0].ticks.keys() & checks == {"check-health"}
    story.at(500, judged(Grade.WEAK, 100))
    assert settled(story.incident)[0].ticks.keys() & checks == {"check-health"}
    story.at(600, full_pass())
    assert checks <= settled(story.incident)[0].ticks.keys()


def test_updates_tick_the_step_of_their_template() -> None:
    """The initial alert is not the all-clear."""
    story = Story().at(100, events.UpdateSent("we know", template="initial-alert"))
    ticks = settled(story.incident)[0].ticks
    assert ("notify-stakeholders" in ticks, "send-all-clear" in ticks) == (True, False)


def test_the_checklist_ticks_itself_with_its_evidence() -> None:
    """An item is done when all that it names is, and says by what."""
    item = next(
        one for one in PROTOCOL.checklist if len(one.ticked_by) > 1 and not one.ticked_by[0].startswith("fact:")
    )
    story = Story()
    for step in item.ticked_by[:-1]:
        story.at(100, events.Ticked(step, "seen"))
    assert item.id not in settled(story.incident)[0].ticks
    story.at(110, events.Ticked(item.ticked_by[-1]))
    tick = settled(story.incident)[0].ticks[item.id]
    assert (tick.actor, tick.by_hand) == ("warroom", False)
    assert tick.evidence == ", ".join([*item.ticked_by[:-1], f"{item.ticked_by[-1]} (by hand, @rm)"])


def test_the_channel_is_created_by_the_chat_and_not_by_the_declaration() -> None:
    """Once the chat has opened it, though the alert in it fails; without a chat by whoever says so, by hand."""

    def found(story: Story) -> str:
        tick = settled(story.incident)[0].ticks.get("channel-created")
        return tick.evidence if tick else ""

    story = Story()
    assert found(story) == ""
    story.at(70, events.SendIntended("s1", "slack", "open-channel"), events.SendFailed("s1", "no"))
    assert found(story) == ""
    story.at(80, events.SendIntended("s2", "slack", "open-channel"), events.SendDone("s2", "C1"))
    story.at(81, events.SendIntended("s3", "slack", "alert"), events.SendFailed("s3", "no"))
    assert found(story) == "channel-created" and "alert-team" not in settled(story.incident)[0].ticks
    assert found(Story().at(70, events.Ticked("alert-team"))) == "alert-team (by hand, @rm)"


def test_the_permanent_fix_is_planned_by_an_owner_and_a_date() -> None:
    """Neither alone does it, and nobody can tick what is not planned by looking away."""
    story = Story().at(70, ActionAdded(PERMANENT_FIX, "mend it"), ActionChanged(PERMANENT_FIX, owner="@ld"))
    assert "plan-permanent-fix" not in settled(story.incident)[0].ticks
    story.at(80, ActionChanged(PERMANENT_FIX, due="2026-12-01"))
    ticks = settled(story.incident)[0].ticks
    assert ticks["plan-permanent-fix"].evidence == "permanent-fix-planned"
    assert ticks["permanent-fix-planned"].evidence == "plan-permanent-fix"


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("shop/pay:1.4.3@sha256:45", "version 1.4.3 in the image's tag 1.4.3"),
        ("eu.test:80/shop/pay:v1.4.3", "version 1.4.3 in the image's tag v1.4.3"),
        ("shop/pay@sha256:45", ""),
        ("shop/pay:1.4.30", ""),
    ],
)
def test_a_typed_version_is_no_updated_one(image: str, shown: str) -> None:
    """Only what is delivered shows it: here the tag of the image that staging was given."""
    story = Story().at(70, ValueGiven("version", "1.4.3"), events.StagingAsked(PAY, "shop-staging", image, "r1"))
    tick = settled(story.incident)[0].ticks.get("bump-version")
    assert (tick.evidence if tick else "") == shown


@pytest.mark.parametrize("item", ["declare", "deploy"])
def test_what_a_person_unticked_stays_so(item: str) -> None:
    """A person knows better than the evidence, until a person ticks it again."""
    incident, _ = settled(climbing(10).incident)
    assert item in incident.ticks
    unticked = apply(incident, Event(incident.id, 900, START, "@rm", events.Unticked(item, "not really")))
    assert item not in settled(unticked)[0].ticks
    ticked = apply(unticked, Event(incident.id, 901, START, "@rm", events.Ticked(item)))
    assert settled(ticked)[0].ticks[item].actor == "@rm"


async def test_recording_brings_what_follows(rig: Rig) -> None:
    """Through the conductor the follow-ups are in the journal right behind, by warroom itself; roles are assigned."""
    await rig.declared()
    await rig.conductor.record(events.Noted("go"))
    assert rig.incident.phase == "assessment"
    assert rig.incident.ticks["declare"].actor == "warroom"
    assert len(rig.incident.roles) == 6
    assert rig.agrees()


async def test_ticking_respects_what_a_step_needs(rig: Rig) -> None:
    """Not before what it needs, with the names of those; ticking again unticks; z takes one's own last one back."""
    await rig.declared()
    await rig.conductor.record()
    with pytest.raises(Exception, match="Not yet: first Identify affected services"):
        await ticking.tick(rig.conductor, "check-rollback")
    await ticking.tick(rig.conductor, "identify-services")
    await ticking.tick(rig.conductor, "check-rollback")
    await ticking.tick(rig.conductor, "check-rollback")
    assert "check-rollback" not in rig.incident.ticks
    await ticking.undo(rig.conductor)
    assert "check-rollback" in rig.incident.ticks
    await ticking.undo(rig.conductor)
    await ticking.undo(rig.conductor)
    assert "identify-services" not in rig.incident.ticks
    with pytest.raises(Exception, match="left to take back"):
        await ticking.undo(rig.conductor)
    assert rig.conductor.lane(NAME).ladder is None


async def test_only_what_was_done_by_hand_is_taken_back(rig: Rig) -> None:
    """Not what evidence ticked or opened, nor warroom noted, in the operator's name, nor what another person did."""
    await rig.declared()
    await ticking.tick(rig.conductor, "identify-services")
    seen = rig.incident.ticks["identify-services"]
    own = rig.recorder
    await own.record(events.Ticked("check-rollback", evidence="exit 0"), events.Noted("sent again on top of it"))
    await own.record(events.Unticked("check-rollback", "run again, and it failed"))
    await own.record(events.Ticked("check-rollback"), events.Noted("mine", by_hand=True), actor="@ic")
    await ticking.undo(rig.conductor)
    assert rig.incident.undone == {seen.seq}
    with pytest.raises(Refused, match="left to take back"):
        await ticking.undo(rig.conductor)
    assert "check-rollback" in rig.incident.ticks
    await own.record(events.Noted("mine", by_hand=True))
    await ticking.undo(rig.conductor)


async def test_what_is_ticked_is_not_ticked_again(rig: Rig) -> None:
    """The same key twice at once, and on two boards: each does what its operator saw, once; whoever is late is told."""
    await rig.declared()
    await rig.conductor.record()
    other = Conductor(CONFIG, rig.other())
    await other.open(rig.incident.id)
    for boards in ((rig.conductor, rig.conductor), (rig.conductor, other)):
        for wanted in (True, False):
            for board in boards:
                await board.recorder.follow()
            done = await asyncio.gather(
                *(ticking.tick(board, "identify-services") for board in boards), return_exceptions=True
            )
            assert [type(one) for one in done].count(Refused) == 1
            assert "icked already" in str(next(one for one in done if isinstance(one, Refused)))
            await rig.recorder.follow()
            assert ("identify-services" in rig.incident.ticks) is wanted
    marks = [event for event in await rig.recorder.events() if getattr(event.fact, "item", "") == "identify-services"]
    assert len(marks) == 4


async def test_a_tick_is_taken_back_once(rig: Rig) -> None:
    """Twice the same key at once takes back one act, and says of the second that it is done already."""
    await rig.declared()
    await rig.conductor.record()
    await ticking.tick(rig.conductor, "identify-services")
    done = await asyncio.gather(*(ticking.undo(rig.conductor) for _ in range(2)), return_exceptions=True)
    assert [str(one).partition(".")[0] for one in done if one] == ["Taken back already"]


async def test_a_tick_that_the_disk_refuses_is_owed(rig: Rig) -> None:
    """It stands on the board all the same, and in the journal when that works again."""
    await rig.declared()
    await rig.conductor.record()
    rig.journal.broken = True
    await ticking.tick(rig.conductor, "identify-services")
    assert "identify-services" in rig.incident.ticks and rig.recorder.unwritten
    rig.journal.broken = False
    await rig.recorder.follow()
    assert rig.agrees() and "identify-services" in rig.incident.ticks


async def test_the_decision_is_no_box(rig: Rig) -> None:
    """It can't be ticked before anything is decided; recorded, it ticks the step, which then can be opened anew."""
    await rig.declared()
    await rig.conductor.record()
    for step in ("identify-services", "estimate-impact", "data-at-risk", "check-rollback"):
        await ticking.tick(rig.conductor, step)
    with pytest.raises(Refused, match="Nothing is decided yet"):
        await ticking.tick(rig.conductor, "decide")
    await rig.conductor.record(Decided("hotfix", "going back does not mend it"))
    assert "decide" in rig.incident.ticks
    await ticking.tick(rig.conductor, "decide")
    await ticking.tick(rig.conductor, "decide")
    assert "decide" in rig.incident.ticks


async def test_resolving_asks_for_the_mitigation(rig: Rig) -> None:
    """Not while users may still be hurt, and not twice."""
    await rig.at(50)
    with pytest.raises(Refused, match="A hotfix is still on its way"):
        await rig.conductor.resolve()
    await rig.start("abort")
    with pytest.raises(Refused, match="Still open: not mitigated: payments-api is not measured since; Check service"):
        await rig.conductor.resolve()
    await rig.conductor.resolve("verified", "it is a test")
    assert rig.incident.phase == "post-deployment"
    with pytest.raises(Exception, match="Resolved already"):
        await rig.conductor.resolve()
