"""A tick writes little, and what it writes makes the same screen."""

import pyte

from tests.widgets.demo import DemoApp
from tests.widgets.sample import START, board
from widgets.pane import Pane

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
