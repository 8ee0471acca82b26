"""Keeps what has the cursor in view on a screen that may be higher than the terminal."""

from typing import TypeVar

from textual.geometry import Region, Size
from textual.screen import Screen
from textual.widget import Widget

Result = TypeVar("Result")
Place = tuple[tuple[Widget, Region, Size, Size], ...]


class InView(Screen[Result]):
    """Scrolls to the focused widget when the focus or a layout has moved it, and not when it is in full view.

    Textual scrolls once, when the focus comes: on opening that is before the first layout or after it, as it happens,
    so that a field that is typed into could stay below the edge. Who scrolls away from it is left where they are.
    """

    _place: Place = ()

    def on_mount(self) -> None:
        """Look after each layout."""
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._follow())
        self.call_after_refresh(self._follow)  # the app's very first layout is told to nobody

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Focus `widget`; it is scrolled to when it has a place."""
        super().set_focus(widget, scroll_visible=False, from_app_focus=from_app_focus)
        self.call_later(self._follow)

    def _follow(self) -> None:
        field = self.focused
        if field is None or not field.size:
            return
        place = tuple(
            (node, node.virtual_region, node.size, node.virtual_size)
            for node in field.ancestors_with_self
            if isinstance(node, Widget)
        )
        if place != self._place:
            self._place = place
            if not self.can_view_entire(field):
                self.scroll_to_center(field, animate=False, immediate=True)
