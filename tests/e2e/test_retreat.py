"""Retreat: two keys from wherever the operator is, and nothing that was not meant."""

from tests.e2e.conftest import OpenTerminal
from tests.e2e.steps import ARMED, advance, arm_and_fire, declare, deploy, wait_for_traffic
from tests.e2e.terminal import Terminal

ABORTING = "Abort: all traffic back to payments-api-00041-kol"

# What opens it, what shows that it is open, the key that leads from it to the abort panel.
PLACES = (
    ("a", "It needs a reason", "ctrl+x"),
    ("?", "Retreat: arms", "x"),
    ("g", "The same with gcloud", "x"),
    ("r", "Roll back to which revision?", "x"),
    ("x", ABORTING, "x"),
    ("m", "hotfix takes", "x"),
    ("n", "Note for the timeline", "ctrl+x"),
    ("u", "Update to stakeholders", "ctrl+x"),
    ("ctrl+p", "Search for commands", "ctrl+x"),
)


def at_ten_percent(start: OpenTerminal) -> Terminal:
    """A drill whose hotfix takes 10 %."""
    terminal = start("drill", "good-hotfix", "--speed", "20")
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    return terminal


def test_every_screen_and_dialog_leads_to_the_abort_panel(start: OpenTerminal) -> None:
    """By x from each dialog and from the projector's view, by ctrl+x out of a field being typed in; then y aborts."""
    terminal = at_ten_percent(start)
    for opens, shows, retreats in PLACES:
        terminal.press(opens)
        terminal.wait_for(shows)
        terminal.fire(retreats)
        terminal.wait_for(ABORTING, ARMED)
        terminal.press("escape")
        terminal.wait_until_gone(ARMED)
        wait_for_traffic(terminal, stable=90, candidate=10)
    terminal.press("n")
    terminal.wait_for("Note for the timeline")
    terminal.fire("half a sent", "ctrl+x")
    arm_and_fire(terminal)
    terminal.wait_for("Aborted: traffic is back on 00041-kol")
    wait_for_traffic(terminal, stable=100, candidate=0)


def test_keys_too_fast_to_be_meant_and_pasted_ones_fire_nothing(start: OpenTerminal) -> None:
    """An x and a y in one burst open the panel and no more; pasted keys neither open nor fire; Enter never fires."""
    terminal = at_ten_percent(start)
    terminal.press("xy")
    terminal.wait_for(ABORTING, ARMED)
    terminal.fire("enter")
    terminal.paste("y")
    terminal.press("escape")
    terminal.wait_until_gone(ARMED)
    terminal.paste("xy")
    # What comes later shows that the paste was read and did nothing.
    terminal.press("n")
    terminal.wait_for("Note for the timeline")
    terminal.paste("x and y in a note")
    terminal.press("enter")
    terminal.wait_for("x and y in a note")
    assert ARMED not in terminal.flat()
    assert "asking for traffic back" not in terminal.flat()
    wait_for_traffic(terminal, stable=90, candidate=10)
