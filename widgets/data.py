"""The values that the panes draw. Frozen and comparable: an equal slice is not drawn again. Imports no Textual.

Every text here is plain text from anywhere, also from outside; the panes make it safe when they draw it.
"""

from enum import StrEnum

from msgspec import Struct


class Tone(StrEnum):
    """How much a thing wants attention. State is always told by word and glyph too."""

    PLAIN = "plain"
    DIM = "dim"
    ACCENT = "accent"
    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


class Text(Struct, frozen=True):
    """A piece of text in a tone."""

    text: str
    tone: Tone = Tone.PLAIN


class Header(Struct, frozen=True):
    """Line 1: where we are. `drill` and `emulator` decide the badge; `place` is service · region · project.

    `observer`: here it can only be looked at.
    """

    drill: bool = False
    severity: str = ""
    incident: str = ""
    title: str = ""
    place: str = ""
    observer: bool = False
    emulator: bool = False


class Sentence(Struct, frozen=True):
    """Line 2: what is happening, in one sentence; `alarm` replaces it by what is not working (red)."""

    parts: tuple[Text, ...] = ()
    alarm: str = ""


class StepRow(Struct, frozen=True):
    """One step in a phase. `state` is "done", "now", "open" or "manual".

    `note` says how its program stands, or what was looked at for it; its `age` gives way where there is no room for it.
    `by_hand`: it is done, as a person says; `note` says who.
    """

    id: str
    text: str
    state: str = "open"
    box: bool = False
    selected: bool = False
    note: Text = Text("")
    age: str = ""
    by_hand: bool = False


class PhaseRow(Struct, frozen=True):
    """One phase. `state` is "done", "now" or "open"; `time` is e.g. "12:40" or "3:10/15".

    `end` is when it ends at the earliest, e.g. "~14:27"; it gives way where there is no room for it.
    """

    id: str
    number: int
    title: str
    state: str = "open"
    time: str = ""
    tone: Tone = Tone.PLAIN
    steps: tuple[StepRow, ...] = ()
    end: str = ""


class Phases(Struct, frozen=True):
    """The phase checklist; only expanded phases carry steps."""

    rows: tuple[PhaseRow, ...] = ()


class ShareRow(Struct, frozen=True):
    """One serving revision.

    `role` is "stable", "serves", "candidate" or ""; `wanted` differs from `percent` while reconciling.
    """

    role: str
    revision: str
    percent: int
    wanted: int
    tone: Tone = Tone.PLAIN


class RungRow(Struct, frozen=True):
    """One rung of the ladder. `state` is "done", "now" or "open"."""

    percent: int
    state: str = "open"


class LaneRow(Struct, frozen=True):
    """Another service of the incident in one line.

    `percent` is what its candidate takes, None without one; `rung` is where that stands on its ladder, e.g. "2/4".
    `verdict` is a word, `wrong` what is wrong there or being done.
    """

    service: str
    percent: int | None = None
    rung: str = ""
    verdict: Text = Text("")
    wrong: Text = Text("")


class Traffic(Struct, frozen=True):
    """The traffic split of the focused service, the ladder, and where abort would go.

    `lanes` are the other services, the worst first; `place` says which of them all this one is, e.g. "1 of 3".
    """

    service: str = ""
    shares: tuple[ShareRow, ...] = ()
    rungs: tuple[RungRow, ...] = ()
    bake: Text = Text("")
    retreat: Text = Text("")
    note: Text = Text("")
    place: str = ""
    lanes: tuple[LaneRow, ...] = ()


class Series(Struct, frozen=True):
    """Points (Unix seconds, value or None for a gap), oldest first."""

    points: tuple[tuple[float, float | None], ...] = ()


class Plot(Struct, frozen=True):
    """A plot over `start`…`end` (Unix seconds), values 0…`top`, with a limit line.

    `limit_label` labels the limit: e.g. "1 %". `elsewhere`: the second curve is not stable's, but that of
    the revision that serves in its place.
    """

    start: float = 0.0
    end: float = 0.0
    top: float = 1.0
    limit: float | None = None
    limit_label: str = ""
    candidate: Series = Series()
    stable: Series = Series()
    elsewhere: bool = False


class Signal(Struct, frozen=True):
    """Error rate or response time: the plot, up to four lines of words, and the verdict word with the data's age."""

    title: str = ""
    plot: Plot = Plot()
    lines: tuple[Text, ...] = ()
    verdict: Text = Text("")
    age: Text = Text("")


class ClockRow(Struct, frozen=True):
    """One clock: a value like "0:31:07" or "28:53", what it is, and what it stands against.

    `short` labels it in a row of clocks.
    """

    label: str
    value: str
    note: str = ""
    short: str = ""
    tone: Tone = Tone.PLAIN


class Clocks(Struct, frozen=True):
    """SLA, escalation and update clocks."""

    rows: tuple[ClockRow, ...] = ()


class RosterRow(Struct, frozen=True):
    """One role: its short name, who holds it, the state as glyph word, e.g. "✔ acked", and its age, e.g. "12m"."""

    role: str
    person: str
    state: str = ""
    tone: Tone = Tone.PLAIN
    age: str = ""


class Roster(Struct, frozen=True):
    """Who knows what to do."""

    rows: tuple[RosterRow, ...] = ()


class TimelineRow(Struct, frozen=True):
    """One event in words. `seq` is its number, `time` e.g. "14:27:02Z"."""

    seq: int
    time: str
    actor: str
    text: str
    tone: Tone = Tone.PLAIN


class Timeline(Struct, frozen=True):
    """The newest events, newest last."""

    rows: tuple[TimelineRow, ...] = ()


class KeyRow(Struct, frozen=True):
    """One key in the key bar. `armed` is the recommended one."""

    key: str
    label: str
    enabled: bool = True
    armed: bool = False


class Keys(Struct, frozen=True):
    """The key bar."""

    rows: tuple[KeyRow, ...] = ()


class Projector(Struct, frozen=True):
    """What the room sees: nothing secret, no keys. The first clock is the one that matters most.

    `percent` is what the candidate serves (0–100) or None without one; `leads` and `due` are whole phrases.
    """

    header: Header = Header()
    sentence: Sentence = Sentence()
    clocks: tuple[ClockRow, ...] = ()
    percent: int | None = None
    percent_label: str = ""
    verdict: Text = Text("")
    verdict_note: Text = Text("")
    traffic: Traffic = Traffic()
    leads: Text = Text("")
    due: Text = Text("")


class Board(Struct, frozen=True):
    """Everything on the board, a slice per pane."""

    header: Header = Header()
    sentence: Sentence = Sentence()
    phases: Phases = Phases()
    traffic: Traffic = Traffic()
    errors: Signal = Signal()
    latency: Signal = Signal()
    clocks: Clocks = Clocks()
    roster: Roster = Roster()
    timeline: Timeline = Timeline()
    keys: Keys = Keys()
