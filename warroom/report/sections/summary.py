"""The report in short, for a ticket: what it was, what users felt, how the limits were kept, what is left. Markdown."""

from collections.abc import Iterable

from warroom.incident import clocks
from warroom.incident.events import Event
from warroom.incident.place import title_mark
from warroom.protocol.model import Protocol
from warroom.report.history import gather
from warroom.report.sections import outward, release
from warroom.report.sections.impact import harm

LONGEST = 60_000
"""Characters; the code hosts that we know take 65 536 of a comment."""


def summary(events: Iterable[Event], protocol: Protocol, now: float) -> str:
    """At `now` (Unix seconds), of an incident's events, whole and in order. Raises FoldError for none."""
    history = gather(events)
    now = clocks.moment(history.incident, now)
    parts = [
        release.title(history).lstrip("# ").removeprefix(title_mark(history.incident.declared)),
        release.release(history, harm(history, protocol, now)),
        release.sla(history, protocol, now),
        "### Action items",
        outward.actions_table(history, protocol, now),
    ]
    return "\n\n".join(parts)[:LONGEST]
