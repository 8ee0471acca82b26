"""What may happen without a key: an advance where switched on, an abort where the protocol asks for it. Pure."""

from warroom.incident.lane.bake import bake
from warroom.incident.state import Ladder, Lane
from warroom.protocol.model import LadderRules
from warroom.rollout.evidence import Grade
from warroom.rollout.ladder import may_auto_advance


def due(lane: Lane, rules: LadderRules, now: float) -> str:
    """The action that is due by itself on a lane at `now` (Unix seconds): "advance", "abort", or "" for none."""
    climbing, verdict = lane.ladder, lane.step_verdict
    if climbing is None or not climbing.percent or verdict is None:
        return ""
    if rules.auto_abort_on_fail and verdict.grade is Grade.FAIL and climbing.target and not _tried(lane, climbing):
        return "abort"
    if lane.stranger is not None:
        return ""
    baked, held = bake(climbing, now)[1] <= 0, climbing.held_since is not None
    may = may_auto_advance(climbing.rungs, climbing.percent, baked, verdict.grade, switched_on=climbing.auto, held=held)
    return "advance" if may and lane.in_flight is None else ""


def _tried(lane: Lane, climbing: Ladder) -> bool:
    """Whether this step was to be aborted already: once refused, or of unknown outcome, it is the operator's."""
    began = climbing.applied_at or climbing.started_at
    changes = (lane.in_flight, lane.last_change)
    return any(one is not None and one.action == "abort" and one.intended_at >= began for one in changes)
