"""The incident as it stands: what all its events mean together. Frozen; only the fold makes new ones.

All times are Unix seconds, all percents 0–100.
"""

from msgspec import Struct, field

from warroom.incident.change import BACK, Ended, Intent, Outcome
from warroom.incident.comms.comms import Outward
from warroom.incident.events import Declared, Event
from warroom.incident.fact import PastRead
from warroom.incident.roles.roles import Holder as Holder
from warroom.incident.sends.sends import Sends
from warroom.incident.steps.steps import Work
from warroom.incident.triage.triage import Steering
from warroom.incident.validation.facts import AlertsSeen, RequestResult, SmokeSeen
from warroom.rollout.evidence import Grade, Sample, Verdict
from warroom.rollout.traffic import NEVER, Moment, ServiceRef, Split


class Tick(Struct, frozen=True):
    """A step or checklist item that is done: by which event, when, by whom, and what showed it ("" for a person).

    `by_hand`: a person said so, and nothing that warroom saw.
    `against` is what spoke against it, and `reason` why a person ticked it all the same.
    """

    seq: int
    at: float
    actor: str
    evidence: str = ""
    by_hand: bool = False
    against: str = ""
    reason: str = ""


class PhaseTimes(Struct, frozen=True):
    """When a phase was last begun and left. `earlier_seconds` is the time spent in it before it was begun again."""

    started_at: float
    ended_at: float | None = None
    earlier_seconds: float = 0.0


class Lost(Struct, frozen=True):
    """A source that can't be read since `since`."""

    since: float
    title: str
    remedy: str = ""


class ProbeState(Struct, frozen=True):
    """What a revision's health URL answers since `since`; `slow_seconds` is what it takes, 0.0 unless that is slow.

    `refused`: it turns away whoever asks.
    """

    ok: bool
    detail: str
    since: float
    slow_seconds: float = 0.0
    refused: bool = False


class Change(Intent, frozen=True):
    """A change to production, from its intent to its outcome.

    `unknown` is True while it was sent and nothing says what became of it. `outcome` is open until `ended_at`;
    `seconds` is how long an applied one took; `title`, `remedy`, `detail` and `link` tell of one that was not (`title`
    of an unknown one too), `serving` and `moved` what was served after it. `before` is the split that was asked for
    when it was intended. `seq` is the number of the event that intended it, which tells apart two changes that an old
    journal gives one id; `unknown_seq` of the one that says that nothing is known of it, `ended_seq` of its outcome's,
    0 where there is none.
    """

    id: str
    intended_at: float
    actor: str = ""
    before: Split = ()
    accepted: bool = False
    operation: str = ""
    unknown: bool = False
    outcome: Outcome = Outcome.OPEN
    ended_at: float | None = None
    seconds: float = 0.0
    title: str = ""
    remedy: str = ""
    detail: str = ""
    link: str = ""
    serving: Split = ()
    moved: bool = False
    seq: int = 0
    unknown_seq: int = 0
    ended_seq: int = 0

    @property
    def order(self) -> tuple[float, int]:
        """What sorts changes as they were intended."""
        return self.intended_at, self.seq


class Missed(Struct, frozen=True):
    """A retreat that does not hold: `change` as it ended, known since `since` by the event numbered `seq`."""

    change: Change
    since: float
    seq: int


class Drift(Struct, frozen=True):
    """What somebody else did, seen at `seen_at` and not settled yet. The fields are those of events.DriftSeen."""

    seen_at: float
    what: str
    by: str
    changed_at: float
    before: Split
    after: Split
    created: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


class Ladder(Struct, frozen=True):
    """A candidate's climb.

    `percent` is what it takes by the last change that was applied, None until it is deployed. `applied_at` is when that
    was, which is when the step began, None at the ladder's foot; `climb_began` is when the first traffic came. Held
    time (`held_seconds`, and since `held_since`) is that of the current step. `ended` says how it ended. `bakes`: rungs
    that do not bake for `usual_bake_seconds`.
    """

    candidate: str
    tag: str
    target: dict[str, int]
    rungs: tuple[int, ...]
    usual_bake_seconds: float
    started_at: float
    percent: int | None = 0
    applied_at: float | None = None
    climb_began: float | None = None
    held_since: float | None = None
    held_reason: str = ""
    held_seconds: float = 0.0
    auto: bool = False
    auto_owner: str = ""
    ended: Ended = Ended.NOT
    bakes: dict[int, float] = field(default_factory=dict)

    def bake_at(self, percent: int) -> float:
        """Seconds to bake at that rung."""
        return self.bakes.get(percent, self.usual_bake_seconds)

    @property
    def bake_seconds(self) -> float:
        """Seconds to bake at the current rung."""
        return self.bake_at(self.percent or 0)

    @property
    def taken_back(self) -> bool:
        """Whether the candidate was aborted or rolled back: it climbs no more."""
        return self.ended in BACK.values()


class Staging(Struct, frozen=True):
    """What staging makes of the newest image that was sent there.

    `percent` is what its revision takes of staging's traffic, None until it is deployed; `tested` is the smoke test's
    outcome, None before it, at `tested_at` by `results`; `failed` says why it was not deployed; `actor` sent it.
    `verdict` is what is measured of it since `deployed_at`.
    """

    image: str
    revision: str
    project: str
    asked_at: float
    percent: int | None = None
    tested: bool | None = None
    detail: str = ""
    failed: str = ""
    actor: str = ""
    deployed_at: float | None = None
    tested_at: float | None = None
    results: tuple[RequestResult, ...] = ()
    verdict: Verdict | None = None


Turn = tuple[float, int, Grade]
"""A verdict's turn: when, at what percent of the candidate's, to which grade."""


class Lane(Struct, frozen=True):
    """One service of the incident: what it serves, its ladder, its evidence.

    `observed_at` is None until it was looked at. `failure` says why Cloud Run's last work on it failed. `ours` is the
    split that we last applied or adopted, `own` the revisions that we asked for, `known` those that were there when the
    ladder began, and what was taken note of since; `stranger` is somebody else's change that is not settled.
    `superseded` are changes whose outcome is still open though a newer one has been sent.
    `samples` are ordered by (end, revision) and go back `fold.SAMPLES_KEPT_SECONDS`. `changes` counts those applied.
    `validated` are the images that staging validated, `staging_before` is an image whose way to staging is still open
    though a newer one was sent there. `missed` is a retreat that does not hold, until that is answered: by another one,
    by what is served all the same, or by whatever is done instead. `landed` is when the newest one came to Cloud Run.
    `past` is what its revisions did in the days before, None until that was read.
    `last_change` is the newest of those that have ended, `ended` whichever ended last. `smokes` are production's newest
    smoke tests, by what was asked: "candidate" or "service".
    """

    ref: ServiceRef
    serving: Split = ()
    spec: Split = ()
    latest_ready: str = ""
    settled: bool = True
    url: str = ""
    last_modifier: str = ""
    ready: dict[str, bool] = {}
    latest_created: str = ""
    failure: str = ""
    versions: dict[str, str] = {}
    ours: Split = ()
    own: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    drift: Drift | None = None
    observed_at: float | None = None
    ladder: Ladder | None = None
    in_flight: Change | None = None
    superseded: tuple[Change, ...] = ()
    last_change: Change | None = None
    ended: Change | None = None
    samples: tuple[Sample, ...] = ()
    verdict: Verdict | None = None
    serving_verdict: Verdict | None = None
    relieved_at: float | None = None
    verdicts: tuple[Turn, ...] = ()
    probes: dict[str, ProbeState] = {}
    changes: int = 0
    un_pinned_at: float | None = None
    staging: Staging | None = None
    staging_before: Staging | None = None
    validated: tuple[str, ...] = ()
    missed: Missed | None = None
    landed: Moment = NEVER
    past: PastRead | None = None
    smokes: dict[str, SmokeSeen] = {}

    @property
    def step_verdict(self) -> Verdict | None:
        """The verdict on the step that the candidate stands on; one of another step says nothing of it."""
        if self.ladder is None or self.verdict is None or self.ladder.taken_back:
            return None
        of_this_step = self.verdict.percent == (self.ladder.percent or 0)
        return self.verdict if of_this_step and self.verdict.candidate == self.ladder.candidate else None

    def turned_away(self, revision: str) -> bool:
        """Whether its probe says nothing: it refuses whoever asks, and so does every other revision that was asked."""
        probe = self.probes.get(revision)
        return probe is not None and probe.refused and all(one.refused for one in self.probes.values())


class Marks(Struct, frozen=True):
    """What people write down and may take back: done items, items that were taken back, and role holders."""

    ticks: dict[str, Tick] = {}
    unticked: frozenset[str] = frozenset()
    roles: dict[str, Holder] = {}


class Relief(Struct, frozen=True):
    """What was done last to end users' trouble, `how` as in `mitigation.HOW`, and when it was there."""

    how: str
    at: float


class Incident(Struct, frozen=True):
    """One incident, folded.

    `relief` is what was done, `mitigated_at` since when users are better, `mitigated_evidence` what shows it or
    `mitigated_reason` why a person says so; `relapse` says what hurts them again after that.
    `tail` are the newest events that make a timeline line, among them those that were taken back, whose numbers are in
    `undone`. `unticked` are items that somebody unticked and nobody ticked since. `changes` counts those intended.
    `acts` and `before_acts` are what taking back needs: the newest acts that still stand, and the marks before them.
    `taken_off` are lanes of services that the incident is not about any more, as they were then.
    `alerts` is what each system said last of its open alerts.
    `newest_at` is the latest moment of any event, and `counted_to` of those since the clock was last set back.
    """

    id: str
    title: str
    severity: str
    declared: Declared
    detected_at: float
    declared_at: float
    lanes: dict[str, Lane]
    last_seq: int = 0
    taken_off: dict[str, Lane] = {}
    relief: Relief | None = None
    mitigated_at: float | None = None
    mitigated_how: str = ""
    mitigated_evidence: str = ""
    mitigated_reason: str = ""
    relapse: str = ""
    resolved_at: float | None = None
    closed_at: float | None = None
    phase: str = ""
    phases: dict[str, PhaseTimes] = {}
    ticks: dict[str, Tick] = {}
    unticked: frozenset[str] = frozenset()
    roles: dict[str, Holder] = {}
    lost: dict[str, Lost] = {}
    updates: int = 0
    last_update_at: float | None = None
    first_traffic_at: float | None = None
    full_traffic_at: float | None = None
    un_pinned_at: float | None = None
    reported_at: float | None = None
    changes: int = 0
    sends: Sends = {}
    steering: Steering = Steering()
    outward: Outward = Outward()
    work: Work = Work()
    alerts: dict[str, AlertsSeen] = {}
    tail: tuple[Event, ...] = ()
    undone: frozenset[int] = frozenset()
    acts: tuple[Event, ...] = ()
    before_acts: Marks = Marks()
    newest_at: float = 0.0
    counted_to: float = 0.0

    @property
    def aware_at(self) -> float | None:
        """Since when a breach of personal data is known (Unix seconds); None while none is at stake."""
        declared = self.declared.personal_data and not self.steering.clear_of_data
        moments = (self.declared_at if declared else None, self.steering.aware_at)
        return min((moment for moment in moments if moment is not None), default=None)
