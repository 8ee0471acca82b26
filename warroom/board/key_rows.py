"""The key bar: what can be pressed now, and what is recommended."""

from warroom.commands import COMMANDS
from warroom.incident.lane.bake import bake
from warroom.incident.lane.guards import refusals
from warroom.incident.state import Incident, Lane
from warroom.marks import key
from warroom.rollout.evidence import Grade
from widgets.data import KeyRow, Keys


def keys(incident: Incident, lane: Lane, now: float) -> Keys:
    """One row per command of the bar. What the guards refuse is grey; pressed it says why."""
    return Keys(
        rows=tuple(
            KeyRow(
                key(command.id), command.label, not refusals(command.id, incident, lane), _armed(command.id, lane, now)
            )
            for command in COMMANDS
            if (command.bar and (not command.several or len(incident.lanes) > 1))
            or (command.id == "settle" and lane.drift is not None)
        )
    )


def _armed(command: str, lane: Lane, now: float) -> bool:
    climbing, verdict = lane.ladder, lane.step_verdict
    if command == "settle":
        return lane.drift is not None
    if climbing is None or climbing.taken_back:
        return False
    grade = verdict.grade if verdict else None
    if command == "abort":
        return grade is Grade.FAIL and bool(climbing.target)
    if command != "advance" or climbing.percent is None or climbing.held_since is not None or not _free(lane):
        return False
    if lane.drift is not None:
        return False
    if climbing.percent == 0:
        return grade is not Grade.FAIL
    return climbing.percent < 100 and grade is Grade.PASS and bake(climbing, now)[1] <= 0


def _free(lane: Lane) -> bool:
    """Whether nothing is under way. A change of unknown outcome is nobody's to wait for: the operator decides."""
    return lane.in_flight is None or lane.in_flight.unknown
