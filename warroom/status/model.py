"""The types of `warroom status --json`. docs/status-schema.json is made from them, docs/status-schema.md tells of them.

The version is raised when a field is lost, renamed, or comes to mean something else; new fields do not raise it.
All moments (`…_at`, `at`) are Unix seconds, all lengths (`…_seconds`, and those of the clocks) seconds, percents 0–100,
shares 0–1. None says that there is nothing to tell.
"""

from typing import Literal

from msgspec import Struct, field

from warroom.incident.boxes.evidence import Evidence
from warroom.incident.change import Ended
from warroom.incident.clocks import Budget, Countdown, Escalation
from warroom.incident.fact import PastRead
from warroom.incident.mitigation import Found
from warroom.incident.place import Kind
from warroom.incident.roles.roles import Standing
from warroom.incident.roles.silence import Silent
from warroom.incident.state import Change, Drift, Holder, Lost, Missed, ProbeState, Staging, Tick
from warroom.incident.triage.triage import Steering
from warroom.incident.validation.facts import SmokeSeen
from warroom.rollout.evidence import Verdict
from warroom.rollout.traffic import Split
from widgets.data import Board, Projector

SCHEMA: Literal["warroom.status/1"] = "warroom.status/1"
STATES = Literal["open", "mitigated", "resolved", "closed"]


class IncidentStatus(Struct, frozen=True):
    """The incident's plain facts. `events` is how many the journal holds, `phase` an id of the protocol.

    `place` is where it was declared, `address` the emulator's there as HOST:PORT.
    `ticks` says of what is `ticked` when, by whom, what showed it and whether a person ticked it by hand.
    `roles` is who holds which role, with the moments behind it; `standings` how far each role is and since when, of
    the core roles also those that nobody holds.
    """

    id: str
    title: str
    severity: str
    state: STATES
    drill: bool
    detected_at: float
    declared_at: float
    trigger: str = ""
    impact: str = ""
    issue: str = ""
    private: bool = False
    personal_data: bool = False
    phase: str = ""
    mitigated_at: float | None = None
    mitigated_how: str = ""
    mitigated_evidence: str = ""
    mitigated_reason: str = ""
    relapse: str = ""
    resolved_at: float | None = None
    closed_at: float | None = None
    roles: dict[str, Holder] = {}
    standings: dict[str, Standing] = {}
    ticked: tuple[str, ...] = ()
    ticks: dict[str, Tick] = {}
    events: int = 0
    place: Kind = "production"
    address: str = ""


class ActionStatus(Struct, frozen=True):
    """Whether an action may be done now; if not, `why` and `remedy` are the first reason against it.

    `service` is "" for what is done to the whole incident. What only a look at Cloud Run can tell is not in it.
    """

    id: str
    allowed: bool
    why: str = ""
    remedy: str = ""
    service: str = ""


class LadderStatus(Struct, frozen=True):
    """A candidate's climb.

    `percent` is what it takes by the last applied change, None until it is deployed; `next_rung` None at the top.
    `target` is where abort goes back to, revision → percent. `ended` is "", "complete", "aborted" or "rolled back".
    """

    candidate: str
    tag: str
    percent: int | None
    rungs: tuple[int, ...]
    next_rung: int | None
    target: dict[str, int]
    baked_seconds: float
    bake_left_seconds: float
    applied_at: float | None
    held: bool
    held_reason: str
    auto: bool
    ended: Ended


class SignalStatus(Struct, frozen=True):
    """The newest that was measured of one signal, in the measures of its own: of the candidate and of stable.

    `judged` says whether it counts for the verdict. A measure that says nothing is left out; `candidate_at` and
    `stable_at` are when the periods end that it is from, None without any.
    """

    title: str
    judged: bool
    candidate: dict[str, float] = {}
    stable: dict[str, float] = {}
    candidate_at: float | None = None
    stable_at: float | None = None


class LaneStatus(Struct, frozen=True):
    """One service.

    `serving` is what traffic_statuses say and `spec` what was asked for, as revision → percent; `traffic` are the
    entries themselves, with tags and URLs. `verdict` is the one on the current step, None without one.
    `data_age_seconds` is the age of the newest sample. `stranger` is somebody else's change that is not settled,
    `failure` why Cloud Run's last work on the service failed, `staging` what staging makes of the newest image.
    `missed` is a retreat that does not hold and is not answered yet. `signals` is the newest of each, by its id.
    `serving_verdict` is the one on what serves since something was done for users, `past` what revisions did before.
    """

    service: str
    region: str
    project: str
    serving: dict[str, int]
    spec: dict[str, int]
    traffic: Split
    latest_ready: str
    ready: dict[str, bool]
    settled: bool
    observed_at: float | None
    last_modifier: str
    ladder: LadderStatus | None
    verdict: Verdict | None
    data_age_seconds: float | None
    probes: dict[str, ProbeState]
    in_flight: Change | None
    last_change: Change | None
    un_pinned_at: float | None
    drift: Drift | None = field(name="stranger")  # the word of older versions, which programs read
    staging: Staging | None
    failure: str
    missed: Missed | None = None
    signals: dict[str, SignalStatus] = {}
    serving_verdict: Verdict | None = None
    past: PastRead | None = None
    smokes: dict[str, SmokeSeen] = {}


class ClockStatus(Struct, frozen=True):
    """What the incident runs against, `phases` each phase's budget by its id.

    `update_due_seconds` and `gdpr_left_seconds` are negative when late.
    """

    since_detection_seconds: float
    fix: Countdown | None
    resolve: Countdown | None
    escalation: Escalation
    update_due_seconds: float | None
    gdpr_left_seconds: float | None
    post_mortem_due_at: float | None
    phase: Budget | None
    phases: dict[str, Budget] = {}


class Status(Struct, frozen=True):
    """The whole board at `at`; `time` is the same moment as RFC 3339. `lost` are sources that can't be read.

    `projector` is what a wall may show: nothing that is confidential. `steering` is what was decided and called.
    `elsewhere` says why the incident can't be acted on from the terminal that asked, "" where it can.
    `clock_behind_seconds` is by how much this machine's clock stands before the newest event: it was set back, and
    times may be off by that. 0 where it does not. `actions` are those that do something, as the key bar has them.
    `silent` are those who were paged and do not answer. `measured` is what the evidence says of users since something
    was done for them; `open` is what resolving now would ask a reason for.
    `evidence` is what was looked at for the protocol's steps, by their id.
    """

    incident: IncidentStatus
    lanes: tuple[LaneStatus, ...]
    clocks: ClockStatus
    lost: dict[str, Lost]
    board: Board
    projector: Projector
    steering: Steering
    at: float
    time: str
    schema: Literal["warroom.status/1"] = SCHEMA
    elsewhere: str = ""
    clock_behind_seconds: float = 0.0
    actions: tuple[ActionStatus, ...] = ()
    silent: tuple[Silent, ...] = ()
    measured: Found | None = None
    open: tuple[str, ...] = ()
    evidence: dict[str, tuple[Evidence, ...]] = {}


class IncidentRow(Struct, frozen=True):
    """One incident in the list of `warroom incidents --json`; `gdpr_left_seconds` runs on after its end.

    `duties` are what is still owed of it, a phrase each.
    """

    id: str
    title: str
    severity: str
    state: STATES
    drill: bool
    services: tuple[str, ...]
    detected_at: float
    declared_at: float
    resolved_at: float | None = None
    place: Kind = "production"
    address: str = ""
    elsewhere: str = ""
    gdpr_left_seconds: float | None = None
    duties: tuple[str, ...] = ()
