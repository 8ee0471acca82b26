"""Puts a report on the disk and says so in the journal."""

import asyncio
from pathlib import Path

from warroom import files
from warroom.clock import Clock
from warroom.incident.events import Event
from warroom.protocol.model import Protocol
from warroom.redaction import clean
from warroom.report.markdown import markdown


async def write(events: list[Event], protocol: Protocol, clock: Clock, directory: Path) -> Path:
    """Write the Markdown report of an incident to `directory`/INC.md, over an older one. Raises OSError."""
    text = as_text("md", events, protocol, clock.now())
    path = directory / f"{events[0].incident}.md"
    await asyncio.to_thread(put, path, text)
    return path


def put(path: Path, text: str) -> None:
    """Write a report for its owner alone, over an older one of ours and nothing else. Raises OSError."""
    files.make_folder(path.parent)
    files.put(path, text)


def as_text(kind: str, events: list[Event], protocol: Protocol, now: float) -> str:
    """The report as md, html or json, without tokens. Raises FoldError for no events."""
    return clean(_as_text(kind, events, protocol, now))


def _as_text(kind: str, events: list[Event], protocol: Protocol, now: float) -> str:
    if kind == "html":
        # Loads a Markdown reader, which the other two do not need.
        from warroom.report.page import page

        return page(events, protocol, now)
    if kind == "json":
        from warroom.report.data import data

        return data(events, protocol, now)
    return markdown(events, protocol, now)
