"""A home folder for one test, and warroom's other commands in it: what a person would ask after the board is gone."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import tomli_w

from warroom.resources import config_directory

WARROOM = Path(sys.executable).parent / "warroom"
"""The installed console script, as a person starts it."""

DONE_SECONDS = 60.0
"""How long a command without a screen may take on a busy machine."""


def heed() -> None:
    """For a child before its program: heed the signals that whoever runs the tests may ignore, as nohup and `&` do."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Home:
    """A folder that every path of warroom's lies in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.program: tuple[str, ...] = (str(WARROOM),)

    @property
    def drills(self) -> Path:
        """Where drills keep their journal and their reports."""
        return self.path / "state" / "warroom" / "drills"

    @property
    def journal(self) -> Path:
        """The drills' journal."""
        return self.drills / "journal.db"

    def environment(self, **more: str) -> dict[str, str]:
        """A clean environment: nothing of Google, no colour settings, no warroom variables but those in `more`."""
        return {
            "PATH": f"{WARROOM.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.path),
            "PWD": str(self.path),
            "XDG_STATE_HOME": str(self.path / "state"),
            "XDG_CONFIG_HOME": str(self.path / "config"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **more,
        }

    def scenario(self, name: str, like: str = "good-hotfix", **changes: str) -> Path:
        """A scenario file of our own: a shipped one with some of its top-level keys set anew, as TOML literals."""
        text = (config_directory() / "scenarios" / f"{like}.toml").read_text(encoding="utf-8")
        for key in changes:
            text = re.sub(rf"^{key} = (\"{{3}}.*?\"{{3}}|[^\n]*)\n", "", text, count=1, flags=re.DOTALL | re.MULTILINE)
        head = "".join(f"{key} = {literal}\n" for key, literal in changes.items())
        path = self.path / f"{name}.toml"
        path.write_text(head + text, encoding="utf-8")
        return path

    def unhurried(self, shipped: Path | None = None, *, brief: bool = False) -> str:
        """A configuration's folder: as the shipped one, or another, but the outside is asked less often.

        A whole drill by the book then costs two thirds of the processor's time; a `brief` one, of one short rung, half.
        """
        folder = self.path / f"unhurried-{shipped.name if shipped else 'shipped'}{'-brief' * brief}"
        folder.mkdir()
        for file in (shipped or config_directory()).glob("*.toml"):
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            if file.stem == "protocol":
                table["gate"] |= {"probe_seconds": 10, "refresh_seconds": 20}
                table.setdefault("paging", {})["poll_seconds"] = 60
                table["ladder"] |= {"rungs": [100], "bake_minutes": 1} if brief else {}
            (folder / file.name).write_text(tomli_w.dumps(table), encoding="utf-8")
        return str(folder)

    def command(self, *arguments: str) -> list[str]:
        """The command line of warroom with these arguments."""
        return [*self.program, *arguments]

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Warroom without a terminal, until it ends. Standard output and error come back apart."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.path,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DONE_SECONDS,
            check=False,
        )

    def popen(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Warroom without a terminal, running. Standard error goes into standard output."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.path,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=heed,
        )
