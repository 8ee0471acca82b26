"""The keys about people: page a role with a preview, say who is here, give roles and hand them over."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from warroom.clock import ago
from warroom.conductor import reach
from warroom.conductor.people import paging
from warroom.conductor.people import roles as people
from warroom.conductor.people.paging import PagePlan
from warroom.incident.handover_brief import brief
from warroom.incident.roles.roles import standing
from warroom.marks import key
from warroom.protocol.contacts import people as everybody
from warroom.protocol.model import Role
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.host import Host
from widgets.digits import digits
from widgets.safe import safe


class PageDialog(Dialog[str]):
    """What goes where, before it goes: y sends it, or records that a person did it; h: it was done by hand."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('send')", "Send", show=False),
        Binding("h", "answer('by-hand')", "By hand", show=False),
        Binding("c", "copy", "Copy", show=False),
    ]

    def __init__(self, plan: PagePlan, room: int) -> None:
        super().__init__()
        self.plan, self.room = plan, room

    def compose(self) -> ComposeResult:
        """Whom, where, what, and the number to call."""
        plan = self.plan
        with self.box():
            yield line(f"Page {plan.person.handle} as {plan.role.title}", classes="title")
            if plan.replaces:
                yield line(f"They take the role from {plan.replaces}.", classes="watch")
            if plan.by_hand:
                yield line(f"By hand: {plan.why}", classes="watch")
            for where, text in plan.goes:
                yield line(f"{where[:1].upper()}{where[1:]}:", classes="dim")
                yield line(f"  {text}")
            if plan.by_hand and plan.person.phone:
                yield large(plan.person.phone, self.room, ascii_only=self.app.ascii)
            yield line("", id="refusal")
            done = "y records that you did" if plan.by_hand else "y sends   h you did it by hand"
            yield line(f"{done}   c copies the text   Esc leaves it", classes="keys")

    def action_answer(self, answer: str) -> None:
        """Hand the answer back."""
        if not self.too_soon():
            self.dismiss(answer)

    def action_copy(self) -> None:
        """To the terminal's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self.plan.text)
        self.refuse("Copied.")


def large(phone: str, room: int, *, ascii_only: bool) -> Static:
    """A phone number in three rows where it fits in `room` cells, else in one."""
    rows = digits(safe(phone), ascii_only)
    text = "\n".join(rows) if len(rows[0]) <= room else safe(phone)
    return Static(Content(text), classes="phone")


async def page(host: Host) -> None:
    """The key p: choose whom, look at what goes where, send."""
    from warroom.screens.dialogs.prompts import Choose

    reach.check(host.conductor)
    chosen = await host.ask(Choose("Page whom?", _candidates(host), "The roster names nobody."))
    if chosen:
        role, _, person = chosen.partition("|")
        await preview(host, host.conductor.config.protocol.role(role), person)


async def preview(host: Host, role: Role, person: str = "") -> None:
    """Show what paging somebody would do; y sends it, in a task of its own, so that the board answers meanwhile."""
    conductor = host.conductor
    wanted = paging.plan(conductor, role, person)
    answer = await host.ask(PageDialog(wanted, min(host.columns, 84) - 4))
    if answer == "by-hand":
        wanted = paging.plan(conductor, role, person, by_hand=True)

    async def go() -> None:
        host.notice(await paging.page(conductor, wanted), good=True)

    if answer:
        host.spawn(go(), f"paging {wanted.person.handle}", "Look at the roster, and call by hand.")


def _candidates(host: Host) -> list[tuple[str, str]]:
    """Those who hold roles and have not answered, then everybody else of the roster."""
    incident, config = host.conductor.incident, host.conductor.config
    now = host.conductor.clock.now()
    found: dict[str, tuple[int, str]] = {}
    for role in config.protocol.roles:
        holder = incident.roles.get(role.id)
        if holder is not None:
            state = standing(holder, now, incident.declared_at)
            age = ago(state.since, now)
            words = f"{role.title}: {holder.person}   {state.state} {age}"
            found[f"{role.id}|{holder.person}"] = (1 if holder.answered else 0, words)
    for duty, place, person in everybody(config.roster):
        title = config.protocol.role(duty.role).title
        found.setdefault(f"{duty.role}|{person.handle}", (2, f"{title}: {person.handle}   {place}"))
    return [(key, words) for key, (_, words) in sorted(found.items(), key=lambda one: one[1][0])]


async def acknowledge(host: Host) -> None:
    """The key i: who is here."""
    from warroom.screens.dialogs.prompts import Choose

    incident, protocol = host.conductor.incident, host.conductor.config.protocol
    choices = [
        (role, f"{protocol.role(role).title}: {holder.person}")
        for role, holder in incident.roles.items()
        if holder.acknowledged_at is None or not holder.answered
    ]
    chosen = await host.ask(Choose("Who is here?", choices, "Everybody has said so."))
    if chosen:
        await people.acknowledge(host.conductor, protocol.role(chosen))


async def contacts(host: Host) -> None:
    """The key c: everybody's numbers."""
    from warroom.screens.dialogs.contacts import ContactsDialog

    await host.ask(ContactsDialog(host))


async def roles(host: Host) -> None:
    """The key j: a role, and what is to become of it."""
    from warroom.screens.dialogs.prompts import Choose

    conductor = host.conductor
    incident, now = conductor.incident, conductor.clock.now()
    choices = []
    for role in conductor.config.protocol.roles:
        holder = incident.roles.get(role.id)
        state = standing(holder, now, incident.declared_at)
        who = holder.person if holder else "nobody"
        choices.append((role.id, f"{role.title}: {who}   {state.state} {ago(state.since, now)}"))
    chosen = await host.ask(Choose("Which role?", choices))
    if chosen:
        await _role(host, conductor.config.protocol.role(chosen))


async def _role(host: Host, role: Role) -> None:
    from warroom.screens.dialogs.prompts import Choose

    conductor = host.conductor
    holder = conductor.incident.roles.get(role.id)
    acts = [("assign", "Assign it to somebody"), ("page", "Page somebody for it")]
    if holder is not None:
        away = "is back" if holder.away_at is not None else "is away"
        acts += [("joined", f"{holder.person} has joined"), ("away", f"{holder.person} {away}")]
        acts.append(("offer", "Hand it over, with a brief"))
        if holder.offered_at is not None:
            acts.append(("accept", f"{holder.offered_to} accepts it"))
    act = await host.ask(Choose(role.title, acts))
    match act:
        case "assign":
            if person := await _whom(host, f"Who becomes {role.title}?", role):
                await people.assign(conductor, role, person)
        case "page":
            await preview(host, role)
        case "joined":
            await people.acknowledge(conductor, role, joined=True)
        case "away" if holder is not None:
            await people.away(conductor, holder.person, back=holder.away_at is not None)
        case "offer":
            await _offer(host, role)
        case "accept":
            host.notice(f"{role.title} is {await people.accept(conductor, role)} now.", good=True)


async def _offer(host: Host, role: Role) -> None:
    """The brief is shown first: it goes into the timeline, and into the channel where there is one."""
    from warroom.screens.dialogs.prompts import Confirm

    conductor = host.conductor
    person = await _whom(host, f"Hand {role.title} over to whom?", role)
    if not person:
        return
    text = brief(conductor.incident, conductor.config.protocol, conductor.clock.now())
    lines = [*text.splitlines(), "", "It goes into the timeline, and into the incident's channel where there is one."]
    if await host.ask(Confirm(f"Offer {role.title} to {person}?", lines)):
        await people.offer(conductor, role, person)
        host.notice(f"Offered to {person}; {key('roles')}, then accept, when they take it.", good=True)


async def _whom(host: Host, title: str, role: Role) -> str | None:
    from warroom.screens.dialogs.prompts import AskLine

    duty, holder = host.conductor.config.roster.duty(role.id), host.conductor.incident.roles.get(role.id)
    people_of = [one.handle for one in (duty.primary, duty.backup) if one is not None] if duty else []
    other = next((one for one in people_of if holder is None or one != holder.person), "")
    return await host.ask(AskLine(title, hint="a handle or a name", value=other))
