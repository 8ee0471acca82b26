"""A process in a PTY, timed from outside: when bytes came, and how many."""

import os
import select
import time
from pathlib import Path

import pexpect
import psutil

QUIET_SECONDS = 0.05


class Timed:
    """A program on a terminal of 120×36; `env` is added to a clean environment."""

    def __init__(self, argv: list[str], env: dict[str, str], state: Path) -> None:
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": str(state),
            "XDG_STATE_HOME": str(state),
            "XDG_CONFIG_HOME": str(state),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }
        self._unread = b""
        self.began = time.perf_counter()
        self.child = pexpect.spawn(argv[0], argv[1:], env={**clean, **env}, dimensions=(36, 120), timeout=30)
        self.child.delaybeforesend = None  # pexpect would wait 50 ms before each key
        self.process = psutil.Process(self.child.pid)

    def until(self, *markers: bytes, seconds: float = 30.0) -> float:
        """Read until all `markers` came, in any order, after the last ones; seconds it took. Raises TimeoutError."""
        began = time.perf_counter()
        while missing := [marker for marker in markers if marker not in self._unread]:
            chunk = self._read(seconds - (time.perf_counter() - began))
            if not chunk:
                raise TimeoutError(f"no {missing} within {seconds} s; the last bytes: {self._unread[-400:]!r}")
            self._unread = (self._unread + chunk)[-50_000:]
        self._unread = self._unread[max(self._unread.index(marker) + len(marker) for marker in markers) :]
        return time.perf_counter() - began

    def settle(self, quiet: float = 0.3, at_most: float = 10.0) -> int:
        """Read until nothing came for `quiet` seconds; how many bytes came."""
        count, end = 0, time.perf_counter() + at_most
        while time.perf_counter() < end and (chunk := self._read(quiet)):
            count += len(chunk)
        return count

    def press(self, key: str) -> tuple[float, int]:
        """Send a key; seconds until its first answer, and the bytes of the whole answer."""
        began = time.perf_counter()
        self.child.send(key)
        first = self._read(5.0)
        answered = time.perf_counter() - began
        return answered, len(first) + self.settle(QUIET_SECONDS, 1.0)

    def count_bytes(self, seconds: float) -> int:
        """How many bytes come in that time."""
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            count += len(self._read(left))
        return count

    def cpu_seconds(self) -> float:
        """Processor time of the process alone, so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        """Resident memory of the process alone, in MB."""
        return float(self.process.memory_info().rss) / 1e6

    def close(self) -> None:
        """End it."""
        self.child.close(force=True)

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.child.child_fd], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            return os.read(self.child.child_fd, 65536)
        except OSError:
            return b""
