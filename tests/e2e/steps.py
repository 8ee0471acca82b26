"""The steps of a journey as an operator takes them: press, look, press the key that fires."""

import re
import time

from tests.e2e.terminal import GUARD_SECONDS, Terminal

FORM = "ctrl+s declares"
BOARD = "Press d to deploy it at 0 %"
ARMED = "y fires"


def declare(terminal: Terminal) -> None:
    """From the drill's form to its board, the first look at the service taken."""
    terminal.wait_for(FORM)
    terminal.press("ctrl+s")
    terminal.wait_for(BOARD, "100 %")


def deploy(terminal: Terminal, image: str = "") -> None:
    """The hotfix at 0 %, ready to take traffic; a drill has its image in the field already."""
    terminal.press("d")
    terminal.wait_for("Deploy which image?")
    terminal.press(image, "enter")
    terminal.wait_for("never in staging", ARMED)
    give_reason(terminal, "no time for staging in this journey")
    arm_and_fire(terminal)
    terminal.wait_for("Press a for 10 %")


def give_reason(terminal: Terminal, reason: str) -> None:
    """Type why, and Enter; the panel has taken it when the field is dimmed, and y is no letter any more."""
    time.sleep(GUARD_SECONDS)
    terminal.press(reason)
    terminal.wait_for(reason)
    typed = terminal.colour(reason)
    terminal.press("enter")
    terminal.wait_until(lambda: terminal.colour(reason) != typed, "the reason to be taken")


def arm_and_fire(terminal: Terminal, key: str = "") -> None:
    """Press a key that arms, and y on its panel."""
    if key:
        terminal.press(key)
    terminal.wait_for(ARMED)
    terminal.fire("y")
    terminal.wait_until_gone(ARMED)


def advance(terminal: Terminal, percent: int) -> None:
    """The candidate to `percent`, which must be the next rung."""
    terminal.press("a")
    terminal.wait_for(f"% to {percent} %", ARMED)
    terminal.fire("y")
    terminal.wait_for(f"Hotfix takes {percent} %")


def resolve(terminal: Terminal) -> None:
    """The incident is over, though nobody ticked the boxes of the verification."""
    terminal.press("s")
    terminal.wait_for("Resolve the incident?", "Still open:")
    terminal.fire("y")
    terminal.wait_for("Why is it resolved although that is open?")
    terminal.fire("nobody else is here", "enter")
    terminal.wait_for("after detection")


def report(terminal: Terminal) -> None:
    """The report into its file."""
    terminal.press("w")
    terminal.wait_for("Report written")


def wait_for_traffic(terminal: Terminal, **percents: int) -> None:
    """Wait until the traffic pane says just these shares, e.g. `stable=90, candidate=10`."""

    def shown() -> dict[str, int]:
        found = re.findall(r"│ (stable|candidate) .*?(\d+) %", terminal.shown())
        return {name: int(percent) for name, percent in found}

    terminal.wait_until(lambda: shown() == percents, f"traffic {percents}")
