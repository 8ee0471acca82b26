"""What the tests of the embedded cloud share: a clock, a scenario, and its cloud running with Google's own clients."""

from collections.abc import AsyncIterator

import grpc.aio
import pytest
from google.cloud import monitoring_v3, run_v2
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2AsyncClient
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcAsyncIOTransport
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcAsyncIOTransport
from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcAsyncIOTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcAsyncIOTransport

from tests.clocks import ManualClock
from tests.drill.clients import SCENARIOS, Cloud
from warroom.drill.scenario.load import load_scenario
from warroom.drill.scenario.model import Scenario
from warroom.drill.server.emulator import Emulator


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
def scenario() -> Scenario:
    """What the cloud plays; a test module may override it."""
    return load_scenario("good-hotfix", SCENARIOS)


@pytest.fixture
async def cloud(scenario: Scenario, clock: ManualClock) -> AsyncIterator[Cloud]:
    """The scenario's cloud, running, with clients."""
    emulator = Emulator(scenario, clock)
    addresses = await emulator.start()
    run_channel = grpc.aio.insecure_channel(addresses.run)
    monitoring_channel = grpc.aio.insecure_channel(addresses.monitoring)
    logging_channel = grpc.aio.insecure_channel(addresses.logging)
    yield Cloud(
        emulator=emulator,
        addresses=addresses,
        clock=clock,
        run_channel=run_channel,
        services=run_v2.ServicesAsyncClient(transport=ServicesGrpcAsyncIOTransport(channel=run_channel)),
        revisions=run_v2.RevisionsAsyncClient(transport=RevisionsGrpcAsyncIOTransport(channel=run_channel)),
        metrics=monitoring_v3.MetricServiceAsyncClient(
            transport=MetricServiceGrpcAsyncIOTransport(channel=monitoring_channel)
        ),
        logs=LoggingServiceV2AsyncClient(transport=LoggingServiceV2GrpcAsyncIOTransport(channel=logging_channel)),
    )
    await run_channel.close()
    await monitoring_channel.close()
    await logging_channel.close()
    await emulator.stop()
