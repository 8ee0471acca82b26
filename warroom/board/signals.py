"""The judged signals: what was measured, against which limit, how old, and what it means; beside them what is shown."""

from collections.abc import Mapping

from warroom.board.memo import per_change
from warroom.board.words import GRADE_TONE, short, stable_of
from warroom.clock import ago
from warroom.incident.lane import serving
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol
from warroom.rollout.evidence import Grade, Sample, Verdict
from warroom.rollout.signals import BY_ID, SHOWN, Judged, clause_of, data_end, evidence, is_evidence
from widgets import data
from widgets.data import Plot, Series, Text, Tone

PLOT_SECONDS = 30 * 60.0
_NONE: dict[str, str] = {}


def pane(
    signal: Judged, incident: Incident, lane: Lane, protocol: Protocol, now: float, logs: Mapping[str, str] = _NONE
) -> data.Signal:
    """The pane of one judged signal; `logs` is what the request logs say just now, by service."""
    verdict = lane.step_verdict or _of_what_serves(lane)
    mine = clause_of(verdict.clauses, signal.id) if verdict else None
    limit = signal.line(mine, protocol.gate)
    return data.Signal(
        title=signal.title,
        plot=_plot(lane.samples, _candidate(lane), stable_of(lane), signal, limit, bool(serving.instead(lane))),
        lines=(*_lines(lane, verdict, signal), *_beside(lane, signal), *_logged(lane, signal, logs)),
        verdict=Text(mine.grade, GRADE_TONE[mine.grade]) if mine else Text("", Tone.DIM),
        age=_age(incident, data_end(lane.samples), now),
    )


def _of_what_serves(lane: Lane) -> Verdict | None:
    """The verdict on what serves, once no hotfix is on its way; one on a revision that serves no more is none."""
    over, verdict = lane.ladder is None or lane.ladder.taken_back, lane.serving_verdict
    return verdict if over and verdict is not None and verdict.candidate in serving.shares(lane) else None


def _called(lane: Lane) -> str:
    return "serves" if serving.instead(lane) else "stable"


def _lines(lane: Lane, verdict: Verdict | None, signal: Judged) -> tuple[Text, ...]:
    lines: list[Text] = []
    mine = clause_of(verdict.clauses, signal.id) if verdict else None
    theirs = clause_of(verdict.stable_clauses, signal.id) if verdict else None
    if mine is not None:
        tone = Tone.BAD if mine.grade is Grade.FAIL else Tone.PLAIN
        whose = "" if lane.step_verdict else f"{short(mine.revision, lane.ref.name)}: "
        lines.append(Text(f"{whose}{mine.words}", tone))
        if theirs is not None and theirs.share is not None:
            lines.append(Text(f"stable: {theirs.words}", Tone.DIM))
    else:
        last = _last(lane, stable_of(lane))
        if last is not None:
            lines.append(Text(f"{_called(lane)}: {signal.told(last)}", Tone.PLAIN))
    if verdict is None or not signal.with_probe:
        return tuple(lines)
    for one in verdict.clauses:
        if one.signal not in BY_ID and (one.grade is Grade.FAIL or one.fails_running):
            lines.append(Text(one.words, Tone.BAD if one.grade is Grade.FAIL else Tone.WATCH))
        elif one.signal == "probe" and one.grade is Grade.NO_DATA:
            lines.append(Text(one.words, Tone.WATCH))
    if verdict.better is not None:
        better = "better than stable" if verdict.better else "not confidently better than stable"
        lines.append(Text(better, Tone.GOOD if verdict.better else Tone.DIM))
    return tuple(lines)


def _logged(lane: Lane, signal: Judged, logs: Mapping[str, str]) -> tuple[Text, ...]:
    told = logs.get(lane.ref.name, "") if signal.with_probe else ""
    return (Text(told, Tone.DIM),) if told else ()


def _beside(lane: Lane, signal: Judged) -> tuple[Text, ...]:
    """The newest of what is only shown, a line each: of the candidate, and of stable."""
    lines: list[Text] = []
    for shown in SHOWN:
        if shown.beside == signal.id:
            mine, theirs = shown.last(lane.samples, _candidate(lane)), shown.last(lane.samples, stable_of(lane))
            told = [shown.told(mine)] if mine else []
            told += [f"{_called(lane)} {shown.told(theirs)}"] if theirs else []
            lines += [Text(f"{shown.title.lower()}: {', '.join(told)}", Tone.DIM)] if told else []
    return tuple(lines)


@per_change
def _plot(
    samples: tuple[Sample, ...], candidate: str, stable: str, signal: Judged, limit: float | None, elsewhere: bool
) -> Plot:
    newest = data_end(samples)
    if newest is None:
        return Plot()
    start = newest - PLOT_SECONDS
    mine, theirs = _series(samples, candidate, signal, start), _series(samples, stable, signal, start)
    label = "" if limit is None else signal.label(limit)
    values = [point for _, point in (*mine.points, *theirs.points) if point is not None]
    top = max([*values, (limit or 0.0) * 2, 0.001])
    return Plot(
        start=start,
        end=newest,
        top=top * 1.1,
        limit=limit,
        limit_label=label,
        candidate=mine,
        stable=theirs,
        elsewhere=elsewhere,
    )


def _series(samples: tuple[Sample, ...], revision: str, signal: Judged, start: float) -> Series:
    if not revision:
        return Series()
    own = evidence(sample for sample in samples if sample.revision == revision and sample.end >= start)
    return Series(tuple((sample.end, signal.value(sample)) for sample in own))


def _candidate(lane: Lane) -> str:
    return lane.ladder.candidate if lane.ladder else ""


def _age(incident: Incident, newest: float | None, now: float) -> Text:
    lost = incident.lost.get("monitoring")
    if lost is not None:
        return Text(f"{lost.title} since {ago(lost.since, now)}", Tone.BAD)
    if newest is None:
        return Text("no data yet", Tone.DIM)
    return Text(f"{ago(newest, now)} old", Tone.DIM)


def _last(lane: Lane, revision: str) -> Sample | None:
    return next((one for one in reversed(lane.samples) if one.revision == revision and is_evidence(one)), None)
