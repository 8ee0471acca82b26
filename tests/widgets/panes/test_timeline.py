"""The newest events are at the bottom, and the older ones can be looked at."""

from textual.app import App, ComposeResult

from widgets.data import Timeline, TimelineRow
from widgets.line import Ink, Line
from widgets.panes.timeline import TimelinePane
from widgets.theme import register_themes


def events(count: int, text: str = "") -> Timeline:
    """Events 1…count."""
    return Timeline(tuple(TimelineRow(n, f"14:{n:02}:00Z", "@rm", text or f"event {n}") for n in range(1, count + 1)))


def texts(lines: list[Line]) -> list[str]:
    """Rows as plain text."""
    return ["".join(part for part, _ in line).rstrip() for line in lines]


class Alone(App[None]):
    """A timeline that fills the screen and has the focus."""

    def __init__(self) -> None:
        super().__init__()
        register_themes(self)
        self.pane = TimelinePane(events(40))
        self.pane.can_focus = True

    def compose(self) -> ComposeResult:
        """The timeline."""
        yield self.pane

    def rows(self) -> list[str]:
        """What is on the screen."""
        return [strip.text for strip in self.screen._compositor.render_strips()]


def test_as_many_as_fit_newest_last(ink: Ink) -> None:
    """The last rows are shown, in order."""
    rows = texts(TimelinePane(events(40)).draw(60, 3, ink))
    assert [row.split()[-1] for row in rows] == ["38", "39", "40"]


def test_few_events_stand_at_the_top(ink: Ink) -> None:
    """An empty and a short timeline are fine."""
    assert TimelinePane().draw(60, 3, ink) == []
    assert len(TimelinePane(events(2)).draw(60, 5, ink)) == 2


def test_long_events_are_cut_or_wrapped(ink: Ink) -> None:
    """Cut in one row, or broken between words with the text's column kept."""
    long = events(1, "gcloud run services update-traffic payments-api --to-revisions " + "x" * 20)
    assert len(TimelinePane(long).draw(60, 5, ink)) == 1
    rows = texts(TimelinePane(long, wrapped=True).draw(60, 5, ink))
    assert rows == [
        "14:01:00Z @rm  gcloud run services update-traffic",
        "               payments-api --to-revisions",
        "               " + "x" * 20,
    ]


async def test_keys_look_back_and_the_view_stands_still() -> None:
    """Looking back, the rows stay where they are while new events arrive; `end` follows again."""
    app = Alone()
    async with app.run_test(size=(50, 10)) as pilot:
        app.pane.focus()
        await pilot.pause()
        assert "event 40" in app.rows()[-2]
        await pilot.press("up", "up")
        await pilot.pause()
        assert "event 38" in app.rows()[-2]
        assert "2 newer" in app.rows()[-1]
        app.pane.show(events(45))
        await pilot.pause()
        assert "event 38" in app.rows()[-2]
        assert "7 newer" in app.rows()[-1]
        await pilot.press("pageup")
        await pilot.pause()
        assert "event 31" in app.rows()[-2]
        await pilot.press("home")
        await pilot.pause()
        assert "event 1 " in app.rows()[1]
        await pilot.press("end")
        await pilot.pause()
        assert "event 45" in app.rows()[-2] and "newer" not in app.rows()[-1]
