"""What goes on beside the work, in loops of its own: clocks, other systems, the review, the pager."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from warroom.conductor import set_back
from warroom.conductor.comms.headline_sync import KEEP_SECONDS, Keeper
from warroom.conductor.evidence import baseline
from warroom.conductor.people import escalation, page_responses
from warroom.conductor.steps import review_gate

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor

CLOCK_SECONDS = 2.0

Loop = tuple[str, float, Callable[[], Awaitable[object]]]
"""What it does in words, every how many seconds of the clock, and one turn of it."""


def at_once(conductor: "Conductor") -> list[Loop]:
    """What needs nobody outside."""
    return [
        ("following programs", CLOCK_SECONDS, conductor.runs.settle),
        ("keeping the clocks", CLOCK_SECONDS, lambda: escalation.keep(conductor)),
        ("looking at the clock", CLOCK_SECONDS, lambda: set_back.keep(conductor)),
        # Not oftener than there can be new numbers: it goes through all of them.
        ("measuring", conductor.config.protocol.gate.refresh_seconds, lambda: baseline.keep(conductor)),
    ]


def connected(conductor: "Conductor") -> list[Loop]:
    """What asks other systems."""
    return [
        ("telling others", KEEP_SECONDS, Keeper(conductor).turn),
        ("reading the review", review_gate.EVERY_SECONDS, lambda: review_gate.follow(conductor)),
        ("paging", conductor.config.protocol.paging.poll_seconds, lambda: page_responses.turn(conductor)),
    ]
