"""One revision of a Cloud Run service."""

from dataclasses import dataclass

from warroom.drill.wire.proto import Message


@dataclass(frozen=True)
class BuiltRevision:
    """One revision. It is ready, or has failed for the reason `failure`, from `settled_at` (Unix seconds) on."""

    name: str
    template: Message
    image: str
    generation: int
    created_at: float
    settled_at: float
    failure: str = ""
