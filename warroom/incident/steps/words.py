"""What was run, asked and read for the protocol's steps, in words."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from warroom.clock import duration
from warroom.incident.steps import steps
from warroom.incident.steps.steps import (
    BackupSeen,
    CommandEnded,
    CommandStarted,
    DefinitionSaved,
    ReviewSeen,
    ValueGiven,
)

_GREEN = ("success", "neutral", "skipped")


def started(fact: CommandStarted) -> tuple[str, str]:
    """A program starts."""
    return f"{_simulated(fact)}running: {' '.join(fact.argv)}", "dim"


def ended(fact: CommandEnded, start: CommandStarted | None) -> tuple[str, str]:
    """It is over."""
    what = " ".join(start.argv) if start else f"run {fact.run}"
    what = f"{_simulated(start)}{what}" if start else what
    after = f" after {duration(fact.seconds)}"
    last = fact.tail.strip().splitlines()[-1:] if fact.outcome in ("failed", "timed out") else []
    why = f": {last[0]}" if last else ""
    match fact.outcome:
        case "done":
            return f"{what}: exit 0{after}", "plain"
        case "failed":
            code = "could not be started" if fact.exit_code is None else f"exit {fact.exit_code}{after}"
            return f"{what}: {code}{why}", "bad"
        case "timed out":
            return f"{what}: stopped, it took longer than {duration(fact.seconds)}{why}", "bad"
        case "cancelled":
            return f"{what}: cancelled{after}", "watch"
    return f"{what}: unknown how it ended, nobody was there to see it", "watch"


def given(fact: ValueGiven) -> tuple[str, str]:
    """A value is known."""
    return f"{fact.name.replace('_', ' ')} is {fact.value}", "plain"


def backup(fact: BackupSeen) -> tuple[str, str]:
    """A backup got further."""
    tone = {"SUCCESSFUL": "good", "ENQUEUED": "dim", "RUNNING": "dim"}.get(fact.status, "bad")
    return f"backup {fact.backup} of the database: {fact.status}", tone


def review(fact: ReviewSeen) -> tuple[str, str]:
    """The pull request stands so."""
    parts = [f"approved by {', '.join(fact.approvals)}" if fact.approvals else "nobody approves yet"]
    if fact.rejections:
        parts.append(f"{', '.join(fact.rejections)} asks for changes")
    red = [name for name, said in fact.checks.items() if said and said not in _GREEN]
    if red:
        parts.append(f"failed: {', '.join(red)}")
    green = sum(said in _GREEN for said in fact.checks.values())
    parts.append(f"{green} of {len(fact.checks)} checks green")
    tone = "watch" if red or fact.rejections else "plain"
    return f"pull request {fact.number}: {'; '.join(parts)}", tone


def saved(fact: DefinitionSaved) -> tuple[str, str]:
    """A definition is kept."""
    return f"definition of {fact.service.name} saved: {PurePath(fact.path).name}", "plain"


def _simulated(start: CommandStarted | None) -> str:
    return "SIMULATED, not really run: " if start is not None and start.simulated else ""


def say(fact: steps.StepFact, runs: Mapping[str, CommandStarted]) -> tuple[str, str]:
    """Any of these facts in words; `runs` are the starts by their id."""
    match fact:
        case CommandStarted():
            return started(fact)
        case CommandEnded():
            return ended(fact, runs.get(fact.run))
        case ValueGiven():
            return given(fact)
        case BackupSeen():
            return backup(fact)
        case ReviewSeen():
            return review(fact)
        case DefinitionSaved():
            return saved(fact)
        case steps.VersionSeen():
            return f"version {fact.version} stands in {fact.where}", "plain"


SAY: dict[type, Any] = {kind: lambda fact, known: say(fact, known.runs) for kind in steps.StepFact.__args__}
