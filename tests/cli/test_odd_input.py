"""What odd arguments get: one sentence with a remedy and a status that says no. Never a traceback."""

import re
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.home import Home

REFUSED = 1
MISUSED = 2

# What is typed, the status, and what the answer must say. Names in braces are files of `odd_files`.
CASES = (
    ("bogus", MISUSED, "No such command 'bogus'"),
    ("drill one two", MISUSED, "unexpected extra argument"),
    ("drill --speed 0", MISUSED, "not in the range"),
    ("drill --speed nan", MISUSED, "nan is no speed"),
    ("drill --speed fast", MISUSED, "not a valid float"),
    ("emulator --run-port 99999", MISUSED, "not in the range"),
    ("completion tcsh", MISUSED, "not one of"),
    ("report", MISUSED, "Missing argument"),
    ("open", MISUSED, "draws on a terminal"),
    ("open INC-0001", MISUSED, "draws on a terminal"),
    ("", MISUSED, "draws on a terminal"),
    ("drill good-hotfi", REFUSED, "Did you mean 'good-hotfix'?"),
    ("drill /", REFUSED, "There is no scenario '/'"),
    ("drill ../../etc/passwd", REFUSED, "There is no scenario"),
    ("drill missing.toml", REFUSED, "missing.toml: cannot be read: No such file"),
    ("drill {folder}", REFUSED, "cannot be read: Is a directory"),
    ("drill {binary}", REFUSED, "is not TOML"),
    ("drill {empty}", REFUSED, "missing required field"),
    ("emulator {binary}", REFUSED, "is not TOML"),
    ("emulator {folder}", REFUSED, "cannot be read: Is a directory"),
    ("drill --config missing", REFUSED, "There is no such directory"),
    ("drill --config {binary}", REFUSED, "There is no such directory"),
    ("drill --config {folder}", REFUSED, "3 problem(s) in the configuration"),
    ("drill --journal {folder}", REFUSED, "The journal can't be opened"),
    ("drill --journal {binary}", REFUSED, "is not a journal"),
    ("drill --journal {binary}/below", REFUSED, "can't be opened: Not a directory"),
    ("drill --journal {database}", REFUSED, "another program's database"),
    ("report INC-0001", REFUSED, "there is no journal at"),
    ("report INC-0001 --drill", REFUSED, "there is no journal at"),
    ("report INC-0001 --journal {folder}", REFUSED, "The journal can't be opened"),
    ("report INC-0001 --journal {binary}", REFUSED, "is not a journal"),
    ("report INC-0001 --journal {empty}", REFUSED, "The journal is empty"),
    ("journal verify", REFUSED, "there is no journal at"),
    ("journal verify --journal {binary}", REFUSED, "is not a journal"),
    ("check missing", REFUSED, "There is no such directory"),
    ("check {binary}", REFUSED, "There is no such directory"),
    ("check {folder}", REFUSED, "protocol.toml: Missing"),
    ("init {binary}", REFUSED, "File exists"),
    ("init {binary}/below", REFUSED, "Not a directory"),
)


@pytest.fixture
def odd_files(home: Home) -> dict[str, Path]:
    """A folder and files that are not what they are taken for."""
    files = {name: home.path / f"{name}.toml" for name in ("folder", "binary", "empty", "database")}
    files["folder"].mkdir()
    files["binary"].write_bytes(bytes(range(255, -1, -1)) * 20)
    files["empty"].touch()
    other = sqlite3.connect(files["database"])
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    return files


@pytest.mark.parametrize(("typed", "status", "words"), CASES)
def test_odd_arguments(home: Home, odd_files: dict[str, Path], typed: str, status: int, words: str) -> None:
    """The answer is on standard error, says why, and the status is not 0."""
    done = home.run(*typed.format(**odd_files).split())
    assert done.returncode == status, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "fault of its own" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "[/red]", "\u202egnp.exe", "x" * 10_000, "-", "%s%n"])
@pytest.mark.parametrize("command", [("report",), ("drill",), ("check",), ("report", "--journal")])
def test_hostile_arguments(home: Home, command: tuple[str, ...], text: str) -> None:
    """They are named in the answer as text, or not at all; no escape sequence comes back."""
    done = home.run(*command, text)
    said = done.stdout + done.stderr
    assert done.returncode in (REFUSED, MISUSED)
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202e]", said)
    assert "Traceback" not in said
    assert "fault of its own" not in said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"XDG_STATE_HOME": "/dev/null"}, "/dev/null/warroom: Not a directory"),
        ({"WARROOM_CONFIG": "/dev/null"}, "There is no such directory"),
        ({"WARROOM_CONFIG": "~/nowhere"}, "There is no such directory"),
    ],
)
def test_odd_environments(home: Home, variables: dict[str, str], words: str) -> None:
    """A folder that can't be one is named."""
    done = home.run("drill", **variables)
    assert done.returncode == REFUSED
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_encoding_without_the_signs(home: Home) -> None:
    """Question marks stand for what can't be written in it: it does not stop."""
    brief = home.unhurried(brief=True)
    done = home.run("drill", "--speed", "60", "--config", brief, PYTHONIOENCODING="iso-8859-1")
    assert done.returncode == 0, done.stderr
    assert "DRILL: starting the embedded cloud for good-hotfix ?" in done.stdout


def test_a_report_that_cannot_be_written(home: Home) -> None:
    """The answer names the file and the way out; standard output works."""
    assert home.run("drill", "--speed", "60", "--config", home.unhurried(brief=True)).returncode == 0
    for place in ("/dev/full", "/dev/null/report.md", str(home.path)):
        done = home.run("report", "INC-0001", "--drill", "--output", place)
        assert done.returncode == REFUSED
        assert f"can't write {place}" in done.stderr
    assert home.run("report", "INC-0001", "--drill").stdout.startswith("# ")
    unknown = home.run("report", "INC-0002", "--drill")
    assert "no incident INC-0002" in unknown.stderr
    assert "INC-0001" in unknown.stderr


def test_a_port_that_is_taken(home: Home) -> None:
    """The emulator says which port, and nothing else."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = home.run("emulator", "--run-port", str(port))
    assert done.returncode == REFUSED
    assert str(port) in done.stderr
    assert len(done.stderr.splitlines()) == 1
