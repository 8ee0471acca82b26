"""The values that the panes draw. Frozen and comparable: an equal slice is not drawn again. Imports no Textual.

Every text here is plain text from anywhere, also from outside; the panes make it safe when they draw it.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Tone(StrEnum):
    """How much a thing wants attention. State is always told by word and glyph too."""

    PLAIN = "plain"
    DIM = "dim"
    ACCENT = "accent"
    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text in a tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Header:
    """Line 1: where we are. `drill` decides the badge; `place` is service · region · project."""

    drill: bool = False
    severity: str = ""
    incident: str = ""
    title: str = ""
    place: str = ""
    observer: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """Line 2: what is happening, in one sentence; `alarm` replaces it by what is not working (red)."""

    parts: tuple[Text, ...] = ()
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step in a phase. `state` is "done", "now", "open" or "manual"."""

    id: str
    text: str
    state: str = "open"
    box: bool = False
    selected: bool = False


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase. `state` is "done", "now" or "open"; `time` is e.g. "12:40" or "3:10/15"."""

    id: str
    number: int
    title: str
    state: str = "open"
    time: str = ""
    tone: Tone = Tone.PLAIN
    steps: tuple[StepRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Phases:
    """The phase checklist; only expanded phases carry steps."""

    rows: tuple[PhaseRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One serving revision.

    `role` is "stable", "candidate" or ""; `wanted` differs from `percent` while reconciling.
    """

    role: str
    revision: str
    percent: int
    wanted: int
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class RungRow:
    """One rung of the ladder. `state` is "done", "now" or "open"."""

    percent: int
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic split of the focused service, the ladder, and where abort would go."""

    service: str = ""
    shares: tuple[ShareRow, ...] = ()
    rungs: tuple[RungRow, ...] = ()
    bake: Text = field(default_factory=lambda: Text(""))
    retreat: Text = field(default_factory=lambda: Text(""))
    note: Text = field(default_factory=lambda: Text(""))


@dataclass(frozen=True, slots=True)
class Series:
    """Points (Unix seconds, value or None for a gap), oldest first."""

    points: tuple[tuple[float, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot over `start`…`end` (Unix seconds), values 0…`top`, with a limit line.

    `unit` labels the limit: e.g. "1 %".
    """

    start: float = 0.0
    end: float = 0.0
    top: float = 1.0
    limit: float | None = None
    limit_label: str = ""
    candidate: Series = Series()
    stable: Series = Series()


@dataclass(frozen=True, slots=True)
class Signal:
    """Error rate or response time: the plot, up to four lines of words, and the verdict word with the data's age."""

    title: str = ""
    plot: Plot = Plot()
    lines: tuple[Text, ...] = ()
    verdict: Text = field(default_factory=lambda: Text(""))
    age: Text = field(default_factory=lambda: Text(""))


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock: a value like "0:31:07" or "28:53", what it is, and what it stands against.

    `short` labels it in a row of clocks.
    """

    label: str
    value: str
    note: str = ""
    short: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Clocks:
    """SLA, escalation and update clocks."""

    rows: tuple[ClockRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One role: its short name, who holds it, and the state as glyph word, e.g. "✔ acked"."""

    role: str
    person: str
    state: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Roster:
    """Who knows what to do."""

    rows: tuple[RosterRow, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One event in words. `seq` is its number, `time` e.g. "14:27:02Z"."""

    seq: int
    time: str
    actor: str
    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest events, newest last."""

    rows: tuple[TimelineRow, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key in the key bar. `armed` is the recommended one."""

    key: str
    label: str
    enabled: bool = True
    armed: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """The key bar."""

    rows: tuple[KeyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Projector:
    """What the room sees: nothing secret, no keys. The first clock is the one that matters most.

    `percent` is what the candidate serves (0–100) or None without one; `leads` and `due` are whole phrases.
    """

    header: Header = Header()
    sentence: Sentence = Sentence()
    clocks: tuple[ClockRow, ...] = ()
    percent: int | None = None
    percent_label: str = ""
    verdict: Text = field(default_factory=lambda: Text(""))
    verdict_note: Text = field(default_factory=lambda: Text(""))
    traffic: Traffic = field(default_factory=Traffic)
    leads: Text = field(default_factory=lambda: Text(""))
    due: Text = field(default_factory=lambda: Text(""))


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board, a slice per pane."""

    header: Header = Header()
    sentence: Sentence = Sentence()
    phases: Phases = Phases()
    traffic: Traffic = field(default_factory=Traffic)
    errors: Signal = field(default_factory=Signal)
    latency: Signal = field(default_factory=Signal)
    clocks: Clocks = Clocks()
    roster: Roster = Roster()
    timeline: Timeline = Timeline()
    keys: Keys = Keys()
