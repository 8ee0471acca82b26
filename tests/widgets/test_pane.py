"""Panes draw what changed and nothing else, at any size, from any text."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from tests.widgets.sample import START, board, projector
from tests.widgets.test_safe import is_harmless
from widgets.data import ClockRow, Clocks, Tone, Traffic
from widgets.line import Ink
from widgets.pane import Frame, Pane, changed_regions
from widgets.panes.clocks import ClocksLine, ClocksPane
from widgets.panes.header import HeaderLine
from widgets.panes.keybar import KeyBar
from widgets.panes.phases import PhasesPane
from widgets.panes.projector import ProjectorPane
from widgets.panes.roster import RosterPane
from widgets.panes.sentence import SentenceLine
from widgets.panes.signal import SignalPane
from widgets.panes.timeline import TimelinePane
from widgets.panes.traffic import TrafficPane
from widgets.theme import register_themes


def all_panes(change: Any = lambda value: value) -> list[Pane[Any]]:
    """One of each pane with a sample slice, sent through `change` first."""
    now = board()
    return [
        HeaderLine(change(now.header)),
        SentenceLine(change(now.sentence)),
        PhasesPane(change(now.phases)),
        TrafficPane(change(now.traffic)),
        SignalPane(change(now.errors)),
        ClocksPane(change(now.clocks)),
        ClocksLine(change(now.clocks)),
        RosterPane(change(now.roster)),
        TimelinePane(change(now.timeline)),
        TimelinePane(change(now.timeline), wrapped=True),
        KeyBar(change(now.keys)),
        ProjectorPane(change(projector())),
    ]


def with_texts(value: Any, text: str) -> Any:
    """The same slice with `text` in every string that is not a state."""
    if isinstance(value, tuple):
        return tuple(with_texts(item, text) for item in value)
    if isinstance(value, Struct):
        known = {"state", "tone", "id"}
        changed = {name: with_texts(getattr(value, name), text) for name in value.__struct_fields__}
        kept = {name: getattr(value, name) for name in known if name in changed}
        return replace(value, **{**changed, **kept})
    return text if isinstance(value, str) else value


class Counting(ClocksPane):
    """A clocks pane that remembers what it was asked to refresh."""

    def __init__(self, value: Clocks) -> None:
        super().__init__(value)
        self.refreshed: list[tuple[Region, ...]] = []

    def refresh(self, *regions: Region, **options: Any) -> Any:
        """Note the regions."""
        self.refreshed.append(regions)
        return super().refresh(*regions, **options)


class OnePane(App[None]):
    """An app with one pane that fills it."""

    CSS = "Screen { overflow: hidden; } Pane { width: 100%; height: 100%; }"

    def __init__(self, pane: Pane[Any], *, ascii_only: bool = False) -> None:
        super().__init__()
        register_themes(self)
        self.ascii = ascii_only
        self.pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self.pane


def clocks(first: str, second: str = "4:12") -> Clocks:
    """Two clocks."""
    return Clocks((ClockRow("since detection", first), ClockRow("update due", second, tone=Tone.WATCH)))


async def test_an_equal_slice_costs_nothing() -> None:
    """Showing an equal value refreshes nothing at all."""
    pane = Counting(clocks("31:07"))
    async with OnePane(pane).run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        pane.refreshed.clear()
        pane.show(clocks("31:07"))
        assert pane.refreshed == []


async def test_one_changed_clock_refreshes_its_digits() -> None:
    """When a clock ticks, one region of the changed digits is refreshed, and the screen shows the new time."""
    pane = Counting(clocks("31:09"))
    app = OnePane(pane)
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        row = app.screen._compositor.render_strips()[1].text
        pane.refreshed.clear()
        pane.show(clocks("31:10"))
        assert pane.refreshed == [(Region(row.index("09"), 1, 2, 1),)]
        await pilot.pause()
        assert "31:10" in app.screen._compositor.render_strips()[1].text


async def test_a_value_that_draws_the_same_refreshes_nothing() -> None:
    """What cannot be seen in this size costs nothing either."""
    pane = Counting(clocks("31:07"))
    async with OnePane(pane).run_test(size=(40, 3)) as pilot:
        await pilot.pause()
        pane.refreshed.clear()
        pane.show(clocks("31:07", "4:11"))
        assert pane.refreshed == []


def test_regions_are_exact_for_wide_characters() -> None:
    """A span that touches half of a wide character takes the whole of it."""
    before = [Strip([Segment("ab日本cd")])]
    assert changed_regions(before, [Strip([Segment("ab日語cd")])]) == [Region(4, 0, 2, 1)]
    assert changed_regions(before, [Strip([Segment("ab日xycd")])]) == [Region(4, 0, 2, 1)]
    assert changed_regions(before, [Strip([Segment("abx日zcd")])]) == [Region(2, 0, 4, 1)]
    assert changed_regions(before, [Strip([Segment("ab"), Segment("日本cd")])]) == []
    accent = [Strip([Segment("e\u0301x")])]
    assert changed_regions(accent, [Strip([Segment("e\u0300x")])]) == [Region(0, 0, 1, 1)]


def in_cells(strip: Strip) -> list[tuple[str, str]]:
    """(what stands there, its style) of each cell; the second half of a wide character stands for nothing."""
    cells: list[tuple[str, str]] = []
    for text, style, _ in strip:
        for char in text:
            if cell_len(char):
                cells += [(char, str(style)), *[("", str(style))] * (cell_len(char) - 1)]
            elif cells:
                at = len(cells) - (1 if cells[-1][0] else 2)
                cells[at] = (cells[at][0] + char, cells[at][1])
    return cells


texts = st.text("ab│日\u0301", max_size=4)
styles = st.sampled_from([Style(bold=True), Style(dim=True)])
spans = st.lists(st.tuples(texts, styles).map(lambda pair: Segment(*pair)), max_size=6)


@given(spans, spans)
def test_regions_hold_every_change_and_no_more(before: list[Segment], after: list[Segment]) -> None:
    """Rows of spans in any cut, wide characters and accents among them: outside the region all cells are the same."""
    width = max(Strip(before).cell_length, Strip(after).cell_length)
    rows = [Strip([*row, Segment(" " * (width - Strip(row).cell_length))]) for row in (before, after)]
    was, now = in_cells(rows[0]), in_cells(rows[1])
    differing = [x for x in range(width) if was[x] != now[x]]
    regions = changed_regions(rows[:1], rows[1:])
    if not differing:
        assert regions == []
        return
    (region,) = regions
    assert region.x <= differing[0] and differing[-1] < region.right
    # A wide character is never cut: at most one cell more at either end.
    assert region.x >= differing[0] - 1 and region.right <= differing[-1] + 2


SIZES = [(1, 1), (2, 2), (3, 1), (1, 5), (7, 3), (8, 3), (12, 4), (25, 8), (80, 24), (200, 60)]


def painted(pane: Pane[Any], width: int, height: int, ink: Ink) -> Iterator[Strip]:
    """The pane's rows at a size, framed as it would be, without an app."""
    for line in pane.draw(width, height, ink):
        yield ink.strip(line, width)


@pytest.mark.parametrize("size", SIZES)
def test_no_size_breaks_a_pane(size: tuple[int, int], ink: Ink, ascii_ink: Ink) -> None:
    """At every size, also where there is no room for anything, rows have the exact width and none is too many."""
    for pane in all_panes():
        for brush in (ink, ascii_ink):
            for width, height in (size, (0, size[1]), (size[0], 0)):
                assert len(pane.draw(width, height, brush)) <= max(1, height), type(pane)
                for strip in painted(pane, width, height, brush):
                    assert sum(cell_len(segment.text) for segment in strip) == width, type(pane)


def test_hostile_text_in_every_field(hostile: str, ink: Ink, ascii_ink: Ink) -> None:
    """Whatever stands in any text of any slice, what is drawn is harmless, of the right width, and ASCII if need be."""
    for pane in all_panes(lambda value: with_texts(value, hostile)):
        for width, height in ((12, 4), (60, 12), (120, 30)):
            for strip in painted(pane, width, height, ink):
                assert is_harmless(strip.text), type(pane)
                assert sum(cell_len(segment.text) for segment in strip) == width, type(pane)
            for strip in painted(pane, width, height, ascii_ink):
                assert strip.text.isascii(), type(pane)
                assert len(strip.text) == width


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (60, 16)])
async def test_panes_live_at_small_sizes(size: tuple[int, int]) -> None:
    """Mounted in a tiny terminal, and shown something new there, every pane survives."""
    later = iter(all_panes())
    for pane in all_panes():
        app = OnePane(pane)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            pane.show(with_texts(next(later).value, "日本\x1b[31m"))
            await pilot.resize_terminal(size[0] + 3, size[1] + 2)
            await pilot.pause()
            rows = app.screen._compositor.render_strips()
            assert {row.cell_length for row in rows} == {size[0] + 3}


async def test_frames_join_and_change() -> None:
    """A pane draws the corners that it is given, leaves sides out, and can be framed anew while it is shown."""
    pane = ClocksPane(clocks("31:07"), frame=Frame(corners="├┬╰┴", right=False))
    app = OnePane(pane)
    async with app.run_test(size=(30, 4)) as pilot:
        await pilot.pause()
        rows = [strip.text for strip in app.screen._compositor.render_strips()]
        assert rows[0].startswith("├ Clocks ─") and rows[0].endswith("─")
        assert rows[1].startswith("│ ") and rows[1].endswith(" ")
        pane.set_frame(None)
        await pilot.pause()
        rows = [strip.text for strip in app.screen._compositor.render_strips()]
        assert rows[0].startswith("since detection 31:07")


async def test_ascii_app_gets_ascii() -> None:
    """An app that says `ascii` gets no other character from any pane, frames included."""
    for pane in all_panes():
        app = OnePane(pane, ascii_only=True)
        async with app.run_test(size=(60, 12)) as pilot:
            await pilot.pause()
            assert all(strip.text.isascii() for strip in app.screen._compositor.render_strips()), type(pane)


async def test_auto_height_follows_the_value() -> None:
    """A pane as high as its rows grows when the value does."""
    pane = TrafficPane(Traffic(service="payments-api"))
    pane.styles.height = "auto"
    async with OnePane(pane).run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        pane.styles.height = "auto"
        await pilot.pause()
        assert pane.size.height == 3
        pane.show(board().traffic)
        await pilot.pause()
        assert pane.size.height == 7


def test_the_sample_ticks() -> None:
    """A second changes four slices and leaves the others equal: the premise of the cheap tick."""
    now, then = board(START), board(START + 1)
    changed = {name for name in now.__struct_fields__ if getattr(now, name) != getattr(then, name)}
    assert changed == {"sentence", "phases", "traffic", "clocks"}
