"""Staging without a board: what `t` does, and the smoke test of what stands there."""

from collections.abc import Callable
from typing import Any

from warroom.conductor.refusal import Refused
from warroom.headless import plan as planning
from warroom.headless.act import connected, opened
from warroom.headless.answer import Answer
from warroom.headless.choose import lane_of
from warroom.incident.state import Lane
from warroom.room import Room


async def stage(
    room: Room,
    incident: str,
    service: str,
    image: str,
    emulated: bool,
    say: Callable[[str], None],
    *,
    yes: bool,
    dry_run: bool,
) -> Answer:
    """Deploy `image` to the service's staging project and test it. Raises as `act` does."""
    try:
        conductor = await opened(room, incident, emulated)
        name = lane_of(conductor.incident, service).ref.name
        await connected(room, conductor)
        plan = await conductor.plan_stage(name, image)
        answer = planning.planned(conductor.incident.id, plan)
        if dry_run:
            await conductor.dry_run(plan)
            lines = (*answer.lines, "Cloud Run would take it. Nothing was sent but the question.")
            return Answer(lines, {**answer.data, "dry_run": True})
        planning.confirmed(answer, yes)
        say(f"{plan.words} …")
        await conductor.stage(name, plan)
        return _stands(conductor.incident.id, conductor.lane(name))
    finally:
        await room.close()


async def smoke(room: Room, incident: str, service: str, emulated: bool) -> Answer:
    """Test staging's revision once more. Raises as `act` does."""
    try:
        conductor = await opened(room, incident, emulated)
        name = lane_of(conductor.incident, service).ref.name
        await connected(room, conductor)
        await conductor.smoke(name)
        return _stands(conductor.incident.id, conductor.lane(name))
    finally:
        await room.close()


def _stands(incident: str, lane: Lane) -> Answer:
    """What staging makes of the image by now. Raises Refused where its smoke test did not pass."""
    staged = lane.staging
    assert staged is not None  # both ways here begin with it
    if not staged.tested:
        why = f"its smoke test failed: {staged.detail}" if staged.tested is False else f"takes {staged.percent} % there"
        raise Refused(f"{staged.revision} is in staging, and {why}", "Mend that, then: warroom smoke.")
    lines = (
        f"Staging ({staged.project}) gives {staged.revision} {staged.percent} %.",
        f"  smoke test passed: {staged.detail}",
        "  validated" if staged.image in lane.validated else "  left: the boxes of the testing phase",
    )
    data: dict[str, Any] = {
        "incident": incident,
        "service": lane.ref.name,
        "done": True,
        "revision": staged.revision,
        "image": staged.image,
        "project": staged.project,
        "percent": staged.percent,
        "validated": staged.image in lane.validated,
    }
    return Answer(lines, data)
