"""The report as JSON: what it tells as values, and every event of the journal. Versioned; fields are only added."""

from collections.abc import Iterable
from json import dumps
from typing import Any

from msgspec import to_builtins

from warroom.clock import rfc3339
from warroom.incident import clocks
from warroom.incident.clocks import Countdown
from warroom.incident.events import Event
from warroom.incident.place import kind
from warroom.protocol.model import Protocol
from warroom.report.change_record import change_record
from warroom.report.history import History, gather
from warroom.report.sections.impact import harm
from warroom.report.sections.lessons import outcome

FORMAT, VERSION = "warroom.report", 1


def data(events: Iterable[Event], protocol: Protocol, now: float) -> str:
    """The report at `now` (Unix seconds), as one JSON object in indented lines. Raises FoldError for no events."""
    history = gather(events)
    incident = history.incident
    behind, now = clocks.behind(incident, now), clocks.moment(incident, now)
    answers = incident.steering.answers
    whole: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "written_at": rfc3339(now),
        "clock_behind_seconds": behind,
        "incident": {
            "id": incident.id,
            "title": incident.title,
            "severity": incident.severity,
            "drill": incident.declared.drill,
            "place": kind(incident.declared),
            "services": to_builtins([lane.ref for lane in incident.lanes.values()]),
            "services_taken_off": to_builtins([lane.ref for lane in incident.taken_off.values()]),
            "detected_at": rfc3339(incident.detected_at),
            "declared_at": rfc3339(incident.declared_at),
            "mitigated_at": _moment(incident.mitigated_at),
            "mitigated_how": incident.mitigated_how,
            "resolved_at": _moment(incident.resolved_at),
        },
        "sla": _sla(history, protocol, now),
        "impact": to_builtins(harm(history, protocol, now)),
        "answers": {topic: {**to_builtins(one), "at": rfc3339(one.at)} for topic, one in answers.items()},
        "updates": [{"at": rfc3339(one.at), "by": one.actor, **to_builtins(one.fact)} for one in history.updates],
        "sends": to_builtins(list(incident.sends.values())),
        "actions": [{**to_builtins(one), "settled": one.settled} for one in incident.outward.actions.values()],
        "post_mortem": {
            "due": _moment(clocks.post_mortem_due(incident, protocol)),
            "set_for": _moment(incident.outward.post_mortem_at),
            "headings": list(protocol.post_mortem),
        },
        "change_record": to_builtins(change_record(history.log, protocol)),
        "events": [{**to_builtins(event), "at_utc": rfc3339(event.at)} for event in history.log],
    }
    # Backslashes for what no encoding takes: a lone surrogate in a note must not keep the report from being written.
    return dumps(whole, ensure_ascii=True, indent=2) + "\n"


def _sla(history: History, protocol: Protocol, now: float) -> dict[str, Any] | None:
    both = clocks.sla(history.incident, protocol, now)
    return None if both is None else {"fix": _limit(both[0]), "resolution": _limit(both[1])}


def _limit(clock: Countdown) -> dict[str, Any]:
    return {**to_builtins(clock), "met_at": _moment(clock.met_at), "outcome": outcome(clock)}


def _moment(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)
