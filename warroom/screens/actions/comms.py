"""The keys and steps that speak to the outside: word it, look at what goes where, send it in a task of its own."""

from collections.abc import Awaitable

from warroom.conductor.comms import action_items, updates
from warroom.conductor.comms import alert as alerting
from warroom.protocol.integrations import PAGE_CHANNEL
from warroom.screens.host import Host
from warroom.updates.wording import LAST, due, filled, outgoing

UNSURE = "F4 shows what was sent."


async def update(host: Host) -> None:
    """The key u: an update from the template that is due."""
    await compose(host)


async def update_step(host: Host) -> None:
    """Enter on a step that sends an update: its own template."""
    step = host.conductor.config.protocol.find_step(host.selected_step())
    await compose(host, step.template if step else "")


async def status_page(host: Host) -> None:
    """Enter on the status page's step: the resolution notice, to the page only."""
    await compose(host, LAST, (PAGE_CHANNEL,))


async def compose(host: Host, template: str = "", only: tuple[str, ...] = ()) -> None:
    """Word it, preview it, send it. `only`: those channels are on at first, where they can be."""
    from warroom.screens.dialogs.update import Compose, Preview

    conductor = host.conductor
    incident, config, now = conductor.incident, conductor.config, conductor.clock.now()
    first = template or due(incident)
    order = sorted(config.protocol.templates, key=lambda one: one.id != first)
    worded = [(one.id, one.title, filled(incident, config, now, one.id)[1]) for one in order]
    dialog = Compose(worded, lambda text: updates.check(conductor, text))
    text = await host.ask(dialog)
    if text is None:
        return
    text = outgoing(incident, text)
    channels = updates.choices(conductor)
    usable = [one for one in channels if not one.off]
    chosen = [one.id for one in usable if (one.id in only if only else one.proposed)] or [usable[-1].id]
    page = config.integrations.status_page
    draft = updates.Draft(text, dialog.template, tuple(chosen), notify=bool(page and page.notify))
    held = incident.roles.get("incident-commander")
    outside = any(one.outside for one in usable)
    asks = held.person if held and outside and held.person != conductor.recorder.actor else ""
    preview = Preview(
        draft,
        [one.id for one in channels],
        lambda one: updates.preview(conductor, one),
        lambda one: updates.ready(conductor, one),
        asks,
    )
    sent = await host.ask(preview)
    if sent is not None:
        host.spawn(_tell(host, sent), "the update", UNSURE)


async def _tell(host: Host, draft: updates.Draft) -> None:
    told = await updates.tell(host.conductor, draft)
    host.notice(updates.summary(told), good=not any(one.trouble for one in told))
    host.refresh_board()


async def alert(host: Host) -> None:
    """Enter on the step that alerts the team."""
    from warroom.screens.dialogs.update import Speak

    found = alerting.plan(host.conductor)
    lines = () if found.off else found.lines
    if await host.ask(Speak("Alert the team", lines, found.text, found.off)):
        said = f"The team is alerted in #{found.channel}."
        host.spawn(_do(host, alerting.carry_out(host.conductor, found), said), "the alert", UNSURE)


async def ticket(host: Host) -> None:
    """Enter on the ticket's step: the report's summary, as a comment."""
    from warroom.conductor.comms import ticket as tickets
    from warroom.screens.dialogs.update import Speak

    found = await tickets.plan(host.conductor)
    lines = () if found.off else (found.where,)
    if await host.ask(Speak("Update the ticket", lines, found.text, found.off)):
        said = f"The ticket #{found.number} has the summary."
        host.spawn(_do(host, tickets.carry_out(host.conductor, found), said), "the ticket", UNSURE)


async def _do(host: Host, work: Awaitable[object], said: str) -> None:
    await work
    host.notice(said, good=True)
    host.refresh_board()


async def post_mortem(host: Host) -> None:
    """Enter on the post-mortem's step: its date."""
    from warroom.screens.dialogs.prompts import AskLine

    hint = action_items.post_mortem_hint(host.conductor)
    typed = await host.ask(AskLine("Post-mortem at (UTC): YYYY-MM-DD HH:MM", hint=hint))
    if typed:
        await action_items.set_post_mortem(host.conductor, typed)


async def snooze(host: Host) -> None:
    """Owe the next update later, for a reason."""
    from warroom.screens.dialogs.prompts import AskLine

    minutes = await host.ask(AskLine("Next update due in how many minutes?", value="30"))
    if minutes is None:
        return
    reason = await host.ask(AskLine("Why may it wait?"))
    if reason is not None:
        until = await updates.snooze(host.conductor, action_items.number(minutes), reason)
        host.notice(f"{updates.snoozed_words(host.conductor.clock.now(), until)}.", good=True)


async def sends(host: Host) -> None:
    """Everything that went to other systems, with links."""
    from warroom.incident.sends.words import log_lines
    from warroom.screens.dialogs.prompts import Tell

    lines = log_lines(host.conductor.incident.sends) or ["Nothing was sent to any other system."]
    await host.ask(Tell("Sent to other systems", lines))


async def action(host: Host) -> None:
    """Add an action item, or give one an owner and a date, or say that it is done."""
    from warroom.screens.dialogs.prompts import AskLine, Choose

    conductor = host.conductor
    known = conductor.incident.outward.actions.values()
    items = [(one.id, f"{one.id} {one.text}   {one.owner or 'nobody'}, {one.due or 'no date'}") for one in known]
    choice = await host.ask(Choose("Action items", [("", "Add one"), *items]))
    if choice is None:
        return
    text = "" if choice else await host.ask(AskLine("What is to be done?"))
    if text is None:
        return
    owner = await host.ask(AskLine("Who? (empty: later)", hint="@handle", required=False))
    if owner is None:
        return
    day = await host.ask(AskLine("By when? (empty: later)", hint="YYYY-MM-DD", required=False))
    if day is None:
        return
    if choice:
        await action_items.change(conductor, choice, owner, day)
    else:
        await action_items.add(conductor, text, owner, day)
