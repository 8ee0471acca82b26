"""What follows from the clock and from the numbers without a key, and is only written down."""

from typing import TYPE_CHECKING

from warroom.conductor.evidence import baseline
from warroom.conductor.people import escalation

if TYPE_CHECKING:
    from warroom.conductor.conductor import Conductor


async def keep(conductor: "Conductor") -> None:
    """One turn: the boundaries that were passed, and the response times that were measured."""
    await escalation.keep(conductor)
    await baseline.keep(conductor)
