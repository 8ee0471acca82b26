"""google.monitoring.v3 MetricService: Cloud Run's metrics, raw or aggregated, as late as Google shows them."""

from typing import NoReturn

import grpc
from google.api import metric_pb2
from google.cloud import monitoring_v3

from warroom.clock import Clock
from warroom.drill.cloud_run.state import CloudState
from warroom.drill.monitoring import hourly
from warroom.drill.monitoring.aggregation import aggregated, begin, reduced, wants
from warroom.drill.monitoring.filters import Filter, FilterError, parse_filter
from warroom.drill.monitoring.metrics import BY_NAME, Metric
from warroom.drill.monitoring.point_faults import spoiled
from warroom.drill.monitoring.rows import message_of, row_of
from warroom.drill.monitoring.series import blank_message, descriptor_message, find_series, series_message
from warroom.drill.wire.grpc import Method, Refused, page, service_handler
from warroom.drill.wire.proto import Message, get_seconds

MOST_POINTS = 100_000
"""Of one page, as Google has it."""

_ListTimeSeriesResponse = monitoring_v3.ListTimeSeriesResponse.pb()
_ListMetricDescriptorsResponse = monitoring_v3.ListMetricDescriptorsResponse.pb()
_HEADERS = int(monitoring_v3.ListTimeSeriesRequest.TimeSeriesView.HEADERS)


class MonitoringApi:
    """Answers the calls of Cloud Monitoring clients from the world."""

    def __init__(self, state: CloudState, clock: Clock) -> None:
        self._state = state
        self._world = state.world
        self._clock = clock

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """For a gRPC server."""
        methods = {
            "ListTimeSeries": Method(
                monitoring_v3.ListTimeSeriesRequest.pb(), _ListTimeSeriesResponse, self.list_time_series
            ),
            "ListMetricDescriptors": Method(
                monitoring_v3.ListMetricDescriptorsRequest.pb(),
                _ListMetricDescriptorsResponse,
                self.list_metric_descriptors,
            ),
            "GetMetricDescriptor": Method(
                monitoring_v3.GetMetricDescriptorRequest.pb(), metric_pb2.MetricDescriptor, self.get_metric_descriptor
            ),
        }
        return (service_handler("google.monitoring.v3.MetricService", methods, self._state.faults),)

    async def get_metric_descriptor(self, request: Message) -> Message:
        """What a metric is, with its sample period and ingest delay."""
        name, _, kind = request.name.partition("/metricDescriptors/")
        self._project(name)
        if kind not in BY_NAME:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Could not find descriptor for metric '{kind}'.")
        message = descriptor_message(request.name, BY_NAME[kind], self._world.scenario.metrics)
        if self._state.faults.take("no-delay", "google.monitoring.v3.MetricService/GetMetricDescriptor", name):
            message.ClearField("metadata")
        return message

    async def list_time_series(self, request: Message) -> Message:
        """Points with start < end time <= end of the interval, newest first, series by series; aggregated if asked."""
        now = self._clock.now()
        self._state.settle(now)
        project = self._project(request.name)
        metric, wanted = _filter(request.filter)
        start, end = _interval(request.interval)
        first, second = request.aggregation, request.secondary_aggregation
        aligns, again = wants(first), wants(second)
        since = begin(first, start, end) if aligns else start
        asked = "google.monitoring.v3.MetricService/ListTimeSeries", request.filter
        late = self._state.faults.take("late-points", *asked)
        visible = self._world.visible(since, end, now - (late.seconds or 0.0 if late else 0.0))
        series = spoiled(list(find_series(self._world, metric, project, wanted, visible)), self._state.faults, *asked)
        messages = [series_message(one, metric, one.points, self._world.period_seconds) for one in series]
        rows = [row_of(one) for one in messages]
        if hourly.reaches(self._world, first, metric, since):
            every = get_seconds(first.alignment_period)
            summed = hourly.sums(self._world, project, wanted, (start, end), every, now)
            rows = reduced(hourly.aligned([row_of(one) for one in summed], first), first)
        elif aligns:
            rows = aggregated(rows, first, start, end)
        if again:
            rows = aggregated(rows, second, start, end)
        if aligns or again:
            messages = [message_of(row, blank_message(metric)) for row in rows]
        return self._page(messages, metric.unit, request)

    async def list_metric_descriptors(self, request: Message) -> Message:
        """What metrics there are; of a filter only the type can be asked for, or how it begins."""
        self._project(request.name)
        try:
            wanted = parse_filter(request.filter) if request.filter.strip() else None
        except FilterError as error:
            _invalid(str(error))
        names = [name for name in BY_NAME if wanted is None or wanted.admits({"metric.type": name})]
        shown, token = page(names, request.page_size, request.page_token)
        plan = self._world.scenario.metrics
        found = [descriptor_message(f"{request.name}/metricDescriptors/{one}", BY_NAME[one], plan) for one in shown]
        return _ListMetricDescriptorsResponse(metric_descriptors=found, next_page_token=token)

    def _project(self, name: str) -> str:
        project = name.removeprefix("projects/")
        if not any(ref.project == project for ref in self._world.places):
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Resource '{name}' does not exist.")
        return project

    def _page(self, series: list[Message], unit: str, request: Message) -> Message:
        """The series from the token on, until `page_size` points are together; of headers alone, as many series."""
        headers = request.view == _HEADERS
        left = request.page_size or MOST_POINTS
        number, skip = _position(request.page_token)
        response = _ListTimeSeriesResponse(unit=series[0].unit if series else unit)
        while number < len(series) and left > 0:
            whole = series[number]
            shown = response.time_series.add()
            shown.CopyFrom(whole)
            del shown.points[:]
            if headers:
                left, number = left - 1, number + 1
                continue
            some = whole.points[skip : skip + left]
            shown.points.extend(some)
            left, skip = left - len(some), skip + len(some)
            if skip >= len(whole.points):
                number, skip = number + 1, 0
        if number < len(series):
            response.next_page_token = f"{number}:{skip}"
        return response


def _filter(text: str) -> tuple[Metric, Filter]:
    """The metric that a filter asks for, and the filter."""
    try:
        wanted = parse_filter(text)
    except FilterError as error:
        _invalid(str(error))
    kinds = wanted.metric_types
    if kinds is None or len(kinds) != 1:
        _invalid("The filter must name exactly one metric type.")
    (kind,) = kinds
    if kind not in BY_NAME:
        raise Refused(grpc.StatusCode.NOT_FOUND, f"Cannot find a metric of the type '{kind}'.")
    return BY_NAME[kind], wanted


def _interval(interval: Message) -> tuple[float, float]:
    if not interval.HasField("end_time"):
        _invalid("Field interval.end_time is required.")
    end = get_seconds(interval.end_time)
    start = get_seconds(interval.start_time) if interval.HasField("start_time") else end
    if start > end:
        _invalid("Field interval.start_time must not be after interval.end_time.")
    return start, end


def _position(token: str) -> tuple[int, int]:
    if not token:
        return 0, 0
    parts = token.split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        _invalid("The page_token is invalid.")
    return int(parts[0]), int(parts[1])


def _invalid(message: str) -> NoReturn:
    raise Refused(grpc.StatusCode.INVALID_ARGUMENT, message)
