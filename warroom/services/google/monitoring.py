"""Cloud Monitoring over Google's async client: raw points of Cloud Run's metrics. Import after loading."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import nullcontext, suppress
from typing import TypeVar

from google.auth.credentials import Credentials
from google.cloud import monitoring_v3
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcAsyncIOTransport

from warroom.rollout.evidence import Freshness
from warroom.rollout.measured.metrics import REQUEST_COUNT, Metric
from warroom.rollout.signals import JUDGED, SHOWN
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import Denied, NotFound, ServiceError
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

SHOWN_SECONDS = 2.0
"""For all of what is only shown, in real seconds: what is judged waits for it no longer."""

HOUR_SECONDS = 3600

JUDGED_METRICS = tuple(metric for signal in JUDGED for metric in signal.metrics)
SHOWN_METRICS = tuple(metric for signal in SHOWN for metric in signal.metrics)

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
        """Sample period and ingest delay in seconds, the slowest judged metric's; 60 and 180 where one is silent.

        Whoever may read points and no descriptors gets those as well, and that they are assumed.
        """
        pairs = await _all(self._described(project, metric.name) for metric in JUDGED_METRICS)
        return Freshness(
            sample_period=max(pair.sample_period for pair in pairs),
            ingest_delay=max(pair.ingest_delay for pair in pairs),
            assumed=any(pair.assumed for pair in pairs),
        )

    async def read(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """Samples with start < end time <= end (Unix seconds), for services of one project and region.

        One query per metric, raw points, merged here: so each keeps its true end time. Raises ServiceError also when
        Monitoring says that its answer is incomplete: half the errors would look like health. What is only shown is
        left out where it can't be read.
        """
        if len({(ref.project, ref.region) for ref in services}) != 1:
            raise ValueError("services must be of one project and region")
        merge = Merge((ref.name for ref in services), start, end)
        wanted = *JUDGED_METRICS, *SHOWN_METRICS
        found = await _all(self._asked(metric, services, start, end) for metric in wanted)
        # An hour of a hundred services takes seconds to add up: not on the loop that keys wait for.
        return await asyncio.to_thread(_merged, merge, zip(wanted, found, strict=True))

    async def past(self, services: Sequence[ServiceRef], start: float, end: float) -> Readings:
        """Requests and errors by revision and hour, for services of one project and region: added up by Monitoring.

        Sums are nothing that is interpolated. Raises ServiceError.
        """
        merge = Merge((ref.name for ref in services), start, end)
        found = await self._series(REQUEST_COUNT, services, start, end, HOUR_SECONDS)
        await asyncio.to_thread(merge.add, REQUEST_COUNT, found)
        return merge.readings()

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def _described(self, project: str, metric: str) -> Freshness:
        """What the metric's descriptor says of its own pace; Google's usual one where it may not be read."""
        try:
            with Translated(_call(f"metric {metric}", "monitoring.metricDescriptors.get")):
                name = f"projects/{project}/metricDescriptors/{metric}"
                request = monitoring_v3.GetMetricDescriptorRequest(name=name)
                answer = await self._metrics.get_metric_descriptor(request, retry=None, timeout=self._read_seconds)
        except (Denied, NotFound):  # where that is so of the points as well, reading them says it
            return Freshness(assumed=True)
        said, silent = answer.metadata, Freshness()
        return Freshness(
            sample_period=seconds(said.sample_period) or silent.sample_period,
            ingest_delay=seconds(said.ingest_delay) or silent.ingest_delay,
        )

    async def _asked(self, metric: Metric, services: Sequence[ServiceRef], start: float, end: float) -> list[Raw]:
        """The raw TimeSeries of one metric; of what is only shown none, where they don't come, or not soon."""
        if metric in JUDGED_METRICS:
            return await self._series(metric, services, start, end)
        with suppress(ServiceError, TimeoutError):
            async with asyncio.timeout(SHOWN_SECONDS):
                return await self._series(metric, services, start, end)
        return []

    async def _series(
        self, metric: Metric, services: Sequence[ServiceRef], start: float, end: float, every: int = 0
    ) -> list[Raw]:
        """The raw TimeSeries of one query, all pages of it; with `every` a point for so many seconds, added up."""
        project = services[0].project
        request = monitoring_v3.ListTimeSeriesRequest(
            name=f"projects/{project}",
            filter=query(metric.name, services),
            interval=_interval(start, end),
            page_size=PAGE_POINTS,
            aggregation=_sums(every) if every else None,
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


def _merged(merge: Merge, found: Iterable[tuple[Metric, list[Raw]]]) -> Readings:
    """All series added up; of what is only shown, what can be read."""
    for metric, series in found:
        with nullcontext() if metric in JUDGED_METRICS else suppress(ServiceError):
            merge.add(metric, series)
    return merge.readings()


async def _all(calls: Iterable[Awaitable[Answer]]) -> list[Answer]:
    """All answers, asked for at once. An error is raised when all have ended, so that no call is left behind."""
    found: list[Answer] = []
    for answer in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer
        found.append(answer)
    return found


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


def _sums(every: int) -> monitoring_v3.Aggregation:
    """Each series' points added up over so many seconds."""
    return monitoring_v3.Aggregation(
        alignment_period={"seconds": every}, per_series_aligner=monitoring_v3.Aggregation.Aligner.ALIGN_SUM
    )


def _interval(start: float, end: float) -> monitoring_v3.TimeInterval:
    """(start, end] as the API's interval."""
    return monitoring_v3.TimeInterval(
        start_time={"seconds": int(start), "nanos": int(start % 1 * 1e9)},
        end_time={"seconds": int(end), "nanos": int(end % 1 * 1e9)},
    )
