"""The keys and steps that speak to the outside: word it, look at what goes where, send it in a task of its own."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from warroom.conductor.comms import action_items, updates
from warroom.conductor.comms import alert as alerting
from warroom.updates.wording import LAST, due, filled, outgoing

if TYPE_CHECKING:
    from warroom.screens.board import BoardScreen

UNSURE = "F4 shows what was sent."


async def update(board: "BoardScreen") -> None:
    """The key u: an update from the template that is due."""
    await compose(board)


async def update_step(board: "BoardScreen") -> None:
    """Enter on a step that sends an update: its own template."""
    step = board.conductor.config.protocol.find_step(board.selected_step())
    await compose(board, step.template if step else "")


async def status_page(board: "BoardScreen") -> None:
    """Enter on the status page's step: the resolution notice, to the page only."""
    await compose(board, LAST, ("statuspage",))


async def compose(board: "BoardScreen", template: str = "", only: tuple[str, ...] = ()) -> None:
    """Word it, preview it, send it. `only`: those channels are on at first, where they can be."""
    from warroom.screens.dialogs.update import Compose, Preview

    conductor = board.conductor
    incident, config, now = conductor.incident, conductor.config, conductor.clock.now()
    first = template or due(incident)
    order = sorted(config.protocol.templates, key=lambda one: one.id != first)
    worded = [(one.id, one.title, filled(incident, config, now, one.id)[1]) for one in order]
    dialog = Compose(worded, lambda text: updates.check(conductor, text))
    text = await board.app.push_screen_wait(dialog)
    if text is None:
        return
    text = outgoing(incident, text)
    channels = updates.choices(conductor)
    usable = [one for one in channels if not one.off]
    chosen = [one.id for one in usable if (one.id in only if only else one.proposed)] or [usable[-1].id]
    page = config.integrations.statuspage
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
    sent = await board.app.push_screen_wait(preview)
    if sent is not None:
        board.app.go(_tell(board, sent), "the update", UNSURE)


async def _tell(board: "BoardScreen", draft: updates.Draft) -> None:
    told = await updates.tell(board.conductor, draft)
    board.notice(updates.summary(told), good=not any(one.trouble for one in told))
    board.refresh_board()


async def alert(board: "BoardScreen") -> None:
    """Enter on the step that alerts the team."""
    from warroom.screens.dialogs.update import Speak

    found = alerting.plan(board.conductor)
    lines = () if found.off else found.lines
    if await board.app.push_screen_wait(Speak("Alert the team", lines, found.text, found.off)):
        said = f"The team is alerted in #{found.channel}."
        board.app.go(_do(board, alerting.carry_out(board.conductor, found), said), "the alert", UNSURE)


async def ticket(board: "BoardScreen") -> None:
    """Enter on the ticket's step: the report's summary, as a comment."""
    from warroom.conductor.comms import ticket as tickets
    from warroom.screens.dialogs.update import Speak

    found = await tickets.plan(board.conductor)
    lines = () if found.off else (f"GitHub, a comment on #{found.number}:",)
    if await board.app.push_screen_wait(Speak("Update the ticket", lines, found.text, found.off)):
        said = f"The ticket #{found.number} has the summary."
        board.app.go(_do(board, tickets.carry_out(board.conductor, found), said), "the ticket", UNSURE)


async def _do(board: "BoardScreen", work: Awaitable[object], said: str) -> None:
    await work
    board.notice(said, good=True)
    board.refresh_board()


async def post_mortem(board: "BoardScreen") -> None:
    """Enter on the post-mortem's step: its date."""
    from warroom.screens.dialogs.prompts import AskLine

    hint = action_items.post_mortem_hint(board.conductor)
    typed = await board.app.push_screen_wait(AskLine("Post-mortem at (UTC): YYYY-MM-DD HH:MM", hint=hint))
    if typed:
        await action_items.set_post_mortem(board.conductor, typed)


async def snooze(board: "BoardScreen") -> None:
    """Owe the next update later, for a reason."""
    from warroom.screens.dialogs.prompts import AskLine

    minutes = await board.app.push_screen_wait(AskLine("Next update due in how many minutes?", value="30"))
    if minutes is None:
        return
    reason = await board.app.push_screen_wait(AskLine("Why may it wait?"))
    if reason is not None:
        until = await updates.snooze(board.conductor, action_items.number(minutes), reason)
        board.notice(f"{updates.snoozed_words(board.conductor.clock.now(), until)}.", good=True)


async def sends(board: "BoardScreen") -> None:
    """Everything that went to other systems, with links."""
    from warroom.incident.sends.words import log_lines
    from warroom.screens.dialogs.prompts import Tell

    lines = log_lines(board.conductor.incident.sends) or ["Nothing was sent to any other system."]
    await board.app.push_screen_wait(Tell("Sent to other systems", lines))


async def action(board: "BoardScreen") -> None:
    """Add an action item, or give one an owner and a date, or say that it is done."""
    from warroom.screens.dialogs.prompts import AskLine, Choose

    conductor = board.conductor
    known = conductor.incident.outward.actions.values()
    items = [(one.id, f"{one.id} {one.text}   {one.owner or 'nobody'}, {one.due or 'no date'}") for one in known]
    choice = await board.app.push_screen_wait(Choose("Action items", [("", "Add one"), *items]))
    if choice is None:
        return
    text = "" if choice else await board.app.push_screen_wait(AskLine("What is to be done?"))
    if text is None:
        return
    owner = await board.app.push_screen_wait(AskLine("Who? (empty: later)", hint="@handle", required=False))
    if owner is None:
        return
    day = await board.app.push_screen_wait(AskLine("By when? (empty: later)", hint="YYYY-MM-DD", required=False))
    if day is None:
        return
    if choice:
        await action_items.change(conductor, choice, owner, day)
    else:
        await action_items.add(conductor, text, owner, day)
