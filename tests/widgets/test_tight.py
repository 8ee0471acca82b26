"""A tick writes little, and what it writes makes the same screen."""

from random import Random

import pyte
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tests.widgets.demo import DemoApp
from tests.widgets.sample import START, board
from widgets.pane import Pane
from widgets.tight import TightScreen

SIZE = (120, 36)
BYTES_A_SECOND = 900


def written(app: DemoApp) -> str:
    """The terminal sequences for what has changed on the board's screen."""
    screen = app.board_screen
    panes = {pane for pane in screen.query(Pane) if pane.display}
    screen._compositor.update_widgets(set(panes))
    update = screen._compositor.render_update()
    return update.render_segments(app.console) if update is not None else ""  # type: ignore[union-attr]


async def test_a_tick_is_small_and_right() -> None:
    """Through two minutes of ticks and changes, a terminal that gets only the updates shows what a full draw would."""
    app = DemoApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        terminal = pyte.Screen(*SIZE)
        stream = pyte.Stream(terminal)
        stream.feed(
            app.board_screen._compositor.render_full_update().render_segments(app.console).replace("\n", "\r\n")
        )
        sizes = []
        for second in range(1, 120):
            with app.batch_update():
                app.board_screen.show(board(START + second, bad=second % 40 == 39))
                sequences = written(app)
            stream.feed(sequences)
            if second % 40 not in (39, 0):
                sizes.append(len(sequences.encode()))
        wanted = [strip.text.rstrip() for strip in app.board_screen._compositor.render_strips()]
        assert [row.rstrip() for row in terminal.display] == wanted
        assert sum(sizes) / len(sizes) < BYTES_A_SECOND / 2
        assert max(sizes) < BYTES_A_SECOND


class Tile(Widget):
    """Letters, another one in each cell that was changed; it notes which of its rows are asked for."""

    def __init__(self, letter: str) -> None:
        super().__init__(id=letter)
        self.changed: dict[tuple[int, int], str] = {}
        self.asked: list[int] = []

    def change(self, region: Region, text: str) -> None:
        """Put another letter into these cells."""
        self.changed |= {(x, y): text for y in region.line_range for x in region.column_range}
        self.refresh(region)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows, which Textual keeps: asking for all of them costs something all the same."""
        self.asked.extend(crop.line_range)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row."""
        cells = [self.changed.get((x, y), str(self.id)) for x in range(self.size.width)]
        return Strip([Segment("".join(cells))], self.size.width)


class Overlapping(App[None]):
    """One tile over two others, a third that is cut by its container, and nothing in between."""

    CSS = """
    TightScreen { layers: low high; }
    Tile { position: absolute; layer: low; width: 20; height: 6; }
    #b { offset: 22 1; }
    #c { layer: high; offset: 12 3; }
    Container { position: absolute; offset: 2 9; width: 15; height: 3; overflow: hidden; layer: low; }
    #d { offset: 4 -2; }
    """

    def get_default_screen(self) -> TightScreen[None]:
        """The screen that is tried."""
        return TightScreen()

    def compose(self) -> ComposeResult:
        """Four tiles."""
        yield Tile("a")
        yield Tile("b")
        yield Tile("c")
        yield Container(Tile("d"))


def changes_of(app: Overlapping) -> str:
    """The terminal sequences for what has changed."""
    compositor = app.screen._compositor
    compositor.update_widgets(set(app.screen.query(Tile)))
    update = compositor.render_update()
    return update.render_segments(app.console) if update is not None else ""  # type: ignore[union-attr]


async def test_what_lies_one_over_the_other_is_drawn_as_a_whole_picture_has_it() -> None:
    """Through changes anywhere, a terminal that gets only the changes shows what a full draw would."""
    chance, size = Random(7), (50, 14)
    app = Overlapping()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        terminal = pyte.Screen(*size)
        stream = pyte.Stream(terminal)
        compositor = app.screen._compositor
        stream.feed(compositor.render_full_update().render_segments(app.console).replace("\n", "\r\n"))
        for turn in range(150):
            with app.batch_update():
                for tile in chance.sample(list(app.screen.query(Tile)), chance.randint(1, 4)):
                    x, y = chance.randrange(tile.size.width), chance.randrange(tile.size.height)
                    width, height = chance.randint(1, 20), chance.randint(1, 6)
                    tile.change(Region(x, y, width, height).intersection(tile.size.region), "0123456789"[turn % 10])
                stream.feed(changes_of(app))
            wanted = [strip.text.rstrip() for strip in compositor.render_strips()]
            assert [row.rstrip() for row in terminal.display] == wanted, turn


async def test_only_what_has_changed_is_drawn() -> None:
    """Two changes at opposite corners: the rows between them, and the widgets, cost nothing."""
    app = Overlapping()
    async with app.run_test(size=(50, 14)) as pilot:
        await pilot.pause()
        tiles = {str(tile.id): tile for tile in app.screen.query(Tile)}
        with app.batch_update():
            changes_of(app)
            for tile in tiles.values():
                tile.asked.clear()
            tiles["a"].change(Region(0, 0, 2, 1), "X")
            tiles["d"].change(Region(1, 4, 2, 1), "X")
            changes_of(app)
        assert {name: tile.asked for name, tile in tiles.items()} == {"a": [0], "b": [], "c": [], "d": [4]}
