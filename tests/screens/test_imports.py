"""What must not be loaded before the first paint: whoever opens the board in an emergency waits for it."""

import sys
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

import pexpect
import pytest

import warroom
from tests.clocks import START
from tests.conductor.rig import declaration
from tests.e2e.home import Home
from tests.patience import PATIENCE_SECONDS
from warroom.incident.journal.sqlite import SqliteStore

HEAVY = {
    "google": "the clients of Cloud Run and Monitoring: hundreds of ms, loaded in slices while the board stands",
    "grpc": "a compiled library with threads of its own; comes with the clients",
    "proto": "comes with the clients",
    "requests": "how google.auth asks for tokens",
    "httpx": "for the probe and the other systems, none of which is asked before the paint",
    "httpx_retries": "comes with httpx",
    "aiohttp": "the drill's server, in a process of its own",
    "http.client": "comes with urllib.request, and brings the e-mail package along",
    "markdown_it": "the report as HTML, written on a key",
    "jinja2": "warroom has no templates; whoever brings it along brings too much",
    "tomlkit": "a roster is edited on a key",
    "tomli_w": "nothing is written before the paint",
    "tomllib": "reads as tomli does, but not compiled",
    "psutil": "when a process began is asked by the first change",
    "textual.widgets._text_area": "the editor of an update, with languages and themes",
    "textual.widgets._markdown": "a reader with a parser of its own, which no screen has",
    "textual.widgets._data_table": "no screen has one",
    "textual.widgets._rich_log": "a program's output, opened on a key",
    "warroom.drill": "production has no embedded cloud, and a drill's is another process",
    "warroom.protocol.keep": "a roster is edited on a key",
    "warroom.report": "the report is written on a key",
    "warroom.services.google.cloud_run": "imports the client",
    "warroom.services.google.monitoring": "imports the client",
    "warroom.services.probe": "imports httpx",
    "warroom.services.systems.wire.web": "imports httpx",
    "warroom.steps.programs": "runs programs, on a key",
}
"""Module and all below it, each with why it can wait."""

OPENING = """
import sys
from pathlib import Path

seen = Path(sys.argv.pop(1))

def painted(app):  # instead of what begins once the first screen is painted
    seen.write_text("\\n".join(sys.modules))
    app.exit()

from warroom.app import WarRoom
WarRoom._conduct = WarRoom._begin = painted
from warroom.cli import main
main()
"""


def heavy(loaded: Collection[str]) -> list[str]:
    """Those that should have waited."""
    return sorted(name for name in loaded if any(name == one or name.startswith(f"{one}.") for one in HEAVY))


@pytest.mark.parametrize("screen", ["board", "home"])
def test_nothing_heavy_comes_before_the_first_paint(screen: str, tmp_path: Path) -> None:
    """`warroom open` on a terminal, up to the moment when its first screen is painted."""
    journal = SqliteStore(tmp_path / "journal.db")
    incident = journal.begin(declaration(START), "@rm", START).incident
    journal.close()
    seen = tmp_path / "modules"
    named = [incident] if screen == "board" else []
    with pexpect.spawn(
        sys.executable, ["-c", OPENING, str(seen), "open", *named, "--journal", str(tmp_path / "journal.db")],
        env=Home(tmp_path).environment(), dimensions=(36, 120), timeout=PATIENCE_SECONDS,
    ) as opened:  # fmt: skip
        opened.expect(pexpect.EOF)
    loaded = seen.read_text().split()
    assert {"warroom.screens.board", "warroom.terminal.driver", "warroom.wiring.rooms"} <= set(loaded)
    found = heavy(loaded)
    assert not found, f"Import these where they are used, not at a module's head: {', '.join(found)}"


@pytest.mark.parametrize("name", [name for name in HEAVY if name.startswith(("warroom.", "textual."))])
def test_what_must_wait_is_there(name: str) -> None:
    """A module that is called otherwise by now must not slip through."""
    assert find_spec(name) is not None


def test_only_the_tables_of_commands_import_by_name() -> None:
    """A module that moves is missed by mypy where a statement imports it; the two tables have tests that try each."""
    room = Path(warroom.__file__).parent
    found = {str(path.relative_to(room)) for path in room.rglob("*.py") if "import_module" in path.read_text()}
    assert found == {"actions/flow.py", "cli/__init__.py"}
