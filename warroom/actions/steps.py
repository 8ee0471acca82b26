"""The protocol's steps: ticked, done by warroom or by a program, noted, resolved, written up."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from difflib import get_close_matches

from msgspec import to_builtins

from warroom.actions.answer import Answer, Misused, Planned, told
from warroom.actions.ask import Ask, Line, Shown
from warroom.actions.catalogue import BY_ID
from warroom.actions.flow import flow
from warroom.clock import duration
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute, native, ticks
from warroom.conductor.steps.execute import Prepared
from warroom.incident import clocks, mitigation
from warroom.incident.boxes.evidence import Evidence, of_step
from warroom.incident.comms.comms import PERMANENT_FIX
from warroom.incident.events import Noted
from warroom.incident.lane import serving
from warroom.incident.unfinished import unfinished
from warroom.marks import key
from warroom.protocol.integrations import PAGE_CHANNEL
from warroom.protocol.model import Phase, Protocol, Step
from warroom.services.errors import ServiceError
from warroom.steps import fields
from warroom.text import one_line
from warroom.updates.wording import LAST

OWN = {
    "roll-back": "roll-back",
    "decide": "decide",
    "data-change": "data-change",
    "stage": "stage",
    "smoke": "smoke",
    "deploy": "deploy",
    "ladder": "advance",
    "unpin": "un-pin",
    "report": "report",
    "resolve": "resolve",
    "alert": "alert",
    "update": "update",
    "status-page": "update",
    "ticket": "ticket",
    "post-mortem": "post-mortem",
    "permanent-fix": "action",
}
"""What does a native step that is an action of its own."""

EVIDENCE_MARKS = {"good": "✔", "bad": "✘", "unknown": "○"}
_SET = f"warroom action set {PERMANENT_FIX}"

GIVEN = ("service", "region", "project", "incident", "severity", "title")
"""Values that the incident has by itself."""


async def tick(at: Conductor, ask: Ask) -> Answer:
    """Tick a step or checklist item, or untick it; a script that says which leaves one that is so as it is."""
    item = item_of(at.config.protocol, _selected(ask))
    ticked, off = item in at.incident.ticks, ask.flag("off")
    if off is None:
        off = ticked
    shown = at.incident.ticks[item].evidence if ticked and off else ""
    against = "" if off else ticks.speaks_against(at, item)
    if ticked == off:
        reason = ask.told("reason")
        if against and ask.dialogs:
            reason = await ask.text(
                "reason", f"The evidence speaks against it: {against}. Why is it done all the same?"
            )
        await ticks.tick(at, item, reason)
    notice = f"Opened again, though {shown} showed it: the report lists that." if shown else ""
    if against and ticked == off:
        notice = "Ticked against the evidence: the report lists that, with the reason."
    step = at.config.protocol.find_step(item)
    found = of_step(at.incident, step, at.config.protocol) if step is not None else ()
    lines = (*([f"  {notice}"] if notice else []), *evidence_lines(found))
    words = f"{item} is {'open' if off else 'done'}"
    return told(at.incident, words, *lines, notice=notice, step=item, ticked=not off, evidence=to_builtins(found))


def evidence_lines(found: Sequence[Evidence]) -> Iterator[str]:
    """Each thing that was looked at for a step: whether it speaks for it, with numbers and the moment."""
    for one in found:
        yield f"  {EVIDENCE_MARKS[one.state]} {one.told}"


def item_of(protocol: Protocol, wanted: str) -> str:
    """The id of a step or checklist item. Raises Misused with what is nearest."""
    known = [step.id for phase in protocol.phases for step in phase.steps]
    known += [step.id for step in protocol.procedures] + [item.id for item in protocol.checklist]
    if wanted in known:
        return wanted
    near = get_close_matches(wanted, known, 3, 0.5) or known[:8]
    raise Misused(f"The protocol has no step {wanted}", f"Did you mean one of: {', '.join(near)}?")


def _selected(ask: Ask) -> str:
    step = ask.told("step")
    if not step and not ask.dialogs:
        raise Misused("No step named", "See: warroom run --list")
    if not step:
        raise Refused("Every step of this phase is done", "Use ↑ ↓ to reach others.")
    return step


async def undo(at: Conductor, ask: Ask) -> Answer:
    """Take back the operator's last tick or note."""
    await ticks.undo(at)
    return told(at.incident, "taken back")


async def note(at: Conductor, ask: Ask) -> Answer:
    """A line for the timeline."""
    text = (await ask.text("text", "Note for the timeline")).strip()
    if not one_line(text, 1000).strip():
        raise Misused("An empty note", "Say what is worth remembering.")
    await at.record(Noted(text, by_hand=True))
    return told(at.incident, f"noted: {text}", note=text)


def _named(phases: Sequence[Phase]) -> str:
    """Phases by their numbers, with their verb: "phase 5 is", "phases 6 and 7 are"; "" for none."""
    numbers = [str(phase.number) for phase in phases]
    if len(numbers) < 2:
        return f"phase {numbers[0]} is" if numbers else ""
    return f"phases {', '.join(numbers[:-1])} and {numbers[-1]} are"


async def resolve(at: Conductor, ask: Ask) -> Answer:
    """The incident is over: what was done is verified."""
    incident = at.incident
    at.check("resolve")
    reach.on_time(at)
    left = unfinished(incident, at.config.protocol, at.moment)
    protocol = at.config.protocol
    verified, after = _named(protocol.of_kind("verification")), _named(protocol.of_kind("post-deployment"))
    lines = [Line(f"The users are measured to be better{f' and {verified} verified' if verified else ''}.")]
    if left:
        lines = [Line("Still open:"), *(Line(f"  {one}", "watch") for one in left)]
    lines.append(Line(f"This stops the SLA clock{f'; {after} left' if after else ''}."))
    words = f"Resolve {incident.id}: {' '.join(one.text.strip() for one in lines[:-1])}"
    facts = {"incident": incident.id, "words": words, "open": list(left)}
    await ask.agree(Shown("Resolve the incident?", tuple(lines), facts=facts, unsent="Nothing was written."))
    reason = ask.told("reason")
    if left and ask.dialogs:
        reason = await ask.text("reason", "Why is it resolved although that is open?")
    await at.resolve(ask.told("text"), reason)
    resolved_at = at.incident.resolved_at
    assert resolved_at is not None
    took = clocks.age(incident.detected_at, resolved_at)
    words = f"resolved {duration(took)} after detection"
    return told(at.incident, words, resolved_at=resolved_at, took_seconds=took)


async def mitigated(at: Conductor, ask: Ask) -> Answer:
    """Users are better, though nothing measures it."""
    at.check("mitigated")
    found = mitigation.measured(at.incident)
    words = found.words if found is not None else serving.newest(at.incident.lanes.values())
    told_so = f" What is measured: {words}." if words else ""
    reason = await ask.text("reason", f"How do you know that users are better?{told_so}")
    await at.mitigated(reason)
    said = "mitigated, said by hand and not measured"
    return told(at.incident, f"{said}: {reason}", notice=f"Noted: {said}.", reason=reason)


async def report(at: Conductor, ask: Ask) -> Answer:
    """Write the report to a file."""
    path = await at.report(ask.reports)
    return told(at.incident, f"report written: {path}", notice=f"Report written: {path}", path=str(path))


async def procedures(at: Conductor, ask: Ask) -> Answer:
    """One of the procedures, which stand in no phase."""
    choices = [(step.id, f"{step.title}   {' '.join(step.argv)}") for step in at.config.protocol.procedures]
    return await run(at, ask.knowing(step=await ask.choice("procedure", "Procedures, ready at any time", choices)))


def can_run(step: Step) -> bool:
    """Whether a script can do a step: its program, or what warroom does as a step of its own."""
    return step.driver == "command" or step.native in (*native.NATIVES, "restore-definition")


async def run(at: Conductor, ask: Ask) -> Answer:
    """A step: as an action of its own, by warroom, by its program, or told to a person."""
    named = at.config.protocol.find_step(ask.told("step"))
    if named is not None and named.evidence and not ask.dialogs:
        await _looked(at, ask)
        tick = at.incident.ticks.get(named.id)
        if tick is not None and not can_run(named) and named.native not in OWN:
            lines = evidence_lines(of_step(at.incident, named, at.config.protocol))
            how = "shown" if tick.evidence else f"by hand, {tick.actor}"
            return told(at.incident, f"{named.id} is done: {how}", *lines, step=named.id, ticked=True)
    step = _step(at, ask)
    if step.native in OWN:
        if step.native == "status-page":
            ask = ask.knowing(template=LAST, only=PAGE_CHANNEL)
        elif step.native == "update":
            ask = ask.knowing(template=step.template)
        elif step.native == "permanent-fix":
            if not ask.dialogs:
                raise Misused("The permanent fix needs an owner and a date", f"{_SET} --owner HANDLE --due YYYY-MM-DD")
            ask = ask.knowing(what="set", text=PERMANENT_FIX)
        return await flow(OWN[step.native])(at, ask)
    if step.native == "restore-definition":
        return await flow(step.native)(at, ask)
    if step.asks and ask.dialogs:
        return await flow("answer")(at, ask.knowing(topic=step.asks))
    await ask.begin(step)
    service = ask.service
    prepared = execute.prepare(at, step, service)
    if prepared.way == "manual":
        await ask.agree(_by_hand(at, prepared))
    if at.runs.under_way(step.id) is None and not (step.native == "gate" and ask.dialogs):
        if ask.dialogs or not prepared.missing:  # of a script's line first what it lacks is told
            execute.needs(at, step)
        await _values(at, ask, prepared, prepared.missing)
        prepared = execute.prepare(at, step, service)
    second = await _agreed(at, ask, prepared) if ask.dialogs else ask.told("second")
    mitigates = await _mitigates(at, ask, prepared) if ask.dialogs else bool(ask.flag("mitigated"))
    answer = await ask.do(prepared, second, mitigates=mitigates)
    if answer is not None:
        return answer
    await _values(at, ask, prepared, tuple(name for name in prepared.wanted if name not in GIVEN))
    return await run(at, ask.knowing(step=step.id))


async def _looked(at: Conductor, ask: Ask) -> None:
    """Where no board does it all the time: measure and ask what there is, as far as it can be reached."""
    from warroom.conductor.validation import looks  # a lot of modules, which no board waits for

    with suppress(ServiceError, Refused):
        await ask.connect()
        if at.clients is not None:
            await at.look(at.clients.run)
        await looks.measure_staging(at)
        await looks.look(at)


def _step(at: Conductor, ask: Ask) -> Step:
    """The step that is meant. Raises Misused where a script can't do it so."""
    protocol = at.config.protocol
    name = item_of(protocol, _selected(ask))
    step = protocol.find_step(name)
    if step is None:
        raise Misused(f"{name} is no step", "Tick it with warroom tick.")
    if ask.dialogs:
        return step
    if step.native in OWN:
        own = f"update --channel {PAGE_CHANNEL}" if step.native == "status-page" else BY_ID[OWN[step.native]].twin
        raise Misused(f"{step.title} has a command of its own", f"See: warroom {own} --help")
    if not can_run(step):
        title, remedy = f"{step.title} is for a person, or for a key of the board", f"Then: warroom tick {step.id}"
        found = of_step(at.incident, step, protocol)
        if found:
            facts = {"step": step.id, "evidence": to_builtins(found)}
            raise Planned(title, remedy, Answer((step.title, *evidence_lines(found)), facts))
        raise Misused(title, remedy)
    return step


def _by_hand(at: Conductor, prepared: Prepared) -> Shown:
    """Whose it is, why it is by hand, and the text to copy."""
    step = prepared.step
    owner = f"Owner: {at.config.protocol.role(step.role).title}"
    lines = [owner, *([prepared.why] if prepared.why else []), step.text or "Do it, then tick it."]
    if found := of_step(at.incident, step, at.config.protocol):
        itself = "by a person alone" if step.by_person else "by itself, once all of this says so; else by hand"
        lines += ["", f"Ticked {itself}:", *evidence_lines(found)]
    text = execute.to_copy(at, prepared)
    copied = text.splitlines() if text.strip() != step.text.strip() else []  # else it stands there already
    return Shown(
        step.title,
        tuple(Line(one) for one in (*lines, *(["", *copied] if copied else []))),
        off=(prepared.why or f"{step.title} is done by hand").rstrip("."),
        remedy=f"Then: warroom tick {step.id}",
        refused="Do it, then tick it.",
        copy=text,
        keys=f"c copies the text   Esc leaves it, then {key('tick')} ticks the step",
    )


async def _agreed(at: Conductor, ask: Ask, prepared: Prepared) -> str:
    """The strongest guard; "" where it is not asked for. Raises Refused when it is not overcome."""
    if not prepared.final or at.runs.under_way(prepared.step.id) is not None:
        return ""
    doubt = execute.doubt(at, prepared.step)
    title = f"{prepared.step.title}: this cannot be undone. {doubt and f'{doubt} '}Type {prepared.typed}"
    typed = await ask.text("typed", title, hint=prepared.typed)
    second = await ask.text("second", "Who agrees? A second person's handle", hint="@handle")
    execute.agreed(at, prepared, typed, second)
    return second


async def _mitigates(at: Conductor, ask: Ask, prepared: Prepared) -> bool:
    """Whether switching the feature off ends it for the users."""
    if prepared.step.native != "flag-off":
        return False
    choices = [
        ("yes", "Yes: whether users are better is measured from then on"),
        ("no", "No, or not known yet"),
    ]
    return await ask.choice("mitigated", "Does turning it off end the users' trouble?", choices) == "yes"


async def _values(at: Conductor, ask: Ask, prepared: Prepared, names: tuple[str, ...]) -> None:
    """Ask for each of these values, and keep it for all steps."""
    for name in names:
        ready = prepared.values.get(name) or fields.suggestion(name, at.incident)
        await execute.give(at, name, await ask.value(name, fields.question(name), ready))
