"""The change record: who authorised, what was tested or skipped, every deviation, on told stories."""

import pytest
from hypothesis import given, settings
from msgspec import to_builtins

from tests.clocks import START
from tests.incident.story import NEW, PAY, Story, applied, climbing, declared, intended, logs, protocol
from warroom.incident import events
from warroom.incident.events import AnyFact, Event
from warroom.incident.triage.triage import CapRaised, Decided
from warroom.report.change_record import ChangeRecord, change_record

SHIPPED = protocol()
BEFORE_DEPLOYING = SHIPPED.step("deploy").needs


def record(story: Story) -> ChangeRecord:
    """The record under the shipped protocol."""
    return change_record(story.log, SHIPPED)


def kinds(story: Story) -> list[str]:
    """The kinds of deviations that somebody made: not what was left undone, or was late."""
    left_out = ("skipped step", "late", "never called", "no answer")
    return [one.kind for one in record(story).deviations if one.kind not in left_out]


def ready() -> Story:
    """All that a deployment needs is ticked."""
    return Story().at(100, *(events.Ticked(name, evidence="seen") for name in _closure("deploy") if name != "deploy"))


def _closure(step: str) -> list[str]:
    found: list[str] = []
    for need in SHIPPED.step(step).needs:
        found += [name for name in [*_closure(need), need] if name not in found]
    return found


def test_each_change_has_who_authorised_it_and_its_outcome() -> None:
    """Actor, commander at that moment, grounds, and what came of it; a change without an end stays open."""
    story = ready().at(110, events.RoleAssigned("incident-commander", "@ic"))
    story.at(200, intended("c1", "deploy", revision=NEW, image="img@sha256:1")).at(210, applied("c1"))
    story.at(300, intended("c2", "advance", 10, grade="WEAK", reason="users wait"), actor="@backup-rm")
    deploy, advance = record(story).changes
    assert (deploy.authorised_by, deploy.commander, deploy.outcome, deploy.ended_at) == (
        "@rm",
        "@ic",
        "applied",
        START + 210,
    )
    assert (advance.authorised_by, advance.grade, advance.reason, advance.outcome) == (
        "@backup-rm",
        "WEAK",
        "users wait",
        "",
    )


def test_by_the_book_nothing_deviates() -> None:
    """A deployment with all its needs, rung by rung on PASS with the bake over, is no deviation."""
    story = ready()
    for event in climbing().log[1:]:
        story.at(110, event.fact)
    story.at(111, events.Ticked("deploy", evidence="deployed"))
    at = 120.0
    for number, percent in enumerate((10, 25, 50, 100), start=2):
        story.at(at, intended(f"c{number}", "advance", percent, grade="PASS"), applied(f"c{number}", percent))
        at += 301
    assert kinds(story) == []


@pytest.mark.parametrize(
    ("story", "kind", "part"),
    [
        (Story(declared("P3", override="the press")), "regular release", "the press"),
        (Story(declared("P2")), "severity", "proposes P0"),
        (Story().at(90, events.SeverityChanged("P1", "fewer users")), "severity", "from P0 to P1"),
        (Story().at(90, CapRaised(4, "the press")), "escalation cap", "level 4"),
        (Story().at(90, Decided("wait", "small", "payment-failure", "no")), "matrix", "Payment failure"),
        (Story().at(90, Decided("roll-back", "try", viability="the old revision is gone")), "viability", "is gone"),
        (Story().at(90, intended("c1", "deploy")), "open needs", "deploy before"),
        (ready().at(110, intended("c1", "deploy", reason="staging is down")), "validation", "did not validate"),
        (climbing().at(10, intended("c2", "advance", 50)), "skipped rung", "the next rung is 10 %"),
        (climbing(10).at(400, intended("c3", "advance", 25, grade="NO DATA")), "verdict", "on NO DATA"),
        (climbing(10).at(60, intended("c3", "advance", 25, grade="PASS")), "bake", "240 s"),
        (climbing(10).at(5, events.LadderHeld(PAY)).at(400, intended("c3", "advance", 25)), "hold", "was held"),
        (
            Story().at(90, events.Resolved("fine", ("Check metrics: not done",), "no metrics here")),
            "open at the end",
            "resolved with Check metrics: not done no metrics here",
        ),
        (
            Story().at(90, events.Mitigated("by-hand", "stable fails", "the shop sells")),
            "mitigation",
            "said by hand and not measured, though stable fails the shop sells",
        ),
        (Story().at(90, events.Ticked("deploy-staging")), "open needs", "Deploy to staging"),
        (ready().at(120, events.Unticked("backup", "of the wrong day")), "evidence", "seen showed it"),
        (
            ready().at(120, events.Ticked("no-new-alerts", against="1 alert open: “queue”", reason="a batch job")),
            "evidence",
            "No new alerts: ticked by hand, though 1 alert open: “queue” a batch job",
        ),
    ],
)
def test_each_kind_of_deviation_is_found(story: Story, kind: str, part: str) -> None:
    """One story for each way to leave the protocol, with its reason where one was given."""
    found = [one for one in record(story).deviations if one.kind == kind]
    assert any(part in f"{one.what} {one.why}" for one in found), record(story).deviations


def test_what_was_taken_back_is_no_deviation() -> None:
    """A tick out of order that was undone did not happen."""
    story = Story().at(90, events.Ticked("deploy-staging"))
    assert kinds(story) == ["open needs"]
    assert kinds(story.at(95, events.Undone(story.last))) == []


def test_steps_say_what_was_tested_and_what_was_skipped_and_why() -> None:
    """A step of a phase that was left is skipped, with the reason of its untick; one that does not apply is not."""
    story = Story().at(100, events.PhaseStarted("testing")).at(110, events.Ticked("security-scan", "0 findings"))
    story.at(111, events.Ticked("critical-tests")).at(112, events.Unticked("critical-tests", "the runner is down"))
    before = {one.step: one.outcome for one in record(story).tests}
    assert (before["security-scan"], before["critical-tests"], before["security-review"]) == (
        "done",
        "open",
        "does not apply",
    )
    after = {one.step: one for one in record(story.at(200, events.PhaseStarted("deployment"))).tests}
    assert (after["critical-tests"].outcome, after["critical-tests"].why) == ("skipped", "the runner is down")
    assert after["security-scan"].evidence == "0 findings"
    skipped = [one for one in record(story).deviations if one.kind == "skipped step"]
    assert "Run critical path tests was not done" in [one.what for one in skipped]


@given(logs(30))
@settings(max_examples=40, deadline=None)
def test_every_log_has_a_record(log: list[Event]) -> None:
    """Sense or nonsense: each intent is in it once, it turns into JSON, and it is the same each time."""
    found = change_record(log, SHIPPED)
    asked = [event for event in log if isinstance(_fact(event), events.ChangeIntended)]
    assert len([one for one in found.changes if one.action != "stage"]) == len(asked)
    assert to_builtins(found) == to_builtins(change_record(log, SHIPPED))


def _fact(event: Event) -> AnyFact:
    return event.fact
