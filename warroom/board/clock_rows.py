"""The clocks pane: detection, fix, resolution, escalation, next update."""

from warroom.clock import duration
from warroom.incident import clocks
from warroom.incident.clocks import Countdown
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol
from widgets.data import ClockRow, Clocks, Tone

GDPR_SOON_SECONDS = 12 * 3600.0
LONGEST_WHO = 19  # cells that the pane has beside "level 3"
FIX_LABELS = {
    "ready": "fix ready",
    "first_traffic": "fix serves",
    "full_traffic": "fix at 100",
    "mitigated": "mitigated",
}


def clock_rows(incident: Incident, protocol: Protocol, now: float) -> Clocks:
    """All clocks, as rows that keep their place."""
    rows = [
        ClockRow("detected", duration(clocks.since_detection(incident, now)), "ago", short="T+"),
        *_sla(incident, protocol, now),
        *_escalation(incident, protocol, now),
    ]
    if incident.resolved_at is None:
        due = clocks.update_due(incident, protocol, now)
        tone = Tone.BAD if due < 0 else Tone.WATCH if due < 120 else Tone.PLAIN
        snoozed = "snoozed" if (incident.outward.snoozed_until or 0.0) > now else ""
        label = "update due" if due >= 0 else "update late"
        short = "upd" if due >= 0 else "upd late"
        rows.append(ClockRow(label, duration(abs(due)), snoozed, short=short, tone=tone))
    left = clocks.gdpr_left(incident, protocol, now)
    if left is not None:
        tone = Tone.BAD if left < 0 else Tone.WATCH if left < GDPR_SOON_SECONDS else Tone.PLAIN
        words = "left" if left >= 0 else "late"
        short = "GDPR" if left >= 0 else "GDPR late"
        rows.append(ClockRow("GDPR notice", duration(abs(left)), words, short=short, tone=tone))
    return Clocks(rows=tuple(rows))


def _sla(incident: Incident, protocol: Protocol, now: float) -> list[ClockRow]:
    both = clocks.sla(incident, protocol, now)
    if both is None:
        return [ClockRow("SLA", "none", f"{incident.severity} has no SLA", short="SLA", tone=Tone.DIM)]
    fix, resolve = both
    return [
        _countdown(FIX_LABELS[protocol.sla.fix_means], "fix", fix),
        _countdown("resolve", "res", resolve),
    ]


def _countdown(label: str, short: str, clock: Countdown) -> ClockRow:
    """One limit of the SLA. In one line, too, a word tells what is over from what is left: a colour alone tells few."""
    limit = f"of {clock.limit / 60:.0f}"
    if clock.met_at is not None:
        if clock.breached:
            return ClockRow(label, duration(clock.elapsed), f"{limit} ✘ late", f"{short} ✘", Tone.BAD)
        if clock.unshown:
            return ClockRow(label, duration(clock.elapsed), f"{limit}, not shown", short, Tone.WATCH)
        return ClockRow(label, duration(clock.elapsed), f"{limit} ✔", f"{short} ✔", Tone.GOOD)
    if clock.breached:
        return ClockRow(label, duration(-clock.left), "over ✘", f"{short} over", Tone.BAD)
    if clock.projected_breach:
        return ClockRow(label, duration(clock.left), "left, too tight", short, Tone.WATCH)
    return ClockRow(label, duration(clock.left), "left", short, Tone.PLAIN)


def _escalation(incident: Incident, protocol: Protocol, now: float) -> list[ClockRow]:
    if incident.resolved_at is not None:
        return []
    level = clocks.escalation(incident, protocol, now)
    who = ", ".join(protocol.role(role).title for role in level.roles)
    if len(who) > LONGEST_WHO:
        who = ", ".join(protocol.role(role).short or protocol.role(role).title for role in level.roles)
    rows = [ClockRow(f"level {level.level}", "", who, f"L{level.level}", Tone.ACCENT)]
    if level.next_level is not None and level.seconds_to_next is not None:
        how = "by hand" if level.next_by_hand else ""
        waits = level.next_by_hand and level.seconds_to_next <= 0
        value, short = ("due", "") if waits else (duration(level.seconds_to_next), " in")
        rows.append(ClockRow(f"level {level.next_level}", value, how, f"L{level.next_level}{short}"))
    elif level.capped:
        rows.append(ClockRow("", "", f"capped for {incident.severity}", "", Tone.DIM))
    return rows
