"""Scenarios: what is broken, what the hotfix really does, and what a good team makes of it. Data from TOML, typed.

Shares are 0–1, percents 0–100; durations are in the unit that the name ends in.
"""

from typing import Literal

from msgspec import Struct

from warroom.drill.scenario.faults import Planned
from warroom.rollout.traffic import ServiceRef


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any table of a scenario: an unknown key is an error."""


class Behaviour(_Part, frozen=True):
    """How a revision treats requests.

    `latency_factor` multiplies the service's normal response time; `health_failure_share` is how many of the requests
    to its health URL it answers with 503.
    """

    error_share: float = 0.0
    latency_factor: float = 1.0
    health_failure_share: float = 0.0


class Incident(Behaviour, frozen=True, kw_only=True):
    """How the sick revisions behave since `begins_minutes_ago` before the drill began.

    `flag`: the fault is in the code behind that flag, and gone while it is off. `in_database`: it is in the data, and
    gone once a backup was restored. Neither: only another revision is without it.
    """

    begins_minutes_ago: float
    flag: str = ""
    in_database: bool = False


class Level(Behaviour, frozen=True, kw_only=True):
    """How the hotfix behaves while it takes at least `from_percent` of the traffic."""

    from_percent: int = 0


NotReady = Literal[
    "", "secret", "no-secret", "unauthorized", "unreadable", "missing", "quota", "key", "network", "late", "instances"
]
"""Why Cloud Run does not get a hotfix ready, as far as that is not its own failure to start; "" does."""


class Candidate(_Part, frozen=True):
    """What the hotfix does: the level with the highest reached `from_percent` holds.

    `not_ready` names why Cloud Run does not get it ready, where that is not that it fails to start.
    `sick`: it has the fault of the incident as well, and its levels count once that is healed.
    """

    levels: tuple[Level, ...] = ()
    fails_to_start: bool = False
    not_ready: NotReady = ""
    sick: bool = False


class Stable(_Part, frozen=True):
    """The revision that serves when the drill begins. A `tag` gives it a URL of its own."""

    revision: str
    image: str
    tag: str = ""
    hours_ago: float = 26.0


class Previous(_Part, frozen=True):
    """An older revision to go back to. `sick` says whether the incident hits it as well."""

    revision: str
    image: str
    hours_ago: float
    sick: bool = False


class Normal(_Part, frozen=True):
    """The service in good health: load, share of 5xx and of 4xx, and lognormal response times."""

    requests_per_second: float
    error_share: float = 0.0005
    client_error_share: float = 0.01
    median_ms: float = 110.0
    sigma: float = 0.45


class ServicePlan(_Part, frozen=True):
    """One Cloud Run service of the scenario, its incident and its hotfix.

    `pages` are the paths that it answers, and no others, as a server with strict routes does; a drill puts those of
    services.toml in their place. `access`: a private one wants an identity token, an internal one answers nobody here.
    `staging_requests_per_second` is what a load test of the team's sends to its counterpart in staging.
    """

    name: str
    region: str
    project: str
    hotfix_image: str
    stable: Stable
    normal: Normal
    incident: Incident
    candidate: Candidate = Candidate()
    previous: tuple[Previous, ...] = ()
    staging_project: str = ""
    pages: tuple[str, ...] = ("/health",)
    access: Literal["public", "private", "internal"] = "public"
    staging_requests_per_second: float = 0.0

    @property
    def ref(self) -> ServiceRef:
        """The service in production."""
        return ServiceRef(name=self.name, region=self.region, project=self.project)

    @property
    def staging_ref(self) -> ServiceRef | None:
        """Its counterpart in staging, where there is one."""
        if not self.staging_project:
            return None
        return ServiceRef(name=self.name, region=self.region, project=self.staging_project)


class Metrics(_Part, frozen=True):
    """How Monitoring reports: a point each `sample_period_seconds`, visible after `ingest_delay_seconds`.

    From the moment that a hotfix takes `stops_at_percent` on, no more points come (0: they never stop).
    """

    sample_period_seconds: float = 60.0
    ingest_delay_seconds: float = 180.0
    stops_at_percent: int = 0


class Review(_Part, frozen=True):
    """How the hotfix's pull request fares, all of it counted from the moment that it is opened.

    `reviewers` are ids of roles, who approve one after the other, `approve_seconds` apart. `checks` end after
    `checks_seconds`: well, but for those that also stand in `red`.
    """

    reviewers: tuple[str, ...] = ("qa-lead", "security-lead")
    approve_seconds: float = 60.0
    checks: tuple[str, ...] = ("critical-path", "security-scan", "unit")
    checks_seconds: float = 45.0
    red: tuple[str, ...] = ()


class Database(_Part, frozen=True):
    """How the database's backups and restores fare: how long they wait, and take in all, and whether they fail."""

    queued_seconds: float = 3.0
    backup_seconds: float = 20.0
    restore_seconds: float = 60.0
    backup_fails: bool = False
    restore_fails: bool = False


class ByTheBook(_Part, frozen=True):
    """What the written protocol wants at a rung's end; `reason` is what to type where a reason is demanded.

    `feature` is the flag to switch off where neither the hotfix nor going back helps.
    """

    on_weak: Literal["advance", "abort"] = "advance"
    on_no_data: Literal["advance", "abort"] = "abort"
    reason: str = ""
    feature: str = ""


class Expected(_Part, frozen=True):
    """What a good team reaches: the outcome, at which percent it shows, and within how many minutes.

    "mixed" is for several services: some hotfixes reach full traffic, and others are taken back at `at_percent`.
    "rolled_back": the hotfix never reaches production, and traffic goes to a revision that was seen healthy.
    `measured`: in the end users are measured to be better; within the minutes, whatever it took.
    """

    outcome: Literal["full_traffic", "aborted", "mixed", "rolled_back"]
    at_percent: int
    within_minutes: float
    measured: bool = True
    lesson: str = ""


class Answer(_Part, frozen=True):
    """What somebody does who is asked to come: `how`, and after how many seconds of the drill's clock.

    `who` is a role of the protocol (its primary), role/backup, a handle or an e-mail address.
    """

    who: str
    how: Literal["joins", "declines", "never"] = "joins"
    after_seconds: float = 60.0


class Responders(_Part, frozen=True):
    """Whoever is paged joins after `after_seconds`, but for `people`, who do as theirs says."""

    after_seconds: float = 60.0
    people: tuple[Answer, ...] = ()


class Scenario(_Part, frozen=True):
    """One scenario. `id` is its file's name without the suffix; `trigger` and `severity` are ids of the protocol.

    The operator is told `title` and `impact`; `description` gives away what the hotfix really does. `faults` befall
    the cloud itself, each when it is due. `flags` are the feature flags that there are, by key.
    """

    title: str
    description: str
    trigger: str
    severity: str
    seed: int
    services: tuple[ServicePlan, ...]
    expected: Expected
    id: str = ""
    impact: str = ""
    history_minutes: float = 90.0
    operation_seconds: float = 6.0
    metrics: Metrics = Metrics()
    by_the_book: ByTheBook = ByTheBook()
    faults: tuple[Planned, ...] = ()
    failing_steps: tuple[str, ...] = ()
    responders: Responders = Responders()
    review: Review = Review()
    database: Database = Database()
    flags: tuple[str, ...] = ("card-form-v2", "one-click-checkout")
