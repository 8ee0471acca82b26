"""Doing a step: by warroom itself, by a program, or by hand; with its values, and the consent that its guard asks."""

import shlex
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from warroom.clock import Stopwatch
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.conductor.steps import native
from warroom.conductor.steps.native import Given
from warroom.conductor.steps.programs import Runs
from warroom.incident.events import Noted
from warroom.incident.progress.step_scope import applies
from warroom.incident.steps.steps import ValueGiven
from warroom.protocol.model import Step
from warroom.protocol.names import CONDITIONS, NATIVE, STEP_FIELDS
from warroom.steps import fields
from warroom.steps.fields import Unfilled

Way = Literal["native", "command", "manual"]
GUARDS = {
    "look": "changes nothing",
    "write": "writes, and can be taken back",
    "speak": "tells others",
    "forward": "changes production",
    "retreat": "takes back what was changed",
    "final": "cannot be undone",
}
"""A step's guard in words."""


class Prepared(Struct, frozen=True):
    """A step as it would be done now: `way`, and `why` where it is another than the protocol's driver.

    `values` are those that are known, `wanted` the fields that it needs, `missing` those that have none; `argv` is
    filled in when none is missing.
    """

    step: Step
    way: Way
    service: str
    values: dict[str, str]
    why: str = ""
    argv: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()

    @property
    def final(self) -> bool:
        """Whether it cannot be undone: it needs something typed, and a second person."""
        return self.step.guard == "final"

    @property
    def typed(self) -> str:
        """What must be typed for a final one: what it is about, a backup's id, the service or the incident's number."""
        names = fields.names_in(self.step.argv)
        wanted = next((name for name in ("backup", "service") if name in names), "incident")
        return self.values.get(wanted, "")

    @property
    def words(self) -> str:
        """What will be done, in one line."""
        if self.way == "command":
            return f"$ {shlex.join(self.argv)}"
        if self.way == "manual":
            return "By hand"
        return f"warroom will {NATIVE[self.step.native]}"


class Done(Struct, frozen=True):
    """How it ended: `outcome` is done, failed, timed out or cancelled, with what there is to say of it."""

    outcome: str
    words: str
    exit_code: int | None = None
    seconds: float = 0.0
    log: str = ""


def prepare(session: Session, step: Step, service: str) -> Prepared:
    """How a step would be done now on `service`. Raises Refused for a value that does not fit."""
    lane = session.lane(service)
    ref = lane.ref
    config = session.config.services.find(ref.name, ref.region, ref.project)
    values = fields.known(session.incident, lane, config)
    way, why = _way(session, step)
    wanted = native.FIELDS.get(step.native, ()) if way == "native" else fields.names_in(step.argv)
    missing = tuple(name for name in wanted if not values.get(name))
    argv = step.argv if way != "native" else ()
    if argv and not missing:
        try:
            argv = fields.fill(argv, values)
        except Unfilled as unfit:
            raise Refused(str(unfit), f"Give another {unfit.name.replace('_', ' ')}.") from unfit
    return Prepared(step, way, service, values, why, argv, missing, wanted)


def _way(session: Session, step: Step) -> tuple[Way, str]:
    if step.driver == "native" and step.native in native.NATIVES:
        why = native.why_not(session, step)
        if not why:
            return "native", ""
        return ("command" if step.argv else "manual"), why
    return ("command" if step.driver == "command" else "manual"), ""


def needs(session: Session, step: Step) -> None:
    """Raise Refused where a step still needs others."""
    protocol, ticks = session.config.protocol, session.incident.ticks
    open_ones = [protocol.step(need).title for need in step.needs if need not in ticks]
    if open_ones:
        raise Refused(f"Not yet: first {', '.join(open_ones)}", "Do or tick what it needs, then this.")


def doubt(session: Session, step: Step) -> str:
    """What speaks against a step that is for some incidents only, in a sentence; "" where nothing does.

    It hinders nobody: what was said earlier may be wrong.
    """
    return "" if applies(step, session.incident) else f"Only where {CONDITIONS[step.when]}: it was said not to be so."


async def give(session: Session, name: str, value: str) -> None:
    """Keep a value for all the steps that name it. Raises Refused for one that does not fit."""
    if name not in STEP_FIELDS:
        raise Refused(f"No step knows a {name}", f"They know: {', '.join(sorted(STEP_FIELDS))}.")
    value = value.strip()
    if name == "issue":
        value = fields.issue(value)
    try:
        fields.fill((f"{{{name}}}",), {name: value})
    except Unfilled as unfit:
        raise Refused(str(unfit), f"Give another {name.replace('_', ' ')}.") from unfit
    if session.incident.work.values.get(name) != value:
        await session.record(ValueGiven(name, value))


def agreed(session: Session, prepared: Prepared, typed: str, second: str) -> None:
    """The strongest guard: the right thing typed, and a second person. Raises Refused otherwise."""
    if not prepared.final:
        return
    if not prepared.typed or typed.strip() != prepared.typed:
        raise Refused(f"Not confirmed: {prepared.typed} was not typed", "Type it as it stands.")
    if not second.strip() or second.strip() == session.recorder.actor:
        raise Refused("This needs a second person", "Type the handle of somebody else who agrees.")


async def do(
    runs: Runs, prepared: Prepared, say: Callable[[str], None], *, second: str = "", mitigates: bool = False
) -> Done:
    """Do a prepared step, whose guard was overcome, to its end. Raises Refused and ServiceError."""
    session = runs.session
    if prepared.missing:
        raise Refused(f"{fields.question(prepared.missing[0])} is not known", "Give it first.")
    given = Given(prepared.values, second.strip(), mitigates and prepared.step.native == "flag-off")
    if prepared.way == "manual":
        raise Refused(prepared.why.rstrip(".") or "This is done by hand", "Do it, then tick it.")
    if prepared.way == "native":
        took = Stopwatch(session.clock)
        words = await runs.watched(prepared.step, lambda line: _native(session, prepared, given, line, say))
        return Done("done", words, seconds=took.seconds)
    if prepared.final:
        await session.record(Noted(f"{prepared.step.title}, agreed by {given.second}"))
    run = await runs.run(prepared.step, prepared.argv, say)
    if run.outcome == "done" and (facts := native.mitigation(session, given)):
        await session.record(*facts)
    return Done(run.outcome, told(run.outcome, run.exit_code), run.exit_code, run.seconds, run.log)


async def _native(
    session: Session, prepared: Prepared, given: Given, line: Callable[[str], None], say: Callable[[str], None]
) -> str:
    def both(words: str) -> None:
        line(words)
        say(words)

    return await native.perform(session, prepared.step, given, both)


def told(outcome: str, exit_code: int | None) -> str:
    """A program's end in words."""
    if outcome == "failed":
        return "could not be started" if exit_code is None else f"failed with exit {exit_code}"
    return {"done": "done, exit 0", "timed out": "stopped at its timeout", "cancelled": "cancelled"}.get(
        outcome, "unknown how it ended"
    )


def to_copy(session: Session, prepared: Prepared) -> str:
    """What a person needs who does it by hand: the text, or the command."""
    if prepared.step.native == "pull-request":
        return "\n".join(native.pull_text(session.incident, prepared.values))
    if prepared.argv:
        return shlex.join(prepared.argv)
    values = {**prepared.values}
    text = prepared.step.text
    for name in fields.names_in((text,)):
        text = text.replace(f"{{{name}}}", values.get(name, f"({name.replace('_', ' ')})"))
    return text
