"""A step's program is found from the configuration's directory and from PATH, never from where the shell stands."""

import os
import sys
from pathlib import Path

import pytest

from tests.steps.test_programs import Run
from warroom.steps.finding import program
from warroom.steps.programs import Programs
from warroom.steps.runner import Ended, Order


def script(path: Path, words: str) -> Path:
    """A program that says something, and where it runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {words}\npwd\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The configuration's directory and where the shell stands, each with programs of the same names."""
    ours, theirs = tmp_path / "config", tmp_path / "shell"
    for folder, words in ((ours, "ours"), (theirs, "theirs")):
        script(folder / "scripts" / "x.sh", words)
        script(folder / "kubectl", words)
    monkeypatch.chdir(theirs)
    return ours, theirs


@pytest.mark.parametrize("entry", ["", ".", "./", "scripts/..", "bin:"])
def test_where_programs_are(places: tuple[Path, Path], entry: str) -> None:
    """With a slash from the directory; else from PATH without what is relative or empty in it."""
    ours, theirs = places
    environ = {"PATH": f"{entry}:/nowhere"}
    assert program("./scripts/x.sh", ours, environ) == str(ours / "scripts" / "x.sh")
    assert program("scripts/x.sh", ours, environ) == str(ours / "scripts" / "x.sh")
    assert program(str(theirs / "kubectl"), ours, environ) == str(theirs / "kubectl")
    assert program("kubectl", ours, environ) is None
    assert program("./none", ours, environ) is None
    assert program("kubectl", ours, {"PATH": f"{entry}:{ours}"}) == str(ours / "kubectl")
    assert program("sh", ours, {}) is not None  # the system's own default where there is no PATH
    (ours / "kubectl").chmod(0o644)
    assert program("./kubectl", ours, environ) is None
    assert program("./kubectl", ours, environ, os.F_OK) == str(ours / "kubectl")


async def ran(run: Run, directory: Path, *argv: str, path: str) -> tuple[Ended, list[str]]:
    """How a program ended, and what it said."""
    run.runner = Programs(run.log.parent, (), {"PATH": path}, 0.3, directory)
    run.order = Order("scan", argv, 20.0, f"{len(list(run.log.parent.glob('*.log')))}.log")
    run.lines = []
    return await run.go(), run.lines


async def test_what_is_run(tmp_path: Path, places: tuple[Path, Path]) -> None:
    """The configuration's own script, where warroom was started; what only the shell's folder has is not there."""
    ours, theirs = places
    run = Run(tmp_path / "logs", "")
    ended, lines = await ran(run, ours, "./scripts/x.sh", path="/usr/bin:/bin")
    assert (ended.outcome, lines) == ("done", ["ours", str(theirs)])
    ended, lines = await ran(run, ours, "kubectl", path=f".::{ours}")
    assert lines[0] == "ours"
    ended, lines = await ran(run, ours, "kubectl", path=".::bin")
    assert (ended.outcome, ended.exit_code, lines) == ("failed", None, ["kubectl: No such file or directory"])
    ended, lines = await ran(run, ours, "./gone.sh", path="/usr/bin:/bin")
    assert (ended.exit_code, lines) == (None, [f"{ours}/gone.sh: No such file or directory"])
    (ours / "scripts").chmod(0o777)
    ended, lines = await ran(run, ours, "./scripts/x.sh", path="/usr/bin:/bin")
    assert ended.exit_code is None
    assert lines[0].startswith(f"No programs are run: anybody may write to {ours}/scripts. Run: chmod go-w")


async def test_a_log_that_cannot_be_begun_stops_nothing(tmp_path: Path) -> None:
    """Somebody laid a link in the logs' place: the program runs all the same, says so, and nothing lies elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "logs").symlink_to(tmp_path / "elsewhere")
    run = Run(tmp_path / "logs", "print('it ran')")
    assert await run.go() == Ended("done", 0, "")
    assert run.lines[0].startswith("No log is kept of this") and "link" in run.lines[0]
    assert run.lines[1:] == ["it ran"]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert sys.executable in run.order.argv
