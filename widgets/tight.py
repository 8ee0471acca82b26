"""Screens that write only the changed cells.

Textual 8.2 writes a changed span from the left edge of its widget on, whatever the span's own start. A clock at the end
of a row would cost the row, each second. This screen's compositor starts where the span starts.
"""

from typing import TypeVar

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.screen import Screen

Result = TypeVar("Result")


class _TightUpdate(ChopsUpdate):
    """Changed spans, each cut at both of its ends."""

    def render_segments(self, console: Console) -> str:
        """The spans as terminal sequences."""
        out: list[str] = []
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= x2 or end <= x1:
                    continue
                start = max(x, x1)
                out.append(Control.move_to(start, y).segment.text)
                out.append(strip.crop(start - x, min(end, x2) - x).render(console))
        return "".join(out)


class _TightCompositor(Compositor):
    """Makes tight updates of what would be partial ones."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update of all dirty regions, or None."""
        update = super().render_partial_update()
        return None if update is None else _TightUpdate(update.chops, update.spans, update.chop_ends)


class TightScreen(Screen[Result]):
    """A Screen for slow lines. What it draws is the same, with fewer bytes."""

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        self._compositor = _TightCompositor()
