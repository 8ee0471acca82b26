"""An update as a command's options word it: its text, where it goes, who approved it; shown before it is sent."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warroom.actions.answer import Answer, DryRun, Misused, Planned
from warroom.conductor.comms import updates
from warroom.conductor.conductor import Conductor
from warroom.headless.order import Order
from warroom.protocol.integrations import CHAT_CHANNEL, PAGE_CHANNEL
from warroom.text import not_text
from warroom.updates.channels import Message, shown
from warroom.updates.wording import due, filled

LONGEST_FILE = 200_000
PLAIN = {"chat": CHAT_CHANNEL, "status-page": PAGE_CHANNEL}
"""The same channels by what they are for, whatever product is behind them."""


def consented(conductor: Conductor, order: Order) -> updates.Draft:
    """The draft, with --yes; else it is shown. Raises Misused, Planned, DryRun, Refused, OSError."""
    draft = _draft(conductor, order.answers)
    messages = updates.plan(conductor, draft)
    answer = _previewed(conductor, draft, messages)
    if order.dry_run:
        raise DryRun(answer)
    updates.approval(conductor, draft, messages)
    if not order.yes:
        raise Planned("refused: add --yes", "Nothing was sent.", answer)
    return draft


def channels(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Where it is to go, each once."""
    return tuple(dict.fromkeys(PLAIN.get(one, one) for one in told.get("to", ())))


def _draft(conductor: Conductor, told: Mapping[str, Any]) -> updates.Draft:
    config, incident = conductor.config, conductor.incident
    known = [one.id for one in config.protocol.templates]
    template = told.get("template") or due(incident)
    if template not in known:
        raise Misused(f"The protocol has no template {template}", f"It has: {', '.join(known)}.")
    file = told.get("text")
    text = _read(file) if file else filled(incident, config, conductor.clock.now(), template)[1]
    page = config.integrations.status_page
    notify = bool(told.get("notify") or (page and page.notify))
    return updates.Draft(text, template, channels(told), told.get("approved_by", ""), notify, bool(told.get("anew")))


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
