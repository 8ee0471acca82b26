"""What contradicts itself in a protocol of the right shape: references, order, the ladder, levels, templates."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from warroom.protocol.checks.problem import Finding, nearest, quote, row
from warroom.protocol.model import GateLimits, Protocol, Step
from warroom.protocol.names import (
    CONDITIONS,
    EVIDENCE,
    FACTS,
    NATIVE,
    ONCE,
    OTHERWISE,
    SPOKEN_TEMPLATES,
    STEP_FIELDS,
    TEMPLATE_FIELDS,
    TOPICS,
)

# Compiled at first use: check.py is imported on the way to the first paint.
_TAG_PREFIX = r"[a-z][a-z0-9-]*"
_FIELD = r"\{([^{}]*)\}"
_FIELD_IN_STEP = r"(?<!\$)\{([A-Za-z_]+)\}"  # ${NAME} is the environment's

_WITH_IDS = ("checklist", "roles", "phases", "severities", "triggers", "matrix", "templates", "compliance", "drills")

_PERIOD_SECONDS = 60.0
_LEAST_EVIDENCE_SECONDS = 180.0
"""A minute that has not begun in it, and one that is whole and settled: less can be no one's."""

_Placed = tuple[Step, Callable[[], str]]
"""A step and its path, which is put together only for a finding."""


class Anything(frozenset[str]):
    """Stands for the ids of a table that is itself broken: every reference into it passes, since nobody can tell."""

    def __contains__(self, _item: object) -> bool:
        return True


def check_protocol(protocol: Protocol, broken: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Every contradiction in `protocol`. `broken` names the top-level tables whose shape was already found faulty."""

    def ids(key: str, more: Iterable[str] = ()) -> frozenset[str]:
        rows: Sequence[Any] = getattr(protocol, key)
        return Anything() if key in broken else frozenset(item.id for item in rows).union(more)

    roles = ids("roles")
    placed = tuple(_placed(protocol))
    steps = frozenset(step.id for step, _ in placed)
    if broken & {"phases", "procedures"}:
        steps = Anything()
    yield from _ids(protocol)
    yield from _spoken(protocol, broken)
    yield from _phases(protocol)
    for step, place in placed:
        yield from _step(step, place, roles, steps, ids("templates"))
    yield from _cycles(placed)
    yield from _ladder(protocol)
    yield from _gate(protocol.gate)
    yield from _escalation(protocol, roles)
    yield from _severities(protocol, caps="escalation" not in broken and bool(protocol.escalation))
    yield from _triggers(protocol, ids("severities"), ids("matrix"))
    yield from _checklist(protocol, steps)
    yield from _templates(protocol)
    if "people" not in broken:
        yield from _people(protocol, roles)
    for index, duty in enumerate(protocol.compliance):
        if duty.when and duty.when not in CONDITIONS:
            yield f"{row('compliance', protocol.compliance, index)}.when", _no("condition", duty.when, CONDITIONS)
    try:
        date.fromisoformat(protocol.review.last_updated)
    except ValueError:
        yield "review.last_updated", f"{quote(protocol.review.last_updated)} is no date. Write it like 2026-11-23."


def _no(what: str, word: str, known: Iterable[str]) -> str:
    return f"{quote(word)} is no {what} of this protocol. {nearest(word, known)}"


def _placed(protocol: Protocol) -> Iterator[_Placed]:
    """Every step of the phases and the procedures, with its place."""
    phases = protocol.phases

    def place(index: int, number: int) -> str:
        return f"{row('phases', phases, index)}.{row('steps', phases[index].steps, number)}"

    for index, phase in enumerate(phases):
        for number, step in enumerate(phase.steps):
            yield step, partial(place, index, number)
    for number, step in enumerate(protocol.procedures):
        yield step, partial(row, "procedures", protocol.procedures, number)


def _ids(protocol: Protocol) -> Iterator[Finding]:
    """Ids that aren't one, and those that stand twice. Steps and checklist items share one set: both get ticked."""
    ticked: set[str] = set()
    for step, place in _placed(protocol):
        yield from _id(step.id, place, ticked)
    for key in _WITH_IDS:
        rows: Sequence[Any] = getattr(protocol, key)
        seen = ticked if key == "checklist" else set()
        for index, item in enumerate(rows):
            yield from _id(item.id, partial(row, key, rows, index), seen, spaced=key == "severities")


def _id(word: str, place: Callable[[], str], seen: set[str], *, spaced: bool = False) -> Iterator[Finding]:
    """`spaced`: people say and write it as it is, like a severity's "SEV 1"."""
    joined = word.replace(" ", "-").replace(".", "-") if spaced else word
    if not (word.isascii() and all(part.isalnum() for part in joined.split("-"))):
        by = "hyphens, dots or spaces" if spaced else "hyphens"
        yield f"{place()}.id", f"{quote(word)} is no id. Write letters and digits, joined by single {by}."
    elif word in seen:
        yield f"{place()}.id", f"{quote(word)} stands here a second time. Give one of the two another id."
    seen.add(word)


def _spoken(protocol: Protocol, broken: frozenset[str]) -> Iterator[Finding]:
    """What the program speaks of by name has to be there."""
    written = {item.id for item in protocol.templates}
    for name in SPOKEN_TEMPLATES:
        if name not in written and "templates" not in broken:
            yield "templates", f"{name!r} is missing, and warroom itself needs it. Add it with that id."
    for kind, (least, most) in ONCE.items() if "phases" not in broken else ():
        there = len(protocol.of_kind(kind))
        if there < least:
            yield "phases", f"None is of the kind {kind}. Add the one in which traffic moves, or say which one it is."
        elif there > most:
            yield "phases", f"{there} are of the kind {kind}. What happens to traffic leads there: keep one."
    kinds = [phase.kind for phase in protocol.phases]
    both = kinds.count("deployment") == kinds.count("verification") == 1 and "phases" not in broken
    if both and kinds.index("verification") != kinds.index("deployment") + 1:
        yield "phases", "What was deployed is verified next. Put the phase of that kind right behind the deployment."


def _people(protocol: Protocol, roles: frozenset[str]) -> Iterator[Finding]:
    """The roles that the program itself speaks of have to be there. Who leads is called first: a core role."""
    spoken = {
        "leads": protocol.people.leads,
        "operates": protocol.people.operates,
        "updates.role": protocol.updates.role,
    }
    for key, role in spoken.items():
        if role not in roles:
            yield key if "." in key else f"people.{key}", _no("role", role, roles)
    for role in protocol.people.security:
        if role not in roles:
            yield "people.security", _no("role", role, roles)
    core = [role.id for role in protocol.roles if role.kind == "core"]
    for key in ("leads", "operates"):
        if spoken[key] in roles and core and spoken[key] not in core and not isinstance(roles, Anything):
            yield f"people.{key}", f"{quote(spoken[key])} is no core role. {nearest(spoken[key], core)}"


def _phases(protocol: Protocol) -> Iterator[Finding]:
    for index, phase in enumerate(protocol.phases):
        place = partial(row, "phases", protocol.phases, index)
        if phase.number != index + 1:
            yield (
                f"{place()}.number",
                f"Phases are numbered in their order. Write {index + 1} instead of {phase.number}.",
            )
        if phase.least_minutes > phase.most_minutes:
            yield f"{place()}.least_minutes", "The least is more than most_minutes. Swap them, or mend one."


def _step(
    step: Step, place: Callable[[], str], roles: frozenset[str], steps: frozenset[str], templates: frozenset[str]
) -> Iterator[Finding]:
    if step.role not in roles:
        yield f"{place()}.role", _no("role", step.role, roles)
    for need in step.needs:
        if need not in steps:
            yield f"{place()}.needs", _no("step", need, steps)
    if step.when and step.when not in CONDITIONS:
        yield f"{place()}.when", _no("condition", step.when, CONDITIONS)
    for name in step.evidence:
        if name not in EVIDENCE:
            yield f"{place()}.evidence", f"{quote(name)} is no evidence that warroom has. {nearest(name, EVIDENCE)}"
    if step.by_person and not step.evidence:
        yield f"{place()}.by_person", "Has no effect without evidence: a person ticks it anyway. Take it away."
    if step.template and step.template not in templates:
        yield f"{place()}.template", _no("template", step.template, templates)
    if step.asks and step.asks not in TOPICS:
        yield f"{place()}.asks", f"{quote(step.asks)} is nothing that is asked. {nearest(step.asks, TOPICS)}"
    if step.asks and step.driver != "manual":
        yield f"{place()}.asks", 'Has no effect here. Write driver = "manual", or take asks away.'
    if step.driver == "native" and step.native not in NATIVE:
        yield f"{place()}.native", f"warroom does nothing called {quote(step.native)}. {nearest(step.native, NATIVE)}"
    otherwise = step.driver == "native" and step.native in OTHERWISE
    if (step.driver == "command" or (otherwise and step.argv)) and not (step.argv and step.argv[0].strip()):
        yield f"{place()}.argv", 'Names no program. Write argv = ["program", "argument"], or driver = "manual".'
    for key, given in (("native", step.native), ("command", step.argv)):
        if given and step.driver != key and not (otherwise and key == "command"):
            extra = "argv" if key == "command" else key
            yield f"{place()}.driver", f'{extra} has no effect here. Write driver = "{key}", or take {extra} away.'
    for key, texts in (("argv", step.argv), ("text", (step.text,))):
        for field in (field for text in texts if "{" in text for field in re.findall(_FIELD_IN_STEP, text)):
            if field not in STEP_FIELDS:
                yield f"{place()}.{key}", f"{{{field}}} is no field of a step. {nearest(field, STEP_FIELDS)}"


def _cycles(placed: Sequence[_Placed]) -> Iterator[Finding]:
    """Steps that wait for each other. Each circle is told once, and cut to find the next."""
    places = {step.id: place for step, place in placed}
    needs = {step.id: set(step.needs) & places.keys() for step, _ in placed}
    while True:
        try:
            TopologicalSorter(needs).prepare()
            return
        except CycleError as circle:
            ring: list[str] = circle.args[1][::-1]
            needs[ring[0]].discard(ring[1])
            chain = " needs ".join(ring[:12]) + (" …" if len(ring) > 12 else "")
            yield f"{places[ring[0]]()}.needs", f"Goes in a circle: {chain}. Take one of these needs away."


def _ladder(protocol: Protocol) -> Iterator[Finding]:
    rungs = protocol.ladder.rungs
    if any(not 1 <= rung <= 100 for rung in rungs):
        yield "ladder.rungs", "A rung is a percent from 1 to 100. Mend the one outside."
    if any(low >= high for low, high in pairwise(rungs)):
        yield "ladder.rungs", "Does not ascend. Sort the rungs, each once."
    if not rungs or rungs[-1] != 100:
        yield "ladder.rungs", "Does not end in 100. Add 100 as the last rung."
    seen: set[int] = set()
    for index, own in enumerate(protocol.ladder.at):
        place = f"ladder.{row('at', protocol.ladder.at, index)}.percent"
        if own.percent not in rungs:
            yield place, f"{own.percent} is no rung. The rungs are {', '.join(map(str, rungs))}."
        elif own.percent in seen:
            yield place, f"{own.percent} stands here a second time. Put both into one."
        seen.add(own.percent)
    if not re.fullmatch(_TAG_PREFIX, protocol.ladder.tag_prefix):
        yield (
            "ladder.tag_prefix",
            "No Cloud Run tag begins so. Write small letters, digits and hyphens, a letter first.",
        )
    elif "---" in protocol.ladder.tag_prefix:
        yield "ladder.tag_prefix", "Three hyphens part a tag from its service in addresses. Write one."


def _gate(gate: GateLimits) -> Iterator[Finding]:
    """Limits by which no verdict could ever stand, whatever the service; Google's real delay is the doctor's."""
    if gate.evidence_minutes * 60 < _LEAST_EVIDENCE_SECONDS:
        yield (
            "gate.evidence_minutes",
            f"In {quote(gate.evidence_minutes)} minutes no measured one is ever settled. Write at least 5.",
        )
    if gate.stale_seconds < _PERIOD_SECONDS:
        yield "gate.stale_seconds", "Shorter than the minute that a point is of. Write at least 240."


def _escalation(protocol: Protocol, roles: frozenset[str]) -> Iterator[Finding]:
    levels = protocol.escalation
    if not levels:
        yield "escalation", "There is no level. Add one from 0 minutes on."
    for index, level in enumerate(levels):
        place = partial(row, "escalation", levels, index)
        if level.level != index + 1:
            yield f"{place()}.level", f"Levels count up in their order. Write {index + 1}."
        if index == 0 and level.from_minutes != 0:
            yield f"{place()}.from_minutes", "The first level begins with the detection. Write 0."
        if index and level.from_minutes <= levels[index - 1].from_minutes:
            yield (
                f"{place()}.from_minutes",
                f"A level begins where the one before ends. Write more than {levels[index - 1].from_minutes:g}.",
            )
        if not level.roles:
            yield f"{place()}.roles", "Calls nobody. Name at least one role."
        for role in level.roles:
            if role not in roles:
                yield f"{place()}.roles", _no("role", role, roles)


def _severities(protocol: Protocol, caps: bool) -> Iterator[Finding]:
    highest = max((level.level for level in protocol.escalation), default=0)
    if not protocol.severities:
        yield "severities", "There is none. Add at least one."
    for index, severity in enumerate(protocol.severities):
        place = partial(row, "severities", protocol.severities, index)
        if caps and not 0 <= severity.level_cap <= highest:
            yield f"{place()}.level_cap", f"There is no escalation level {severity.level_cap}. Write 0 to {highest}."
        fix, resolve = severity.fix_minutes, severity.resolve_minutes
        if fix is not None and resolve is not None and fix > resolve:
            yield f"{place()}.fix_minutes", "The fix is due after the resolution. Write no more than resolve_minutes."


def _triggers(protocol: Protocol, severities: frozenset[str], scenarios: frozenset[str]) -> Iterator[Finding]:
    for index, trigger in enumerate(protocol.triggers):
        place = partial(row, "triggers", protocol.triggers, index)
        if trigger.severity not in severities:
            yield f"{place()}.severity", _no("severity", trigger.severity, severities)
        if trigger.scenario and trigger.scenario not in scenarios:
            yield f"{place()}.scenario", _no("scenario", trigger.scenario, scenarios)


def _checklist(protocol: Protocol, steps: frozenset[str]) -> Iterator[Finding]:
    for index, item in enumerate(protocol.checklist):
        for name in item.ticked_by:
            if name not in FACTS and name not in steps:
                place = row("checklist", protocol.checklist, index)
                known = FACTS if name.startswith("fact:") else steps
                yield f"{place}.ticked_by", f"{quote(name)} is no step and no fact. {nearest(name, known)}"


def _templates(protocol: Protocol) -> Iterator[Finding]:
    for index, template in enumerate(protocol.templates):
        place = f"{row('templates', protocol.templates, index)}.body"
        for field in re.findall(_FIELD, template.body):
            if field not in TEMPLATE_FIELDS:
                yield place, f"{quote('{' + field + '}')} is no field of a message. {nearest(field, TEMPLATE_FIELDS)}"
        if set("{}") & set(re.sub(_FIELD, "", template.body)):
            yield place, "A brace stands alone. Write fields like {title}, and no other braces."
        if not template.body.strip():
            yield place, "Says nothing. Write the message."
