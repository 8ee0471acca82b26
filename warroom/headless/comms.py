"""Updates, the alert and the ticket without a board: the same preview, guards and journal."""

import sys
from pathlib import Path
from typing import Any

from msgspec import Struct

from warroom.conductor.comms import alert as alerting
from warroom.conductor.comms import ticket, updates
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.headless.answer import Answer, Misused, Partly, Planned
from warroom.headless.traffic import opened
from warroom.services.systems.ports import Posted
from warroom.text import not_text
from warroom.updates.channels import BY_HAND, Message, shown
from warroom.updates.wording import due, filled
from warroom.workspace import Room

LONGEST_FILE = 200_000


class Wanted(Struct, frozen=True):
    """An update as it was asked for. `text` is a file, "-" for standard input, "" for the template's own text."""

    incident: str = ""
    template: str = ""
    text: str = ""
    to: tuple[str, ...] = ()
    approved_by: str = ""
    notify: bool = False
    anew: bool = False
    yes: bool = False
    dry_run: bool = False


async def update(room: Room, wanted: Wanted, emulated: bool) -> Answer:
    """Send an update, or show what would go where. Raises Misused, Refused, JournalError, ServiceError."""
    async with opened(room, wanted.incident, emulated) as conductor:
        if wanted.to != (BY_HAND,):
            await room.connected(conductor)
        draft = _draft(conductor, wanted)
        messages = updates.plan(conductor, draft)
        answer = _previewed(conductor, draft, messages)
        if wanted.dry_run:
            return answer
        updates.approval(conductor, draft, messages)
        if not wanted.yes:
            raise Planned("refused: add --yes", "Nothing was sent.", answer)
        told = await updates.tell(conductor, draft)
        await conductor.recorder.follow()
        return _answer(conductor, told)


def _draft(conductor: Conductor, wanted: Wanted) -> updates.Draft:
    config, incident = conductor.config, conductor.incident
    known = [one.id for one in config.protocol.templates]
    if wanted.template and wanted.template not in known:
        raise Misused(f"The protocol has no template {wanted.template}", f"It has: {', '.join(known)}.")
    template = wanted.template or due(incident)
    text = _read(wanted.text) if wanted.text else filled(incident, config, conductor.clock.now(), template)[1]
    page = config.integrations.status_page
    notify = wanted.notify or bool(page and page.notify)
    return updates.Draft(text, template, wanted.to, wanted.approved_by, notify, wanted.anew)


def _read(name: str) -> str:
    """What stands in the file, or comes on standard input. Raises Misused and OSError."""
    try:
        text = sys.stdin.read(LONGEST_FILE + 1) if name == "-" else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Misused(f"{name} is not UTF-8 text", "Save it as UTF-8.") from None
    if trouble := not_text(text):  # standard input may hand on what is no UTF-8
        raise Misused(f"What {name} holds can't be sent", trouble)
    if len(text) > LONGEST_FILE:
        raise Misused(f"{name} is too long to be an update", "Shorten it.")
    return text


def _previewed(conductor: Conductor, draft: updates.Draft, messages: tuple[Message, ...]) -> Answer:
    lines = [line for message in messages for line in shown(message)]
    off = {one.id: one.off for one in updates.choices(conductor) if one.off}
    lines += [f"not to {name}: {why}" for name, why in off.items()]
    data: dict[str, Any] = {
        "incident": conductor.incident.id,
        "template": draft.template,
        "messages": [
            {
                "channel": one.channel.id,
                "to": one.to,
                "text": one.text,
                "outside": one.channel.outside,
                "status": one.status,
                "components": one.components,
                "notify": one.notify,
            }
            for one in messages
        ],
        "off": off,
    }
    return Answer((*lines, *(f"  {line}" for line in messages[0].text.splitlines())), {"plan": data})


def _answer(conductor: Conductor, told: tuple[updates.Told, ...]) -> Answer:
    rows = [{"channel": one.message.channel.id, "link": one.link, "trouble": one.trouble} for one in told]
    data = {"incident": conductor.incident.id, "done": not any(one.trouble for one in told), "sent": rows}
    lines = [
        f"{one.message.channel.title}: {f'NOT sent: {one.trouble}' if one.trouble else f'sent {one.link}'.rstrip()}"
        for one in told
    ]
    answer = Answer(tuple(lines), data)
    failed = [one.message.channel.title for one in told if one.trouble]
    if failed:
        raise Partly(f"Not sent to {', '.join(failed)}", "Run it again: what arrived is not sent twice.", answer)
    return answer


async def alert(room: Room, incident: str, emulated: bool, *, yes: bool, anew: bool) -> Answer:
    """Open the incident's channel and alert the team. Raises Misused, Refused, JournalError, ServiceError."""
    async with opened(room, incident, emulated) as conductor:
        await room.connected(conductor)
        found = alerting.plan(conductor)
        if found.off:
            raise Refused(f"{found.chat} can't be spoken to: {found.off}", f"By hand, then warroom tick: {found.text}")
        data = {"incident": conductor.incident.id, "channel": found.channel, "emails": list(found.emails)}
        _agreed(Answer(found.lines, {"plan": {**data, "text": found.text}}), yes)
        posted = await alerting.carry_out(conductor, found, anew=anew)
        return await _done(conductor, f"the team is alerted in #{found.channel}", posted, data)


async def comment(room: Room, incident: str, emulated: bool, *, yes: bool, anew: bool) -> Answer:
    """Put the report's summary into the ticket. Raises Misused, Refused, JournalError, ServiceError."""
    async with opened(room, incident, emulated) as conductor:
        await room.connected(conductor)
        found = await ticket.plan(conductor)
        if found.off:
            raise Refused(f"The ticket can't be updated: {found.off}", "By hand: warroom report, then warroom tick.")
        data = {"incident": conductor.incident.id, "ticket": found.number}
        lines = (found.where, *(f"  {line}" for line in found.text.splitlines()))
        _agreed(Answer(lines, {"plan": {**data, "text": found.text}}), yes)
        posted = await ticket.carry_out(conductor, found, anew=anew)
        return await _done(conductor, f"the ticket #{found.number} has the summary", posted, data)


def _agreed(plan: Answer, yes: bool) -> None:
    if not yes:
        raise Planned("refused: add --yes", "Nothing was sent.", plan)


async def _done(conductor: Conductor, words: str, posted: Posted, data: dict[str, Any]) -> Answer:
    await conductor.recorder.follow()
    lines = (f"{conductor.incident.id}: {words} {posted.link}".rstrip(),)
    return Answer(lines, {**data, "done": True, "link": posted.link})
