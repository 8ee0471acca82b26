"""The clocks, by tables and by properties, on the shipped protocol."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clocks import START
from tests.incident.story import PAY, Story, applied, climbing, declared, intended, logs, protocol
from warroom.incident import clocks, events
from warroom.incident.events import Event
from warroom.incident.fold import fold
from warroom.protocol.model import Protocol

SHIPPED = protocol()
MINUTE = 60.0


def fix_means(meaning: str) -> Protocol:
    """The shipped protocol with another moment as the fix."""
    return msgspec.structs.replace(SHIPPED, sla=msgspec.structs.replace(SHIPPED.sla, fix_means=meaning))


def test_since_detection_stops_at_the_resolution() -> None:
    """It runs from detection, not declaration, and stands still once it is over."""
    story = Story(declared_after=300)
    assert clocks.since_detection(story.incident, START + 360) == 360
    assert clocks.since_detection(story.incident, START - 5) == 0
    over = story.at(600, events.Resolved()).incident
    assert clocks.since_detection(over, START + 9999) == 600
    left = Story().at(700, events.Closed()).incident
    assert clocks.since_detection(left, START + 9999) == 700


@pytest.mark.parametrize(("severity", "fix", "resolve"), [("P0", 30, 60), ("P1", 60, 120), ("P2", 120, 240)])
def test_the_limits_are_the_severitys(severity: str, fix: float, resolve: float) -> None:
    """Each severity has its own pair of limits."""
    both = clocks.sla(Story(declared(severity)).incident, SHIPPED, START + 60)
    assert both is not None
    assert (both[0].limit, both[1].limit) == (fix * MINUTE, resolve * MINUTE)
    assert (both[0].elapsed, both[0].left) == (60, fix * MINUTE - 60)


@pytest.mark.parametrize("severity", ["P3", "P9", ""])
def test_no_sla(severity: str) -> None:
    """P3 has none, nor has a severity that the protocol does not know."""
    assert clocks.sla(Story(declared(severity)).incident, SHIPPED, START + 60) is None


@pytest.mark.parametrize(("after", "breached"), [(1799.9, False), (1800, True), (1800.1, True)])
def test_the_limit_itself_is_a_breach(after: float, breached: bool) -> None:
    """The document says less than thirty minutes."""
    both = clocks.sla(Story().incident, SHIPPED, START + after)
    assert both is not None and both[0].breached is breached


def full_journey() -> Story:
    """Preparation 300 to 900 s, first traffic at 1200, full at 2400, mitigated at 2401, resolved at 3000."""
    story = Story().at(60, events.PhaseStarted("assessment")).at(300, events.PhaseStarted("preparation"))
    story.at(900, events.PhaseStarted("testing")).at(1100, events.PhaseStarted("deployment"))
    story.at(1100, *(event.fact for event in climbing().log[1:]))
    story.at(1190, intended("c2", "advance", 10)).at(1200, applied("c2", 10))
    story.at(2390, intended("c3", "advance", 100)).at(2400, applied("c3", 100)).at(
        2401, events.Mitigated("full-traffic")
    )
    return story.at(2402, events.PhaseStarted("verification")).at(3000, events.Resolved())


@pytest.mark.parametrize(
    ("meaning", "met"), [("ready", 900), ("first_traffic", 1200), ("full_traffic", 2400), ("mitigated", 2401)]
)
def test_what_counts_as_the_fix(meaning: str, met: float) -> None:
    """The protocol says which moment stops the fix's countdown; the resolution has its own."""
    both = clocks.sla(full_journey().incident, fix_means(meaning), START + 9999)
    assert both is not None
    fix, resolve = both
    assert (fix.met_at, fix.elapsed, fix.breached) == (START + met, met, met >= 1800)
    assert (resolve.met_at, resolve.left, resolve.breached) == (START + 3000, 600, False)
    assert not fix.projected_breach and not resolve.projected_breach


@pytest.mark.parametrize("meaning", ["ready", "first_traffic", "full_traffic", "mitigated"])
def test_a_rollback_instead_of_a_fix_stops_the_countdown(meaning: str) -> None:
    """Whoever rolls back from the assessment has nothing left to fix: the mitigation, or what follows it, counts."""
    story = Story().at(60, events.PhaseStarted("assessment")).at(300, intended("c1", "roll-back"), applied("c1"))
    incident = story.at(301, events.Mitigated("roll-back")).at(302, events.PhaseStarted("verification")).incident
    both = clocks.sla(incident, fix_means(meaning), START + 9999)
    assert both is not None
    assert both[0].elapsed in (301, 302)


def test_a_projected_breach_of_the_fix() -> None:
    """P0: with preparation not begun, 15 minutes are the least; it is told as soon as less is left."""
    incident = Story().at(60, events.PhaseStarted("assessment")).incident
    for after, tight in ((900, False), (901, True), (1801, False)):
        both = clocks.sla(incident, SHIPPED, START + after)
        assert both is not None
        assert (both[0].projected_breach, both[0].least) == (tight, 900)


def test_the_least_path_shrinks_with_the_work() -> None:
    """Time spent in preparation is no longer to be spent."""
    incident = Story().at(300, events.PhaseStarted("preparation")).incident
    both = clocks.sla(incident, SHIPPED, START + 600)
    assert both is not None
    assert both[0].least == 600
    on_top = SHIPPED.phase("deployment").on_top_minutes * MINUTE
    assert both[1].least == 600 + 600 + on_top + 900 + 300


@pytest.mark.parametrize(("percent", "rest"), [(0, 900), (10, 900 - 100), (25, 600 - 100), (50, 300 - 100), (100, 0)])
def test_the_least_path_of_the_ladder(percent: int, rest: float) -> None:
    """Bakes up to the last rung count, the current one from when it was applied; a hold does not shorten them."""
    story = climbing(percent, at=1000).at(1000, events.PhaseStarted("deployment"))
    on_top = 0 if percent else SHIPPED.phase("deployment").on_top_minutes * MINUTE - 100
    both = clocks.sla(story.incident, SHIPPED, START + 1100)
    assert both is not None
    assert both[1].least == rest + on_top + 300
    if 0 < percent < 100:
        held = clocks.sla(story.at(1050, events.LadderHeld(PAY)).incident, SHIPPED, START + 1100)
        assert held is not None and held[1].least == rest + 50 + 300


def test_after_a_mitigation_only_verification_is_left() -> None:
    """The way over testing and ladder is no longer needed."""
    incident = Story().at(300, events.PhaseStarted("assessment"), events.Mitigated("roll-back")).incident
    both = clocks.sla(incident, SHIPPED, START + 400)
    assert both is not None
    assert both[1].least == 300


@pytest.mark.parametrize(
    ("severity", "minutes", "level", "following", "wait", "capped"),
    [
        ("P0", 0, 1, 2, 15, False),
        ("P0", 14.99, 1, 2, 0.01, False),
        ("P0", 15, 2, 3, 15, False),
        ("P0", 30, 3, 4, 30, False),
        ("P0", 60, 3, 4, 0, False),
        ("P0", 600, 3, 4, 0, False),
        ("P1", 45, 3, None, None, True),
        ("P1", 600, 3, None, None, True),
        ("P2", 10, 1, 2, 5, False),
        ("P2", 20, 2, None, None, True),
        ("P2", 600, 2, None, None, True),
        ("P3", 600, 1, None, None, True),
        ("P9", 600, 0, None, None, True),
    ],
)
def test_escalation(
    severity: str, minutes: float, level: int, following: int | None, wait: float | None, capped: bool
) -> None:
    """Levels are half-open since detection, capped by severity, and the last one is only ever called by hand."""
    found = clocks.escalation(Story(declared(severity)).incident, SHIPPED, START + minutes * MINUTE)
    assert (found.level, found.next_level, found.capped) == (level, following, capped)
    assert found.seconds_to_next == (None if wait is None else pytest.approx(wait * MINUTE))
    assert found.next_by_hand is (following == 4)


def test_an_acknowledgement_does_not_stop_escalation_but_the_resolution_does() -> None:
    """An owner is named, the clock goes on; when it is over nobody is called any more."""
    story = Story().at(100, events.RoleAssigned("incident-commander", "@ic"))
    story.at(110, events.RoleAcknowledged("incident-commander"))
    assert clocks.escalation(story.incident, SHIPPED, START + 1000).level == 2
    over = clocks.escalation(story.at(1000, events.Resolved()).incident, SHIPPED, START + 9999)
    assert (over.level, over.next_level, over.seconds_to_next) == (2, None, None)


def test_updates_are_owed_from_the_declaration_or_the_last() -> None:
    """Fifteen minutes each; negative once overdue."""
    story = Story(declared_after=100)
    assert clocks.update_due(story.incident, SHIPPED, START + 100) == 900
    assert clocks.update_due(story.incident, SHIPPED, START + 1100) == -100
    assert clocks.update_due(story.at(500, events.UpdateSent("x")).incident, SHIPPED, START + 600) == 800


def test_phase_budgets() -> None:
    """Used, least, most, over, and when it ends at the soonest."""
    story = Story().at(60, events.PhaseStarted("assessment")).at(360, events.PhaseStarted("preparation"))
    incident = story.incident
    done = clocks.phase_budget(incident, SHIPPED, "assessment", START + 2400)
    assert (done.used, done.most, done.over, done.projected_end) == (300, 900, 0, START + 360)
    late = clocks.phase_budget(incident, SHIPPED, "preparation", START + 2400)
    assert (late.used, late.least, late.most, late.over, late.projected_end) == (2040, 900, 1800, 240, START + 2400)
    coming = clocks.phase_budget(incident, SHIPPED, "testing", START + 2400)
    assert (coming.used, coming.projected_end) == (0, START + 3000)
    skipped = clocks.phase_budget(
        story.at(2400, events.PhaseStarted("deployment")).incident, SHIPPED, "testing", START + 2400
    )
    assert (skipped.used, skipped.projected_end) == (0, None)


def test_what_comes_before_the_ladder_is_on_top_of_the_deployments_budget() -> None:
    """The ladder's fifteen minutes are not eaten by backup and deployment."""
    phase = SHIPPED.phase("deployment")
    budget = clocks.phase_budget(Story().incident, SHIPPED, "deployment", START)
    assert phase.on_top_minutes > 0
    assert budget.most == (15 + phase.on_top_minutes) * MINUTE


@pytest.mark.parametrize(
    ("severity", "resolved", "due"),
    [
        ("P0", "2025-11-28T12:00", "2025-12-01T12:00"),  # Friday, calendar days
        ("P1", "2025-11-24T12:00", "2025-12-01T12:00"),  # Monday to Monday
        ("P1", "2025-11-28T12:00", "2025-12-05T12:00"),  # Friday to Friday
        ("P2", "2025-11-29T12:00", "2025-12-05T12:00"),  # Saturday: Monday is the first day
        ("P3", "2025-11-28T12:00", None),
    ],
)
def test_post_mortem_due(severity: str, resolved: str, due: str | None) -> None:
    """Three calendar days for P0, five business days for P1 and P2."""
    at = datetime.fromisoformat(resolved).replace(tzinfo=UTC).timestamp()
    story = Story(declared(severity))
    assert clocks.post_mortem_due(story.incident, SHIPPED) is None
    found = clocks.post_mortem_due(story.at(at - START, events.Resolved()).incident, SHIPPED)
    assert found == (None if due is None else datetime.fromisoformat(due).replace(tzinfo=UTC).timestamp())


def test_gdpr_counts_from_awareness_and_beyond_the_resolution() -> None:
    """72 hours from the declaration, until the duty is ticked."""
    story = Story(declared(personal_data=True)).at(600, events.Resolved())
    assert clocks.gdpr_left(story.incident, SHIPPED, START + 60 + 3600) == 71 * 3600
    assert clocks.gdpr_left(story.incident, SHIPPED, START + 60 + 73 * 3600) == -3600
    assert clocks.gdpr_left(story.at(700, events.Ticked("gdpr")).incident, SHIPPED, START + 800) is None
    assert clocks.gdpr_left(Story().incident, SHIPPED, START + 60) is None


@settings(max_examples=60, deadline=None)
@given(logs(30), st.lists(st.floats(0, 20_000), min_size=2, max_size=6))
def test_clocks_only_go_forward(log: list[Event], moments: list[float]) -> None:
    """As time passes nothing un-breaches, no level falls, no countdown grows, whatever has happened."""
    incident = fold(log)
    last = log[-1].at
    before: tuple[float, ...] | None = None
    for after in sorted(moments):
        now = last + after
        both = clocks.sla(incident, SHIPPED, now)
        level = clocks.escalation(incident, SHIPPED, now)
        shown = [clocks.since_detection(incident, now), float(level.level), -clocks.update_due(incident, SHIPPED, now)]
        for clock in both or ():
            shown += [float(clock.breached), -clock.left, clock.elapsed, -clock.least]
        for phase in SHIPPED.phases:
            budget = clocks.phase_budget(incident, SHIPPED, phase.id, now)
            shown += [budget.used, budget.over]
        now_shown = tuple(shown)
        assert before is None or all(new >= old - 1e-6 for new, old in zip(now_shown, before, strict=True))
        before = now_shown


@pytest.mark.parametrize(("hours", "words"), [(1, "71:00:00 left"), (72, "late by 0:00"), (73, "late by 1:00:00")])
@pytest.mark.parametrize("end", [events.Resolved(), events.Closed()])
def test_no_end_of_an_incident_stops_the_duty_to_notify(end: events.AnyFact, hours: float, words: str) -> None:
    """It is told with the time left, or by how much it is late, whether the incident was resolved or closed."""
    story = Story(declared(personal_data=True)).at(60, end)
    now = story.incident.declared_at + hours * 3600
    assert clocks.running_duty(story.incident, SHIPPED, now).endswith(words)
    assert clocks.running_duty(Story().at(60, end).incident, SHIPPED, now) == ""
