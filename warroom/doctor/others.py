"""The systems beside Google's: is each there, and does it take the token? Asked by one read of each, all at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from warroom.doctor.finding import Finding
from warroom.protocol.integrations import Integrations, Port
from warroom.services.errors import ServiceError, Unreachable
from warroom.services.systems.ports import Others

LONGEST_SECONDS = 20.0
"""How long one system may take to answer, tries included, in real seconds; nobody waits longer for a check."""


class Checked(Protocol):
    """A client that can be asked who we are there."""

    async def check(self) -> str:
        """What the token reaches, in words. Changes nothing; raises ServiceError."""
        ...


async def examine(
    integrations: Integrations, others: Others, within_seconds: float = LONGEST_SECONDS
) -> AsyncIterator[Finding]:
    """A line for each system that has a table, and one for all that have none. Closes the clients."""
    asked = {
        port: asyncio.ensure_future(_ask(product.id, getattr(others, port), others.missing, within_seconds))
        for port in Port
        for product in integrations.configured(port)
    }
    try:
        for task in asked.values():
            yield await task
    finally:
        for left in asked.values():
            left.cancel()
        await asyncio.gather(*asked.values(), return_exceptions=True)
        await others.close()
    if by_hand := [integrations.product(port).id for port in Port if port not in asked]:
        what = f"by hand, as integrations.toml has no table for it: {', '.join(by_hand)}"
        yield Finding("others", "ok", what)


async def _ask(system: str, client: Checked | None, missing: Mapping[str, str], within_seconds: float) -> Finding:
    if client is None:
        why, _, remedy = missing.get(system, "it is not configured").partition(": ")
        return Finding(system, "warning", f"done by hand: {why}", remedy[:1].upper() + remedy[1:])
    try:
        return Finding(system, "ok", await asyncio.wait_for(client.check(), within_seconds))
    except TimeoutError:
        what, remedy = f"no answer within {within_seconds:g} s", "Check network, VPN and proxy, then ask again"
    except ServiceError as error:
        what = f"{error.title} ({error.detail})" if error.detail else error.title
        remedy = "Check network, VPN and proxy, then ask again" if isinstance(error, Unreachable) else error.remedy
    return Finding(system, "failure", what, remedy)
