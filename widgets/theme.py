"""Two calm themes, and what each tone looks like in them: grey and blue for normal, colour for what wants attention."""

from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from msgspec import Struct
from rich.color import Color
from rich.style import Style
from textual.theme import Theme

from widgets.data import Tone

DARK = "warroom-dark"
LIGHT = "warroom-light"


class Role(StrEnum):
    """What is drawn beside toned text."""

    FRAME = "frame"
    FRAME_FOCUS = "frame-focus"
    TITLE = "title"
    STRONG = "strong"
    SELECTED = "selected"
    DRILL = "drill"
    PRODUCTION = "production"
    EMULATOR = "emulator"
    KEY = "key"
    ARMED = "armed"
    CANDIDATE = "candidate"
    OVER = "over"
    STABLE = "stable"
    LIMIT = "limit"
    TRACK = "track"
    BADGE_GOOD = "badge-good"
    BADGE_WATCH = "badge-watch"
    BADGE_BAD = "badge-bad"
    BADGE_PLAIN = "badge-plain"


Look = Tone | Role
"""What a piece of text on the screen is, which decides how it looks."""

BADGE = {Tone.GOOD: Role.BADGE_GOOD, Tone.WATCH: Role.BADGE_WATCH, Tone.BAD: Role.BADGE_BAD}
"""The solid form of a tone, for the one word that must be seen across a room."""


class Palette(Struct, frozen=True):
    """The colours of one theme. Text has a contrast of at least 4.5 on what it stands on, curves and bars one of 3."""

    background: str
    raised: str
    frame: str
    plain: str
    strong: str
    dim: str
    accent: str
    stable: str
    limit: str
    good: str
    watch: str
    bad: str
    production: str
    emulator: str
    on_badge: str
    on_production: str


PALETTES = {
    DARK: Palette(
        background="#11161c",
        raised="#24384c",
        frame="#435363",
        plain="#c3ced9",
        strong="#eef3f8",
        dim="#8493a3",
        accent="#79b8ff",
        stable="#6d8197",
        limit="#a5834a",
        good="#8cc7a1",
        watch="#f2b84b",
        bad="#ff7b72",
        production="#2f5fa8",
        emulator="#c79bea",
        on_badge="#11161c",
        on_production="#ffffff",
    ),
    LIGHT: Palette(
        background="#f7f9fb",
        raised="#cfe1f5",
        frame="#9aa8b6",
        plain="#26323e",
        strong="#0b1219",
        dim="#5d6b79",
        accent="#0a5cad",
        stable="#6b7d90",
        limit="#9a6d24",
        good="#1f7040",
        watch="#8f5400",
        bad="#b3151f",
        production="#1c4f9c",
        emulator="#6a2f9c",
        on_badge="#ffffff",
        on_production="#ffffff",
    ),
}


@lru_cache(maxsize=8)
def looks(theme: str, plain: bool) -> dict[str, Style]:
    """The style of every tone and role in `theme` (any other name than ours: the dark one).

    `plain` is for terminals without colours: what colour would say is then also said by bold, dim, underline, reverse.
    """
    c = PALETTES.get(theme, PALETTES[DARK])

    def style(colour: str, *, bold: bool = False, mono: str = "") -> Style:
        base = Style(color=Color.parse(colour), bgcolor=Color.parse(c.background), bold=bold or None)
        return base + Style.parse(mono) if plain and mono else base

    def block(colour: str, back: str) -> Style:
        front, ground = Color.parse(colour), Color.parse(back)
        # Reversed with the colours swapped, it is a block in greys and on a terminal that drops colours alike.
        return (
            Style(color=ground, bgcolor=front, bold=True, reverse=True)
            if plain
            else Style(color=front, bgcolor=ground, bold=True)
        )

    return {
        Tone.PLAIN: style(c.plain),
        Tone.DIM: style(c.dim, mono="dim"),
        Tone.ACCENT: style(c.accent, bold=True),
        Tone.GOOD: style(c.good),
        Tone.WATCH: style(c.watch, bold=True),
        Tone.BAD: style(c.bad, bold=True, mono="underline"),
        Role.FRAME: style(c.frame),
        Role.FRAME_FOCUS: style(c.accent),
        Role.TITLE: style(c.dim),
        Role.STRONG: style(c.strong, bold=True),
        Role.SELECTED: block(c.strong, c.raised),
        Role.DRILL: block(c.on_badge, c.watch),
        Role.PRODUCTION: block(c.on_production, c.production),
        Role.EMULATOR: block(c.on_badge, c.emulator),
        Role.KEY: style(c.accent, bold=True),
        Role.ARMED: block(c.on_badge, c.accent),
        Role.CANDIDATE: style(c.accent),
        Role.OVER: style(c.bad, bold=True),
        Role.STABLE: style(c.stable),
        Role.LIMIT: style(c.limit),
        Role.TRACK: style(c.frame),
        Role.BADGE_GOOD: block(c.on_badge, c.good),
        Role.BADGE_WATCH: block(c.on_badge, c.watch),
        Role.BADGE_BAD: block(c.on_badge, c.bad),
        Role.BADGE_PLAIN: block(c.strong, c.raised),
    }


class _Themed(Protocol):
    def register_theme(self, theme: Theme) -> None: ...


def register_themes(app: _Themed) -> None:
    """Make `warroom-dark` and `warroom-light` known to the app; choosing one is the app's affair."""
    for name, c in PALETTES.items():
        app.register_theme(
            Theme(
                name=name,
                primary=c.accent,
                secondary=c.stable,
                warning=c.watch,
                error=c.bad,
                success=c.good,
                accent=c.accent,
                foreground=c.plain,
                background=c.background,
                surface=c.background,
                panel=c.raised,
                dark=name == DARK,
            )
        )
