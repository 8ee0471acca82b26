"""What is said to others, what is owed to them, and what is left to do."""

from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from warroom.actions.answer import Answer, Misused, Partly, told
from warroom.actions.ask import Ask, Line, Shown
from warroom.clock import rfc3339
from warroom.conductor.comms import action_items, ticket, updates
from warroom.conductor.comms import alert as alerting
from warroom.conductor.conductor import Conductor
from warroom.incident.comms.comms import Action
from warroom.incident.sends.words import log_lines
from warroom.marks import either, key
from warroom.services.systems.ports import Posted

UNSURE = f"{key('sends')} shows what was sent."
BY_HAND = "warroom can't do this one: copy the text with c."


def unsent(failed: Sequence[updates.Told]) -> str:
    """To whom it did not get, and why: a phrase, to which a sentence's end is put."""
    return "; ".join(f"{one.message.channel.title}: {one.trouble.rstrip('.')}" for one in failed)


async def update(at: Conductor, ask: Ask) -> Answer:
    """Word an update from the template that is due, look at what goes where, send it."""
    draft = await ask.draft()

    async def work() -> Answer:
        sent = await updates.tell(at, draft)
        rows = [{"channel": one.message.channel.id, "link": one.link, "trouble": one.trouble} for one in sent]
        data = {"incident": at.incident.id, "done": not any(one.trouble for one in sent), "sent": rows}
        lines = [
            f"{one.message.channel.title}: {f'NOT sent: {one.trouble}' if one.trouble else f'sent {one.link}'.rstrip()}"
            for one in sent
        ]
        answer = Answer(tuple(lines), data, notice=updates.summary(sent))
        failed = [one for one in sent if one.trouble]
        if failed:
            said = unsent(failed)
            again = either("Send it again", "Run it again", "Send it again")
            raise Partly(f"Not sent to {said}", f"{again}: what arrived is not sent twice.", answer)
        return answer

    return await ask.beside(work(), "the update", UNSURE)


async def alert(at: Conductor, ask: Ask) -> Answer:
    """Open the incident's channel and alert the team."""
    await ask.connect()
    found = alerting.plan(at)
    data = {"incident": at.incident.id, "channel": found.channel, "emails": list(found.emails)}
    off = f"{found.chat} can't be spoken to: {found.off}" if found.off else ""
    await ask.agree(_speak("Alert the team", () if off else found.lines, found.text, found.off, off, data))
    anew = bool(ask.flag("anew"))

    async def work() -> Answer:
        posted = await alerting.carry_out(at, found, anew=anew)
        return _spoken(at, f"the team is alerted in #{found.channel}", posted, data)

    return await ask.beside(work(), "the alert", UNSURE)


async def comment(at: Conductor, ask: Ask) -> Answer:
    """The report's summary into the ticket."""
    await ask.connect()
    found = await ticket.plan(at)
    data = {"incident": at.incident.id, "ticket": found.number}
    off = f"The ticket can't be updated: {found.off}" if found.off else ""
    shown = _speak("Update the ticket", () if off else (found.where,), found.text, found.off, off, data)
    await ask.agree(replace(shown, remedy="By hand: warroom report, then warroom tick."))  # it fills pages
    anew = bool(ask.flag("anew"))

    async def work() -> Answer:
        posted = await ticket.carry_out(at, found, anew=anew)
        return _spoken(at, f"the ticket #{found.number} has the summary", posted, data)

    return await ask.beside(work(), "the ticket", UNSURE)


def _speak(title: str, lines: tuple[str, ...], text: str, why: str, off: str, data: dict[str, Any]) -> Shown:
    """A text that goes to one place; `why` it is by hand, and the same as a sentence: `off`."""
    by_hand = (Line(f"By hand: {why}", "watch"),) if why else ()
    done = f"c copies, do it, then {key('tick')} on the step ticks it" if off else "y does it   c copies"
    return Shown(
        title,
        (*by_hand, *(Line(one) for one in lines), Line(text, "command")),
        off=off,
        remedy=f"By hand, then warroom tick: {text}",
        refused=BY_HAND,
        copy=text,
        keys=f"{done}   Esc leaves it",
        facts={**data, "text": text},
    )


def _spoken(at: Conductor, words: str, posted: Posted, data: dict[str, Any]) -> Answer:
    said = f"{at.incident.id}: {words} {posted.link}".rstrip()
    notice = f"{words[:1].upper()}{words[1:]}."
    return Answer((said,), {**data, "done": True, "link": posted.link}, notice=notice)


async def snooze(at: Conductor, ask: Ask) -> Answer:
    """Owe the next update later, for a reason."""
    minutes = await ask.number("minutes", "Next update due in how many minutes?", value="30")
    reason = await ask.text("reason", "Why may it wait?", required=ask.dialogs)
    until = await updates.snooze(at, minutes, reason)
    words = updates.snoozed_words(at.clock.now(), until)
    return told(at.incident, words, notice=f"{words}.", until=until, reason=reason.strip())


async def sends(at: Conductor, ask: Ask) -> Answer:
    """Everything that went to other systems, with links."""
    found = at.incident.sends
    lines = tuple(log_lines(found)) or ("Nothing was sent to any other system.",)
    data = {"incident": at.incident.id, "sends": to_builtins(list(found.values()))}
    return Answer(lines, data, title="Sent to other systems")


async def action(at: Conductor, ask: Ask) -> Answer:
    """What is left to do: added, given an owner and a date, done; or listed."""
    what, name = ask.told("what"), ask.told("text")
    if not what:
        known = at.incident.outward.actions.values()
        items = [(one.id, f"{one.id} {one.text}   {one.owner or 'nobody'}, {one.due or 'no date'}") for one in known]
        name = await ask.choice("item", "Action items", [("", "Add one"), *items])
        what = "set" if name else "add"
        name = name or await ask.text("text", "What is to be done?")
    if what == "list":
        return _listed(at)
    if what == "done":
        await action_items.done(at, name)
        return _item(at, name)
    owner = await ask.text("owner", "Who? (empty: later)", hint="@handle", required=False)
    due = await ask.text("due", "By when? (empty: later)", hint="YYYY-MM-DD", required=False)
    match what:
        case "add":
            name = await action_items.add(at, name, owner, due)
        case "set":
            await action_items.change(at, name, owner, due)
        case _:
            raise Misused(f"{what} is nothing to do with actions", "Give add, set, done or list.")
    return _item(at, name)


def _item(at: Conductor, name: str) -> Answer:
    found = at.incident.outward.actions[name]
    done = "done" if found.done_at is not None else _state(found)
    return told(at.incident, f"{name} {found.text} is {done}", action=to_builtins(found))


def _listed(at: Conductor) -> Answer:
    found = at.incident.outward.actions.values()
    lines = [f"{one.id}  {one.text}  {one.owner or 'nobody'}  {one.due or 'no date'}  {_state(one)}" for one in found]
    rows = [{**to_builtins(one), "settled": one.settled} for one in found]
    none = ("No action was written down yet.",)
    return Answer(tuple(lines) or none, {"incident": at.incident.id, "actions": rows})


def _state(one: Action) -> str:
    if one.done_at is not None:
        return f"done {rfc3339(one.done_at)}"
    return "settled" if one.settled else "open: it needs an owner and a date"


async def post_mortem(at: Conductor, ask: Ask) -> Answer:
    """Set its date."""
    hint = action_items.post_mortem_hint(at)
    moment = await action_items.set_post_mortem(
        at, await ask.text("at", "Post-mortem at (UTC): YYYY-MM-DD HH:MM", hint=hint)
    )
    return told(at.incident, f"post-mortem set for {rfc3339(moment)}", at=rfc3339(moment))
