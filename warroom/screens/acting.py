"""What a key does: the action of that id, asked by dialogs; or what a board alone has."""

import shlex
from collections.abc import Awaitable, Callable

from warroom.actions.answer import Answer
from warroom.actions.ask import Left
from warroom.actions.flow import flow
from warroom.commands import BY_ID, Breaks
from warroom.conductor.refusal import Refused
from warroom.incident.events import ChangeIntended
from warroom.screens.asking import Asking
from warroom.screens.dialogs.contacts import ContactsDialog
from warroom.screens.dialogs.prompts import Tell
from warroom.screens.help import HelpScreen
from warroom.screens.host import Host
from warroom.screens.projector import ProjectorScreen


async def act(host: Host, command: str, step: str = "") -> None:
    """Run a command, or the step of that id. Raises Refused, ServiceError and JournalError."""
    asking = Asking(host, {"step": step or host.selected_step()})
    if not step and BY_ID[command].breaks < Breaks.RETREAT:
        host.conductor.check(command, asking.service)  # a retreat that is refused is told with the way without warroom
    if command in ALONE:
        await ALONE[command](host)
        return
    try:
        answer: Answer = await flow(command)(host.conductor, asking)
    except Left:
        return
    await asking.say(answer)


async def _gcloud(host: Host) -> None:
    service = Asking(host).service
    lines = []
    for action in ("abort", "advance", "un-pin"):
        try:
            lines.append(f"{action}: {host.conductor.plan(action, service).gcloud}")
        except Refused as refused:
            lines.append(f"{action}: {refused}")
    done = [event.fact for event in host.conductor.incident.tail if isinstance(event.fact, ChangeIntended)]
    lines += ["", "Done so far:", *(f"{fact.action}: {fact.gcloud}" for fact in done)]
    told = host.conductor.clients.environment if host.conductor.clients else {}
    if told:
        lines += ["", "To act on this drill from another terminal, with warroom's commands and --drill:"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in told.items()]
    await host.ask(Tell("The same with gcloud, if warroom itself fails", lines))


async def _projector(host: Host) -> None:
    await host.ask(ProjectorScreen(host))


async def _help(host: Host) -> None:
    await host.ask(HelpScreen())


async def _contacts(host: Host) -> None:
    await host.ask(ContactsDialog(host))


async def _quit(host: Host) -> None:
    host.leave()


ALONE: dict[str, Callable[[Host], Awaitable[None]]] = {
    "gcloud": _gcloud,
    "projector": _projector,
    "help": _help,
    "contacts": _contacts,
    "quit": _quit,
}
"""What only shows, and only on a board."""
