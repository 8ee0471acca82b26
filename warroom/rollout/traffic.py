"""Value types of Cloud Run traffic: what a service is, what it was asked for, what it really serves."""

from msgspec import Struct


class ServiceRef(Struct, frozen=True, order=True):
    """Names one Cloud Run service."""

    name: str
    region: str
    project: str

    @property
    def path(self) -> str:
        """The API's resource name."""
        return f"projects/{self.project}/locations/{self.region}/services/{self.name}"


class Share(Struct, frozen=True, omit_defaults=True):
    """One traffic entry. `revision` is a short name, or "" for LATEST. `percent` is 0–100."""

    revision: str
    percent: int
    tag: str = ""
    url: str = ""

    @property
    def latest(self) -> bool:
        """True where the entry follows the latest ready revision."""
        return not self.revision


Split = tuple[Share, ...]
"""A traffic split: entries whose percents make 100. Empty means LATEST 100 %."""


class Revision(Struct, frozen=True):
    """One revision of a service as Cloud Run reports it. `created_at` is Unix seconds, `version` its label's.

    `reason` says in words why it is not ready, `reasons` by Cloud Run's own names.
    """

    name: str
    ready: bool
    image: str = ""
    created_at: float = 0.0
    reason: str = ""
    log_url: str = ""
    reasons: tuple[str, ...] = ()
    version: str = ""


Moment = tuple[float, int]
"""When a service was last changed (Unix seconds by Google's clock) and how often it was until then: this orders looks.
A service that was deleted and made anew counts from 1 again, but later."""

NEVER: Moment = (0.0, 0)


class Service(Struct, frozen=True):
    """One look at a service. `spec` is what was asked for, `serving` what traffic_statuses say.

    `settled` is True when the last change is fully applied: not reconciling, the generation observed, the terminal
    condition succeeded; `failed` when the work on it has ended and that did not. `session_affinity` and `min_instances`
    are what the next revision would get. `reasons` are Cloud Run's own names of why it `failed`.
    `generation` counts what was asked of it, 0 where that is not told. `internal`: from outside of its network Cloud
    Run answers 404 in its place.
    """

    ref: ServiceRef
    etag: str
    spec: Split
    serving: Split
    latest_ready: str
    latest_created: str
    settled: bool
    url: str = ""
    image: str = ""
    last_modifier: str = ""
    updated_at: float = 0.0
    condition: str = ""
    failed: bool = False
    session_affinity: bool = False
    min_instances: int = 0
    generation: int = 0
    reasons: tuple[str, ...] = ()
    internal: bool = False

    @property
    def moment(self) -> "Moment":
        """Its place among the looks at this service; (0, 0) where that is not told."""
        return (self.updated_at, self.generation) if self.generation else NEVER

    def percent(self, revision: str) -> int:
        """What `revision` really serves, in percent 0–100."""
        return sum(share.percent for share in self.serving if self.name_of(share) == revision)

    def name_of(self, share: Share) -> str:
        """The short revision name behind an entry, LATEST resolved."""
        return share.revision or self.latest_ready

    def url_of(self, revision: str) -> str:
        """A URL that reaches exactly this revision: its tag's, or the service's while it serves everything, else ""."""
        for share in self.serving:
            if share.tag and share.url and self.name_of(share) == revision:
                return share.url
        return self.url if self.percent(revision) == 100 else ""
