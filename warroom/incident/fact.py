"""The base of all facts, and those of what a look at a service shows. `events` has them all."""

from msgspec import Struct

from warroom.rollout.evidence import Verdict
from warroom.rollout.measured.past import Served
from warroom.rollout.traffic import ServiceRef, Split


class Fact(Struct, frozen=True, tag_field="kind", omit_defaults=True):
    """What one event says."""


class Observed(Fact, frozen=True, tag="observed"):
    """A look at the service that differs from the one before. `failure` is why its last change failed, in its words.

    `versions` are those of the revisions that say one.
    """

    service: ServiceRef
    serving: Split
    spec: Split = ()
    latest_ready: str = ""
    settled: bool = True
    url: str = ""
    last_modifier: str = ""
    ready: dict[str, bool] = {}
    latest_created: str = ""
    failure: str = ""
    versions: dict[str, str] = {}


class DriftSeen(Fact, frozen=True, tag="stranger-seen"):
    """Somebody else changed the service: `what` in words, `by` whom as Cloud Run says ("" unknown), `changed_at` when.

    `before` is the split that we last applied, `after` the one that is asked for now; `created` and `deleted` are names
    of revisions. The ladder holds until it is answered, unless it touches nothing of ours (`asks` is False).
    """

    service: ServiceRef
    what: str
    before: Split
    after: Split
    by: str = ""
    changed_at: float = 0.0
    created: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    asks: bool = True


class DriftAnswered(Fact, frozen=True, tag="stranger-answered"):
    """A stranger's change is settled: "adopt" goes on from it, "gone" says that it was taken back by whoever made it.

    `split` is what holds from now on, of which the candidate takes `percent` since `since`. Restoring ours, aborting
    and rolling back settle it too, when they are applied.
    """

    service: ServiceRef
    answer: str
    split: Split = ()
    percent: int = 0
    since: float = 0.0


class ClockSetBack(Fact, frozen=True, tag="clock-set-back"):
    """The clock was found to stand `seconds` before what was written already: moments after this one count as this."""

    seconds: float


class ServingJudged(Fact, frozen=True, tag="serving-judged"):
    """What the evidence says of the revision that serves, where no hotfix is on its way there. As a rung's verdict."""

    service: ServiceRef
    verdict: Verdict


class PastRead(Fact, frozen=True, tag="past-read"):
    """What Monitoring tells of a service's revisions from `since` to `until` (Unix seconds), hour by hour.

    Who is not in `served` had no share of its requests in that time. `made` is when revisions were created.
    """

    service: ServiceRef
    since: float
    until: float
    served: dict[str, Served] = {}
    made: dict[str, float] = {}


class Relieved(Fact, frozen=True, tag="relieved"):
    """Something other than traffic was done that should end users' trouble: `how` is a key of mitigation.HOW."""

    how: str


class Mitigated(Fact, frozen=True, tag="mitigated"):
    """Users are no longer hurt. `how` is a key of HOW, `evidence` what was measured.

    With `reason` a person says so, and `evidence` is what spoke against it. Without
    either it is of an older version, which took the act for its effect.
    """

    how: str
    evidence: str = ""
    reason: str = ""


class MitigationLost(Fact, frozen=True, tag="mitigation-lost"):
    """They are hurt again, or still: `words` say what is measured."""

    words: str


class ServiceAdded(Fact, frozen=True, tag="service-added"):
    """The incident is about this service as well, from now on; again, where it was taken off before."""

    service: ServiceRef
    reason: str = ""


class ServiceTakenOff(Fact, frozen=True, tag="service-taken-off"):
    """The incident is not about this service: it is looked at no more, and nothing of it is waited for."""

    service: ServiceRef
    reason: str = ""
