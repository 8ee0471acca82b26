"""Monitoring of another cloud than Cloud Run's: not read at all.

A toy's metrics must not take production up a rung, and production's say nothing of a toy. Cloud Run itself stays within
reach, so that retreat works: what goes forward finds NO DATA, and asks for a reason.
"""

from collections.abc import Sequence

from warroom.rollout.evidence import Freshness
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import (
    CLOUD_LOGGING_VARIABLE,
    CLOUD_MONITORING_VARIABLE,
    CLOUD_RUN_VARIABLE,
    Endpoint,
)
from warroom.services.ports import Readings


def mixed(run: Endpoint, monitoring: Endpoint) -> ServiceError | None:
    """Why `monitoring` is not read beside `run`; None where both are Google's own, or both emulators."""
    if run.plaintext == monitoring.plaintext:
        return None
    places = [_place(one) for one in (run, monitoring)]
    return ServiceError(
        f"Cloud Run is {places[0]} and Monitoring {places[1]}: metrics of another cloud are not read",
        f"Set both of {CLOUD_RUN_VARIABLE} and {CLOUD_MONITORING_VARIABLE}, or none, then start warroom again",
    )


def logs_apart(run: Endpoint, logging: Endpoint) -> ServiceError | None:
    """Why the logs of `logging` are not read beside `run`; None where both are Google's own, or both emulators."""
    if run.plaintext == logging.plaintext:
        return None
    return ServiceError(
        f"Cloud Run is {_place(run)} and Logging {_place(logging)}: logs of another cloud are not read",
        f"Set both of {CLOUD_RUN_VARIABLE} and {CLOUD_LOGGING_VARIABLE}, or none, then start warroom again",
    )


def _place(one: Endpoint) -> str:
    return f"the emulator at {one.address}" if one.plaintext else "Google's own"


class UnreadMonitoring:
    """Answers every question with the reason why it is not asked."""

    def __init__(self, why: ServiceError) -> None:
        self._why = why

    async def freshness(self, project: str) -> Freshness:
        """Raises ServiceError."""
        raise self._why

    async def read(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """Raises ServiceError."""
        raise self._why

    async def past(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """Raises ServiceError."""
        raise self._why

    async def close(self) -> None:
        """Nothing is open."""
