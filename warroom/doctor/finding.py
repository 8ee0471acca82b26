"""One line of what the doctor found."""

from typing import Literal

from msgspec import Struct

from warroom.rollout.traffic import ServiceRef

State = Literal["ok", "warning", "failure"]

STATES: tuple[State, ...] = ("ok", "warning", "failure")
"""From the best to the worst."""


class Finding(Struct, frozen=True):
    """What one check found. `check` names it, `service` is None where it is about no single one.

    `what` is plain text and may hold words of other systems; `remedy` is "" where nothing is to be done.
    """

    check: str
    state: State
    what: str
    remedy: str = ""
    service: ServiceRef | None = None
