"""Who is called, who is here, who has which role."""

from collections.abc import Sequence
from typing import Any

from warroom.actions.answer import Answer, told
from warroom.actions.ask import Ask, Line, Shown
from warroom.clock import ago
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import paging
from warroom.conductor.people import roles as people
from warroom.conductor.people.paging import PagePlan
from warroom.incident.handover_brief import brief
from warroom.incident.roles.roles import standing
from warroom.marks import key
from warroom.protocol.contacts import people as everybody
from warroom.protocol.model import Role


async def page(at: Conductor, ask: Ask) -> Answer:
    """Page a role: by the pager where there is one, else by hand."""
    reach.check(at)
    by_hand = bool(ask.flag("by_hand"))
    if not by_hand:
        await ask.connect()
    role, person = ask.told("role"), ask.told("person")
    if not role:
        chosen = await ask.choice("whom", "Page whom?", _candidates(at), empty="The roster names nobody.")
        role, _, person = chosen.partition("|")
    found = people.role_named(at, role)
    plan = paging.plan(at, found, person, by_hand=by_hand)
    shown = _page_shown(at, plan)
    if await ask.agree(shown) == "by-hand" and not plan.by_hand:
        plan = paging.plan(at, found, person, by_hand=True)

    async def work() -> Answer:
        done = await paging.page(at, plan)
        return Answer((*shown.told, done), {**_page_facts(at, plan), "done": True}, notice=done)

    return await ask.beside(work(), f"paging {plan.person.handle}", "Look at the roster, and call by hand.")


def _page_shown(at: Conductor, plan: PagePlan) -> Shown:
    lines = [Line(f"They take the role from {plan.replaces}.", "watch")] if plan.replaces else []
    lines += [Line(f"By hand: {plan.why}", "watch")] if plan.by_hand else []
    for where, text in plan.goes:
        lines += [Line(f"{where[:1].upper()}{where[1:]}:", "dim"), Line(f"  {text}")]
    return Shown(
        f"Page {plan.person.handle} as {plan.role.title}",
        tuple(lines),
        yes="records that you did" if plan.by_hand else "sends",
        by_hand=True,
        keys="y records that you did   c copies the text   Esc leaves it" if plan.by_hand else "",
        copy=plan.text,
        phone=plan.person.phone if plan.by_hand else "",
        facts=_page_facts(at, plan),
        unsent="Nothing was sent; --yes records that you did it." if plan.by_hand else "Nothing was sent.",
    )


def _page_facts(at: Conductor, plan: PagePlan) -> dict[str, Any]:
    return {
        "incident": at.incident.id,
        "role": plan.role.id,
        "person": plan.person.handle,
        "by_hand": plan.by_hand,
        "why": plan.why,
        "goes": [{"to": where, "text": text} for where, text in plan.goes],
    }


def _candidates(at: Conductor) -> list[tuple[str, str]]:
    """Whom a page helps most, first: who holds a role and was not paged, who stands in for one that does not answer.

    Then those who were paged, the latest last, those who have answered, and everybody else of the roster.
    """
    incident, config, now = at.incident, at.config, at.clock.now()
    found: dict[str, tuple[tuple[int, float], str]] = {}
    for role in config.protocol.roles:
        holder = incident.roles.get(role.id)
        if holder is not None:
            state = standing(holder, now, incident.declared_at)
            words = f"{role.title}: {holder.person}   {state.state} {ago(state.since, now)}"
            rank = 3 if holder.answered else 0 if holder.paged_at is None else 2
            found[f"{role.id}|{holder.person}"] = (rank, holder.paged_at or 0.0), words
    for duty, place, person in everybody(config.roster):
        title = config.protocol.role(duty.role).title
        held = incident.roles.get(duty.role)
        waits = held is not None and held.paged_at is not None and not held.answered
        rank = 1 if waits else 4
        found.setdefault(f"{duty.role}|{person.handle}", ((rank, 0.0), f"{title}: {person.handle}   {place}"))
    return [(who, words) for who, (_, words) in sorted(found.items(), key=lambda one: one[1][0])]


async def assign(at: Conductor, ask: Ask) -> Answer:
    """A role to somebody."""
    role = people.role_named(at, ask.told("role"))
    person = await _whom(at, ask, f"Who becomes {role.title}?", role)
    return _done(at, f"{role.title} is {await people.assign(at, role, person)}", role.id)


async def acknowledge(at: Conductor, ask: Ask) -> Answer:
    """Who holds a role knows, or has joined."""
    protocol = at.config.protocol
    choices = [
        (role, f"{protocol.role(role).title}: {holder.person}")
        for role, holder in at.incident.roles.items()
        if holder.acknowledged_at is None or not holder.answered
    ]
    chosen = await ask.choice("role", "Who is here?", choices, empty="Everybody has said so.")
    role, joined = people.role_named(at, chosen), bool(ask.flag("joined"))
    who = await people.acknowledge(at, role, joined=joined)
    return _done(at, f"{role.title} {who} {'joined' if joined else 'acknowledged'}", role.id)


async def handover(at: Conductor, ask: Ask) -> Answer:
    """A role is offered with a brief, or what was offered is accepted."""
    role = people.role_named(at, ask.told("role"))
    if ask.flag("accept"):
        said = f"{role.title} is {await people.accept(at, role, ask.told('person'))} now"
        return _done(at, said, role.id, notice=f"{said}.")
    person = await _whom(at, ask, f"Hand {role.title} over to whom?", role)
    text = brief(at.incident, at.config.protocol, at.clock.now())
    where = "It goes into the timeline, and into the incident's channel where there is one."
    lines = tuple(Line(one) for one in (*text.splitlines(), "", where))
    await ask.agree(Shown(f"Offer {role.title} to {person}?", lines), by_dialog=True)
    text = await people.offer(at, role, person)
    notice = f"Offered to {person}; {key('roles')}, then accept, when they take it."
    said = f"{role.title} is offered to {person}, who has to accept"
    return _done(at, said, role.id, lines=text.splitlines(), notice=notice, brief=text)


async def away(at: Conductor, ask: Ask) -> Answer:
    """Somebody leaves for a while, or is back; else whoever says it."""
    who, back = ask.told("person") or at.recorder.actor, bool(ask.flag("back"))
    roles = await people.away(at, who, back=back)
    return _done(at, f"{who} is {'back' if back else 'away'}: {', '.join(roles)}", *roles)


async def roles(at: Conductor, ask: Ask) -> Answer:
    """A role, and what is to become of it."""
    incident, now = at.incident, at.clock.now()
    choices = []
    for role in at.config.protocol.roles:
        holder = incident.roles.get(role.id)
        state = standing(holder, now, incident.declared_at)
        who = holder.person if holder else "nobody"
        choices.append((role.id, f"{role.title}: {who}   {state.state} {ago(state.since, now)}"))
    chosen = at.config.protocol.role(await ask.choice("role", "Which role?", choices))
    holder = incident.roles.get(chosen.id)
    acts = [("assign", "Assign it to somebody"), ("page", "Page somebody for it")]
    if holder is not None:
        acts += [
            ("joined", f"{holder.person} has joined"),
            ("away", f"{holder.person} {'is back' if holder.away_at is not None else 'is away'}"),
            ("offer", "Hand it over, with a brief"),
        ]
        if holder.offered_at is not None:
            acts.append(("accept", f"{holder.offered_to} accepts it"))
    match await ask.choice("act", chosen.title, acts):
        case "assign":
            return await assign(at, ask.knowing(role=chosen.id))
        case "page":
            return await page(at, ask.knowing(role=chosen.id))
        case "joined":
            return await acknowledge(at, ask.knowing(role=chosen.id, joined="yes"))
        case "away" if holder is not None:
            back = "yes" if holder.away_at is not None else ""
            return await away(at, ask.knowing(person=holder.person, back=back))
        case "accept":
            return await handover(at, ask.knowing(role=chosen.id, accept="yes"))
    return await handover(at, ask.knowing(role=chosen.id))


async def _whom(at: Conductor, ask: Ask, title: str, role: Role) -> str:
    """A person, who can be anybody; proposed is who has the duty and not the role."""
    duty, holder = at.config.roster.duty(role.id), at.incident.roles.get(role.id)
    known = [one.handle for one in (duty.primary, duty.backup) if one is not None] if duty else []
    other = next((one for one in known if holder is None or one != holder.person), "")
    return await ask.text("person", title, hint="a handle or a name", value=other)


async def roster(at: Conductor, ask: Ask) -> Answer:
    """Every role, who holds it, and how far they are since when."""
    incident, now = at.incident, at.moment
    rows, lines = [], []
    for role in at.config.protocol.roles:
        holder = incident.roles.get(role.id)
        found = standing(holder, now, incident.declared_at)
        person, before = (holder.person, holder.before) if holder else ("", ())
        rows.append(
            {
                "role": role.id,
                "title": role.title,
                "kind": role.kind,
                "person": person,
                "state": found.state,
                "since": found.since,
                "seconds": max(0.0, now - found.since),
                "until": holder.until if holder else None,
                "before": [{"person": one.person, "state": one.how, "at": one.at} for one in before],
            }
        )
        lines.append(f"{role.title:<22} {person or 'nobody':<18} {found.state} {ago(found.since, now)}")
    return Answer(tuple(lines), {"incident": incident.id, "roster": rows})


def _done(at: Conductor, words: str, *roles: str, lines: Sequence[str] = (), notice: str = "", **facts: str) -> Answer:
    return told(at.incident, words, *lines, notice=notice, roles=list(roles), **facts)
