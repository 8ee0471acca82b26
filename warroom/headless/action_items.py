"""What needs no other system: snoozing, action items, the post-mortem's date, the log of what was sent."""

from msgspec import to_builtins

from warroom.clock import duration, rfc3339
from warroom.conductor.comms import action_items, updates
from warroom.conductor.conductor import Conductor
from warroom.headless.answer import Answer, Misused
from warroom.incident.comms.comms import Action
from warroom.incident.sends.words import log_lines


async def snooze(conductor: Conductor, minutes: float, reason: str) -> Answer:
    """Owe the next update later. Raises Refused."""
    until = await updates.snooze(conductor, minutes, reason)
    name = conductor.incident.id
    words = f"{name}: next update owed in {duration(until - conductor.clock.now())}"
    return Answer((words,), {"incident": name, "done": True, "until": until, "reason": reason.strip()})


async def action(conductor: Conductor, what: str, text: str, owner: str, due: str) -> Answer:
    """Add, set or finish an action item; or list them all. Raises Misused and Refused."""
    name = text
    match what:
        case "add":
            name = await action_items.add(conductor, text, owner, due)
        case "set":
            await action_items.change(conductor, text, owner, due)
        case "done":
            await action_items.done(conductor, text)
        case "list":
            return _listed(conductor)
        case _:
            raise Misused(f"{what} is nothing to do with actions", "Give add, set, done or list.")
    found = conductor.incident.outward.actions[name]
    state = (
        "done" if found.done_at is not None else "settled" if found.settled else "open: it needs an owner and a date"
    )
    words = f"{conductor.incident.id}: {name} {found.text} is {state}"
    return Answer((words,), {"incident": conductor.incident.id, "done": True, "action": to_builtins(found)})


def _listed(conductor: Conductor) -> Answer:
    found = conductor.incident.outward.actions.values()
    lines = [f"{one.id}  {one.text}  {one.owner or 'nobody'}  {one.due or 'no date'}  {_state(one)}" for one in found]
    rows = [{**to_builtins(one), "settled": one.settled} for one in found]
    none = ("No action was written down yet.",)
    return Answer(tuple(lines) or none, {"incident": conductor.incident.id, "actions": rows})


def _state(one: Action) -> str:
    if one.done_at is not None:
        return f"done {rfc3339(one.done_at)}"
    return "settled" if one.settled else "open: it needs an owner and a date"


async def post_mortem(conductor: Conductor, at: str) -> Answer:
    """Set its date. Raises Refused."""
    moment = await action_items.set_post_mortem(conductor, at)
    name = conductor.incident.id
    return Answer(
        (f"{name}: post-mortem set for {rfc3339(moment)}",), {"incident": name, "done": True, "at": rfc3339(moment)}
    )


async def sends(conductor: Conductor) -> Answer:
    """Everything that went to other systems."""
    found = conductor.incident.sends
    data = {"incident": conductor.incident.id, "sends": to_builtins(list(found.values()))}
    return Answer(tuple(log_lines(found)) or ("Nothing was sent to any other system.",), data)
