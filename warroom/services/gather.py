"""Many questions to the outside at once, but not all of them: a hundred services must not become a hundred calls."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

AT_ONCE = 8

Item = TypeVar("Item")
Answer = TypeVar("Answer")


async def each(items: Iterable[Item], ask: Callable[[Item], Awaitable[Answer]], at_once: int = AT_ONCE) -> list[Answer]:
    """Await `ask` for every item, at most `at_once` at a time; the answers in the items' order.

    All have ended when it returns; raises the first item's error, if any.
    """
    free = asyncio.Semaphore(at_once)

    async def one(item: Item) -> tuple[Answer]:
        async with free:
            return (await ask(item),)  # wrapped: an answer may be an error as well, one that was not raised

    answers = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer[0] for answer in answers if not isinstance(answer, BaseException)]
