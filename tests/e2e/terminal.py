"""A real terminal for whole journeys: a program in a PTY, and a screen that understands what it draws."""

import fcntl
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pexpect
import psutil
import pyte

from tests.e2e.home import heed
from tests.patience import PATIENCE_SECONDS

FINGER_SECONDS = 0.07
"""Between two keys of a fast typist."""

GUARD_SECONDS = 0.35
"""A dialog takes no key for 300 ms: the pause that a person makes before the key that fires."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b[27u",  # as terminals send it once they were asked to tell it from alt + the next key
    "up": "\x1b[A",
    "down": "\x1b[B",
    "tab": "\t",
    "space": " ",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
    "ctrl+s": "\x13",
    "ctrl+u": "\x15",
    "ctrl+x": "\x18",
    "ctrl+z": "\x1a",
    "pagedown": "\x1b[6~",
}


class Terminal:
    """One program in a PTY. A thread reads all that it draws, as terminals do, so that it never waits for its reader.

    `raw` is every byte that it wrote. A `deaf` program never hears that the size has changed. As a context manager it
    kills at the end what still runs.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, columns: int, rows: int, deaf: bool = False
    ) -> None:
        self.raw = bytearray()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._news = threading.Condition()
        self._hung_up = False
        self._pressed_at = 0.0
        self._reads = threading.Event()
        self._reads.set()
        self._shown, self._shown_at = "", -1
        self._lines: list[str] = []
        self._process = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=dict(environment),
            cwd=environment["HOME"],
            dimensions=(rows, columns),
            preexec_fn=_deafen if deaf else heed,
            # Its own reading is not used, and its habit of waiting before it writes neither.
            timeout=None,
        )
        self._process.delaybeforesend = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._process.isalive():
            for process in (*self.family(), psutil.Process(self.pid)):
                process.kill()
            self._process.wait()
        self._reads.set()
        self._reader.join(PATIENCE_SECONDS)
        self._process.close()

    @property
    def pid(self) -> int:
        """The program's process id."""
        assert self._process.pid is not None
        return self._process.pid

    def shown(self) -> str:
        """The screen as it stands, line by line."""
        with self._news:
            if self._shown_at != len(self.raw):  # rendering is what costs a waiting test its time
                screen = self._screen
                if len(self._lines) != screen.lines:
                    self._lines = [""] * screen.lines
                    screen.dirty.update(range(screen.lines))
                for y in screen.dirty:
                    if y < screen.lines:
                        row = screen.buffer[y]
                        self._lines[y] = "".join([row[x].data for x in range(screen.columns)]).rstrip()
                screen.dirty.clear()
                self._shown = "\n".join(self._lines)
                self._shown_at = len(self.raw)
            return self._shown

    def flat(self) -> str:
        """The screen with every run of spaces and line breaks as one space, so that wrapped sentences can be found."""
        return " ".join(self.shown().split())

    def colour(self, words: str) -> tuple[int, int, int]:
        """Red, green and blue (0–255) of the first letter of words that stand on one line."""
        with self._news:
            row, line = next((row, line) for row, line in enumerate(self._screen.display) if words in line)
            red, green, blue = bytes.fromhex(self._screen.buffer[row][line.index(words)].fg)
        return red, green, blue

    def wait_for(self, *words: str, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until all of the words stand on the screen."""

        def stand() -> bool:
            more_may_come = self._reader.is_alive()
            found = all(one in self.flat() for one in words)
            assert found or more_may_come, f"it ended without {words}; the screen:\n{self.shown()}"
            return found

        self.wait_until(stand, f"{words} on the screen", timeout=timeout)

    def wait_until_gone(self, words: str, *, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until the words no longer stand on the screen."""
        self.wait_until(lambda: words not in self.flat(), f"{words!r} to go", timeout=timeout)

    def wait_until(self, true: Callable[[], bool], what: str, *, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until something is true. Raises AssertionError with the screen and `what` was waited for."""
        deadline = time.monotonic() + timeout
        while not true():
            left = deadline - time.monotonic()
            assert left > 0, f"waited {timeout:g} s for {what}; the screen:\n{self.shown()}"
            with self._news:
                self._news.wait(min(left, 0.05))  # by itself where it is not the screen that changes
            time.sleep(0.01)  # a picture comes in pieces: one look at all of them costs less than one at each

    def wait_for_exit(self, *, timeout: float = PATIENCE_SECONDS) -> int:
        """Wait for the program's end and for its last byte; its exit status, or minus the signal that ended it."""
        self.wait_until(lambda: not self._process.isalive(), "the program's end", timeout=timeout)
        self._reader.join(timeout)
        status: int | None = self._process.exitstatus
        return -int(self._process.signalstatus or 0) if status is None else status

    def press(self, *keys: str, apart: float = FINGER_SECONDS) -> None:
        """Press keys one after the other: single characters, or names of KEYS. Also types a text as it is.

        Never sooner than `apart` after the one before, as fingers do: what comes faster is taken for a paste.
        """
        for key in keys:
            time.sleep(max(0.0, self._pressed_at + apart - time.monotonic()))
            self._process.send(KEYS.get(key, key))
            self._pressed_at = time.monotonic()

    def wait_until_read(self) -> None:
        """Wait until the program has taken all keys, and rests: what lies there together would be read as if pasted.

        A key that was read and then waits for the processor before its moment is taken down would come as late as that.
        """
        self.wait_until(lambda: not self._unread() and self._rests(), "the keys to be read")

    def press_bytes(self, data: bytes) -> None:
        """Type what no keyboard sends."""
        self._process.send(data)
        self._pressed_at = time.monotonic()

    def fire(self, *keys: str) -> None:
        """Press keys on a dialog that is on the screen, after the time in which it takes none."""
        time.sleep(GUARD_SECONDS)
        self.press(*keys)

    def paste(self, text: str) -> None:
        """Paste a text, bracketed as terminals do it."""
        self._process.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """Change the size in flight."""
        with self._news:
            self._screen.resize(rows, columns)
            self._shown_at = -1
        self._process.setwinsize(rows, columns)

    def there_and_back(self, columns: int, rows: int) -> None:
        """Change the size and take it back between two looks of the program, losing what is on the screen meanwhile."""
        size = self._screen.columns, self._screen.lines
        process = psutil.Process(self.pid)
        process.suspend()
        self.resize(columns, rows)
        self.resize(*size)
        with self._news:
            self._screen.reset()
            self._shown_at = -1
        process.resume()

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def freeze(self) -> None:
        """Read nothing more of what the program draws, as a stalled line does. Keys still reach it."""
        self._reads.clear()

    def thaw(self) -> None:
        """Read again, beginning with what has waited."""
        self._reads.set()

    def hang_up(self) -> None:
        """Close the window: the other side of the program's PTY is gone, and the kernel tells it with SIGHUP."""
        self._hung_up = True
        self._reads.set()
        self._reader.join(PATIENCE_SECONDS)
        vars(self._process)["ptyproc"].fileobj.close()  # its own close() would send signals as well

    def family(self) -> list[psutil.Process]:
        """The processes that the program has started and that live."""
        return list(psutil.Process(self.pid).children(recursive=True))

    def restored(self) -> bool:
        """Whether the terminal is as a shell wants it: main screen, cursor, no mouse or paste reports, echo on."""
        modes = ("?1049", "?1000", "?1003", "?2004", "?1004")
        off = all(self._last(mode, "h") < self._last(mode, "l") for mode in modes)
        cursor = self._last("?25", "l") < self._last("?25", "h")
        local = termios.tcgetattr(self._process.child_fd)[3]
        return off and cursor and bool(local & termios.ECHO) and bool(local & termios.ICANON)

    def in_foreground(self) -> bool:
        """Whether the terminal is the program's own, and not one's that it has started as a job."""
        return os.tcgetpgrp(self._process.child_fd) == self.pid

    def _unread(self) -> int:
        """How many bytes of keys wait in the kernel. The program's side is opened for a moment: held, it never ends."""
        # Not psutil's terminal(), which knows no device that is younger than the first that it was asked for.
        tty = Path(f"/proc/{self.pid}/fd/0").readlink()
        side = os.open(tty, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return int.from_bytes(fcntl.ioctl(side, termios.FIONREAD, bytes(4)), sys.byteorder)
        finally:
            os.close(side)

    def _rests(self) -> bool:
        """Whether each thread of the program sleeps, and so has done what it was woken for."""
        try:
            stats = [task.read_text() for task in Path(f"/proc/{self.pid}/task").glob("*/stat")]
        except OSError:  # a thread has ended meanwhile
            return False
        return all(stat.rpartition(")")[2].split()[0] == "S" for stat in stats)

    def _last(self, mode: str, end: str) -> int:
        return self.raw.rfind(f"\x1b[{mode}{end}".encode())

    def _read(self) -> None:
        while self._reads.wait() and not self._hung_up:
            if not select.select([self._process.child_fd], [], [], 0.1)[0]:
                continue  # a read that waits would hold the PTY open after it was closed
            try:
                chunk = os.read(self._process.child_fd, 65536)
            except OSError:  # EIO: nobody holds the other side any more
                return
            if not chunk:
                return
            with self._news:
                self.raw += chunk
                self._stream.feed(chunk.replace(b"\0", b""))  # NUL is padding, which terminals skip
                self._news.notify_all()


def _deafen() -> None:
    """Block the signal of a change of size; a program that is started keeps that."""
    heed()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
