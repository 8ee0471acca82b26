"""The main job, as an operator does it at a terminal: from declared to written up, and every way that it can turn."""

import json

from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import (
    ARMED,
    advance,
    arm_and_fire,
    declare,
    deploy,
    give_reason,
    report,
    resolve,
    wait_for_traffic,
)

FAST = ("--speed", "120")


def test_a_good_hotfix_goes_to_100_percent_and_is_written_up(home: Home, start: OpenTerminal) -> None:
    """Every rung is left on PASS; resolved, un-pinned and reported; leaving restores the terminal and exits with 0."""
    terminal = start("drill", "good-hotfix", *FAST)
    declare(terminal)
    deploy(terminal)
    for percent, following in ((10, 25), (25, 50), (50, 100)):
        advance(terminal, percent)
        terminal.wait_for(f"Press a for {following} %", "PASS")
    advance(terminal, 100)
    terminal.wait_for("Verify, then s resolves", "PASS")
    wait_for_traffic(terminal, stable=0, candidate=100)
    resolve(terminal)
    arm_and_fire(terminal, "l")
    terminal.wait_for("un-pinned: traffic follows the latest revision")
    report(terminal)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert terminal.restored()

    text = (home.drills / "INC-0001.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.count("\n## ") >= 7
    assert "100 %" in text
    verified = home.run("journal", "verify", "--drill")
    assert verified.returncode == 0, verified.stderr
    assert "1 incident(s) (1 DRILL), every event as it was written" in verified.stdout


def test_a_bad_hotfix_is_aborted_with_two_keys(home: Home, start: OpenTerminal) -> None:
    """FAIL at 25 %: x and y put all traffic back on stable, which burns: that is said, until another revision helps.

    Nothing that is untrue meanwhile stands on the board, in the journal, in a message or in the report.
    """
    terminal = start("drill", "bad-hotfix", *FAST)
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    terminal.wait_for("Press a for 25 %", "PASS")
    advance(terminal, 25)
    terminal.wait_for("Press x then y to go back", "FAIL")
    terminal.press("x")
    terminal.wait_for("Abort: all traffic back to payments-api-00041-kol", ARMED)
    terminal.fire("y")
    terminal.wait_for("Aborted: traffic is back on 00041-kol")
    wait_for_traffic(terminal, stable=100, candidate=0)
    terminal.wait_for("NOT mitigated: 00041-kol fails: errors 31 %, limit 1 %.")
    burning = json.loads(home.run("status", "--json", "--drill").stdout)
    assert (burning["incident"]["mitigated_at"], burning["measured"]["state"]) == (None, "burning")
    assert burning["incident"]["phase"] == "deployment" and burning["clocks"]["fix"]["met_at"] is None

    terminal.press("r")
    terminal.wait_for("Roll back to which revision?", "payments-api-00040-wex")
    terminal.fire("enter")
    terminal.wait_for("Roll back: all traffic to payments-api-00040-wex", ARMED)
    assert "rolling back returns you" not in terminal.flat()  # which is said of what served before alone
    terminal.fire("y")
    terminal.wait_for("Traffic is on 00040-wex. Not measured to be better yet")
    terminal.wait_for("Traffic is on 00040-wex. Mitigated: roll back, measured.")
    resolve(terminal)
    report(terminal)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0

    text = (home.drills / "INC-0001.md").read_text(encoding="utf-8")
    assert "abort" in text.lower()
    assert "FAIL" in text
    assert "- Verified: " in text and "payments-api-00040-wex PASS" in text
    log = home.run("journal", "verify", "--drill")
    assert log.returncode == 0
    told = home.run("status", "--drill").stdout + text
    for untrue in ("Fix deployed at: 2", "mitigated by abort", "_not verified_"):
        assert untrue not in told


def test_weak_evidence_asks_for_one_confirmation_more(start: OpenTerminal) -> None:
    """On WEAK a plain y is refused with the reason; w accepts it, and then y takes the next rung."""
    terminal = start("drill", "quiet-service", *FAST)
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    terminal.wait_for("Going to 25 % asks one more confirmation", "WEAK")
    terminal.press("a")
    terminal.wait_for("Press w to accept that", ARMED)
    terminal.fire("y")
    terminal.wait_for("This needs one more confirmation", ARMED)
    terminal.press("w")
    terminal.wait_until_gone("Press w to accept that")
    terminal.press("y")
    terminal.wait_for("Hotfix takes 25 %")


def test_without_data_only_a_typed_reason_goes_forward(home: Home, start: OpenTerminal) -> None:
    """On NO DATA neither Enter nor y fires until a reason is typed, which the journal keeps; abort asks for none."""
    terminal = start("drill", "blind", *FAST)
    declare(terminal)
    deploy(terminal)
    advance(terminal, 10)
    terminal.wait_for("Press a for 25 %", "PASS")
    advance(terminal, 25)
    terminal.wait_for("Going to 50 % asks a reason", "NO DATA")
    terminal.press("a")
    terminal.wait_for("It needs a reason", ARMED)
    terminal.fire("enter")
    terminal.wait_for("An empty reason is none", ARMED)
    give_reason(terminal, "probes are clean")
    terminal.press("y")
    terminal.wait_for("Hotfix takes 50 %")
    arm_and_fire(terminal, "x")
    terminal.wait_for("Aborted: traffic is back on 00063-tuk")
    wait_for_traffic(terminal, stable=100, candidate=0)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert "probes are clean" in home.run("report", "INC-0001", "--drill").stdout
