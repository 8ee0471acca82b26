"""What is still owed of an incident, whether it goes on or is over: its end takes no duty away. Pure."""

from datetime import UTC, datetime

from msgspec import Struct

from warroom.clock import duration, rfc3339
from warroom.incident import clocks
from warroom.incident.comms.comms import Action
from warroom.incident.place import kind
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol


class Duty(Struct, frozen=True):
    """One of them: `short` for a list, `words` as a phrase; `late` once its time is over."""

    short: str
    words: str
    late: bool = False


def duties(incident: Incident, protocol: Protocol, now: float) -> tuple[Duty, ...]:
    """All that are open at `now` (Unix seconds), the gravest first. An exercise leaves no paperwork."""
    found = _notice(incident, protocol, now)
    if kind(incident.declared) == "drill":
        return tuple(found)
    found += _post_mortem(incident, protocol, now)
    if clocks.over(incident):
        found += [duty for one in incident.outward.actions.values() if (duty := _action(one, now)) is not None]
    return tuple(found)


def _notice(incident: Incident, protocol: Protocol, now: float) -> list[Duty]:
    left = clocks.gdpr_left(incident, protocol, now)
    if left is None:
        return []
    short = f"NOTIFY {duration(left)} left" if left > 0 else f"NOTIFY LATE by {duration(-left)}"
    return [Duty(short, clocks.running_duty(incident, protocol, now), left <= 0)]


def _post_mortem(incident: Incident, protocol: Protocol, now: float) -> list[Duty]:
    """Until it has a date in time; whether it was held nothing says."""
    due, set_for = clocks.post_mortem_due(incident, protocol), incident.outward.post_mortem_at
    if due is None or (set_for is not None and set_for <= due):
        return []
    day, late = rfc3339(due)[:10], now > due
    if set_for is not None:
        late_by = f"the post-mortem is set for {rfc3339(set_for)[:10]}, it was due by {day}"
        return [Duty("POST-MORTEM too late", late_by, True)] if set_for > now else []
    if late:
        return [Duty(f"POST-MORTEM LATE, due {day}", f"the post-mortem is overdue since {day} and has no date", True)]
    return [Duty(f"POST-MORTEM due {day}", f"the post-mortem has no date yet: due by {day}")]


def _action(one: Action, now: float) -> Duty | None:
    if one.done_at is not None:
        return None
    today = datetime.fromtimestamp(now, UTC).date().isoformat()
    if one.due and one.due < today:
        who = f" ({one.owner})" if one.owner else ""
        return Duty(f"ACTION {one.id} LATE", f"action {one.id} is overdue since {one.due}{who}: {one.text}", True)
    if not one.settled:
        lacks = " and no ".join(word for word, there in (("owner", one.owner), ("date", one.due)) if not there)
        return Duty(f"ACTION {one.id} open", f"action {one.id} has no {lacks} yet: {one.text}")
    return None
