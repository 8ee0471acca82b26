"""Puts a report on the disk and says so in the journal."""

import asyncio
from pathlib import Path

from warroom.clock import Clock
from warroom.incident.events import Event
from warroom.protocol.model import Protocol
from warroom.report.markdown import markdown


async def write(events: list[Event], protocol: Protocol, clock: Clock, directory: Path) -> Path:
    """Write the Markdown report of an incident to `directory`/INC.md, over an older one. Raises OSError."""
    text = markdown(events, protocol, clock.now())
    path = directory / f"{events[0].incident}.md"
    await asyncio.to_thread(_put, path, text)
    return path


def as_text(kind: str, events: list[Event], protocol: Protocol, now: float) -> str:
    """The report as md, html or json. Raises FoldError for no events."""
    if kind == "html":
        # Loads a Markdown reader, which the other two do not need.
        from warroom.report.page import page

        return page(events, protocol, now)
    if kind == "json":
        from warroom.report.data import data

        return data(events, protocol, now)
    return markdown(events, protocol, now)


def _put(path: Path, text: str) -> None:
    """Whole or not at all: a full disk must not leave half a report where a whole one was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".md.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
