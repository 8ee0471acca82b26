"""An update at the board: worded from the template that is due, then shown with what goes where."""

from collections.abc import Awaitable, Callable
from typing import Any

from warroom.conductor.comms import updates
from warroom.conductor.comms.updates import Draft
from warroom.conductor.conductor import Conductor
from warroom.screens.dialogs.update import Compose, Preview
from warroom.updates.wording import due, filled, outgoing


async def draft(
    conductor: Conductor, ask: Callable[[Any], Awaitable[Any]], template: str = "", only: str = ""
) -> Draft:
    """The draft to send; `ask` opens a dialog. `only`: that channel is on at first, where it can be. Raises Left."""
    incident, config, now = conductor.incident, conductor.config, conductor.clock.now()
    first = template or due(incident)
    order = sorted(config.protocol.templates, key=lambda one: one.id != first)
    worded = [(one.id, one.title, filled(incident, config, now, one.id)[1]) for one in order]
    dialog = Compose(worded, lambda text: updates.check(conductor, text))
    text = outgoing(incident, await ask(dialog))
    channels = updates.choices(conductor)
    usable = [one for one in channels if not one.off]
    chosen = [one.id for one in usable if (one.id == only if only else one.proposed)] or [usable[-1].id]
    page = config.integrations.status_page
    made = Draft(text, dialog.template, tuple(chosen), notify=bool(page and page.notify))
    held = incident.roles.get(config.protocol.people.leads)
    outside = any(one.outside for one in usable)
    approver = held.person if held and outside and held.person != conductor.recorder.actor else ""
    preview = Preview(
        made,
        [one.id for one in channels],
        lambda one: updates.preview(conductor, one),
        lambda one: updates.ready(conductor, one),
        approver,
    )
    draft: Draft = await ask(preview)
    return draft
