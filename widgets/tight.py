"""Screens that write only the changed cells.

Textual 8.2 writes a changed span from the left edge of its widget on, whatever the span's own start. A clock at the end
of a row would cost the row, each second. This screen's compositor starts where the span starts.

It also draws every widget that touches the rectangle around all changes, which on a board is every one, and the
containers behind them. This screen's compositor draws those that changed, and of them the rows that did.
"""

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

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

    _changed: frozenset[Region] = frozenset()
    """What a partial update is made of, while it is made."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update of all dirty regions, or None."""
        self._changed = frozenset(self._dirty_regions)
        try:
            update = super().render_partial_update()
        finally:
            self._changed = frozenset()
        return None if update is None else _TightUpdate(update.chops, update.spans, update.chop_ends)

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Textual's: what is drawn, from the front to the back. Of a partial update only what shows in it."""
        return self._of_changes() if self._changed else super()._get_renders(crop)

    def _of_changes(self) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """The widgets that lie in front where something changed, each cut to the rows that did."""
        left = self._changed
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            touched = [change.intersection(seen) for change in left if change.overlaps(seen)]
            if not touched:
                continue
            top, bottom = min(one.y for one in touched), max(one.bottom for one in touched)
            rows = Region(seen.x, top, seen.width, bottom - top)
            yield region, rows, widget.render_lines(rows.translate((-region.x, -region.y)))
            left = frozenset(change for change in left if not seen.contains_region(change))
            if not left:
                return


class TightScreen(Screen[Result]):
    """A Screen for slow lines. What it draws is the same, with fewer bytes."""

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        self._compositor = _TightCompositor()
