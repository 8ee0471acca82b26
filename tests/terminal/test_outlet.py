"""Output that waits for nobody: order, pictures that are skipped, an end in mid-write, and readers that are gone."""

import fcntl
import os
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.outlet import BEHIND_BYTES, Outlet, silence

SECONDS = 20.0
Ends = tuple[int, int]


@pytest.fixture(params=["pipe", "pty"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    """A reading and a writing end."""
    if request.param == "pipe":
        reading, writing = os.pipe()
    else:
        reading, writing = os.openpty()
        tty.setraw(writing)
    yield reading, writing
    for fd in (reading, writing):
        with suppress(OSError):
            os.close(fd)


def opened(fd: int, **hooks: Callable[[], None]) -> Outlet:
    """A running outlet."""
    outlet = Outlet(fd, **hooks)
    outlet.start()
    return outlet


def read(fd: int, count: int) -> bytes:
    """So many bytes, as they come."""
    got = b""
    while len(got) < count:
        got += os.read(fd, count - len(got))
    return got


def test_all_of_it_arrives_in_order(ends: Ends) -> None:
    """More than any buffer holds, written at once, read later: nothing is missing and nothing is out of turn."""
    reading, writing = ends
    outlet = opened(writing)
    said = [f"line {number}\n".encode() for number in range(40_000)]
    for one in said:
        outlet.write(one)
    assert outlet.waiting > 0
    assert read(reading, len(b"".join(said))) == b"".join(said)
    assert outlet.drained(SECONDS)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=9000), max_size=30))
def test_whatever_is_written_is_read(said: list[bytes]) -> None:
    """Writes of any size, none too, come out joined."""
    reading, writing = os.pipe()
    outlet = opened(writing)
    for one in said:
        outlet.write(one)
    assert read(reading, sum(map(len, said))) == b"".join(said)
    assert outlet.drained(SECONDS)
    os.close(reading)
    outlet.write(b"the thread ends with its reader")
    outlet.join(SECONDS)
    os.close(writing)


def test_pictures_are_skipped_until_all_is_drained(ends: Ends) -> None:
    """Behind from 64 KiB on, until the last byte is taken; then whoever draws hears of it once."""
    reading, writing = ends
    drained = threading.Event()
    outlet = opened(writing, on_drained=drained.set)
    assert not outlet.behind()
    picture = bytes(BEHIND_BYTES + 200_000)
    outlet.write(picture)
    assert outlet.behind()
    read(reading, 150_000)  # and the kernel holds up to 64 KiB
    assert outlet.behind(), "less than the limit waits, but what was skipped is still missing"
    assert not drained.is_set()
    read(reading, len(picture) - 150_000)
    assert drained.wait(SECONDS)
    assert not outlet.behind()


def test_nobody_is_told_of_a_drain_when_nothing_was_skipped(ends: Ends) -> None:
    """Small writes are no news: no picture was refused."""
    reading, writing = ends
    drained = threading.Event()
    outlet = opened(writing, on_drained=drained.set)
    outlet.write(b"small")
    assert not outlet.behind()
    assert read(reading, 5) == b"small"
    assert outlet.drained(SECONDS)
    assert not drained.is_set()


def test_a_frozen_terminal_gets_the_last_words_alone() -> None:
    """What waits here and in the kernel is thrown away in mid-write, and the last words arrive whenever it is read."""
    reading, writing = os.openpty()
    outlet = opened(writing)
    outlet.write(b"x" * 200_000)
    assert not outlet.drained(0.1)
    outlet.cut_short(b"last words")
    assert outlet.drained(SECONDS)
    got = b""
    while not got.endswith(b"last words"):
        got += os.read(reading, 65536)
    assert len(got) < 20_000
    os.close(reading)
    os.close(writing)


def test_a_reader_that_is_gone_is_told_once(ends: Ends) -> None:
    """EPIPE or EIO ends the thread, also in mid-write; what is written after that goes nowhere, and nothing waits."""
    reading, writing = ends
    lost = threading.Event()
    outlet = opened(writing, on_lost=lost.set)
    outlet.write(b"x" * 200_000)
    assert not outlet.drained(0.05)
    os.close(reading)
    assert lost.wait(SECONDS)
    outlet.join(SECONDS)
    assert outlet.lost
    outlet.write(b"more")
    assert outlet.waiting == 0
    assert outlet.drained(None)


def test_a_terminal_that_somebody_made_non_blocking_is_waited_for(ends: Ends) -> None:
    """O_NONBLOCK is the terminal's, not ours: another program that shares it may have set it."""
    reading, writing = ends
    fcntl.fcntl(writing, fcntl.F_SETFL, fcntl.fcntl(writing, fcntl.F_GETFL) | os.O_NONBLOCK)
    outlet = opened(writing)
    said = b"0123456789" * 40_000
    outlet.write(said)
    assert read(reading, len(said)) == said
    assert outlet.drained(SECONDS)


def test_what_is_silenced_takes_everything() -> None:
    """After a terminal is gone, its descriptor is nowhere: what Python flushes at its end can't fail or wait."""
    reading, writing = os.openpty()
    os.close(reading)
    with pytest.raises(OSError, match="Input/output"):
        os.write(writing, b"x")
    silence(writing)
    assert os.write(writing, b"x" * 100_000) == 100_000
    with pytest.raises(termios.error):
        termios.tcgetattr(writing)
    os.close(writing)
