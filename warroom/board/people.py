"""The roster pane and the timeline pane."""

from warroom.board.memo import per_change
from warroom.clock import clock_time
from warroom.incident.events import Event
from warroom.incident.roles.roles import standing
from warroom.incident.state import Incident
from warroom.incident.timeline import names
from warroom.incident.timeline import timeline as words_of
from warroom.protocol.model import Protocol
from widgets.data import Roster, RosterRow, Timeline, TimelineRow, Tone

SHOWN = {
    "unassigned": ("unassigned", Tone.WATCH),
    "assigned": ("○ named", Tone.DIM),
    "paged": ("▲ paged", Tone.WATCH),
    "declined": ("✘ declined", Tone.BAD),
    "acknowledged": ("✔ acked", Tone.GOOD),
    "expired": ("▲ expired", Tone.WATCH),
    "joined": ("✔ joined", Tone.GOOD),
    "handing over": ("▶ offered", Tone.ACCENT),
    "handed over": ("○ handed over", Tone.DIM),
    "away": ("▲ away", Tone.WATCH),
}
"""How each state of `incident.people` looks."""


def roster(incident: Incident, protocol: Protocol, now: float, operator: str) -> Roster:
    """The core roles, and others that somebody holds; who holds them, and how far they are since when."""
    rows = []
    for role in protocol.roles:
        holder = incident.roles.get(role.id)
        if role.kind != "core" and holder is None:
            continue
        found = standing(holder, now, incident.declared_at)
        state, tone = SHOWN[found.state]
        if holder is not None and operator == holder.person and found.state in ("assigned", "acknowledged", "joined"):
            state, tone = "▶ operator", Tone.ACCENT
        elif (
            role.id == protocol.people.leads
            and found.state in ("assigned", "unassigned")
            and incident.resolved_at is None
        ):
            late = now - incident.declared_at >= protocol.paging.lead_minutes * 60
            tone = Tone.WATCH if late else tone
        age = compact(now - found.since)
        rows.append(RosterRow(role.short, holder.person if holder else "nobody", state, tone, age))
    return Roster(rows=tuple(rows))


def compact(seconds: float) -> str:
    """An age in few cells: 45s, 12m, 3h."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{seconds:.0f}s" if seconds < 59.5 else "59s"
    return f"{int(seconds // 60)}m" if seconds < 3600 else f"{int(seconds // 3600)}h"


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
