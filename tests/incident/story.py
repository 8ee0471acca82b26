"""Builds logs of events for tests: a story told at seconds after detection."""

from pathlib import Path

from hypothesis import strategies as st

from tests.clocks import START
from warroom.incident import events
from warroom.incident.change import Action
from warroom.incident.comms import comms
from warroom.incident.events import AnyFact, Declared, Event
from warroom.incident.fold import fold
from warroom.incident.state import Incident, Lane
from warroom.incident.steps import steps
from warroom.incident.triage import answers, triage
from warroom.protocol.load import load
from warroom.protocol.model import Protocol
from warroom.rollout.evidence import Clause, Grade, Histogram, Sample, Verdict
from warroom.rollout.traffic import ServiceRef, Share, Split

PAY = ServiceRef("payments-api", "europe-west1", "shop-prod")
CART = ServiceRef("cart", "europe-west1", "shop-prod")
OLD, NEW = "payments-api-00041-kol", "payments-api-00042-fix"
HOSTILE = "[/red]\x1b[31m|`<script>alert(1)</script>`\u202egnp.exe\n# head\n" + "x" * 10_000


def protocol() -> Protocol:
    """The shipped protocol."""
    return load(Path(__file__).parents[2] / "config").protocol


def declared(severity: str = "P0", *services: ServiceRef, **more: object) -> Declared:
    """A declaration, detected at START."""
    return Declared("checkout answers 500", severity, "payment-failure", services or (PAY,), START, **more)  # type: ignore[arg-type]


def split(new: int) -> Split:
    """The candidate at `new` percent, the rest on the old revision."""
    return (Share(OLD, 100 - new), Share(NEW, new, "hotfix-1"))


def intended(change: str, action: str, percent: int = 0, service: ServiceRef = PAY, **more: str) -> AnyFact:
    """An intent whose split gives the candidate `percent`."""
    return events.ChangeIntended(
        change, service=service, action=Action(action), split=split(percent), candidate_percent=percent, **more
    )


def applied(change: str, percent: int = 0) -> AnyFact:
    """The service shows it."""
    return events.ChangeApplied(change, split(percent), 6.1)


def ladder(service: ServiceRef = PAY, candidate: str = NEW) -> AnyFact:
    """The shipped ladder, from the old revision."""
    return events.LadderStarted(service, candidate, "hotfix-1", {OLD: 100}, (10, 25, 50, 100), 300.0)


def judged(grade: Grade, percent: int, words: str = "5xx 0 of 200", service: ServiceRef = PAY) -> AnyFact:
    """A verdict with one clause."""
    clause = Clause("errors", NEW, grade, 200, 0, 0.0, 0.0, 0.019, 0.01, age=40.0)
    return events.Judged(service, Verdict(grade, START, percent, NEW, OLD, (clause,), words=words))


def serving(grade: Grade, seconds: float, revision: str = OLD, service: ServiceRef = PAY) -> AnyFact:
    """A verdict on what serves, `seconds` after START, on the two minutes before it."""
    share = {Grade.FAIL: 0.31}.get(grade, 0.0)
    words = {Grade.FAIL: "5xx 31 % of 200 (≥ 23 %), limit 1 %"}.get(grade, "5xx 0 of 200 (≤ 0.9 %), limit 1 %")
    clause = Clause("errors", revision, grade, 200, int(200 * share), share, 0.0, 0.009, 0.01, age=40.0, words=words)
    at, said = START + seconds, "errors 31 %, limit 1 %" if grade is Grade.FAIL else "healthy so far"
    window = None if grade is Grade.NO_DATA else (at - 120, at)
    return events.ServingJudged(service, Verdict(grade, at, 100, revision, "", (clause,), window=window, words=said))


def sample(end: float, revision: str = OLD, requests: int = 100, errors: int = 0) -> Sample:
    """One minute that ends `end` seconds after START."""
    return Sample(revision, START + end - 60, START + end, requests, errors, Histogram((100.0,), (requests, 0)))


class Story:
    """A log under way. `at` adds facts at so many seconds after detection."""

    def __init__(self, first: Declared | None = None, declared_after: float = 60.0) -> None:
        self.log = [Event("INC-0001", 1, START + declared_after, "@rm", first or declared())]

    def at(self, seconds: float, *facts: AnyFact, actor: str = "@rm") -> "Story":
        """Add facts."""
        for fact in facts:
            self.log.append(Event("INC-0001", len(self.log) + 1, START + seconds, actor, fact))
        return self

    @property
    def incident(self) -> Incident:
        """The fold of it all."""
        return fold(self.log)

    @property
    def lane(self) -> Lane:
        """The payment service's lane."""
        return self.incident.lanes[PAY.name]

    @property
    def last(self) -> int:
        """The number of the newest event."""
        return len(self.log)


def climbing(percent: int = 0, at: float = 0.0) -> Story:
    """A deployed hotfix, at `percent` if that is above 0, all `at` seconds after detection."""
    story = Story().at(at, intended("c1", "deploy", revision=NEW, image="img@sha256:1"), applied("c1"), ladder())
    if percent:
        story.at(at, intended("c2", "advance", percent), applied("c2", percent))
    return story


_texts = st.sampled_from(["", "why", HOSTILE])
_changes = st.sampled_from([f"c{number}" for number in range(4)])
_services = st.sampled_from([PAY, CART])
_percents = st.sampled_from([0, 10, 25, 100])
_items = st.sampled_from(["backup", "smoke-test"])
_actions = st.sampled_from(["a1", "a2"])
_roles = st.sampled_from(["incident-commander", "qa-lead"])
_sources = st.sampled_from(["cloud-run", "monitoring"])
_samples = st.builds(
    sample, st.integers(1, 500).map(lambda m: m * 60.0), st.sampled_from([OLD, NEW]), st.integers(0, 9)
)

facts: st.SearchStrategy[AnyFact] = st.one_of(
    st.builds(events.SeverityChanged, st.sampled_from(["P0", "P1", "P3"]), _texts),
    st.builds(events.RoleAssigned, _roles, st.sampled_from(["@a", "@b"])),
    st.builds(
        events.RoleAcknowledged, _roles, st.sampled_from(["", "@a"]), st.booleans(), st.sampled_from([None, START])
    ),
    st.builds(events.RoleAssigned, _roles, st.just("@b"), st.just("@a"), st.just("host/1")),
    st.builds(events.RolePaged, _roles, st.sampled_from(["@a", "@b"])),
    st.builds(events.RoleDeclined, _roles, st.just("@a")),
    st.builds(events.RoleAway, _roles, st.just("@a"), st.booleans()),
    st.builds(events.HandoverOffered, _roles, st.sampled_from(["@a", "@b"]), _texts),
    st.builds(events.HandoverAccepted, _roles, st.sampled_from(["@a", "@b"])),
    st.builds(events.PhaseStarted, st.sampled_from(["assessment", "preparation", "deployment"])),
    st.builds(events.Ticked, _items, _texts),
    st.builds(events.Unticked, _items, _texts),
    st.builds(events.Noted, _texts),
    st.builds(events.Undone, st.integers(1, 60)),
    st.builds(intended, _changes, st.sampled_from(["deploy", "advance", "abort", "roll-back", "un-pin"]), _percents),
    st.builds(events.ChangeAccepted, _changes),
    st.builds(applied, _changes, _percents),
    st.builds(events.ChangeFailed, _changes, st.just("refused")),
    st.builds(events.ChangeUnknown, _changes),
    st.builds(ladder, _services),
    st.builds(events.LadderHeld, _services, _texts),
    st.builds(events.LadderResumed, _services),
    st.builds(events.AutoAdvanceSet, _services, st.booleans()),
    st.builds(events.Observed, _services, st.just(split(10)), st.just(split(10)), st.just(NEW)),
    st.builds(events.Sampled, _services, st.lists(_samples, max_size=3).map(tuple)),
    st.builds(judged, st.sampled_from(list(Grade)), _percents),
    st.builds(events.ProbeChanged, _services, st.sampled_from([OLD, NEW]), st.booleans(), _texts),
    st.builds(events.SourceLost, _sources, st.just("timed out")),
    st.builds(events.SourceBack, _sources),
    st.builds(steps.CommandStarted, _changes, _items, st.just(("npm", "test")), simulated=st.booleans()),
    st.builds(steps.CommandEnded, _changes, st.sampled_from(["done", "failed", "unknown"]), st.just(3), tail=_texts),
    st.builds(steps.ValueGiven, st.sampled_from(["issue", "feature"]), _texts),
    st.builds(steps.BackupSeen, _changes, st.sampled_from(["RUNNING", "SUCCESSFUL", "FAILED"])),
    st.builds(steps.ReviewSeen, st.just(7), _texts, approvals=st.lists(_texts, max_size=2).map(tuple)),
    st.builds(steps.DefinitionSaved, _services, _texts),
    st.builds(steps.VersionSeen, st.sampled_from(["", "1.4.3"]), _texts),
    st.builds(events.UpdateSent, _texts, st.sampled_from(["by hand", "Slack"]), link=_texts),
    st.builds(comms.UpdateSnoozed, st.just(START + 900), _texts),
    st.builds(comms.HeadlineKept, st.just("host/1"), _texts),
    st.builds(comms.HeadlineFailed, _texts),
    st.builds(comms.PostMortemSet, st.just(START)),
    st.builds(comms.ActionAdded, _actions, _texts, _texts),
    st.builds(comms.ActionChanged, _actions, _texts, st.just("2026-12-01")),
    st.builds(comms.ActionDone, _actions),
    st.builds(triage.LevelReached, st.integers(1, 4)),
    st.builds(triage.LevelCalled, st.integers(1, 4), st.just(("@cto",)), st.sampled_from(["page", "by-hand"])),
    st.builds(triage.CapRaised, st.integers(1, 4), _texts),
    st.builds(triage.DataChangeKnown, st.sampled_from(list(triage.ANSWERS)), _texts),
    st.builds(triage.Decided, st.sampled_from(list(triage.CHOICES)), _texts),
    st.builds(triage.PersonalDataKnown, st.just(START), st.booleans(), _texts),
    st.builds(triage.Measured, st.just(PAY.name), st.sampled_from([None, 12.3]), _texts, st.booleans()),
    st.builds(answers.Answered, st.sampled_from(["impact", "eta", "no-such-topic"]), _texts, _texts),
    st.builds(events.ServiceAdded, _services, _texts),
    st.builds(events.ServiceTakenOff, _services, _texts),
    st.builds(events.ClockSetBack, st.floats(600, 90_000)),
    st.builds(events.Mitigated, st.sampled_from(["roll-back", "full-traffic"])),
    st.builds(events.Resolved, _texts),
    st.builds(events.Reported, _texts),
    st.builds(events.Closed, _texts),
)
"""Any fact but the declaration, about few enough things that facts meet."""


@st.composite
def logs(draw: st.DrawFn, most: int = 50) -> list[Event]:
    """A declaration and whatever comes after it, sense or nonsense."""
    story = Story()
    for number, fact in enumerate(draw(st.lists(facts, max_size=most))):
        story.at(100.0 + number * draw(st.sampled_from([1.0, 30.0])), fact)
    return story.log
