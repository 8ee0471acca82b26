"""Value types of judgement: samples, histograms, limits, clauses and verdicts."""

from enum import StrEnum

from msgspec import Struct


class Grade(StrEnum):
    """A verdict's word, for one signal or overall."""

    PASS = "PASS"
    WEAK = "WEAK"
    NO_DATA = "NO DATA"
    FAIL = "FAIL"


class Histogram(Struct, frozen=True):
    """Counts between upper `bounds` in milliseconds.

    Len(counts) == len(bounds) + 1, first is below bounds[0], last is overflow.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many requests it holds."""
        return sum(self.counts)


class Sample(Struct, frozen=True, omit_defaults=True):
    """What one revision did in one sample period (start, end], Unix seconds.

    `requests` and `errors` are None where request_count had no series: an error is a 5xx or a 429. `rejected` are the
    other 4xx but 499, which the client `cancelled`; both are None where there are none. `latency` is None where
    request_latencies had none. `instances` are those that existed at its end, `busiest` how many requests one of them
    had at once at most (the 99th percentile of its instances' peaks); neither is ever judged.
    """

    revision: str
    start: float
    end: float
    requests: int | None = None
    errors: int | None = None
    latency: Histogram | None = None
    instances: int | None = None
    busiest: float | None = None
    rejected: int | None = None
    cancelled: int | None = None


class Freshness(Struct, frozen=True):
    """Of one metric's descriptor, in seconds: a point each `sample_period`, visible after `ingest_delay`.

    `assumed`: the descriptor could not be read, and these are what Google's have.
    """

    sample_period: float = 60.0
    ingest_delay: float = 180.0
    assumed: bool = False


class Probe(Struct, frozen=True):
    """The recent probes of one revision's own URL: `sent` in the window, of which `failed`.

    `refused` of the failed ones were turned away, which alone says nothing of it. `latest_at` in Unix seconds.
    """

    revision: str
    sent: int
    failed: int
    latest_at: float
    detail: str = ""
    refused: int = 0


class Limits(Struct, frozen=True):
    """What the gate allows. Shares are 0–1. `slow_ms` is the response time past which a request is slow.

    `rejected_share` is how many more requests than stable a candidate may reject, of all.
    """

    error_share: float = 0.01
    slow_share: float = 0.05
    slow_ms: float = 1000.0
    probe_failure_share: float = 0.05
    rejected_share: float = 0.05
    stale_seconds: float = 360.0
    worse_ratio: float = 1.5
    least_events: int = 3


class Clause(Struct, frozen=True):
    """One signal's judgement of one revision.

    `signal` is "errors", "latency", or of those that only bring bad news: "probe", "rejected", "volume". `share` is
    bad / n (0–1, None without data); `lower` and `upper` are its Wilson bounds, each as wide as the rule that reads it
    wants; `percentile_ms` is the p95 for latency. `age` is seconds since the newest point's end. `words` is the
    sentence for the board, without the verdict's word at its end. `data_end` is when the newest point of the last look
    ends (Unix seconds); `fails_running` counts the looks running, each by its own new points, that were beyond the
    limit or worse than stable; `worse` says that it was only the latter. With `span_seconds` the numbers are of the
    newest so many seconds alone, with 0 of the whole.
    `failed_end` is how far the evidence of a FAIL reached (None where it never failed) and `failed_n` how many requests
    that was given by: it stands until as many have come since and are within the limit. A PASS that needed them rests
    on `earlier_n` requests of the rungs before as well, of which `earlier_bad` were bad; `upper` then is that of both.
    """

    signal: str
    revision: str
    grade: Grade
    n: int = 0
    bad: int = 0
    share: float | None = None
    lower: float | None = None
    upper: float | None = None
    limit: float = 0.0
    percentile_ms: float | None = None
    percentile_over: bool = False
    age: float | None = None
    words: str = ""
    data_end: float | None = None
    fails_running: int = 0
    worse: bool = False
    slow_ms: float = 0.0
    span_seconds: float = 0.0
    failed_end: float | None = None
    failed_n: int = 0
    earlier_n: int = 0
    earlier_bad: int = 0


class Verdict(Struct, frozen=True):
    """What the evidence says at `at`, overall and clause by clause, for candidate and stable.

    `window` is (start, end] of the evidence in Unix seconds, or None when no closed period lies in it yet.
    `better` is True when the candidate is confidently better than stable, None when it can't be told.
    `stable_fails` says that stable is broken too, so that going back would not help. `opens_at` is when this step's
    first closed period can be read (Unix seconds).
    """

    grade: Grade
    at: float
    percent: int
    candidate: str
    stable: str
    clauses: tuple[Clause, ...]
    stable_clauses: tuple[Clause, ...] = ()
    window: tuple[float, float] | None = None
    better: bool | None = None
    stable_fails: bool = False
    words: str = ""
    opens_at: float = 0.0
