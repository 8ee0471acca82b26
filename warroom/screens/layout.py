"""Where the board's panes lie: which of them a size carries, and one pane alone."""

from typing import Any

from textual.screen import Screen

from warroom.rollout.signals import JUDGED
from widgets.panes.timeline import TimelinePane

SMALLEST = (24, 6)
"""Columns and rows below which nothing is shown but that it is too small."""

PANES = ("phases", "traffic", *(signal.id for signal in JUDGED), "clocks", "timeline")
"""What the number keys 1–6 show alone."""

CSS = """
BoardScreen { layout: vertical; overflow: hidden; }
BoardScreen SentenceLine { height: auto; max-height: 2; }
BoardScreen #main { height: 2fr; min-height: 9; max-height: 28; }
BoardScreen #left { width: 29; }
BoardScreen #middle { width: 1fr; }
BoardScreen #right { width: 32; }
BoardScreen #signals { height: 1fr; }
BoardScreen #signals SignalPane { width: 1fr; }
BoardScreen TrafficPane { height: auto; }
BoardScreen #clocks { height: auto; }
BoardScreen #roster { height: 1fr; }
BoardScreen #timeline { height: 1fr; min-height: 3; }
BoardScreen #notice { height: auto; max-height: 3; display: none; color: $error; text-style: bold; }
BoardScreen #notice.good { color: $success; }
BoardScreen ClocksLine { display: none; }
BoardScreen #too-small { display: none; }

BoardScreen.small ClocksLine { display: block; }
BoardScreen.small #right { display: none; }
BoardScreen.small #timeline { display: none; }
BoardScreen.small #main { layout: vertical; max-height: 100%; }
BoardScreen.small #left { dock: bottom; width: 100%; height: 4; }
BoardScreen.small #middle { width: 100%; height: 100%; }
BoardScreen.small #signals { height: 1fr; }

BoardScreen.tiny ClocksLine, BoardScreen.tiny #left, BoardScreen.tiny #signals { display: none; }

BoardScreen.several TrafficPane { max-height: 60%; }
BoardScreen.tiny TrafficPane, BoardScreen.alone TrafficPane { max-height: 100%; }

BoardScreen.alone #left, BoardScreen.alone #right, BoardScreen.alone #middle { width: 100%; }
BoardScreen.alone #left, BoardScreen.alone #middle { dock: none; height: 100%; }
BoardScreen.alone ClocksLine { display: none; }
BoardScreen.alone #main { max-height: 100%; }

BoardScreen.none > * { display: none; }
BoardScreen.none #too-small { display: block; height: auto; }
"""


def arrange(board: Screen[Any], alone: str) -> None:
    """Apply `alone`: hide every other pane, and give the one its room."""
    board.set_class(bool(alone), "alone")
    signals = [signal.id for signal in JUDGED]
    home = {"phases": "left", "traffic": "middle", **dict.fromkeys(signals, "middle"), "clocks": "right"}
    for box in ("left", "middle", "right"):
        board.query_one(f"#{box}").styles.display = _shown(not alone or home.get(alone) == box, alone)
    board.query_one("#main").styles.display = _shown(alone != "timeline", alone)
    board.query_one("#signals").styles.display = _shown(alone != "traffic", alone)
    for pane in signals:
        board.query_one(f"#{pane}").styles.display = _shown(alone in ("", pane), alone)
    board.query_one("#traffic").styles.display = _shown(alone not in signals, alone)
    timeline = board.query_one(TimelinePane)
    timeline.styles.display = _shown(alone in ("", "timeline"), alone)
    timeline.can_focus = alone == "timeline"
    board.set_focus(timeline if alone == "timeline" else None)


def _shown(shown: bool, alone: str) -> str | None:
    """The display style while a pane is alone; None leaves it to the style sheet."""
    if not alone:
        return None
    return "block" if shown else "none"
