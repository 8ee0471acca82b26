"""Somebody else has changed the service: what, who, when, and the three ways to go on."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from warroom.conductor.traffic.plans import Plan
from warroom.incident.lane.words_drift import question
from warroom.incident.state import Lane
from warroom.incident.timeline import shares
from warroom.screens.dialogs.base import line
from warroom.screens.dialogs.prompts import Choose
from warroom.screens.host import Host
from warroom.screens.said import said

ANSWERS = (
    ("adopt", "Adopt: go on from what is there now; moves no traffic"),
    ("restore", "Restore ours: put back the split that we last applied"),
    ("abort", "Abort: all traffic back to stable, the ladder ends"),
)


class SettleDialog(Choose):
    """The difference, and the three answers. Enter takes one; those that move traffic arm first."""

    def __init__(self, lane: Lane) -> None:
        super().__init__("Somebody else changed the service", ANSWERS)
        self.lane = lane

    def compose(self) -> ComposeResult:
        """Who did what when, before and after, and the answers."""
        stranger = self.lane.stranger
        with self.box():
            yield line(self.title_text, classes="title")
            if stranger is not None:
                yield line(f"{question(stranger)}.", classes="bad")
                yield line(f"ours: {shares(stranger.before)}", classes="dim")
                yield line(f"now:  {shares(stranger.after)}", classes="dim")
            yield OptionList(*(Option(Content(said(words)), id=name) for name, words in self.choices))
            yield line("", id="refusal")
            yield line("↑ ↓ choose   Enter takes it   Esc leaves it, the ladder stays held", classes="keys")


async def settle(host: Host, service: str) -> Plan | None:
    """Ask how to go on. Adopting is done here; the plan of what moves traffic is handed back, to be armed."""
    lane = host.conductor.lane(service)
    answer = await host.ask(SettleDialog(lane))
    if answer == "adopt":
        await host.conductor.adopt(service)
        host.notice("Adopted: the ladder goes on from what is there.", good=True)
    return host.conductor.plan(answer, service) if answer in ("restore", "abort") else None
