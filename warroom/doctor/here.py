"""What can be told without the cloud: configuration, protocol, drills, programs, environment variables. Pure."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from warroom.conductor.steps.native import PORTS
from warroom.doctor.finding import Finding
from warroom.incident.journal.exercises import FULL
from warroom.incident.place import VARIABLE, Place
from warroom.protocol.checks.problem import Problem
from warroom.protocol.integrations import port_of
from warroom.protocol.model import Drill, Protocol, Review, Step

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Find = Callable[[str, int], str | None]
"""Where a program is, by name and the access asked for (os.X_OK or os.F_OK), as steps.finding has it."""


def place(here: Place) -> Finding:
    """Where all that follows was looked at: what is fine on an emulator says nothing of production."""
    if here.kind == "production":
        return Finding("place", "ok", here.badge)
    off = f"Unset {here.source}" if here.source == VARIABLE else f"Take {here.source} out"
    return Finding("place", "warning", f"{here.words}: nothing of this is production's", f"{off} to look at production")


def configuration(problems: Sequence[Problem], directory: str) -> Iterator[Finding]:
    """Every problem of the configuration, unfilled placeholders among them, or that there is none."""
    for problem in problems:
        yield Finding("configuration", "failure", str(problem), f"Mend it in {directory}, then run: warroom check")
    if not problems:
        yield Finding("configuration", "ok", f"{directory}: fine")


def review(review: Review, today: date) -> Iterator[Finding]:
    """Whether the written protocol was looked at in time. Says nothing where its date is none: that is a problem."""
    try:
        due = date.fromisoformat(review.last_updated) + timedelta(days=review.every_days)
    except (ValueError, OverflowError):
        return
    words = f"version {review.version} was last updated {review.last_updated}"
    if today <= due:
        yield Finding("protocol", "ok", f"{words}, next review by {due}")
        return
    late = (today - due).days
    yield Finding(
        "protocol",
        "warning",
        f"{words}: its review is {late} day{'s' if late > 1 else ''} overdue",
        f"{review.owner} reviews it, then sets review.last_updated",
    )


def drills(kinds: Sequence[Drill], held: Mapping[str, float], now: float) -> Iterator[Finding]:
    """Whether each kind of exercise was held in time; `held` is when it last was (Unix seconds), by the kind's id."""
    for kind in kinds:
        remedy = "Run: warroom drill" if kind.id == FULL else f"Hold one, then: warroom exercise {kind.id}"
        if kind.id not in held:
            due = f"due every {kind.every_days} days"
            yield Finding("drills", "warning", f"{kind.title}: none on this machine, {due}", remedy)
            continue
        day = datetime.fromtimestamp(held[kind.id], UTC).date()
        if held[kind.id] > now + 86_400:
            what = f"{kind.title}: recorded for {day}, which is still to come: a clock ran ahead then"
            yield Finding("drills", "warning", what, remedy)
            continue
        days = max(0, int((now - held[kind.id]) / 86_400))
        words = f"{kind.title}: last on {day}, {days} days ago, due every {kind.every_days}"
        overdue = days > kind.every_days
        yield Finding("drills", "warning" if overdue else "ok", words, remedy if overdue else "")


def programs(protocol: Protocol, find: Find, missing: Collection[str] = ()) -> Iterator[Finding]:
    """Whether every program that a step or the list of tools names is there and can be run.

    Those that stand in for one of the other systems are wanted where it is `missing`, and can be done by hand.
    """
    wanted: dict[str, list[str]] = {}
    optional = {tool.name for tool in protocol.tools if not tool.required}
    for tool in protocol.tools:
        wanted.setdefault(tool.name, []).append(tool.purpose)
    for step in _commands(protocol):
        optional.discard(step.argv[0])
        wanted.setdefault(step.argv[0], []).append(f"step “{step.title}”")
    for step, system in _stand_ins(protocol, missing):
        if step.argv[0] not in wanted:
            optional.add(step.argv[0])
        use = f"step “{step.title}”, as {system} is not there"
        wanted.setdefault(step.argv[0], []).append(use)
    found = []
    for name, uses in wanted.items():
        if find(name, os.X_OK):
            found.append(name)
            continue
        there = find(name, os.F_OK)
        yield Finding(
            "commands",
            "warning" if name in optional else "failure",
            f"{name} {'can’t be executed' if there else 'is not found'}, and is for: {'; '.join(uses)}",
            f"chmod +x {there}" if there else "Install it, or say in protocol.toml how it is done here",
        )
    if found:
        yield Finding("commands", "ok", f"found: {', '.join(found)}")


def variables(protocol: Protocol, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether every environment variable that a step names as ${NAME} is set."""
    uses: dict[str, list[str]] = {}
    for step in _steps(protocol):
        for name in dict.fromkeys(name for text in (*step.argv, step.text) for name in _VARIABLE.findall(text)):
            uses.setdefault(name, []).append(step.title)
    for name, titles in uses.items():
        if not environ.get(name):
            what = f"{name} is not set, and is for: {'; '.join(titles)}"
            yield Finding("variables", "failure", what, f"Start warroom with {name} in its environment")
    is_set = [name for name in uses if environ.get(name)]
    if is_set:
        yield Finding("variables", "ok", f"set: {', '.join(is_set)}")


def _steps(protocol: Protocol) -> Iterable[Step]:
    return (*(step for phase in protocol.phases for step in phase.steps), *protocol.procedures)


def _commands(protocol: Protocol) -> Iterable[Step]:
    """The steps that start a program whose name does not depend on the incident."""
    return (step for step in _steps(protocol) if step.driver == "command" and step.argv and "{" not in step.argv[0])


def _stand_ins(protocol: Protocol, missing: Collection[str]) -> Iterable[tuple[Step, str]]:
    """The steps that warroom would do in one of the other systems, and that start a program where it is missing."""
    gone = {port_of(system): system for system in missing}
    ours = ((step, PORTS.get(step.native)) for step in _steps(protocol) if step.argv)
    return ((step, gone[port]) for step, port in ours if port is not None and port in gone)
