"""The command that looks whether everything is there before the first rung."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warroom.cli.arguments import options
from warroom.failing import fail

if TYPE_CHECKING:
    from warroom.clock import Clock
    from warroom.doctor.examine import Around
    from warroom.doctor.finding import Finding
    from warroom.protocol.model import Config, Protocol

FORMAT = 1
"""Of the JSON document; it grows when a key changes its meaning or goes."""


@click.command()
@click.option("--service", "names", metavar="NAME", multiple=True, help="Only this service; may be given again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document at the end, in place of lines.")
@options.config
def doctor(names: tuple[str, ...], as_json: bool, config_directory: Path | None) -> None:
    r"""Look whether everything is there before the first rung.

    Configuration, protocol, drills, journal, what incidents still owe, programs, other systems, credentials, and of
    every service: permissions, readiness, traffic, staging, health, metrics, limits. It changes nothing, and leaves
    with 1 if anything failed, with 0 if not.

    \b
    --json prints {"version": 1, "checked_at", "config", "place", "worst", "counts": {"ok", "warning", "failure"},
    "findings": [{"check", "state", "what", "remedy", "service": null or {"name", "region", "project"}}]};
    state and worst are ok, warning or failure.
    """
    from warroom.clock import ScaledClock, rfc3339
    from warroom.doctor.finding import STATES
    from warroom.protocol.load import read
    from warroom.protocol.model import Endpoints
    from warroom.resources import find_config
    from warroom.text import plain
    from warroom.wiring import rooms

    directory = find_config(config_directory)
    shown = plain(str(directory), 1000)
    config, problems = read(directory)
    clock = rooms.own_clock(config) if config else ScaledClock()
    known = [one.name for one in config.services.services] if config else []
    for name in names:
        if config and name not in known:
            fail(f"services.toml names no service {name}. There is: {', '.join(known)}.", 2)

    async def run() -> list["Finding"]:
        from warroom.doctor.examine import examine

        around = _around(config, directory, clock)
        return await _told(examine(config, problems, shown, names, around), quiet=as_json)

    found = asyncio.run(run())
    counts = {state: sum(one.state == state for one in found) for state in STATES}
    if as_json:
        import json

        from msgspec import to_builtins

        from warroom.redaction import clean

        document = {
            "version": FORMAT,
            "checked_at": rfc3339(clock.now()),
            "config": shown,
            "place": rooms.here(config.services.endpoints if config else Endpoints()).kind,
            "worst": max((one.state for one in found), key=STATES.index),
            "counts": counts,
            "findings": found,
        }
        # In ASCII: what came from outside can then hold no sign that a terminal obeys, or that no encoding takes.
        click.echo(clean(json.dumps(to_builtins(document), indent=2, ensure_ascii=True)))
    else:
        click.echo(", ".join(f"{count} {state}" for state, count in counts.items()))
    raise SystemExit(1 if counts["failure"] else 0)


def _around(config: "Config | None", directory: Path, clock: "Clock") -> "Around":
    """What the examination is made in: the machine as it is, and the way to the cloud."""
    from warroom.doctor.examine import Around
    from warroom.protocol.model import Endpoints
    from warroom.steps.finding import program
    from warroom.wiring import rooms

    own = config.services.endpoints if config else Endpoints()
    return Around(
        clock=clock,
        find=lambda name, mode: program(name, directory, os.environ, mode),
        environ=os.environ,
        exercises=_exercises,
        place=rooms.here(own),
        endpoints=lambda: rooms.endpoints(own),
        connect=rooms.connection(own, clock, logs=config.services.evidence.logs if config else True),
        journal=_journal,
        owed=lambda protocol: _owed(protocol, clock),
        others=lambda: rooms.beside(rooms.endpoints(own)[0], config.integrations if config else None, clock),
    )


def _exercises() -> dict[str, float]:
    """When each kind of exercise was last held (Unix seconds, by its id). Raises JournalError."""
    from warroom.incident.journal.exercises import exercises
    from warroom.resources import state_path

    return exercises(state_path() / "drills" / "journal.db")


def _journal() -> "Finding | None":
    from warroom.doctor.journal import examine
    from warroom.incident.journal import is_begun, open_store
    from warroom.resources import state_path

    path = state_path() / "journal.db"
    return examine(lambda: open_store(path, only_read=True) if is_begun(path) else None)


def _owed(protocol: "Protocol", clock: "Clock") -> "Iterable[Finding]":
    from warroom.doctor.journal import owed
    from warroom.incident.journal import is_begun, open_store
    from warroom.resources import state_path

    path = state_path() / "journal.db"
    return owed(lambda: open_store(path, only_read=True) if is_begun(path) else None, protocol, clock.now())


async def _told(findings: AsyncIterator["Finding"], quiet: bool) -> list["Finding"]:
    """All of them, each printed as it comes."""
    found = []
    async for finding in findings:
        found.append(finding)
        if not quiet:
            _print(finding)
    return found


def _print(finding: "Finding") -> None:
    from warroom.text import plain

    about = f"{finding.service.name} ({finding.service.project}): " if finding.service else ""
    click.echo(f"{finding.state:<8} {finding.check:<13} {plain(about + finding.what, 500)}")
    if finding.remedy and finding.state != "ok":
        click.echo(f"{'':<8} {'':<13} → {plain(finding.remedy, 500)}")
