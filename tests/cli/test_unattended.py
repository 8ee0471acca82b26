"""A primary who does not answer while no board is open: whoever asks or acts from a shell is told."""

import json
import time
from pathlib import Path

from tests.e2e.home import Home
from tests.incident.story import declared
from warroom.incident import events
from warroom.incident.journal.sqlite import SqliteStore

SILENT = "Incident Commander @ic has not answered since the page "


def unattended(path: Path) -> None:
    """A journal in which the Incident Commander was paged six minutes ago, by a process that is gone."""
    store = SqliteStore(path)
    now = time.time()
    begun = store.begin(declared("P1"), "@rm", now - 400)
    paged = events.RolePaged("incident-commander", "@ic", "pagerduty", "host/1")
    store.append(begun.incident, [paged], "@rm", now - 362, begun.seq)
    store.close()


def test_status_and_a_command_tell_of_it(home: Home) -> None:
    """`status` as text and data; a command that acts says it beside its answer, on standard error."""
    unattended(home.path / "journal.db")
    shown = home.run("status", "--journal", "journal.db")
    assert SILENT in shown.stdout
    (told,) = json.loads(home.run("status", "--json", "--journal", "journal.db").stdout)["silent"]
    assert (told["role"], told["person"], told["declined"]) == ("incident-commander", "@ic", False)
    noted = home.run("note", "looked at the logs", "--journal", "journal.db")
    assert noted.returncode == 0
    assert SILENT in noted.stderr and SILENT not in noted.stdout
