"""The variable left in a real terminal: the badge in every picture, and nothing acted on that is another cloud's."""

from collections.abc import Iterator

import pytest

from tests.cli.cloud import asked, emulated
from tests.e2e.conftest import OpenTerminal
from tests.e2e.home import Home
from tests.e2e.steps import ARMED, wait_for_traffic


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One `warroom emulator`, and what it says to export."""
    with emulated(Home(tmp_path_factory.mktemp("emulator"))) as variables:
        yield variables


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36), (200, 60)])
def test_the_badge_is_in_every_picture(
    start: OpenTerminal, home: Home, cloud: dict[str, str], columns: int, rows: int
) -> None:
    """Home, form, board and wall say EMULATOR and never PRODUCTION; without the variable it can only be looked at."""
    address = cloud["CLOUD_RUN_EMULATOR_HOST"]
    terminal = start(columns=columns, rows=rows, **cloud)
    terminal.wait_for("EMULATOR", f"at {address}: nothing here is production's", "No incident yet")
    terminal.press("d")
    terminal.wait_for("Declare an incident", "EMULATOR", "what is declared here is not production's")
    terminal.press("nobody can pay")
    terminal.wait_for("nobody can pay")
    terminal.press("ctrl+s")
    terminal.wait_for("EMULATOR", "INC-0001")
    wait_for_traffic(terminal, stable=100)
    assert "PRODUCTION" not in terminal.flat()
    terminal.press("m")
    terminal.wait_for("EMULATOR", "detected ago")
    terminal.press("escape")
    terminal.wait_for("Traffic")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0

    apart = start("open", "INC-0001", columns=columns, rows=rows)
    apart.wait_for("EMULATOR", "LOOKING ONLY: declared in EMULATOR, this leads to PRODUCTION")
    apart.press("x")
    apart.wait_for(f"INC-0001 was declared in EMULATOR at {address}", "Set CLOUD_RUN_EMULATOR_HOST")
    assert ARMED not in apart.flat()
    apart.press("q")
    assert apart.wait_for_exit() == 0
    assert home.run("status").stdout.startswith("EMULATOR INC-0001")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36), (200, 60)])
def test_productions_incident_is_only_looked_at(
    start: OpenTerminal, home: Home, cloud: dict[str, str], columns: int, rows: int
) -> None:
    """On the toy's terminal no key acts, deploy, page and retreat alike; the journal gets nothing of the toy's."""
    asked(home, 0, "declare", "nobody can pay", "--severity", "P0")
    events = asked(home, 0, "status")["incident"]["events"]
    terminal = start("open", "INC-0001", columns=columns, rows=rows, **cloud)
    terminal.wait_for("PRODUCTION", "looking only", "LOOKING ONLY: declared in PRODUCTION", "Unset CLOUD_RUN_EMULATOR")
    for key in ("d", "a", "p", "x", "r"):
        terminal.press(key)
        terminal.wait_for("INC-0001 was declared in PRODUCTION, and this terminal leads to the EMULATOR at 127.0.0.1:")
        assert ARMED not in terminal.flat()
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert asked(home, 0, "status")["incident"]["events"] == events
