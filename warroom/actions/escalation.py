"""Calling the people of an escalation level, and letting it reach higher."""

from warroom.actions.answer import Answer, told
from warroom.actions.ask import Ask, Line, Shown
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import escalation
from warroom.conductor.people.escalation import Call
from warroom.incident import escalation as escalating
from warroom.marks import TIMELINE

CAP = "cap "


async def escalate(at: Conductor, ask: Ask) -> Answer:
    """The levels that wait, or the one that is named or chosen; or the cap is raised."""
    level = int(ask.told("level") or 0)
    if ask.flag("raise_cap"):
        return await _raise_cap(at, ask, level)
    reach.check(at)
    await escalation.keep(at)
    incident, protocol = at.incident, at.config.protocol
    if level or escalating.unanswered(incident, protocol, at.clock.now()):
        return await _call(at, ask, level)
    choices = [
        (str(one.level), f"Call level {one.level} now: {one.title}{' (by hand)' if one.by_hand else ''}")
        for one in escalating.open_to_hand(incident, protocol)
    ]
    highest = escalating.cap(incident, protocol)
    above = [one for one in protocol.escalation if one.level > highest]
    choices += [(f"{CAP}{one.level}", f"Raise the cap to level {one.level}: {one.title}") for one in above]
    title = f"Escalate; {incident.severity} goes to level {highest}"
    chosen = await ask.choice("call", title, choices, empty="Every level was called.", usual=lambda: "0")
    if chosen.startswith(CAP):
        return await _raise_cap(at, ask, int(chosen.removeprefix(CAP)))
    return await _call(at, ask, int(chosen))


async def _call(at: Conductor, ask: Ask, level: int) -> Answer:
    call = escalation.call(at, level)
    pages = [
        {"role": page.role.id, "to": page.person.handle, "by_hand": page.by_hand, "why": page.why, "text": page.text}
        for page in call.pages
    ]
    by_hand = all(page.by_hand for page in call.pages)
    shown = Shown(
        f"Escalate to level {call.level}",
        tuple(_lines(call, by_hand=by_hand)),
        yes="records that you called them" if by_hand else "sends",
        copy="\n".join(page.text for page in call.pages),
        copied="texts",
        facts={"level": call.level, "pages": pages},
    )
    await ask.agree(shown)

    async def work() -> Answer:
        said = await escalation.carry_out(at, call)
        return told(at.incident, said, notice=said, level=call.level, pages=pages)

    remedy = f"Look at {TIMELINE} for whom it reached, and call by hand."
    return await ask.beside(work(), f"calling level {call.level}", remedy)


def _lines(call: Call, *, by_hand: bool) -> list[Line]:
    """Everybody of the level, each with where and what."""
    lines, said = [], ""
    for page in call.pages:
        where = page.person.phone if page.by_hand and page.person.phone else page.person.email
        lines.append(Line(f"{page.role.title}: {page.person.handle}  {where}"))
        if page.why and page.why != said:
            lines.append(Line(f"  By hand: {page.why}", "watch"))
            said = page.why
        lines += [Line(f"  {to}: {text}", "dim") for to, text in (() if page.by_hand else page.goes)]
    lines += [Line(f"{title}: the roster names nobody", "watch") for title in call.nobody]
    if by_hand and call.pages:
        lines.append(Line(f"Say: {call.pages[0].text}", "dim"))
    return lines


async def _raise_cap(at: Conductor, ask: Ask, level: int) -> Answer:
    leads = at.config.protocol.leader
    commander = at.incident.roles.get(leads.id)
    who = commander.person if commander else "nobody"
    title = f"Why may it reach level {level}? The {leads.title} ({who}) allows it"
    reason = await ask.text("reason", title, required=ask.dialogs)
    await escalation.raise_cap(at, level, reason)
    highest = escalating.cap(at.incident, at.config.protocol)
    return told(at.incident, f"may escalate to level {highest}", notice=f"It may now reach level {level}.", cap=highest)
