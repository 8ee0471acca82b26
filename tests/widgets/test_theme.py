"""Every look can be read: in both themes, with sixteen colours, and with none."""

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style

from tests.widgets.demo import DemoApp
from widgets.data import Tone
from widgets.glyphs import MARK
from widgets.theme import DARK, LIGHT, Role, looks

GRAPHIC = {Role.CANDIDATE, Role.STABLE, Role.LIMIT}
DECORATION = {Role.FRAME, Role.TRACK}


def luminance(colour: Color | None) -> float:
    """Relative luminance as in WCAG 2.1."""
    assert colour is not None
    parts = [channel / 255 for channel in colour.get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Style) -> float:
    """Contrast ratio of a style's colours as in WCAG 2.1."""
    one, other = sorted((luminance(style.color), luminance(style.bgcolor)))
    return (other + 0.05) / (one + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("look", [*Tone, *Role])
def test_contrast(theme: str, look: Tone | Role) -> None:
    """Text reaches 4.5, curves and bars 3; frames may be quiet."""
    least = 3.0 if look in GRAPHIC else 1.5 if look in DECORATION else 4.5
    assert contrast(looks(theme, plain=False)[look]) >= least


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("look", [*Tone, *Role])
def test_sixteen_colours_leave_everything_visible(theme: str, look: Tone | Role) -> None:
    """On a terminal with sixteen colours nothing falls onto its own background."""
    style = looks(theme, plain=False)[look]
    assert style.color is not None and style.bgcolor is not None
    front, back = (colour.downgrade(ColorSystem.STANDARD) for colour in (style.color, style.bgcolor))
    assert front.number != back.number


def test_without_colours_what_matters_still_differs() -> None:
    """Bold, dim, underline and reverse tell what colour tells; and every tone has a glyph of its own."""
    styles = looks(DARK, plain=True)
    assert styles[Tone.BAD].underline and styles[Tone.WATCH].bold and styles[Tone.DIM].dim
    assert styles[Role.BADGE_BAD].reverse and styles[Role.SELECTED].reverse and styles[Role.ARMED].reverse
    assert len(set(MARK.values())) == len(Tone)


def test_an_unknown_theme_gets_the_dark_looks() -> None:
    """Another theme of Textual's does not break the panes."""
    assert looks("nord", plain=False) == looks(DARK, plain=False)


async def test_changing_the_theme_repaints_every_pane() -> None:
    """After a switch to the light theme no cell keeps a dark background."""
    app = DemoApp()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        app.theme = LIGHT
        await pilot.pause()
        await pilot.pause()
        dark = looks(DARK, plain=False)[Tone.PLAIN].bgcolor
        strips = app.screen._compositor.render_strips()
        backs = {segment.style.bgcolor for strip in strips for segment in strip if segment.style}
        assert dark not in backs
