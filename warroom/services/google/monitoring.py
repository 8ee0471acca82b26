"""Cloud Monitoring over Google's async client: raw points of Cloud Run's two metrics. Import after loading."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from google.auth.credentials import Credentials
from google.cloud import monitoring_v3
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcAsyncIOTransport

from warroom.rollout.evidence import Freshness
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import ServiceError
from warroom.services.failures import Call, Translated
from warroom.services.google.channel import connected, open_channel
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.raw import Raw, seconds
from warroom.services.google.series import Merge
from warroom.services.ports import Readings
from warroom.text import plain

READ_SECONDS = 10.0
"""Deadline of one page, in real seconds."""

PAGE_POINTS = 5_000
"""Points of one page: a page is parsed in one go on the event loop, and Google's 100 000 would take it some 200 ms."""

REQUEST_COUNT = "run.googleapis.com/request_count"
REQUEST_LATENCIES = "run.googleapis.com/request_latencies"

Answer = TypeVar("Answer")


class GoogleMonitoring:
    """ports.Monitoring over the real API.

    Create it on the event loop, with `credentials` unless `endpoint` is an emulator. No call is retried here.
    """

    def __init__(
        self, endpoint: Endpoint, credentials: Credentials | None = None, *, read_seconds: float = READ_SECONDS
    ) -> None:
        self._read_seconds = read_seconds
        self._channel = open_channel(endpoint, MetricServiceGrpcAsyncIOTransport.create_channel, credentials)
        transport = MetricServiceGrpcAsyncIOTransport(channel=self._channel)
        self._metrics = monitoring_v3.MetricServiceAsyncClient(transport=transport)

    async def warm(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until the channel is connected; False if it is not by then."""
        return await connected(self._channel, timeout_seconds)

    async def freshness(self, project: str) -> Freshness:
        """Sample period and ingest delay in seconds, the slower metric's; 60 and 180 where a descriptor is silent."""
        pairs = await _both(self._described(project, REQUEST_COUNT), self._described(project, REQUEST_LATENCIES))
        return Freshness(
            sample_period=max(pair.sample_period for pair in pairs),
            ingest_delay=max(pair.ingest_delay for pair in pairs),
        )

    async def read(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """Samples with start < end time <= end (Unix seconds), for services of one project and region.

        One query per metric, raw points, merged here: so each keeps its true end time. Raises ServiceError also when
        Monitoring says that its answer is incomplete: half the errors would look like health.
        """
        if len({(ref.project, ref.region) for ref in services}) != 1:
            raise ValueError("services must be of one project and region")
        merge = Merge((ref.name for ref in services), start, end)
        counts, latencies = await _both(
            self._series(REQUEST_COUNT, services, start, end), self._series(REQUEST_LATENCIES, services, start, end)
        )
        # An hour of a hundred services takes seconds to add up: not on the loop that keys wait for.
        return await asyncio.to_thread(_merged, merge, counts, latencies)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def _described(self, project: str, metric: str) -> Freshness:
        """What the metric's descriptor says of its own pace."""
        with Translated(_call(f"metric {metric}", "monitoring.metricDescriptors.get")):
            request = monitoring_v3.GetMetricDescriptorRequest(name=f"projects/{project}/metricDescriptors/{metric}")
            answer = await self._metrics.get_metric_descriptor(request, retry=None, timeout=self._read_seconds)
        said, silent = answer.metadata, Freshness()
        return Freshness(
            sample_period=seconds(said.sample_period) or silent.sample_period,
            ingest_delay=seconds(said.ingest_delay) or silent.ingest_delay,
        )

    async def _series(self, metric: str, services: Sequence[ServiceRef], start: float, end: float) -> list[Raw]:
        """The raw TimeSeries of one query, all pages of it."""
        project = services[0].project
        request = monitoring_v3.ListTimeSeriesRequest(
            name=f"projects/{project}",
            filter=query(metric, services),
            interval=_interval(start, end),
            page_size=PAGE_POINTS,
        )
        found: list[Raw] = []
        with Translated(_call(f"project {project}", "monitoring.timeSeries.list")):
            pager = await self._metrics.list_time_series(request, retry=None, timeout=self._read_seconds)
            async for page in pager.pages:
                pb = monitoring_v3.ListTimeSeriesResponse.pb(page)
                if pb.execution_errors:
                    raise ServiceError(
                        "Cloud Monitoring's answer is incomplete",
                        "Judge by other means until it answers in full; reads are retried",
                        detail=plain("; ".join(error.message or f"code {error.code}" for error in pb.execution_errors)),
                    )
                found += pb.time_series
        return found


def _merged(merge: Merge, counts: Sequence[Raw], latencies: Sequence[Raw]) -> Readings:
    """All series added up."""
    for series in counts:
        merge.add_counts(series)
    for series in latencies:
        merge.add_latencies(series)
    return merge.readings()


async def _both(counts: Awaitable[Answer], latencies: Awaitable[Answer]) -> tuple[Answer, Answer]:
    """Both answers, asked for at once. An error is raised when both have ended, so that no call is left behind."""
    first, second = await asyncio.gather(counts, latencies, return_exceptions=True)
    if isinstance(first, BaseException):
        raise first
    if isinstance(second, BaseException):
        raise second
    return first, second


def _call(subject: str, permission: str) -> Call:
    """A read, for the words of its errors."""
    return Call("Cloud Monitoring", subject, permission=permission, roles="roles/monitoring.viewer")


def query(metric: str, services: Sequence[ServiceRef]) -> str:
    """The Monitoring filter for one metric of these services, which are of one region."""
    names = [_quoted(ref.name) for ref in services]
    wanted = names[0] if len(names) == 1 else f"one_of({', '.join(names)})"
    return (
        f'metric.type = "{metric}" AND resource.type = "cloud_run_revision"'
        f" AND resource.labels.service_name = {wanted}"
        f" AND resource.labels.location = {_quoted(services[0].region)}"
    )


def _quoted(text: str) -> str:
    """A string of the filter language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _interval(start: float, end: float) -> monitoring_v3.TimeInterval:
    """(start, end] as the API's interval."""
    return monitoring_v3.TimeInterval(
        start_time={"seconds": int(start), "nanos": int(start % 1 * 1e9)},
        end_time={"seconds": int(end), "nanos": int(end % 1 * 1e9)},
    )
