"""The types of services.toml. Each field is a key of it, with the same name; shares are 0–1."""

from typing import Literal

from msgspec import field

from warroom.protocol.part import Part

Probing = Literal["anonymous", "identity", "off"]


class SmokeRequest(Part, frozen=True):
    """One request of a service's smoke test and what must be answered; nothing that it asks may change anything.

    `status`: any of these, () for 2xx. `contains` is text of the body, `json` what its JSON holds by dotted path.
    `within_ms` is the longest that the whole answer may take in real milliseconds, 0 for what a probe bears.
    """

    path: str
    method: Literal["GET", "HEAD"] = "GET"
    status: tuple[int, ...] = ()
    contains: str = ""
    json: dict[str, str | int | float | bool] = field(default_factory=dict)
    within_ms: float = 0.0


class ServiceConfig(Part, frozen=True):
    """One Cloud Run service that a hotfix may go to. Limits here win over the protocol's gate.

    `health_path` is asked as it stands, query and all. `probe` says as whom: as anybody, with an identity token of this
    machine's Google credentials, or not at all. `smoke` is its smoke test; () for one GET of `health_path`.
    """

    name: str
    region: str
    project: str
    staging_project: str = ""
    health_path: str = "/health"
    probe: Probing = "anonymous"
    error_share: float | None = None
    slow_share: float | None = None
    slow_ms: float | None = None
    smoke: tuple[SmokeRequest, ...] = ()


class Endpoints(Part, frozen=True):
    """Overrides of Google's addresses, host:port on loopback; the environment's *_EMULATOR_HOST wins."""

    cloud_run: str = ""
    monitoring: str = ""
    logging: str = ""


class Evidence(Part, frozen=True):
    """What is asked beside Monitoring: request and error `logs`, of at most `logs_per_second` requests, sampled above.

    Without logs everything else is as it was; it only takes Monitoring's minutes.
    """

    logs: bool = True
    logs_per_second: float = 200.0


class Services(Part, frozen=True):
    """services.toml, whole."""

    services: tuple[ServiceConfig, ...]
    endpoints: Endpoints = Endpoints()
    evidence: Evidence = Evidence()

    def find(self, name: str, region: str = "", project: str = "") -> ServiceConfig | None:
        """The first service of that name, and of that region and project where they are given."""
        same = (one for one in self.services if one.name == name)
        return next((one for one in same if region in ("", one.region) and project in ("", one.project)), None)
