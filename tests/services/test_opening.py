"""Opening what takes a while: once for all, one at a time, and never failed for good."""

import asyncio
import gc
import threading

import pytest

from warroom.services.opening import Opened, apart


async def test_it_is_opened_once_for_all_who_ask() -> None:
    """Two who ask at once get the same thing, from one call."""
    calls: list[int] = []

    def make() -> object:
        calls.append(1)
        return object()

    opened = Opened(make)
    first, second = await asyncio.gather(opened.get(), opened.get())
    assert first is second
    assert await opened.get() is first
    assert len(calls) == 1
    assert await opened.if_any() is first


async def test_what_failed_is_tried_again_with_the_next() -> None:
    """One bad moment of an import does not blind the board for the rest of the incident."""
    calls: list[int] = []

    def make() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise SystemError("AST constructor recursion depth mismatch")
        return "there"

    opened = Opened(make)
    with pytest.raises(SystemError):
        await opened.get()
    assert await opened.if_any() is None
    assert await opened.get() == "there"


async def test_nothing_opened_is_nothing_to_close() -> None:
    """Asking whether there is something opens nothing."""
    calls: list[int] = []
    opened = Opened(lambda: calls.append(1))
    await opened.if_any()
    assert not calls


async def test_one_at_a_time_without_the_collector() -> None:
    """Two functions never run at once, the collector is off in both, and on again behind them."""
    inside, most, collecting = 0, 0, []
    entered = threading.Event()

    def work() -> int:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        collecting.append(gc.isenabled())
        entered.wait(0.02)  # gives the other a chance to come in
        inside -= 1
        return threading.get_ident()

    threads = await asyncio.gather(*(apart(work) for _ in range(4)))
    assert most == 1
    assert collecting == [False] * 4
    assert gc.isenabled()
    assert threading.get_ident() not in threads
