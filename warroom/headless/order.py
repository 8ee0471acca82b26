"""What was typed for an action."""

from typing import Any

from msgspec import Struct

from warroom.headless.reading import WAIT_SECONDS


class Order(Struct, frozen=True):
    """What was typed: the answers by their names, and what is consented to.

    `wait` is how long all of it may take: Cloud Run's answers, and that it shows the change, in seconds of the clock.
    """

    answers: dict[str, Any] = {}
    incident: str = ""
    service: str = ""
    yes: bool = False
    dry_run: bool = False
    wait: float = WAIT_SECONDS
