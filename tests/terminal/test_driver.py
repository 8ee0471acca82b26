"""The driver of the terminal: what arrives in one piece is handed on in one piece."""

import asyncio
import os
import threading
from contextvars import copy_context
from typing import Any

from textual.events import Key

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
