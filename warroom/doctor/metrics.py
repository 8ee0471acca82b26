"""Whether Monitoring shows what the gate will judge, and whether the gate's limits fit stable's last hour. Pure."""

from collections.abc import Iterator, Sequence
from math import ceil
from statistics import median

from warroom.clock import duration
from warroom.doctor.finding import Finding
from warroom.protocol.model import GateLimits, LadderRules
from warroom.rollout.evidence import Freshness, Limits, Sample
from warroom.rollout.forecast import first_verdict_seconds
from warroom.rollout.measured.histogram import around, merged, slower_than
from warroom.rollout.measured.stats import wilson
from warroom.rollout.measured.window import never_judges
from warroom.rollout.rules.passing import PASS_Z
from warroom.rollout.signals import JUDGED, count_errors, count_slow
from warroom.rollout.traffic import ServiceRef

HOUR = 3600.0

LOGS_SECONDS = 60.0
"""How far back the error logs are asked for: only to see that they can be."""

_GENEROUS_SHARE = 0.1
"""An error limit above this lets one request in ten fail."""


def visible(
    ref: ServiceRef, samples: Sequence[Sample], stable: str, stale_seconds: float, now: float
) -> Iterator[Finding]:
    """For each judged metric whether the query finds `stable` in the last hour; any revision where it is not known."""
    for metric in (metric for signal in JUDGED for metric in signal.metrics):
        found = [sample for sample in samples if getattr(sample, metric.fields[0].name) is not None]
        yield _visible(ref, metric.short, found, stable, stale_seconds, now)


def _visible(
    ref: ServiceRef, metric: str, found: Sequence[Sample], stable: str, stale_seconds: float, now: float
) -> Finding:
    if not found:
        return Finding(
            "metrics",
            "failure",
            f"no {metric} of any revision in the last hour: the query can only return nothing",
            "Check name, region and project in services.toml, and that requests reach the service",
            ref,
        )
    own = [sample for sample in found if stable in ("", sample.revision)]
    if not own:
        others = ", ".join(sorted({sample.revision for sample in found})[:5])
        return Finding(
            "metrics",
            "failure",
            f"{metric} shows {others}, but not {stable}, which serves",
            "Wait some minutes if it is new; else see in Metrics Explorer under which name its requests are counted",
            ref,
        )
    age = max(0.0, now - max(sample.end for sample in own))
    words = f"{metric}: {len(own)} points of {stable or 'the service'} in the last hour, the newest {duration(age)} old"
    if age > stale_seconds:
        remedy = "Wait for newer points: until then every rung is NO DATA"
        return Finding("metrics", "warning", f"{words}, which is stale", remedy, ref)
    return Finding("metrics", "ok", words, service=ref)


def judging(project: str, freshness: Freshness, gate: GateLimits) -> Iterator[Finding]:
    """Whether a verdict can stand by the protocol's settings and what the project's metrics really take."""
    why = never_judges(freshness, gate.evidence_minutes * 60, gate.stale_seconds)
    pace = f"{project}: a point each {freshness.sample_period:g} s, visible after {freshness.ingest_delay:g} s"
    if why:
        yield Finding("judging", "failure", f"{why} ({pace})", "Raise it in protocol.toml's [gate]")


def delay(project: str, pace: Freshness, ladder: LadderRules) -> Finding:
    """How late Monitoring is, and what that makes of a rung's bake."""
    first, bake = first_verdict_seconds(pace.ingest_delay, pace.sample_period), ladder.bake_minutes * 60
    late = f"Monitoring of {project} shows a period {duration(pace.ingest_delay)} late"
    words = f"{late}: the first verdict comes about {duration(first)} after a rung"
    if pace.assumed:
        words = f"{words}. That is assumed, as the metrics' descriptors may not be read"
        return Finding(
            "delay", "warning", words, "Ask for monitoring.metricDescriptors.get, in roles/monitoring.viewer"
        )
    if first > bake:
        remedy = f"Expect each rung to take that long, or set bake_minutes to {ceil(first / 60)}: none passes before"
        return Finding("delay", "warning", f"{words}, when its bake of {duration(bake)} is over", remedy)
    return Finding("delay", "ok", f"{words}, within its bake of {duration(bake)}")


def logs(ref: ServiceRef, count: int, more: bool) -> Finding:
    """That Cloud Logging answers, and what it said of the last minute."""
    told = f"{count}{' or more' if more else ''} entries of severity ERROR and above in the last minute"
    return Finding("logs", "ok", f"Cloud Logging answers: {told}", service=ref)


def logs_unread(ref: ServiceRef, title: str, detail: str, remedy: str) -> Finding:
    """That it does not: Monitoring judges alone then, minutes later, and whether logs are clean is said by hand."""
    what = f"{title} ({detail})" if detail else title
    remedy = f"{remedy.rstrip('.')}; or set logs = false under [evidence] in services.toml"
    return Finding("logs", "warning", f"{what}: errors show only in Monitoring, minutes later", remedy, ref)


def limits(
    ref: ServiceRef, of_stable: Sequence[Sample], limits: Limits, gate: GateLimits, ladder: LadderRules
) -> Iterator[Finding]:
    """Whether the limits fit what stable did in the last hour; nothing where it left no points to compare with.

    What it does normally is the median of its periods, so that an incident of less than half an hour does not count.
    """
    yield from _errors(ref, of_stable, limits)
    yield from _slow(ref, of_stable, limits, gate)
    yield from _enough(ref, of_stable, limits, ladder)


def _errors(ref: ServiceRef, samples: Sequence[Sample], limits: Limits) -> Iterator[Finding]:
    count, limit = count_errors(samples), limits.error_share
    if not count.n:
        return
    shares = [(sample.errors or 0) / sample.requests for sample in samples if sample.requests]
    normal = median(shares or [count.bad / count.n])
    had = f"{count.bad} of {count.n} requests of stable failed in the last hour"
    if normal > limit:
        what = f"error_share {limit:.2%} is below what stable does in most minutes ({normal:.2%}): no rung can pass"
        yield Finding("limits", "failure", what, "Raise error_share in services.toml, or mend the service first", ref)
    elif count.bad / count.n > limit:
        what = f"{had}, more than error_share {limit:.2%} allows, though not in most minutes"
        yield Finding("limits", "warning", what, "If it is not ill now, raise error_share in services.toml", ref)
    elif limit > _GENEROUS_SHARE:
        what = f"error_share {limit:.0%} would let one request in {1 / limit:.0f} fail; {had}"
        yield Finding("limits", "warning", what, "Lower error_share in services.toml", ref)
    else:
        yield Finding("limits", "ok", f"error_share {limit:.2%}: {had}", service=ref)


def _slow(ref: ServiceRef, samples: Sequence[Sample], limits: Limits, gate: GateLimits) -> Iterator[Finding]:
    count = count_slow(samples, limits.slow_ms)
    if not count.n or count.p95 is None:
        return
    histograms = [sample.latency for sample in samples if sample.latency is not None and sample.latency.total]
    normal = median([slower_than(histogram, limits.slow_ms) / histogram.total for histogram in histograms])
    p95, over = count.p95
    had = f"stable's p95 was {'more than ' if over else ''}{p95:.0f} ms in the last hour"
    limit = f"slow_ms {limits.slow_ms:.0f}"
    inside = around(merged(histograms), limits.slow_ms)
    if normal > limits.slow_share:
        what = (
            f"{limit} is below what stable does in most minutes ({normal:.1%} slower, allowed {limits.slow_share:.1%})"
        )
        yield Finding("limits", "failure", f"{what}; {had}", "Raise slow_ms or slow_share in services.toml", ref)
    elif count.bad / count.n > limits.slow_share:
        what = f"{count.bad / count.n:.1%} of stable's requests were slower than {limit}, though not in most minutes"
        yield Finding("limits", "warning", what, "If it is not ill now, raise slow_ms in services.toml", ref)
    elif not over and limits.slow_ms > p95 * gate.trigger_factor > 0:
        what = f"{limit} is {limits.slow_ms / p95:.0f} × stable's p95 of {p95:.0f} ms: slowness would not show"
        yield Finding("limits", "warning", what, "Lower slow_ms in services.toml, or leave it out", ref)
    elif inside is not None and inside[2] > limits.slow_share * count.n:
        low, high, n = inside
        what = f"{limit} lies between {low:.0f} and {high:.0f} ms, where {n / count.n:.0%} of stable's requests are"
        remedy = f"Set slow_ms to {high:.0f}: how many of those are slower can't be measured"
        yield Finding("limits", "warning", what, remedy, ref)
    else:
        yield Finding("limits", "ok", f"{limit}: {had}", service=ref)


def _enough(ref: ServiceRef, samples: Sequence[Sample], limits: Limits, ladder: LadderRules) -> Iterator[Finding]:
    """Whether the first rung's bake can bring enough requests for a PASS."""
    periods = sorted({(sample.start, sample.end) for sample in samples if sample.requests})
    seconds = sum(end - start for start, end in periods)
    if not seconds or not ladder.rungs:
        return
    percent = ladder.rungs[0]
    a_second = sum(sample.requests or 0 for sample in samples) / seconds
    minutes = ladder.bake_at(percent)
    expected = int(a_second * percent / 100 * minutes * 60)
    words = f"{percent} % for {minutes:g} min bring some {expected} requests"
    if wilson(0, expected, PASS_Z)[1] <= limits.error_share:
        yield Finding("evidence", "ok", words, service=ref)
        return
    what = f"{words}: too few to be sure of {limits.error_share:.2%} errors, so the first rung will be WEAK"
    yield Finding("evidence", "warning", what, "Expect to confirm it by hand, or bake longer", ref)
