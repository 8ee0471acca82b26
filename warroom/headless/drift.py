"""Going on from what somebody else changed: what `e` on the board adopts."""

from msgspec import to_builtins

from warroom.conductor.refusal import Refused
from warroom.headless.answer import Answer, Planned
from warroom.headless.choose import lane_of
from warroom.headless.reading import WAIT_SECONDS, Patience, Say
from warroom.headless.traffic import connected, first_look, opened
from warroom.incident.lane.words_drift import question
from warroom.incident.timeline import shares
from warroom.workspace import Room


async def adopt(
    room: Room, incident: str, service: str, emulated: bool, say: Say, wait: float = WAIT_SECONDS, *, yes: bool
) -> Answer:
    """Go on from what is there; moves no traffic. Raises Misused, Refused, JournalError, ServiceError."""
    try:
        conductor = await opened(room, incident, emulated)
        name = lane_of(conductor.incident, service).ref.name
        clients = await connected(room, conductor)
        await first_look(conductor, clients, name, Patience(conductor.clock, say, wait if yes else 0.0).begin())
        await conductor.look(clients.run)
        stranger = conductor.lane(name).stranger
        if stranger is None:
            raise Refused(f"Nobody else has changed {name}", "There is nothing to settle.")
        facts = {"incident": conductor.incident.id, "service": name, "action": "adopt"}
        facts["words"] = f"{question(stranger)}; adopt it"
        lines = (f"{question(stranger)}.", f"  ours: {shares(stranger.before)}", f"  now: {shares(stranger.after)}")
        answer = Answer(lines, {"plan": {**facts, "stranger": to_builtins(stranger)}})
        if not yes:
            raise Planned("refused: add --yes", "Nothing was written.", answer)
        await conductor.adopt(name)
        return Answer((*lines, "Adopted: the ladder goes on from what is there."), {**facts, "done": True})
    finally:
        await room.close()
