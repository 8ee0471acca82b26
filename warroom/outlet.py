"""Writing to a terminal or a pipe without ever waiting for whoever reads it. The standard library only."""

import os
import select
import termios
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

BEHIND_BYTES = 64 * 1024
"""So much may wait in this process before pictures are skipped: some whole screens."""

PIECE_BYTES = 4096
"""What a PTY holds is little more: a piece that waits fits in once the kernel's buffer was emptied."""


def _nothing() -> None:
    """For whoever does not want to hear of it."""


class Outlet(threading.Thread):
    """Writes to `fd` in a thread of its own, in order, straight to the kernel.

    Not through Python's streams: a thread that waits there holds their lock, and the interpreter can't end.
    `on_lost` and `on_drained` are called in the thread: once when nobody can read any more (EIO, EPIPE), and when all
    is written after a picture was refused by `behind`.
    """

    def __init__(
        self, fd: int, *, on_lost: Callable[[], None] = _nothing, on_drained: Callable[[], None] = _nothing
    ) -> None:
        super().__init__(name="outlet", daemon=True)  # one that waits for a frozen terminal must not hold the end up
        self._fd = fd
        self._on_lost, self._on_drained = on_lost, on_drained
        self._news = threading.Condition()
        self._queue: deque[bytes] = deque()
        self._cut = self._refused = False
        self.waiting = 0
        """Bytes that the kernel has not taken yet."""
        self.lost = False
        """Whether nobody can read any more; what is written goes nowhere."""

    def write(self, data: bytes) -> None:
        """Write behind what waits. Returns at once, whatever the terminal does."""
        with self._news:
            if data and not self.lost:
                self._queue.append(data)
                self.waiting += len(data)
                self._news.notify_all()

    def behind(self) -> bool:
        """Whether a picture must be skipped: too much waits, or one was skipped since and the rest is on its way."""
        with self._news:
            self._refused = self._refused or self.waiting > BEHIND_BYTES
            return self._refused

    def drained(self, seconds: float | None) -> bool:
        """Whether all is written, given so long for it (None: as long as it takes). True too where it is lost."""
        with self._news:
            return self._news.wait_for(lambda: not self.waiting, seconds)

    def cut_short(self, last: bytes) -> None:
        """Throw away what waits, here and in the kernel, also in mid-write; then write `last`."""
        with self._news:
            self._cut = True
            self._queue.clear()
            self.waiting = 0
            self.write(last)
        with suppress(termios.error):  # a pipe's buffer can't be emptied; gone is gone
            termios.tcflush(self._fd, termios.TCOFLUSH)
            termios.tcsetattr(self._fd, termios.TCSANOW, termios.tcgetattr(self._fd))  # wakes the write that waits

    def run(self) -> None:
        """The thread."""
        try:
            while True:
                self._put(self._take())
        except OSError:
            with self._news:
                self.lost = True
                self._queue.clear()
                self.waiting = 0
                self._news.notify_all()
            self._on_lost()

    def _take(self) -> memoryview:
        with self._news:
            self._news.wait_for(lambda: self._queue)
            self._cut = False
            taken = b"".join(self._queue)
            self._queue.clear()
            return memoryview(taken)

    def _put(self, data: memoryview) -> None:
        while data:
            try:
                written = os.write(self._fd, data[:PIECE_BYTES])
            except BlockingIOError:  # somebody who shares the terminal has set it so
                select.select([], [self._fd], [])
                continue
            with self._news:
                if self._cut:
                    return
                data = data[written:]
                self.waiting -= written
                painted_anew = self._refused and not self.waiting
                self._refused = self._refused and not painted_anew
                if not self.waiting:
                    self._news.notify_all()
            if painted_anew:
                self._on_drained()


def silence(*fds: int) -> None:
    """Let what is printed there from here on go nowhere: what is gone or frozen must not hold up the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in fds:
        os.dup2(nowhere, fd)
    os.close(nowhere)
