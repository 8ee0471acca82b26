"""What shows around a dialog: the screen beneath it, as that was drawn."""

from typing import Any

from textual.css.styles import RulesMap
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class Beneath(Visual):
    """A screen as the background of another. Textual's own way tints it segment by segment, a third of an opening."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """The screen's lines; nothing has to be drawn anew for them."""
        return self._screen._compositor.render_strips()

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """As wide as there is room."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """As high as the screen."""
        return self._screen.size.height
