"""What the report will list as a deviation is said at the key that makes it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import IMAGE
from tests.conductor.rig import NAME, SHIPPED, Rig
from warroom.actions.steps import tick
from warroom.actions.triage import data_change, decide
from warroom.autopilot.book import Book
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import ticks
from warroom.conductor.traffic.plans import Consent
from warroom.conductor.triage.severity import otherwise
from warroom.incident.events import Event, Ticked, Unticked
from warroom.incident.steps.steps import CommandEnded, CommandStarted, ReviewSeen
from warroom.report.deviations import deviations
from warroom.rollout.evidence import Grade


async def told(rig: Rig, kind: str) -> str:
    """What the report says of that kind."""
    log: list[Event] = list(await rig.recorder.events())
    return "; ".join(one.what for one in deviations(log, (), (), rig.conductor.config.protocol, {}) if one.kind == kind)


async def test_steps_that_are_still_open_stand_on_the_panel(rig: Rig) -> None:
    """Of a deploy, which asks a reason for them, and of the first advance: the same ones as in the report."""
    await rig.declared()
    deploying = rig.conductor.plan("deploy", NAME, image=IMAGE)
    assert "not done yet: issue gone, no new issues" in deploying.why
    await rig.fire(deploying)
    await rig.look()
    assert "deploy before: Original issue resolved, No new critical issues" in await told(rig, "open needs")
    assert rig.conductor.plan("advance", NAME).warning == ""  # what it needs is shown by the deploy itself
    protocol = rig.conductor.config.protocol
    step = next(one for phase in protocol.phases for one in phase.steps if one.native == "ladder")
    await rig.recorder.record(*(Unticked(name) for name in step.needs))
    titles = ", ".join(protocol.step(name).title for name in step.needs)
    first = rig.conductor.plan("advance", NAME)
    assert first.warning == f"still open: {titles}"
    await rig.fire(first)
    assert f"advance before: {titles}" in await told(rig, "open needs")


async def test_opening_again_what_evidence_showed_is_told(rig: Rig) -> None:
    """With what showed it; a tick by hand is opened again without a word."""
    await rig.declared()
    await rig.recorder.record(Ticked("identify-services", evidence="exit 0"))
    ask = Book(rig.conductor, lambda words: None, Path(), NAME, {"step": "identify-services"})
    answer = await tick(rig.conductor, ask.knowing(off="yes"))
    assert answer.notice == "Opened again, though exit 0 showed it: the report lists that."
    assert "though exit 0 showed it" in await told(rig, "evidence")
    await tick(rig.conductor, ask)
    assert (await tick(rig.conductor, ask.knowing(off="yes"))).notice == ""


async def test_a_held_ladder_is_told_beside_other_reasons(rig: Rig) -> None:
    """On FAIL and held: both are asked about, and both are listed."""
    await rig.baked(10, Grade.FAIL)
    await rig.conductor.hold(NAME, "waiting for support")
    plan = rig.conductor.plan("advance", NAME)
    assert plan.why == "the ladder is held: waiting for support; the verdict is FAIL"
    await rig.fire(plan, Consent(reason="all the same"))
    assert await told(rig, "hold") and await told(rig, "verdict")


def test_a_severity_that_the_trigger_does_not_propose_is_told() -> None:
    """With what it proposes; nothing where they agree, or where no trigger is met."""
    trigger = SHIPPED.protocol.triggers[0]
    other = next(one.id for one in SHIPPED.protocol.severities if one.id != trigger.severity)
    assert f"proposes {trigger.severity}; {other} is a deviation" in otherwise(SHIPPED.protocol, trigger.id, other)
    assert otherwise(SHIPPED.protocol, trigger.id, trigger.severity) == ""
    assert otherwise(replace(SHIPPED.protocol, triggers=()), "", other) == ""


async def test_what_is_open_before_a_decision_is_told_with_it(rig: Rig) -> None:
    """The way out, and the answer about data: each says which steps it was to wait for, as the report does."""
    await rig.declared()
    said: list[str] = []
    ask = Book(rig.conductor, said.append, Path(), NAME, {"answer": "no", "choice": "hotfix", "reason": "stable fails"})
    answer = await data_change(rig.conductor, ask)
    assert "Still open: Decide: roll back, hotfix or wait" in " ".join(answer.lines)
    answer = await decide(rig.conductor, ask)
    assert "Still open: Identify affected services, Estimate user impact" in " ".join(answer.lines)
    listed = await told(rig, "open needs")
    assert "Decide: roll back, hotfix or wait: done before: Identify affected services" in listed
    log: list[Event] = list(await rig.recorder.events())
    found = deviations(log, (), (), rig.conductor.config.protocol, {})
    assert not [one for one in found if one.kind == "open needs" and one.by == "warroom"]


async def test_a_red_review_and_a_failed_program_are_ticked_for_a_reason_only(rig: Rig) -> None:
    """What was looked at and is not enough speaks against a tick by hand as any evidence does."""
    await rig.declared()
    red = ReviewSeen(412, "HOTFIX: x", checks={"critical-path": "failure"})
    steps = [step for phase in rig.conductor.config.protocol.phases for step in phase.steps]
    needed = [step.id for step in steps if step.id not in ("review", "critical-tests")]
    await rig.recorder.record(red, *(Ticked(name) for name in needed))
    with pytest.raises(Refused, match=r"The evidence speaks against it: .*critical-path"):
        await ticks.tick(rig.conductor, "review")
    await ticks.tick(rig.conductor, "review", "the check is broken, not the fix")
    assert "Fast-track review: ticked by hand, though" in await told(rig, "evidence")
    await rig.recorder.record(CommandStarted("r1", "critical-tests", ("npm", "test")), CommandEnded("r1", "failed", 1))
    with pytest.raises(Refused, match="Run critical path tests failed"):
        await ticks.tick(rig.conductor, "critical-tests")
