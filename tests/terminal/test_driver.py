"""The driver of the terminal: what arrives in one piece is handed on in one piece."""

import asyncio
import os
import signal
import threading
from contextvars import copy_context
from typing import Any

import pytest
from textual.events import Key

from warroom.terminal import driver as module
from warroom.terminal.driver import TerminalDriver


async def test_what_one_read_brings_is_there_in_one_turn() -> None:
    """Four keys of one write: the loop has none of them without the others, however long the reader is made to wait."""
    reads, writes = os.pipe()
    driver: Any = TerminalDriver.__new__(TerminalDriver)
    driver.fileno, driver.input_tty, driver._debug, driver._loop = reads, False, False, asyncio.get_running_loop()
    driver.exit_event, driver._context = threading.Event(), copy_context()
    turn, heard = 0, []

    def take(event: Any) -> None:
        heard.append((event, turn, threading.current_thread()))

    driver.process_message = take
    os.write(writes, b"yyyy")
    os.close(writes)
    reader = threading.Thread(target=driver.run_input_thread)
    reader.start()
    while reader.is_alive() or not heard:
        turn += 1
        await asyncio.sleep(0)
    os.close(reads)
    keys = [event.key for event, _, _ in heard if isinstance(event, Key)]
    assert keys == list("yyyy")
    assert {(at, thread) for _, at, thread in heard} == {(heard[0][1], threading.current_thread())}


async def test_a_continue_that_came_before_is_heard_before_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that was busy finds the continue and the time to stop in one turn: it must not stop, nobody wakes it."""
    loop, stops = asyncio.get_running_loop(), list[Any]()
    driver: Any = TerminalDriver.__new__(TerminalDriver)
    driver._loop, driver._held, driver._waking = loop, None, None
    driver._leave = driver._wake = lambda: None
    driver._by_default = stops.append
    monkeypatch.setattr(module, "_OTHERS_SECONDS", 0)
    monkeypatch.setattr(module, "_is_a_job", lambda: True)
    loop.add_signal_handler(signal.SIGCONT, driver._continued)
    try:
        os.kill(os.getpid(), signal.SIGCONT)
        driver._asked_to_stop()
        for _ in range(5):
            await asyncio.sleep(0)
        assert (stops, driver._held) == ([], None)
    finally:
        loop.remove_signal_handler(signal.SIGCONT)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
