"""Google's own clients on a running embedded cloud, and the few requests that the tests make with them."""

from dataclasses import dataclass
from pathlib import Path

import grpc.aio
from google.cloud import monitoring_v3, run_v2
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2AsyncClient

from tests.clocks import ManualClock
from tests.patience import PATIENCE_SECONDS
from warroom.drill.server.emulator import Emulator
from warroom.drill.wire.addresses import Addresses
from warroom.drill.wire.proto import Message

SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"
"""Where the scenarios that ship lie."""


@dataclass
class Cloud:
    """A running embedded cloud with Google's clients connected to it."""

    emulator: Emulator
    addresses: Addresses
    clock: ManualClock
    run_channel: grpc.aio.Channel
    services: run_v2.ServicesAsyncClient
    revisions: run_v2.RevisionsAsyncClient
    metrics: monitoring_v3.MetricServiceAsyncClient
    logs: LoggingServiceV2AsyncClient

    @property
    def path(self) -> str:
        """The resource name of the scenario's first service."""
        return self.emulator.world.scenario.services[0].ref.path

    async def service(self) -> run_v2.Service:
        """The scenario's first service as it is now."""
        return await self.services.get_service(name=self.path, timeout=PATIENCE_SECONDS)

    async def update(self, service: run_v2.Service, *paths: str, validate_only: bool = False) -> Message:
        """UpdateService with a mask; returns the operation as it was accepted."""
        request = run_v2.UpdateServiceRequest(
            service=service, update_mask={"paths": list(paths)}, validate_only=validate_only
        )
        return (await self.services.update_service(request, timeout=PATIENCE_SECONDS)).operation

    async def shift(self, *targets: run_v2.TrafficTarget) -> Message:
        """Ask for this traffic, with the etag of now."""
        service = await self.service()
        service.traffic = list(targets)
        return await self.update(service, "traffic")

    async def deploy(self, revision: str, image: str = "") -> Message:
        """Deploy the hotfix (or `image`) with no traffic and a tag, stable pinned, as gcloud does."""
        service = await self.service()
        plan = self.emulator.world.scenario.services[0]
        service.template.revision = revision
        service.template.containers[0].image = image or plan.hotfix_image
        service.traffic = [pinned(plan.stable.revision, 100), pinned(revision, 0, "hotfix-1")]
        return await self.update(service, "template", "traffic")

    def pass_operation(self) -> None:
        """Let as much time pass as an operation takes."""
        self.clock.advance(self.emulator.world.scenario.operation_seconds)


def pinned(revision: str, percent: int, tag: str = "") -> run_v2.TrafficTarget:
    """A traffic entry for a named revision."""
    kind = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
    return run_v2.TrafficTarget(type_=kind, revision=revision, percent=percent, tag=tag)


def latest(percent: int) -> run_v2.TrafficTarget:
    """A traffic entry that follows the latest ready revision."""
    kind = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
    return run_v2.TrafficTarget(type_=kind, percent=percent)
