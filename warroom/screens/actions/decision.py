"""Enter on the decision, and on the question whether data is changed."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from warroom.conductor.traffic.plans import Plan
from warroom.conductor.triage import decision
from warroom.conductor.triage.decision import Choice
from warroom.incident.triage.triage import ANSWERS
from warroom.screens.dialogs.base import line
from warroom.screens.dialogs.prompts import Choose
from warroom.screens.host import Host
from warroom.screens.said import said

SIGNS = {True: "✔", False: "✘", None: "?"}
WAYS = (
    ("roll-back", "Roll back: arms it, y fires"),
    ("hotfix", "Hotfix: go on with preparation"),
    ("wait", "Wait: a regular release has it; closes the incident"),
)


class DecideDialog(Choose):
    """The matrix's row, what going back would meet, how slow it is, and the three ways out."""

    def __init__(self, known: Choice) -> None:
        ways = [(name, f"{words}{_advised(known, name)}") for name, words in WAYS]
        if known.regular_release:
            ways = [ways[2], *ways[:2]]
        super().__init__("Roll back, hotfix or wait?", ways)
        self.known = known

    def compose(self) -> ComposeResult:
        """What is known first, then the choice."""
        row, going_back = self.known.row, self.known.viability
        with self.box():
            yield line(self.title_text, classes="title")
            if self.known.regular_release:
                yield line("This severity proposes a regular release: wait.", classes="watch")
            if row is None:
                yield line("The trigger has no row in the decision matrix.", classes="dim")
            else:
                advice = f"roll back {row.rollback}, hotfix {row.hotfix}, wait {row.wait}"
                yield line(f"{row.scenario}: {advice}. {row.note}")
            verdict = "Going back can work:" if going_back.viable else "Going back can't be relied on:"
            yield line(verdict, classes="" if going_back.viable else "bad")
            for holds, words in going_back.checks:
                yield line(f"  {SIGNS[holds]} {words}", classes="bad" if holds is False else "dim")
            for found in self.known.measured:
                yield line(f"{found.service}: {found.words}", classes="bad" if found.over else "dim")
            yield OptionList(*(Option(Content(said(words)), id=name) for name, words in self.choices))
            yield line("", id="refusal")
            yield line("↑ ↓ choose   Enter takes it, then asks why   Esc leaves it", classes="keys")


def _advised(known: Choice, way: str) -> str:
    advice = known.advice(way)
    return f"   (matrix: {advice})" if advice else ""


async def decide(host: Host) -> list[Plan]:
    """Ask for the way out and why. What going back needs is handed back, to be armed. Raises Refused."""
    from warroom.screens.dialogs.prompts import AskLine

    conductor = host.conductor
    known = decision.choice(conductor)
    chosen = await host.ask(DecideDialog(known))
    if chosen is None:
        return []
    reason = await host.ask(AskLine(_why(known, chosen)))
    if not reason:
        return []
    plans = decision.ways_back(conductor, known.viability) if chosen == "roll-back" else []
    await decision.decide(conductor, chosen, reason)
    if chosen == "wait":
        host.notice("Recorded and closed: a regular release has it.", good=True)
    elif chosen == "hotfix":
        host.notice("Recorded: preparation is next.", good=True)
    return plans


async def data_change(host: Host) -> None:
    """Ask whether data is changed, and record the answer."""
    choices = [(answer, f"{answer}: {words}") for answer, words in ANSWERS.items()]
    title = "Does the hotfix change data or schema?"
    answer = await host.ask(Choose(title, choices))
    if answer:
        await decision.data_change(host.conductor, answer)


def _why(known: Choice, chosen: str) -> str:
    if known.advice(chosen) == "no":
        return "The matrix says no to that. Why is it right all the same?"
    if chosen == "roll-back" and not known.viability.viable:
        return f"{known.viability.words}. Why roll back all the same?"
    if known.regular_release and chosen != "wait":
        return "This could wait for a regular release. Why not?"
    return f"Why {chosen.replace('-', ' ')}?"
