"""A step under the operator's eyes: what will be done, its output as it comes, cancel, again; left, it runs on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from warroom.clock import ago, duration
from warroom.conductor.refusal import Refused
from warroom.conductor.steps.execute import GUARDS, Prepared, told
from warroom.conductor.steps.programs import Live
from warroom.incident.steps.steps import Command, newest_run
from warroom.marks import key
from warroom.protocol.integrations import Port
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.said import said

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor

SHOW_SECONDS = 0.25
LINES_SHOWN = 12
GUARD_OF = {"forward": "watch", "final": "bad"}


class StepDialog(Dialog[str]):
    """Shows a prepared step; y does it by `fire`. Then its output, until it is left or done."""

    DEFAULT_CSS = """
    StepDialog #output {
        color: $secondary; border-left: outer $panel; padding-left: 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    StepDialog #output.empty { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "fire", "Do it", show=False),
        Binding("r", "again", "Again", show=False),
        Binding("c", "cancel", "Cancel", show=False),
        Binding("v", "values", "Values", show=False),
    ]

    def __init__(self, conductor: "Conductor", prepared: Prepared, fire: Callable[[], None], second: str = "") -> None:
        super().__init__()
        self.conductor = conductor
        self.prepared = prepared
        self.fire = fire
        self.second = second
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """What will be done, its guard, and room for the output."""
        step = self.prepared.step
        with self.box():
            yield line(step.title, classes="title")
            if len(self.conductor.incident.lanes) > 1:
                yield line(f"▶ {self.prepared.service}", classes="watch")
            yield line(self.prepared.words, classes="command")
            if self.prepared.why:
                yield line(self.prepared.why, classes="dim")
            yield line(step.text, classes="dim")
            guard = f"{step.guard}: {GUARDS[step.guard]}" + (f", agreed by {self.second}" if self.second else "")
            yield line(f"{'▲ ' if step.guard in GUARD_OF else ''}{guard}", classes=GUARD_OF.get(step.guard, ""))
            yield line("", id="state")
            yield line("", id="output", classes="empty")
            yield line("", id="refusal")
            yield line("", id="keys", classes="keys")

    def on_mount(self) -> None:
        """Show what there is, again and again."""
        super().on_mount()
        self._show()
        self.set_interval(SHOW_SECONDS, self._show)

    @property
    def live(self) -> Live | None:
        """The newest run of the step that this process began."""
        return self.conductor.runs.live.get(self.prepared.step.id)

    def action_fire(self) -> None:
        """Do it, unless it is under way or was done just now."""
        if self.live is not None and self.live.ended is None:
            self.refuse("It is under way.")
        elif not self.too_soon():
            self._go()

    def action_again(self) -> None:
        """Do it once more, after it has ended. What can't be undone asks anew, from the board."""
        if self.live is None or self.live.ended is None:
            self.refuse("Nothing to repeat: y does it.")
        elif self.prepared.final:
            self.refuse("This asks for its guard anew: leave with Esc, then begin again.")
        elif not self.too_soon():
            self._go()

    def action_cancel(self) -> None:
        """End the program."""
        if self.too_soon():
            return
        try:
            self.conductor.runs.cancel(self.prepared.step.id)
        except Refused as refused:
            self.refuse(str(refused))

    def action_values(self) -> None:
        """Hand back that its values are to be given anew."""
        if self.live is not None and self.live.ended is None:
            self.refuse("It is under way.")
        elif not self.prepared.wanted:
            self.refuse("It needs no values.")
        elif not self.too_soon():
            self.dismiss("values")

    def _go(self) -> None:
        if self.prepared.final and self.live is not None and self.live.ended is not None:
            self.refuse("This asks for its guard anew: leave with Esc, then begin again.")
            return
        self.refuse("")
        self.fire()
        self._show()

    def _show(self) -> None:
        """Draw what has changed since the last time."""
        live, now = self.live, self.conductor.clock.now()
        run = newest_run(self.conductor.incident.work, self.prepared.step.id)
        if live is None:
            state, lines, keys = _before(run, "v changes its values   " if self.prepared.wanted else "")
        else:
            state, lines, keys = _of(live, now, "v changes its values   " if self.prepared.wanted else "")
        shown = (state, live.count if live else 0, keys)
        if shown == self._shown:
            return
        self._shown = shown
        self.query_one("#state", Static).update(Content(said(state, 1000)))
        output = self.query_one("#output", Static)
        output.set_class(not lines, "empty")
        output.update(Content("\n".join(said(one, 500) for one in lines)))
        self.query_one("#keys", Static).update(Content(keys))


def _before(run: Command | None, more: str) -> tuple[str, list[str], str]:
    """What the journal says of the newest run, before this process has run it."""
    keys = f"y does it   {more}Esc leaves it   {key('abort')} aborts the ladder"
    if run is None:
        return "Not run yet.", [], keys
    if not run.outcome:
        return f"Running since {run.actor} started it elsewhere.", [], keys
    state = f"Last time, by {run.actor}: {told(run.outcome, run.exit_code)} after {duration(run.seconds)}."
    return state, run.tail.splitlines()[-LINES_SHOWN:], keys


def _of(live: Live, now: float, more: str) -> tuple[str, list[str], str]:
    lines = list(live.lines)[-LINES_SHOWN:]
    if live.ended is None:
        limit = f" of {duration(live.timeout_seconds)} at most" if live.timeout_seconds else ""
        more = f", {live.count} lines" if live.count > LINES_SHOWN else ""
        cancel = "c cancels   " if live.can_cancel else ""
        state = f"▶ running {ago(live.started_at, now)}{limit}{more}"
        return state, lines, f"{cancel}Esc leaves it running   {key('abort')} aborts the ladder"
    mark = "✔" if live.ended.outcome == "done" else "✘"
    words = live.words or told(live.ended.outcome, live.ended.exit_code)
    where = f" All of it: {live.ended.log}" if live.ended.log else ""
    return f"{mark} {words}{where}", lines, f"r does it again   {more}Esc leaves it"


class GateDialog(Dialog[None]):
    """The review's conditions, with names, as they were seen last."""

    def __init__(self, conductor: "Conductor", title: str) -> None:
        super().__init__()
        self.conductor, self.title_text = conductor, title

    def compose(self) -> ComposeResult:
        """Title, conditions, keys."""
        with self.box():
            yield line(self.title_text, classes="title")
            yield line("", id="state")
            yield line("", id="refusal")
            yield line("Looked at until the deploy; it ticks itself   Esc leaves it", classes="keys")

    def on_mount(self) -> None:
        """Show it, again and again."""
        super().on_mount()
        self._show()
        self.set_interval(1.0, self._show)

    def _show(self) -> None:
        from warroom.conductor.steps import review_gate

        gate, review = review_gate.gate(self.conductor), self.conductor.incident.work.review
        lines = ["Nothing was seen of the pull request yet."]
        if gate is not None and review is not None:
            lines = [f"{review.number}: {review.title}", review.link, ""]
            lines += [f"{'✔' if one.met else '○'} {one.words}" for one in gate.conditions]
            seen_at, now = self.conductor.review_seen_at, self.conductor.clock.now()
            lines += ["", f"Looked at {ago(seen_at, now)} ago." if seen_at is not None else "Not looked at from here."]
        host = self.conductor.config.integrations.product(Port.CODE_HOST)
        lost = self.conductor.incident.lost.get(host.id)
        if lost is not None:
            lines += [
                "",
                f"{host.name} can't be read since {ago(lost.since, self.conductor.clock.now())}: {lost.title}",
            ]
        self.query_one("#state", Static).update(Content("\n".join(said(one, 500) for one in lines)))
