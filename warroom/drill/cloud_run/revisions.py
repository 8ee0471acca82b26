"""One revision of a Cloud Run service."""

from dataclasses import dataclass

from warroom.drill.cloud_run.not_ready import Cause
from warroom.drill.wire.proto import Message


@dataclass(frozen=True)
class BuiltRevision:
    """One revision. From `settled_at` (Unix seconds) on it is ready, or has failed as `failure` says for a `cause`."""

    name: str
    template: Message
    image: str
    generation: int
    created_at: float
    settled_at: float
    failure: str = ""
    cause: Cause | None = None
