"""From an action's id to the function that does it, imported when it is wanted."""

from collections.abc import Awaitable, Callable
from importlib import import_module

from warroom.actions.answer import Answer
from warroom.actions.ask import Ask
from warroom.actions.catalogue import BY_ID
from warroom.conductor.conductor import Conductor

Flow = Callable[[Conductor, Ask], Awaitable[Answer]]
"""Asks for what is needed and does it. Raises Left, Misused, Refused, ServiceError, JournalError."""


def flow(action: str) -> Flow:
    """What does the action of that id."""
    module, _, name = BY_ID[action].does.partition(":")
    found: Flow = getattr(import_module(f"warroom.actions.{module}"), name)
    return found
