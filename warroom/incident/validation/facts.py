"""The facts of validation: smoke tests, what staging measures, which alerts are open."""

from msgspec import Struct

from warroom.incident.fact import Fact
from warroom.rollout.evidence import Verdict
from warroom.rollout.traffic import ServiceRef


class RequestResult(Struct, frozen=True, omit_defaults=True):
    """One request of a smoke test, e.g. "GET /health": what was `expected`, and what came, in words.

    `untold`: it was turned away at the door, which says nothing of the revision behind it.
    """

    request: str
    ok: bool
    expected: str
    got: str
    seconds: float = 0.0
    untold: bool = False


class StagingAsked(Fact, frozen=True, tag="staging-asked"):
    """Written before `image` is sent to the service's counterpart in the staging `project`, as `revision`."""

    service: ServiceRef
    project: str
    image: str
    revision: str
    gcloud: str = ""


class StagingDeployed(Fact, frozen=True, tag="staging-deployed"):
    """Staging shows the revision, which takes `percent` of its traffic (0: pinned, a test would meet the old code)."""

    service: ServiceRef
    revision: str
    percent: int
    seconds: float = 0.0


class StagingFailed(Fact, frozen=True, tag="staging-failed"):
    """Staging did not take the revision."""

    service: ServiceRef
    revision: str
    title: str
    remedy: str = ""
    detail: str = ""
    link: str = ""


class StagingTested(Fact, frozen=True, tag="staging-tested"):
    """The smoke test met the staging revision, and it answered well or not; `results` are those of each request.

    `untold`: it turned the test away, which says nothing of how it is.
    """

    service: ServiceRef
    revision: str
    ok: bool
    detail: str = ""
    results: tuple[RequestResult, ...] = ()
    untold: bool = False


class StagingValidated(Fact, frozen=True, tag="staging-validated"):
    """Staging's revision of `image` passed the smoke test and every box of the validation: production may have it."""

    service: ServiceRef
    image: str


class SmokeRan(Fact, frozen=True, tag="smoke-ran"):
    """The smoke test met a revision in production: `where` is "candidate" (its tag's URL) or "service" (what serves).

    `detail` tells it in a line, `results` are those of each request.
    """

    service: ServiceRef
    where: str
    revision: str
    ok: bool
    detail: str
    results: tuple[RequestResult, ...] = ()


class StagingJudged(Fact, frozen=True, tag="staging-judged"):
    """What the evidence says of staging's `revision` since it was deployed there, against the absolute limits."""

    service: ServiceRef
    revision: str
    verdict: Verdict


class LoggedError(Struct, frozen=True, omit_defaults=True):
    """One error as the logs have it, safe to be shown: its moment (Unix seconds) and a line."""

    at: float
    text: str


class StagingLogsRead(Fact, frozen=True, tag="staging-logs-read"):
    """The entries of severity ERROR and above that staging's `revision` has written in [since, to), Unix seconds.

    `newest` are some of them; with `more` there are at least `count`. `failed` says why there is no answer, with its
    `remedy`.
    """

    service: ServiceRef
    revision: str
    since: float
    to: float
    count: int = 0
    newest: tuple[LoggedError, ...] = ()
    more: bool = False
    failed: str = ""
    remedy: str = ""


class LogsSeen(Struct, frozen=True):
    """What the logs said last of staging's revision, and when they were read."""

    at: float
    answer: StagingLogsRead


class OpenAlert(Struct, frozen=True, omit_defaults=True):
    """An alert that is open: `about` is the service that it concerns, "" where it does not say."""

    name: str
    opened_at: float
    about: str = ""
    link: str = ""


class AlertsAsked(Fact, frozen=True, tag="alerts-asked"):
    """A system was asked for its open alerts: `asked` says which, in words.

    `open` are those that began at `since` (Unix seconds) or later, `older` those from before, `others` counts what
    concerns other services alone. `failed` says why there is no answer, with its `remedy`.
    """

    system: str
    asked: str
    since: float
    open: tuple[OpenAlert, ...] = ()
    older: tuple[OpenAlert, ...] = ()
    others: int = 0
    failed: str = ""
    remedy: str = ""


ValidationFact = SmokeRan | StagingJudged | StagingLogsRead | AlertsAsked


class SmokeSeen(Struct, frozen=True):
    """The newest smoke test of one place; the fields are those of SmokeRan."""

    at: float
    revision: str
    ok: bool
    detail: str
    results: tuple[RequestResult, ...] = ()


class AlertsSeen(Struct, frozen=True):
    """What a system answered last, and when it was asked."""

    at: float
    answer: AlertsAsked


def untold(results: tuple[RequestResult, ...]) -> bool:
    """Whether a smoke test tells nothing: what was not answered well was turned away at the door."""
    return any(one.untold for one in results) and all(one.ok or one.untold for one in results)


def in_a_line(results: tuple[RequestResult, ...]) -> str:
    """A smoke test in a line: which requests failed, expected against got; else that all were answered well."""
    bad = [one for one in results if not one.ok]
    if len(results) == 1:
        (only,) = results
        return only.got if only.ok else f"{only.request}: expected {only.expected}, got {only.got}"
    if not bad:
        return f"{len(results)} of {len(results)} requests answered as expected"
    told = "; ".join(f"{one.request}: expected {one.expected}, got {one.got}" for one in bad)
    return f"{len(bad)} of {len(results)} requests failed: {told}"
