"""The roster pane and the timeline pane."""

from warroom.board.memo import per_change
from warroom.clock import clock_time
from warroom.incident.events import Event
from warroom.incident.state import Incident
from warroom.incident.words import names
from warroom.incident.words import timeline as words_of
from warroom.protocol.model import Protocol
from widgets.data import Roster, RosterRow, Timeline, TimelineRow, Tone


def roster(incident: Incident, protocol: Protocol, operator: str) -> Roster:
    """The core roles, who holds them, and whether they have said so."""
    rows = []
    for role in protocol.roles:
        if role.kind != "core":
            continue
        holder = incident.roles.get(role.id)
        if holder is None:
            rows.append(RosterRow(role.short, "nobody", "unassigned", Tone.WATCH))
            continue
        state, tone = "assigned", Tone.DIM
        if holder.acknowledged_at is not None:
            state, tone = "✔ acked", Tone.GOOD
        if operator and holder.person == operator:
            state, tone = "▶ operator", Tone.ACCENT
        rows.append(RosterRow(role.short, holder.person, state, tone))
    return Roster(rows=tuple(rows))


def timeline(incident: Incident, protocol: Protocol) -> Timeline:
    """The newest events in words, newest last; what was taken back says so."""
    return _timeline(incident.tail, incident.undone, protocol, len(incident.lanes) > 1)


@per_change
def _timeline(tail: tuple[Event, ...], undone: frozenset[int], protocol: Protocol, several: bool) -> Timeline:
    rows = []
    known = names(protocol, tail, several=several)
    for event in tail:
        said = words_of(event, known)
        if said is None:
            continue
        text, tone = said
        back = event.seq in undone
        rows.append(
            TimelineRow(
                seq=event.seq,
                time=clock_time(event.at),
                actor=event.actor,
                text=f"{text} (taken back)" if back else text,
                tone=Tone.DIM if back else Tone(tone),
            )
        )
    return Timeline(rows=tuple(rows))
