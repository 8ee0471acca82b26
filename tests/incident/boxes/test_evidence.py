"""What was looked at for a box: when it ticks itself, when it speaks against it, and when it says nothing."""

import pytest
from msgspec.structs import replace

from tests.clocks import START
from tests.incident.story import NEW, PAY, Story, climbing, protocol, serving
from warroom.incident import events
from warroom.incident.boxes.evidence import against, of_step, shown
from warroom.incident.events import AlertsAsked, SmokeRan, StagingJudged
from warroom.incident.progress.follow_ups import follow_ups
from warroom.incident.state import Incident
from warroom.incident.validation.facts import LoggedError, OpenAlert, RequestResult
from warroom.protocol.model import Protocol, Step
from warroom.rollout.evidence import Clause, Grade, Verdict

SHIPPED = protocol()
STAGED = "payments-api-stage-1"
WELL = (RequestResult("GET /health", True, "2xx", "HTTP 200"),)


def box(name: str) -> Step:
    """A step of the shipped protocol."""
    return SHIPPED.step(name)


def measured(errors: Grade, latency: Grade, at: float) -> StagingJudged:
    """Staging's numbers, with these grades."""
    clauses = tuple(
        Clause(signal, STAGED, grade, 0 if grade is Grade.NO_DATA else 400, 8, 0.02, words=f"{signal} 2 % of 400")
        for signal, grade in (("errors", errors), ("latency", latency))
    )
    return StagingJudged(PAY, STAGED, Verdict(errors, START + at, 100, STAGED, "", clauses, words="so"))


def staged(*more: events.AnyFact) -> Story:
    """Deployed to staging and tested well, with what must be done before the boxes; then `more`."""
    story = Story().at(100, events.StagingAsked(PAY, "shop-staging", "img@sha256:1", STAGED))
    story.at(110, events.StagingDeployed(PAY, STAGED, 100), events.StagingTested(PAY, STAGED, True, "HTTP 200", WELL))
    done = ("deploy-staging", "smoke-test", "critical-tests", "security-scan")
    return story.at(120, *(events.Ticked(name, evidence="exit 0") for name in done)).at(400, *more)


def followed(story: Story) -> list[events.Ticked | events.Unticked]:
    """What follows of ticks for the four boxes of staging and the one of alerts."""
    boxes = ("issue-gone", "no-new-issues", "performance-acceptable", "logs-clean", "no-new-alerts")
    found = follow_ups(story.incident, SHIPPED)
    return [one for one in found if isinstance(one, events.Ticked | events.Unticked) and one.item in boxes]


def test_enough_requests_within_the_limit_tick_their_boxes() -> None:
    """Issues and performance by their numbers, with the moment; whether the issue is gone is a person's to say."""
    ticked = followed(staged(measured(Grade.PASS, Grade.PASS, 400)))
    assert [type(one) for one in ticked] == [events.Ticked, events.Ticked]
    issues, fast = ticked
    assert isinstance(issues, events.Ticked) and isinstance(fast, events.Ticked)
    assert (issues.item, fast.item) == ("no-new-issues", "performance-acceptable")
    assert "errors 2 % of 400: PASS, at " in issues.evidence and "HTTP 200" in issues.evidence
    assert "latency 2 % of 400: PASS" in fast.evidence


@pytest.mark.parametrize("grade", [Grade.WEAK, Grade.NO_DATA])
def test_too_little_says_nothing(grade: Grade) -> None:
    """Neither for the box nor against it: that is left to a person."""
    story = staged(measured(grade, grade, 400))
    assert not followed(story)
    found = of_step(story.incident, box("performance-acceptable"), SHIPPED)
    assert [one.state for one in found] == ["unknown"]
    assert not against(found)


def test_what_fails_speaks_against_each_box_that_names_it() -> None:
    """With its numbers; a failed smoke test does as well."""
    story = staged(measured(Grade.FAIL, Grade.PASS, 400))
    assert "errors 2 % of 400: FAIL" in against(of_step(story.incident, box("issue-gone"), SHIPPED))
    assert "errors 2 % of 400: FAIL" in against(of_step(story.incident, box("no-new-issues"), SHIPPED))
    story.at(410, events.StagingTested(PAY, STAGED, False, "1 of 2 requests failed: GET /cart"))
    assert "GET /cart" in against(of_step(story.incident, box("issue-gone"), SHIPPED))


def test_a_box_that_evidence_ticked_is_taken_back_by_evidence_and_may_come_again() -> None:
    """What a person ticked stays."""
    good, bad = measured(Grade.PASS, Grade.PASS, 400), measured(Grade.PASS, Grade.FAIL, 500)
    story = staged(good)
    story.at(401, *followed(story)).at(500, bad)
    (back,) = followed(story)
    assert isinstance(back, events.Unticked) and back.by_evidence
    assert (back.item, "latency 2 % of 400: FAIL" in back.reason) == ("performance-acceptable", True)
    story.at(501, back).at(600, measured(Grade.PASS, Grade.PASS, 600))
    assert [one.item for one in followed(story)] == ["performance-acceptable"]
    by_hand = staged(bad).at(510, events.Ticked("performance-acceptable", against="x", reason="known"))
    assert "performance-acceptable" not in [one.item for one in followed(by_hand)]


def test_what_a_person_opened_stays_open() -> None:
    """They know better than the numbers."""
    story = staged(measured(Grade.PASS, Grade.PASS, 400))
    story.at(401, *followed(story)).at(410, events.Unticked("performance-acceptable"))
    assert not followed(story)


def test_a_step_by_hand_shows_nothing_of_what_it_needs() -> None:
    """A scan that somebody ticked was not seen to pass."""
    story = Story().at(100, events.Ticked("security-scan", evidence=""), actor="@qa")
    words = [one.words for one in of_step(story.incident, box("no-new-issues"), SHIPPED) if one.kind == "needs"]
    assert "Run security scan: ticked by @qa, not shown" in words


def alerts(at: float, *found: OpenAlert, since: float = 60.0, failed: str = "") -> AlertsAsked:
    """What Cloud Monitoring answers."""
    return AlertsAsked(
        "Cloud Monitoring", "open alerts of shop-prod", START + since, found, failed=failed, remedy="Ask."
    )


def mitigated() -> Story:
    """A hotfix at 100 % since 60 s, that users are measured to be better with since 400 s."""
    story = climbing(100, at=60).at(70, *(events.Ticked(name) for name in ("check-health", "check-metrics")))
    return story.at(400, serving(Grade.PASS, 400, NEW), events.Mitigated("full-traffic", "5xx 0"))


def found(incident: Incident, shipped: Protocol = SHIPPED) -> list[str]:
    """The states of the box about alerts."""
    return [one.state for one in of_step(incident, box("no-new-alerts"), shipped)]


def test_no_alert_since_the_hotfix_ticks_the_box() -> None:
    """Asked after users were better; the tick says of whom, what and when."""
    story = mitigated()
    assert found(story.incident) == ["unknown"]
    story.at(390, alerts(390))
    assert [one.state for one in of_step(story.incident, box("no-new-alerts"), SHIPPED)] == ["unknown"]
    story.at(420, alerts(420))
    (tick,) = followed(story)
    assert isinstance(tick, events.Ticked)
    assert tick.evidence.startswith("Cloud Monitoring (open alerts of shop-prod): no alert opened since ")
    assert ", at " in tick.evidence


def test_open_ones_are_named_and_a_refusal_leaves_the_box_by_hand() -> None:
    """What is open speaks against it; who does not answer says nothing, with the remedy."""
    story = mitigated().at(420, alerts(420, OpenAlert("queue too long", START + 300)))
    assert "1 alert open since" in against(of_step(story.incident, box("no-new-alerts"), SHIPPED))
    assert "“queue too long”" in against(of_step(story.incident, box("no-new-alerts"), SHIPPED))
    story.at(430, alerts(430, failed="You may not read the alerts of shop-prod"))
    (one,) = of_step(story.incident, box("no-new-alerts"), SHIPPED)
    assert (one.state, one.words) == (
        "unknown",
        "Cloud Monitoring: You may not read the alerts of shop-prod. Ask.",
    )
    assert not followed(story)


def test_an_answer_of_before_the_newest_hotfix_says_nothing() -> None:
    """Whatever has begun to ring since then it does not know."""
    story = mitigated().at(420, alerts(420, since=10.0))
    assert found(story.incident) == ["unknown"]


def test_a_failing_smoke_test_of_what_serves_speaks_against_its_health() -> None:
    """Only of the revision that serves; without one the health address alone counts."""
    story = climbing(100, at=60)
    assert of_step(story.incident, box("check-health"), SHIPPED) == ()
    story.at(80, SmokeRan(PAY, "service", NEW, False, "GET /cart: expected 200, got HTTP 500", WELL))
    assert "GET /cart" in against(of_step(story.incident, box("check-health"), SHIPPED))
    story.at(90, SmokeRan(PAY, "service", NEW, True, "HTTP 200", WELL))
    assert shown(of_step(story.incident, box("check-health"), SHIPPED))


LOGS = events.StagingLogsRead(PAY, STAGED, START + 110, START + 400)


def test_clean_logs_tick_their_box() -> None:
    """No error since the deployment, read once what the smoke test caused had time to come."""
    (ticked,) = followed(staged(LOGS))
    assert isinstance(ticked, events.Ticked) and ticked.item == "logs-clean"
    assert ticked.evidence.startswith(f"no error entries in the logs of {STAGED} since ")


@pytest.mark.parametrize(
    ("read", "state", "words"),
    [
        (replace(LOGS, to=START + 130), "unknown", "which has answered no smoke test since"),
        (
            replace(LOGS, failed="You may not", remedy="Ask."),
            "unknown",
            "You may not",
        ),
        (replace(LOGS, count=3, newest=(LoggedError(START + 390, "boom"),)), "bad", "3 error entries in the logs"),
        (replace(LOGS, count=500, more=True), "bad", "at least 500 error entries"),
        (replace(LOGS, count=1), "bad", "1 error entry"),
    ],
)
def test_logs_that_leave_their_box_open(read: events.StagingLogsRead, state: str, words: str) -> None:
    """Read too early, or not at all, says nothing; an error speaks against it, and is said with the newest."""
    story = staged(read)
    assert followed(story) == []
    (found,) = of_step(story.incident, box("logs-clean"), SHIPPED)
    assert found.state == state and words in found.words


def test_logs_of_another_image_count_for_nothing() -> None:
    """What is sent to staging next begins with none."""
    story = staged(LOGS).at(500, events.StagingAsked(PAY, "shop-staging", "img@sha256:2", f"{STAGED}b"))
    story.at(510, events.StagingDeployed(PAY, f"{STAGED}b", 100), LOGS)
    (found,) = of_step(story.incident, box("logs-clean"), SHIPPED)
    assert (found.state, found.words) == ("unknown", f"{STAGED}b: its error logs are not read yet")
