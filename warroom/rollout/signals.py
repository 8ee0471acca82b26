"""The signals: what is measured of a revision, in one table that every layer goes through.

A judged signal has a clause in the verdict and a pane of its own on the board. One that is only shown is told beside a
judged one, and nothing depends on it: neither a verdict, nor how old the data is, nor whether Monitoring answers.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from warroom.rollout import words
from warroom.rollout.evidence import Clause, Limits, Sample
from warroom.rollout.measured.histogram import merged, percentile, slower_than
from warroom.rollout.measured.metrics import (
    INSTANCE_COUNT,
    MAX_REQUEST_CONCURRENCIES,
    REQUEST_COUNT,
    REQUEST_LATENCIES,
    Metric,
)


class Count(Struct, frozen=True):
    """`bad` of `n` requests up to `data_end` (Unix seconds, None without a series), and the latency's p95."""

    n: int = 0
    bad: int = 0
    data_end: float | None = None
    p95: tuple[float, bool] | None = None
    unreadable: str = ""


class Allowed(Protocol):
    """Limits of a service, or the gate's own in the protocol."""

    @property
    def error_share(self) -> float:
        """Errors of all requests, 0–1."""

    @property
    def slow_ms(self) -> float:
        """Past which a request is slow, in milliseconds; 0 where it is not set."""


class Measure(Struct, frozen=True):
    """One number of a signal, from samples of one period; None where they say nothing of it."""

    name: str
    value: Callable[[Sequence[Sample]], float | None]


class Signal(Struct, frozen=True, kw_only=True):
    """One row of the table.

    `unit` is what a plot's values are in once they are multiplied by `scale`. The first of `measures` is what is
    plotted. `told` says a sample in a few words.
    """

    id: str
    title: str
    unit: str
    scale: float = 1.0
    metrics: tuple[Metric, ...]
    measures: tuple[Measure, ...]
    told: Callable[[Sample], str]

    def value(self, *samples: Sample) -> float | None:
        """What is plotted of the samples of one period."""
        return self.measures[0].value(samples)

    def measured(self, *samples: Sample) -> dict[str, float]:
        """Every measure of the samples of one period that says something, by its name."""
        found = ((one.name, one.value(samples)) for one in self.measures)
        return {name: value for name, value in found if value is not None}

    def last(self, samples: Sequence[Sample], revision: str) -> Sample | None:
        """The newest of a revision that says something of this signal, or None; `samples` are oldest first."""
        own = (one for one in reversed(samples) if one.revision == revision)
        return next((one for one in own if self.value(one) is not None), None)


class Judged(Signal, frozen=True, kw_only=True):
    """A signal with a clause.

    `count` says how many requests were bad, `share` how many of all the limits allow (0–1), `looks` how many bad looks
    running make a FAIL. `line` is where the limit lies in a plot, by a clause or, before there is one, by the gate,
    None for nowhere; `label` says it. `lead` and `tail` stand around a clause's numbers, `bad` is what it counts.
    `native` is the step of the checklist that this signal ticks, by `fact`. With `slow`, clauses carry the response
    time that they judge by. With `with_probe`, its pane tells of the probe's failure and of being better than stable.
    """

    count: Callable[[Iterable[Sample], Limits], Count]
    share: Callable[[Limits], float]
    looks: int
    line: Callable[[Clause | None, Allowed], float | None]
    label: Callable[[float], str]
    lead: Callable[[Clause], str]
    tail: Callable[[Clause], str] = lambda clause: ""
    bad: str
    native: str
    fact: str
    slow: bool = False
    with_probe: bool = False


class Shown(Signal, frozen=True, kw_only=True):
    """A signal that is never judged. It is told in the pane of the judged one `beside`."""

    beside: str


def count_errors(samples: Iterable[Sample]) -> Count:
    """Errors of all requests; a total without a series of errors is zero errors."""
    known = [(s.end, s.requests or 0, s.errors or 0) for s in samples if s.requests is not None or s.errors is not None]
    if not known:
        return Count()
    bad = sum(errors for _, _, errors in known)
    return Count(max(bad, sum(requests for _, requests, _ in known)), bad, max(end for end, _, _ in known))


def count_slow(samples: Iterable[Sample], slow_ms: float) -> Count:
    """Requests slower than `slow_ms` of all, by merged buckets."""
    known = [(s.end, s.latency) for s in samples if s.latency is not None]
    if not known:
        return Count()
    data_end = max(end for end, _ in known)
    try:
        whole = merged(histogram for _, histogram in known)
    except ValueError as error:
        return Count(data_end=data_end, unreadable=str(error))
    n = whole.total
    return Count(n, slower_than(whole, slow_ms), data_end, percentile(whole, 0.95) if n else None)


def _error_share(samples: Sequence[Sample]) -> float | None:
    requests = sum(one.requests or 0 for one in samples)
    return sum(one.errors or 0 for one in samples if one.requests) / requests if requests else None


def _p95(samples: Sequence[Sample]) -> float | None:
    found = [one.latency for one in samples if one.latency is not None and one.latency.total]
    try:
        return percentile(merged(found), 0.95)[0] if found else None
    except ValueError:
        return None  # two layouts of buckets in one period can't be added up


def _told_errors(sample: Sample) -> str:
    share = _error_share((sample,))
    return "no requests" if share is None else f"errors {words.percent(share)} of {words.count(sample.requests or 0)}"


def _told_latency(sample: Sample) -> str:
    p95 = _p95((sample,))
    return "no requests" if p95 is None else f"p95 {p95:.0f} ms"


def _instances(samples: Sequence[Sample]) -> float | None:
    found = [one.instances for one in samples if one.instances is not None]
    return float(sum(found)) if found else None


def _busiest(samples: Sequence[Sample]) -> float | None:
    return max((one.busiest for one in samples if one.busiest is not None), default=None)


def _told_instances(sample: Sample) -> str:
    told = "unknown" if sample.instances is None else words.count(sample.instances)
    return told if sample.busiest is None else f"{told} ({sample.busiest:.0f} at once)"


def _lead_latency(clause: Clause) -> str:
    above = "> " if clause.percentile_over else ""
    return f"p95 {above}{words.milliseconds(clause.percentile_ms or 0.0)}, "


ERRORS = Judged(
    id="errors",
    title="Error rate",
    unit="%",
    scale=100.0,
    metrics=(REQUEST_COUNT,),
    measures=(Measure("error_share", _error_share),),
    told=_told_errors,
    count=lambda samples, limits: count_errors(samples),
    share=lambda limits: limits.error_share,
    looks=1,
    line=lambda clause, gate: clause.limit if clause else gate.error_share,
    label=words.limit,
    lead=lambda clause: "errors ",
    bad="errors",
    native="errors",
    fact="fact:clean",
    with_probe=True,
)

LATENCY = Judged(
    id="latency",
    title="Response time",
    unit="p95, ms",
    metrics=(REQUEST_LATENCIES,),
    measures=(Measure("p95_ms", _p95),),
    told=_told_latency,
    count=lambda samples, limits: count_slow(samples, limits.slow_ms),
    share=lambda limits: limits.slow_share,
    looks=2,
    line=lambda clause, gate: (clause.slow_ms if clause else gate.slow_ms) or None,
    label=lambda ms: f"{ms:.0f} ms",
    lead=_lead_latency,
    tail=lambda clause: f" slower than {words.milliseconds(clause.slow_ms)}",
    bad="slow requests",
    native="metrics",
    fact="fact:fast",
    slow=True,
)

INSTANCES = Shown(
    id="instances",
    title="Instances",
    unit="count",
    metrics=(INSTANCE_COUNT, MAX_REQUEST_CONCURRENCIES),
    measures=(Measure("instances", _instances), Measure("busiest", _busiest)),
    told=_told_instances,
    beside=LATENCY.id,
)

JUDGED: tuple[Judged, ...] = (ERRORS, LATENCY)
SHOWN: tuple[Shown, ...] = (INSTANCES,)
SIGNALS: tuple[Signal, ...] = (*JUDGED, *SHOWN)
BY_ID = {signal.id: signal for signal in JUDGED}

_EVIDENCE = tuple(field.name for signal in JUDGED for metric in signal.metrics for field in metric.fields)


def is_evidence(sample: Sample) -> bool:
    """Whether a judged signal can be read from it: what is only shown must not count for the age of the data."""
    for name in _EVIDENCE:  # noqa: SIM110 (a generator costs twice as much, and hours of samples are asked every second)
        if getattr(sample, name) is not None:
            return True
    return False


def evidence(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Those that a judged signal can be read from."""
    return tuple(one for one in samples if is_evidence(one))


def data_end(samples: Sequence[Sample]) -> float | None:
    """When the newest point of a judged signal ends (Unix seconds), None without any."""
    newest: float | None = None
    for one in reversed(samples):  # mostly oldest first: then the first that is looked into is it
        if (newest is None or one.end > newest) and is_evidence(one):
            newest = one.end
    return newest


def clause_of(clauses: Iterable[Clause], signal: str) -> Clause | None:
    """The clause of that signal, or None."""
    return next((one for one in clauses if one.signal == signal), None)
