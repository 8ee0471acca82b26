"""Error rate and response time: what was measured, against which limit, how old, and what it means."""

from collections.abc import Callable

from warroom.board.memo import per_change
from warroom.board.words import GRADE_TONE, percent, stable_of
from warroom.clock import ago
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import GateLimits, Protocol
from warroom.rollout.evidence import Clause, Grade, Sample, Verdict
from warroom.rollout.histogram import percentile
from warroom.rollout.words import count
from widgets.data import Plot, Series, Signal, Text, Tone

PLOT_SECONDS = 30 * 60.0


def errors(incident: Incident, lane: Lane, protocol: Protocol, now: float) -> Signal:
    """The error rate pane."""
    return _signal("Error rate", "errors", incident, lane, protocol.gate, now, _error_share)


def latency(incident: Incident, lane: Lane, protocol: Protocol, now: float) -> Signal:
    """The response time pane; the plot shows p95 in milliseconds."""
    return _signal("Response time", "latency", incident, lane, protocol.gate, now, _p95)


def _signal(
    title: str,
    name: str,
    incident: Incident,
    lane: Lane,
    gate: GateLimits,
    now: float,
    value: Callable[[Sample], float | None],
) -> Signal:
    verdict = lane.step_verdict
    mine = _clause(verdict.clauses, name) if verdict else None
    theirs = _clause(verdict.stable_clauses, name) if verdict else None
    candidate = lane.ladder.candidate if lane.ladder else ""
    newest = max((sample.end for sample in lane.samples), default=None)
    return Signal(
        title=title,
        plot=_plot(lane.samples, candidate, stable_of(lane), value, _limit(mine, name, gate), name),
        lines=_lines(lane, verdict, mine, theirs, name),
        verdict=Text(mine.grade, GRADE_TONE[mine.grade]) if mine else Text("", Tone.DIM),
        age=_age(incident, newest, now),
    )


def _lines(
    lane: Lane, verdict: Verdict | None, mine: Clause | None, theirs: Clause | None, name: str
) -> tuple[Text, ...]:
    lines: list[Text] = []
    if mine is not None:
        tone = Tone.BAD if mine.grade is Grade.FAIL else Tone.PLAIN
        lines.append(Text(mine.words, tone))
        if theirs is not None and theirs.share is not None:
            lines.append(Text(f"stable: {theirs.words}", Tone.DIM))
    else:
        last = _last(lane, stable_of(lane))
        if last is not None:
            lines.append(Text(f"stable: {_measured(last, name)}", Tone.PLAIN))
    probe = _clause(verdict.clauses, "probe") if verdict and name == "errors" else None
    if probe is not None and probe.grade is Grade.FAIL:
        lines.append(Text(probe.words, Tone.BAD))
    if verdict is not None and verdict.better is not None and name == "errors":
        better = "better than stable" if verdict.better else "not confidently better than stable"
        lines.append(Text(better, Tone.GOOD if verdict.better else Tone.DIM))
    return tuple(lines)


def _measured(sample: Sample, name: str) -> str:
    if name == "errors":
        share = _error_share(sample)
        return "no requests" if share is None else f"5xx {percent(share)} of {count(sample.requests or 0)}"
    p95 = _p95(sample)
    return "no requests" if p95 is None else f"p95 {p95:.0f} ms"


@per_change
def _plot(
    samples: tuple[Sample, ...],
    candidate: str,
    stable: str,
    value: Callable[[Sample], float | None],
    limit: float | None,
    name: str,
) -> Plot:
    newest = max((sample.end for sample in samples), default=None)
    if newest is None:
        return Plot()
    start = newest - PLOT_SECONDS
    mine, theirs = _series(samples, candidate, value, start), _series(samples, stable, value, start)
    label = "" if limit is None else percent(limit) if name == "errors" else f"{limit:.0f} ms"
    values = [point for _, point in (*mine.points, *theirs.points) if point is not None]
    top = max([*values, (limit or 0.0) * 2, 0.001])
    return Plot(start=start, end=newest, top=top * 1.1, limit=limit, limit_label=label, candidate=mine, stable=theirs)


def _limit(clause: Clause | None, name: str, gate: GateLimits) -> float | None:
    """Where the limit line lies: the error share, or the response time (ms) past which a request is slow."""
    if name == "errors":
        return clause.limit if clause else gate.error_share
    return (clause.slow_ms if clause else gate.slow_ms) or None


def _series(
    samples: tuple[Sample, ...], revision: str, value: Callable[[Sample], float | None], start: float
) -> Series:
    if not revision:
        return Series()
    own = (sample for sample in samples if sample.revision == revision and sample.end >= start)
    return Series(tuple((sample.end, value(sample)) for sample in own))


def _age(incident: Incident, newest: float | None, now: float) -> Text:
    lost = incident.lost.get("monitoring")
    if lost is not None:
        return Text(f"{lost.title} since {ago(lost.since, now)}", Tone.BAD)
    if newest is None:
        return Text("no data yet", Tone.DIM)
    return Text(f"{ago(newest, now)} old", Tone.DIM)


def _last(lane: Lane, revision: str) -> Sample | None:
    return next((sample for sample in reversed(lane.samples) if sample.revision == revision), None)


def _clause(clauses: tuple[Clause, ...], name: str) -> Clause | None:
    return next((clause for clause in clauses if clause.signal == name), None)


def _error_share(sample: Sample) -> float | None:
    return (sample.errors or 0) / sample.requests if sample.requests else None


def _p95(sample: Sample) -> float | None:
    if sample.latency is None or not sample.latency.total:
        return None
    return percentile(sample.latency, 0.95)[0]
