"""The other services of an incident: one line each, the worst first. Worked out once per change, whatever their number.

Nothing here may look at a lane's samples: at a hundred services a second's redraw must cost what it costs for one.
"""

from msgspec.structs import replace

from warroom.board.memo import per_change
from warroom.board.words import GRADE_TONE
from warroom.incident.change import Action, Outcome, went_wrong
from warroom.incident.state import Change, Incident, Lane
from warroom.marks import only_board
from warroom.rollout.evidence import Grade
from widgets.data import LaneRow, Text, Tone

_FAIL, _UNSURE, _WAITS, _WORKS, _FINE, _DONE, _IDLE = range(7)
"""How much a lane wants attention, most first."""


def lane_rows(incident: Incident, lane: Lane, now: float) -> tuple[LaneRow, ...]:
    """A row for every service but `lane`'s."""
    if len(incident.lanes) < 2:
        return ()
    rows = _rows(incident.lanes, lane.ref.name)
    ripe = frozenset(row.service for row, ripe_at in rows if ripe_at is not None and ripe_at <= now)
    return _shown(rows, ripe) if ripe else tuple(row for row, _ in rows)


def place(incident: Incident, lane: Lane) -> str:
    """Which of the incident's services this is, e.g. "1 of 3"; "" where there is only one."""
    if len(incident.lanes) < 2:
        return ""
    return f"{list(incident.lanes).index(lane.ref.name) + 1} of {len(incident.lanes)}"


def elsewhere(incident: Incident, lane: Lane) -> list[Text]:
    """That another service fails, for line 2: "search-api FAILS at 25 %."; nothing when none does."""
    if len(incident.lanes) < 2:
        return []
    failing = [row for row, _ in _rows(incident.lanes, lane.ref.name) if row.verdict.text == Grade.FAIL]
    if not failing:
        return []
    more = f" (+{len(failing) - 1} more)" if len(failing) > 1 else ""
    there = only_board("next-service", " goes there", ": ")
    return [Text(f"{failing[0].service} FAILS at {failing[0].percent or 0} %{more}{there}.", Tone.BAD)]


_Row = tuple[LaneRow, float | None]
"""A row, and since when the candidate's bake is over with PASS, so that it waits for the operator alone."""


@per_change
def _rows(lanes: dict[str, Lane], focused: str) -> tuple[_Row, ...]:
    ranked = [(_rank(lane), lane) for name, lane in lanes.items() if name != focused]
    ranked.sort(key=lambda pair: pair[0])  # stable: as they were declared
    return tuple((_row(lane), _ripe_at(lane)) for _, lane in ranked)


def _shown(rows: tuple[_Row, ...], ripe: frozenset[str]) -> tuple[LaneRow, ...]:
    waits = Text("baked: waits for a", Tone.ACCENT)
    return tuple(replace(row, wrong=waits) if row.service in ripe and not row.wrong.text else row for row, _ in rows)


def _row(lane: Lane) -> LaneRow:
    climbing = lane.ladder
    if climbing is None:
        return LaneRow(lane.ref.name, verdict=Text("–", Tone.DIM), wrong=_wrong(lane))
    percent = climbing.percent or 0
    passed = sum(rung <= percent for rung in climbing.rungs)
    rung = climbing.ended if climbing.taken_back else f"{passed}/{len(climbing.rungs)}"
    return LaneRow(lane.ref.name, percent, rung, _verdict(lane), _wrong(lane))


def _verdict(lane: Lane) -> Text:
    verdict = lane.step_verdict
    if verdict is None:
        return Text("–", Tone.DIM)
    return Text(verdict.grade.value, GRADE_TONE[verdict.grade])


def _wrong(lane: Lane) -> Text:
    """What is wrong or under way there; nothing where all is well."""
    change, last, climbing, verdict = lane.in_flight, lane.last_change, lane.ladder, lane.step_verdict
    if change is not None:
        return Text(
            *(f"{change.action}: outcome unknown", Tone.BAD) if change.unknown else (_doing(change), Tone.ACCENT)
        )
    if lane.missed is not None:
        holds = "does not hold" if lane.missed.change.outcome == Outcome.SUPERSEDED else "did not happen"
        return Text(f"{lane.missed.change.action} {holds}", Tone.BAD)
    if lane.drift is not None:
        return Text(f"changed by {lane.drift.by or 'somebody'}", Tone.BAD)
    if verdict is not None and verdict.grade is Grade.FAIL:
        return Text(verdict.words, Tone.BAD)
    if last is not None and went_wrong(last.outcome):
        return Text(f"{last.action} {last.outcome}: {last.title}", Tone.BAD)
    if not lane.settled:
        return Text("Cloud Run is reconciling", Tone.WATCH)
    if climbing is not None and climbing.held_since is not None:
        return Text(f"held{': ' if climbing.held_reason else ''}{climbing.held_reason}", Tone.WATCH)
    if verdict is not None and verdict.grade is not Grade.PASS and climbing is not None and climbing.percent:
        return Text(verdict.words, Tone.WATCH)
    if lane.observed_at is None:
        return Text("not read yet", Tone.DIM)
    if climbing is None:
        return Text("no hotfix yet", Tone.DIM)
    return Text("")


def _doing(change: Change) -> str:
    match change.action:
        case Action.ADVANCE:
            return f"going to {change.candidate_percent} %"
        case Action.DEPLOY:
            return "deploying at 0 %"
        case Action.ABORT | Action.ROLL_BACK:
            return "going back"
    return f"{change.action} under way"


def _rank(lane: Lane) -> int:
    verdict, change, climbing = lane.step_verdict, lane.in_flight, lane.ladder
    if lane.missed is not None or (verdict is not None and verdict.grade is Grade.FAIL):
        return _FAIL
    if (
        lane.drift is not None
        or (change is not None and change.unknown)
        or (lane.last_change is not None and went_wrong(lane.last_change.outcome))
    ):
        return _UNSURE
    if climbing is None:
        return _WORKS if change is not None else _IDLE
    if climbing.taken_back:
        return _DONE
    if climbing.percent and (verdict is None or verdict.grade is not Grade.PASS):
        return _WAITS
    if change is not None or climbing.held_since is not None or not lane.settled:
        return _WORKS
    return _DONE if climbing.ended else _FINE


def _ripe_at(lane: Lane) -> float | None:
    climbing, verdict = lane.ladder, lane.step_verdict
    if lane.drift is not None or lane.in_flight is not None:
        return None
    if climbing is None or climbing.ended or climbing.held_since is not None:
        return None
    if climbing.auto or climbing.applied_at is None or verdict is None or verdict.grade is not Grade.PASS:
        return None
    return climbing.applied_at + climbing.bake_seconds + climbing.held_seconds
