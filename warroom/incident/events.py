"""The facts that make an incident. They are only ever added; what they mean together is the fold's business.

Field names and tags are the journal's format: a fact may gain fields with defaults, and never lose or rename one.
All times are Unix seconds, all percents 0–100. Incident imports rollout's value types, so that a split, a sample or a
verdict is one type from the wire to the journal.
"""

from msgspec import Struct, field

from warroom.incident.change import Intent, Outcome
from warroom.incident.comms.comms import OutwardFact as OutwardFact
from warroom.incident.fact import ClockSetBack as ClockSetBack
from warroom.incident.fact import DriftAnswered as DriftAnswered
from warroom.incident.fact import DriftSeen as DriftSeen
from warroom.incident.fact import Fact as Fact
from warroom.incident.fact import Mitigated as Mitigated
from warroom.incident.fact import MitigationLost as MitigationLost
from warroom.incident.fact import Observed as Observed
from warroom.incident.fact import PastRead as PastRead
from warroom.incident.fact import Relieved as Relieved
from warroom.incident.fact import ServiceAdded as ServiceAdded
from warroom.incident.fact import ServiceTakenOff as ServiceTakenOff
from warroom.incident.fact import ServingJudged as ServingJudged
from warroom.incident.roles.roles import HandoverAccepted as HandoverAccepted
from warroom.incident.roles.roles import HandoverOffered as HandoverOffered
from warroom.incident.roles.roles import RoleAcknowledged as RoleAcknowledged
from warroom.incident.roles.roles import RoleAssigned as RoleAssigned
from warroom.incident.roles.roles import RoleAway as RoleAway
from warroom.incident.roles.roles import RoleDeclined as RoleDeclined
from warroom.incident.roles.roles import RolePaged as RolePaged
from warroom.incident.sends.sends import SendDone as SendDone
from warroom.incident.sends.sends import SendFailed as SendFailed
from warroom.incident.sends.sends import SendIntended as SendIntended
from warroom.incident.steps.steps import StepFact as StepFact
from warroom.incident.triage.triage import AnySteering as AnySteering
from warroom.incident.validation.facts import AlertsAsked as AlertsAsked
from warroom.incident.validation.facts import SmokeRan as SmokeRan
from warroom.incident.validation.facts import StagingAsked as StagingAsked
from warroom.incident.validation.facts import StagingDeployed as StagingDeployed
from warroom.incident.validation.facts import StagingFailed as StagingFailed
from warroom.incident.validation.facts import StagingJudged as StagingJudged
from warroom.incident.validation.facts import StagingLogsRead as StagingLogsRead
from warroom.incident.validation.facts import StagingTested as StagingTested
from warroom.incident.validation.facts import StagingValidated as StagingValidated
from warroom.incident.validation.facts import ValidationFact as ValidationFact
from warroom.rollout.evidence import Sample, Verdict
from warroom.rollout.traffic import NEVER, Moment, ServiceRef, Split


class Declared(Fact, frozen=True, tag="declared"):
    """The incident exists. `override` says why it can't wait for a regular release, where the severity asks that.

    `place` is where it was declared: "production", "emulator" or "drill", "" in journals from before that was written;
    `address` is the emulator's, as HOST:PORT. `origin` is the journal's own short id, which every incident outside of
    a drill has, so that two journals that both count from 1 name different things to the outside; "" in older ones.
    """

    title: str
    severity: str
    trigger: str
    services: tuple[ServiceRef, ...]
    detected_at: float
    drill: bool = False
    impact: str = ""
    issue: str = ""
    personal_data: bool = False
    private: bool = False
    protocol_version: str = ""
    protocol_hash: str = ""
    override: str = ""
    place: str = ""
    address: str = ""
    origin: str = ""


class SeverityChanged(Fact, frozen=True, tag="severity-changed"):
    """The severity was re-rated."""

    severity: str
    reason: str = ""


class PhaseStarted(Fact, frozen=True, tag="phase-started"):
    """Work on a phase (id of the protocol) began."""

    phase: str


class Ticked(Fact, frozen=True, tag="ticked"):
    """A step or checklist item (id) is done. `evidence` says what showed it; "" when a person said so.

    `by_hand`: a person wrote the evidence. `against` is what the evidence said against a person's word, `reason` why
    it was ticked all the same.
    """

    item: str
    evidence: str = ""
    by_hand: bool = False
    against: str = ""
    reason: str = ""


class Unticked(Fact, frozen=True, tag="unticked"):
    """A step or checklist item is not done after all. `reason` says what showed it; "" when a person said so.

    `by_evidence`: no person did it, so that evidence may tick it again.
    """

    item: str
    reason: str = ""
    by_evidence: bool = False


class Noted(Fact, frozen=True, tag="noted"):
    """Free text for the timeline; `by_hand` where a person wrote it, and not warroom in that person's name."""

    text: str
    by_hand: bool = False


class Undone(Fact, frozen=True, tag="undone"):
    """The event numbered `seq` (a tick, untick, note, or role) is taken back; it stays in the journal."""

    seq: int


class ChangeIntended(Fact, Intent, frozen=True, tag="change-intended"):
    """Written before a change to production is sent. `change` is its id, unique in the incident ("c17-5a09be21").

    In journals of before that was true ("c17") two hands could give one id to two changes: `whose` tells them apart.
    """

    change: str


class ChangeAccepted(Fact, frozen=True, tag="change-accepted"):
    """Cloud Run took the change; `operation` is its name."""

    change: str
    operation: str = ""


class ChangeApplied(Fact, frozen=True, tag="change-applied"):
    """The service shows it: reconciled, `serving` as reported by traffic_statuses, `seconds` after the intent.

    `spec` is what the service then asks for, where that was read, `updated_at` and `generation` since when and as its
    how many-eth change (0: not told): the order at Cloud Run need not be that in which it is written down.
    """

    change: str
    serving: Split
    seconds: float = 0.0
    spec: Split = ()
    generation: int = 0
    updated_at: float = 0.0

    @property
    def moment(self) -> Moment:
        """Its place at Cloud Run; (0, 0) where that is not told."""
        return (self.updated_at, self.generation) if self.generation else NEVER


class ChangeFailed(Fact, frozen=True, tag="change-failed"):
    """It did not happen: refused, or accepted and then failed.

    `serving` is what the service served when it was re-read after that, () where it could not be; `moved` whether that
    differs from before.
    """

    change: str
    title: str
    remedy: str = ""
    detail: str = ""
    link: str = ""
    outcome: Outcome = Outcome.FAILED
    serving: Split = ()
    moved: bool = False


class ChangeUnknown(Fact, frozen=True, tag="change-unknown"):
    """It was sent and no answer says what became of it."""

    change: str
    title: str = ""


class LadderStarted(Fact, frozen=True, tag="ladder-started"):
    """A candidate is deployed at 0 % and may climb. `target` is where abort goes back to: revision → percent.

    `bakes` are the seconds of the rungs that bake longer or shorter than `bake_seconds`: percent → seconds.
    """

    service: ServiceRef
    candidate: str
    tag: str
    target: dict[str, int]
    rungs: tuple[int, ...]
    bake_seconds: float
    bakes: dict[int, float] = field(default_factory=dict)


class LadderHeld(Fact, frozen=True, tag="ladder-held"):
    """The ladder stops where it is; judging goes on."""

    service: ServiceRef
    reason: str = ""


class LadderResumed(Fact, frozen=True, tag="ladder-resumed"):
    """The ladder's clock goes on."""

    service: ServiceRef


class AutoAdvanceSet(Fact, frozen=True, tag="auto-advance-set"):
    """Advance by itself on PASS, or no longer. Only the process `owner` (host/pid/start, "" any) does it."""

    service: ServiceRef
    on: bool
    owner: str = ""


class Sampled(Fact, frozen=True, tag="sampled"):
    """New closed sample periods of a service, or later corrections of them."""

    service: ServiceRef
    samples: tuple[Sample, ...]


class Judged(Fact, frozen=True, tag="judged"):
    """A verdict on the candidate: written when its grade or words change and when the evidence grows."""

    service: ServiceRef
    verdict: Verdict


class ProbeChanged(Fact, frozen=True, tag="probe-changed"):
    """A revision's health URL started to answer well or ceased to. `slow_seconds` is what it takes; 0.0: not slow.

    `refused`: it turns away whoever asks.
    """

    service: ServiceRef
    revision: str
    ok: bool
    detail: str = ""
    slow_seconds: float = 0.0
    refused: bool = False


class SourceLost(Fact, frozen=True, tag="source-lost"):
    """Reads from "cloud-run" or "monitoring" fail since now; of "journal", events were lost and it was repaired."""

    source: str
    title: str
    remedy: str = ""


class SourceBack(Fact, frozen=True, tag="source-back"):
    """Reads work again."""

    source: str


class UpdateSent(Fact, frozen=True, tag="update-sent"):
    """Stakeholders were told. `channel` is where; "by hand" when a person carried it there.

    `link` leads to it, `approved_by` is the Incident Commander's yes to what goes outside. `owed` is where such a
    message must have gone before everybody is told; "by hand" stands for the channels that warroom could not reach.
    """

    text: str
    channel: str = "by hand"
    template: str = ""
    link: str = ""
    approved_by: str = ""
    owed: tuple[str, ...] = ()


class Resolved(Fact, frozen=True, tag="resolved"):
    """What was done is verified: the incident is over; paperwork remains.

    `open` is what was not done or not shown then, a line each, and `reason` why it was resolved all the same.
    """

    text: str = ""
    open: tuple[str, ...] = ()
    reason: str = ""


class Reported(Fact, frozen=True, tag="reported"):
    """The report was written to `path`."""

    path: str = ""


class Closed(Fact, frozen=True, tag="closed"):
    """Nothing more will be done here, e.g. the drill was left."""

    text: str = ""


AnyFact = (
    Declared | SeverityChanged | RoleAssigned | RoleAcknowledged | PhaseStarted | Ticked | Unticked | Noted | Undone
    | RolePaged | RoleDeclined | RoleAway | HandoverOffered | HandoverAccepted
    | ChangeIntended | ChangeAccepted | ChangeApplied | ChangeFailed | ChangeUnknown
    | LadderStarted | LadderHeld | LadderResumed | AutoAdvanceSet
    | StagingAsked | StagingDeployed | StagingFailed | StagingTested | StagingValidated | ValidationFact
    | Observed | DriftSeen | DriftAnswered | Sampled | Judged | ProbeChanged | SourceLost | SourceBack
    | SendIntended | SendDone | SendFailed | StepFact | AnySteering
    | ClockSetBack | UpdateSent | OutwardFact | Resolved | Reported | Closed
    | ServingJudged | Relieved | Mitigated | MitigationLost | PastRead | ServiceAdded | ServiceTakenOff
)  # fmt: skip


class Event(Struct, frozen=True):
    """One line of the journal: number within the incident (from 1), when, who, what.

    `hash` chains it to its forerunner.
    """

    incident: str
    seq: int
    at: float
    actor: str
    fact: AnyFact
    hash: str = ""
