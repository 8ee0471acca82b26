"""What line 2 says of a level whose people nobody has called."""

from warroom.clock import duration
from warroom.incident import escalation
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol
from widgets.data import Text, Tone


def prompt(incident: Incident, protocol: Protocol, now: float) -> list[Text]:
    """The highest level that waits, for how long, and the key; nothing when none does."""
    waiting = escalation.unanswered(incident, protocol, now)
    if not waiting:
        return []
    level = waiting[-1]
    ago = duration(escalation.since(incident, level, now))
    return [Text(f"Level {level.level} since {ago}: v pages {level.title}.", Tone.WATCH)]
