"""What a declaration brings along: the roster's primaries in the core roles."""

from collections.abc import Iterator

from warroom.incident import events
from warroom.protocol.model import Config


def primaries(config: Config, actor: str) -> Iterator[events.AnyFact]:
    """Each primary takes their core role; who declares, as `actor`, has answered by that."""
    core = [role.id for role in config.protocol.roles if role.kind == "core"]
    for duty in config.roster.duties:
        if duty.role in core:
            yield events.RoleAssigned(duty.role, duty.primary.handle)
            if duty.primary.handle == actor:
                yield events.RoleAcknowledged(duty.role)
