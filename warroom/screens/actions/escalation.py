"""The key v: what a level's page would say and to whom, then it goes; level 4 by phone; the cap."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from warroom.conductor import reach
from warroom.conductor.people import escalation
from warroom.conductor.people.escalation import Call
from warroom.incident import escalation as escalating
from warroom.marks import TIMELINE
from warroom.protocol.names import COMMANDER
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.host import Host


class CallDialog(Dialog[bool]):
    """Everybody of the level, each with where and what; y sends it all, or records what a person did."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "send", "Send", show=False),
        Binding("c", "copy", "Copy", show=False),
    ]

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call

    def compose(self) -> ComposeResult:
        """Whom, where, what."""
        by_hand = all(page.by_hand for page in self.call.pages)
        with self.box():
            yield line(f"Escalate to level {self.call.level}", classes="title")
            said = ""
            for page in self.call.pages:
                reach = page.person.phone if page.by_hand and page.person.phone else page.person.email
                yield line(f"{page.role.title}: {page.person.handle}  {reach}")
                if page.why and page.why != said:
                    yield line(f"  By hand: {page.why}", classes="watch")
                    said = page.why
                for where, text in () if page.by_hand else page.goes:
                    yield line(f"  {where}: {text}", classes="dim")
            for title in self.call.nobody:
                yield line(f"{title}: the roster names nobody", classes="watch")
            if by_hand and self.call.pages:
                yield line(f"Say: {self.call.pages[0].text}", classes="dim")
            yield line("", id="refusal")
            done = "y records that you called them" if by_hand else "y sends"
            yield line(f"{done}   c copies the texts   Esc leaves it", classes="keys")

    def action_send(self) -> None:
        """Hand the yes back."""
        if not self.too_soon():
            self.dismiss(True)

    def action_copy(self) -> None:
        """To the terminal's clipboard (OSC 52)."""
        self.app.copy_to_clipboard("\n".join(page.text for page in self.call.pages))
        self.refuse("Copied.")


async def escalate(host: Host) -> None:
    """Straight to the page where a level waits; else choose which level to call, or raise the cap."""
    from warroom.screens.dialogs.prompts import Choose

    conductor = host.conductor
    incident, protocol = conductor.incident, conductor.config.protocol
    reach.check(conductor)
    if escalating.unanswered(incident, protocol, conductor.clock.now()):
        await _call(host, 0)
        return
    choices = [
        (str(one.level), f"Call level {one.level} now: {one.title}{' (by hand)' if one.by_hand else ''}")
        for one in escalating.open_to_hand(incident, protocol)
    ]
    highest = escalating.cap(incident, protocol)
    above = [one for one in protocol.escalation if one.level > highest]
    choices += [(f"cap {one.level}", f"Raise the cap to level {one.level}: {one.title}") for one in above]
    chosen = await host.ask(
        Choose(f"Escalate; {incident.severity} goes to level {highest}", choices, "Every level was called.")
    )
    if chosen is None:
        return
    if chosen.startswith("cap "):
        await _raise(host, int(chosen.removeprefix("cap ")))
    else:
        await _call(host, int(chosen))


async def _call(host: Host, level: int) -> None:
    """Show it; y sends it in a task of its own, so that the board answers meanwhile."""
    wanted = escalation.call(host.conductor, level)
    if not await host.ask(CallDialog(wanted)):
        return

    async def go() -> None:
        host.notice(await escalation.carry_out(host.conductor, wanted), good=True)

    host.spawn(go(), f"calling level {wanted.level}", f"Look at {TIMELINE} for whom it reached, and call by hand.")


async def _raise(host: Host, level: int) -> None:
    from warroom.screens.dialogs.prompts import AskLine

    commander = host.conductor.incident.roles.get(COMMANDER)
    who = commander.person if commander else ""
    reason = await host.ask(
        AskLine(f"Why may it reach level {level}? The Incident Commander ({who or 'nobody'}) allows it")
    )
    if reason:
        await escalation.raise_cap(host.conductor, level, reason)
        host.notice(f"It may now reach level {level}.", good=True)
