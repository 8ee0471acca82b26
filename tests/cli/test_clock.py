"""Status and report after a clock that ran ahead: the moment that it is, and by how much times may be off."""

import json

import pytest

from tests.cli.cloud import asked
from tests.e2e.home import Home
from tests.incident.story import declared
from warroom.clock import ScaledClock
from warroom.incident import events
from warroom.incident.journal.sqlite import SqliteStore

AHEAD = 3600.0


def written(home: Home, *, drill: bool, over: bool = False, mitigated: bool = False, place: str = "") -> float:
    """An incident that was declared now, and an event an hour ahead; returns when that is."""
    path = home.journal if drill else home.path / "state" / "warroom" / "journal.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    journal, now = SqliteStore(path), ScaledClock().now()
    first = journal.begin(declared("P0", drill=drill, place=place), "@rm", now)
    facts: list[events.AnyFact] = [events.Noted("while the clock ran ahead")]
    facts += [events.Mitigated("roll-back"), events.Resolved()] if over else []
    facts += [events.Mitigated("roll-back")] if mitigated else []
    journal.append(first.incident, facts, "@rm", now + AHEAD, 1)
    journal.close()
    return now + AHEAD


def test_production_stands_in_the_present(home: Home) -> None:
    """Not in the future where the last event lies: the board's own moment, told with how far the clock is behind."""
    ahead = written(home, drill=False)
    status = asked(home, 0, "status")
    assert ahead - AHEAD <= status["at"] < ahead
    assert status["clock_behind_seconds"] == pytest.approx(ahead - status["at"])
    assert status["board"]["sentence"]["alarm"].startswith("CLOCK: it went back, the newest event is 59:")
    assert "CLOCK: it went back, the newest event is 59:" in home.run("status").stdout
    assert "was set back by 59:" in home.run("report", "INC-0001").stdout
    report = json.loads(home.run("report", "INC-0001", "--format", "json").stdout)
    assert 0 < report["clock_behind_seconds"] <= AHEAD


def test_a_drill_stands_at_its_newest_event(home: Home) -> None:
    """Its hours may be over in minutes; a terminal without its clock says what to export, until the drill is over."""
    ahead = written(home, drill=True)
    status = asked(home, 0, "status", "--drill")
    assert status["at"] == ahead
    assert "export its cloud's WARROOM_CLOCK" in status["board"]["sentence"]["alarm"]


def test_what_is_over_has_no_trouble_with_clocks(home: Home) -> None:
    """Resolved: nothing runs any more that a clock could be wrong about."""
    written(home, drill=True, over=True)
    status = asked(home, 0, "status", "--drill")
    assert (status["clock_behind_seconds"], status["board"]["sentence"]["alarm"]) == (0, "")


@pytest.mark.parametrize(("place", "remedy"), [("drill", "under gcloud"), ("emulator", "Set CLOUD_RUN_EMULATOR_HOST")])
def test_no_toys_clock_is_stopped_by_another_clock(home: Home, place: str, remedy: str) -> None:
    """Resolved, or closed to wait, at this terminal's time it would be an hour off: refused; a note is not."""
    of_drill = ("--drill",) if place == "drill" else ()
    written(home, drill=bool(of_drill), mitigated=True, place=place)
    for command in (("resolve", "--yes"), ("resolve",), ("decide", "wait", "--reason", "it can")):
        error = asked(home, 1, *command, *of_drill)["error"]
        assert error["title"].startswith("The clock of INC-0001 is 59:"), error
        assert remedy in error["remedy"], error
    asked(home, 0, "note", "seen from here", *of_drill)
    assert asked(home, 0, "status", *of_drill)["incident"]["state"] == "mitigated"


def test_productions_is_the_walls(home: Home) -> None:
    """Set back or not, who resolves it resolves it now."""
    written(home, drill=False, mitigated=True)
    assert asked(home, 0, "resolve", "--yes", "--reason", "nothing is ticked here")["done"]
