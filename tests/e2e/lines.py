"""Terminals that go away or stop reading: who leads the session there, an sshd of our own, and a line that stalls."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.e2e.home import Home
from tests.e2e.terminal import Terminal
from tests.patience import PATIENCE_SECONDS
from tests.processes import lives

LED = 'trap "" HUP; "$@"; echo $? > code; read end'
"""A session leader that outlives SIGHUP, writes down how its command ended, and keeps the terminal open."""


def led(home: Home, *arguments: str) -> list[str]:
    """Warroom below such a leader."""
    return ["/bin/sh", "-c", LED, "sh", *home.command(*arguments)]


def made(home: Home, *arguments: str) -> list[str]:
    """Warroom below make, which waits for it whatever happens to the terminal."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    recipe = " ".join(home.command(*arguments))
    (home.path / "Makefile").write_text(f"drill:\n\t@{recipe}; echo $$? > code\n", encoding="utf-8")
    return [make, "drill"]


def board_of(terminal: Terminal) -> psutil.Process:
    """Warroom's own process below whatever leads the session."""
    return next(process for process in terminal.family() if is_board(process))


def is_board(process: psutil.Process) -> bool:
    """Whether it is a drill with a screen."""
    try:
        command = process.cmdline()
    except psutil.Error:
        return False
    return len(command) > 2 and command[1].endswith("warroom") and command[2] == "drill"


def ended(processes: list[psutil.Process]) -> bool:
    """Whether all of them have ended, given a moment for it; a zombie has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(lives(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def code(home: Home) -> int:
    """The exit status that the leader wrote down, once it has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (text := (home.path / "code").read_text() if (home.path / "code").exists() else ""):
        assert time.monotonic() < deadline, "no exit status was written down"
        time.sleep(0.02)
    return int(text)


def stall(process: psutil.Process) -> None:
    """Fill the line of a process's terminal with padding until nothing more goes in, whatever lies behind it."""
    # Not psutil's terminal(), which knows no device that is younger than the first that it was asked for.
    tty = os.open(Path(f"/proc/{process.pid}/fd/2").readlink(), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 1.0:
            with suppress(BlockingIOError):
                os.write(tty, bytes(65536))
                quiet_since = time.monotonic()
                continue
            time.sleep(0.02)
    finally:
        os.close(tty)


class Sshd:
    """An SSH server on loopback for this user, with keys and settings of its own, and the client's command line."""

    def __init__(self, folder: Path) -> None:
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if sshd is None or shutil.which("ssh") is None:
            pytest.skip("OpenSSH's sshd and ssh are not both installed")
        self._folder = folder
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
        (folder / "authorized").chmod(0o600)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks itself in while nobody is let in yet
        self._sshd = sshd
        self._listen()

    def _listen(self) -> None:
        """Start it on a port that nobody has: it takes a number only, and somebody else may be given that before it."""
        folder = self._folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
            f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nPermitRootLogin yes\nUsePAM no\nPrintMotd no\n",
            encoding="utf-8",
        )
        arguments = [self._sshd, "-D", "-e", "-f", str(folder / "config")]
        self._server = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)

    def ready(self) -> None:
        """Wait until it lets this user in; skips the test where it can't."""
        for _ in range(50):
            tried = subprocess.run([*self.client(), "true"], capture_output=True, text=True, check=False)
            if tried.returncode == 0:
                return
            if self._server.poll() is not None:
                said = self._server.communicate()[1].strip()
                if "in use" not in said:
                    pytest.skip(f"sshd does not run here: {said}")
                self._listen()
            time.sleep(0.1)
        pytest.skip(f"sshd lets this user not in: {tried.stderr.strip()}")

    def client(self, *more: str) -> list[str]:
        """The client's command line, without what it is to run."""
        known = ("-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self._folder}/known")
        own = ("-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR")
        return ["ssh", *own, *known, "-i", f"{self._folder}/user", "-p", str(self.port), *more, "127.0.0.1"]

    def family(self) -> list[psutil.Process]:
        """What it has started and what lives."""
        return psutil.Process(self._server.pid).children(recursive=True)

    def close(self) -> None:
        """End it and what it has started."""
        for process in self.family():
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        self._server.kill()
        self._server.communicate()


@contextmanager
def ssh_server(folder: Path) -> Iterator[Sshd]:
    """A server that lets this user in, until the end of the block."""
    folder.mkdir()
    server = Sshd(folder)
    try:
        server.ready()
        yield server
    finally:
        server.close()
