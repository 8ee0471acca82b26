"""The outside, as everything that acts reaches it."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from msgspec import Struct

from warroom.rollout.traffic import ServiceRef
from warroom.services.logs import Logs
from warroom.services.ports import Alerts, CloudRun, Monitoring, Permissions, Prober
from warroom.services.systems.ports import Others


class Clients(Struct, frozen=True):
    """The outside, as the composition root built it.

    `stop` ends what was started along with it, a drill's cloud; `environment` leads other terminals there. Where there
    are no `alerts`, `no_alerts` says why, with the remedy. `permissions` says which of those that warroom needs are not
    granted in a project, None where nobody can. `logs` is None where Cloud Logging is switched off.
    """

    run: CloudRun
    monitoring: Monitoring
    prober: Prober
    others: Others = Others()
    alerts: Alerts | None = None
    no_alerts: str = ""
    definition: Callable[[ServiceRef], Awaitable[str]] | None = None
    stop: Callable[[], Awaitable[None]] | None = None
    environment: dict[str, str] = {}
    permissions: Permissions | None = None
    logs: Logs | None = None

    async def close(self) -> None:
        """Close the connections, and end what was started for them; each of them, whatever another's closing raises."""
        async with AsyncExitStack() as stack:  # the last one that is put on it is the first to be closed
            if self.stop is not None:
                stack.push_async_callback(self.stop)
            for port in (self.permissions, self.others, self.prober, self.alerts, self.logs, self.monitoring, self.run):
                if port is None:
                    continue
                stack.push_async_callback(port.close)
