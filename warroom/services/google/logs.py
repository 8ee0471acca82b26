"""Cloud Logging over Google's async client: errors by revision, and the tail of the request logs.

Import after `loading.load_google`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import grpc
from google.auth.credentials import Credentials
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2AsyncClient
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcAsyncIOTransport
from google.cloud.logging_v2.types import (
    ListLogEntriesRequest,
    ListLogEntriesResponse,
    TailLogEntriesRequest,
    TailLogEntriesResponse,
)

from warroom.rollout.traffic import ServiceRef
from warroom.services.failures import Call, Translated
from warroom.services.google.channel import open_channel
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.raw import Raw, seconds
from warroom.services.logs import MOST_LISTED, ErrorLog, Logged, LogLine, Tailed, line

READ_SECONDS = 10.0
"""Deadline of one page, in real seconds."""

PAGE = 1000
"""Entries of one page, Google's largest."""

MOST_PAGES = 5
"""Pages that one question reads: Logging may answer with an empty one and go on searching with the next."""

TAIL_SECONDS = 3600.0
"""A tail is open for so long at most, in real seconds; Google ends it then as well."""

BUFFER_SECONDS = 1
"""How long Logging waits for late entries before it tells of those that it has; 2 where nothing is said."""

SEVERITIES = {0: "DEFAULT", 100: "DEBUG", 200: "INFO", 300: "NOTICE", 400: "WARNING", 500: "ERROR", 600: "CRITICAL",
              700: "ALERT", 800: "EMERGENCY"}  # fmt: skip


class GoogleLogs:
    """logs.Logs over the real API.

    Create it on the event loop, with `credentials` unless `endpoint` is an emulator. It connects with the first
    question. No call is retried here.
    """

    def __init__(
        self, endpoint: Endpoint, credentials: Credentials | None = None, *, read_seconds: float = READ_SECONDS
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._read_seconds = read_seconds
        self._channel: grpc.aio.Channel | None = None
        self._made: LoggingServiceV2AsyncClient | None = None

    async def errors_since(
        self, ref: ServiceRef, revisions: Sequence[str], start: float, end: float, lines: int = 3
    ) -> ErrorLog:
        """The entries of severity ERROR and above by these revisions (all with none) in [start, end), newest first."""
        wanted = f"{_of((ref,))} AND severity>=ERROR{_between(start, end)}"
        if revisions:
            wanted += f" AND resource.labels.revision_name=({' OR '.join(map(_quoted, revisions))})"
        found, more = await self._listed(ref.project, wanted, "timestamp desc", PAGE)
        newest = tuple(
            LogLine(seconds(one.timestamp), one.resource.labels.get("revision_name", ""), _severity(one), _text(one))
            for one in found[:lines]
        )
        return ErrorLog(start, end, len(found), newest, more)

    async def tail(self, services: Sequence[ServiceRef], share: float = 1.0) -> AsyncGenerator[Tailed, None]:
        """The requests to services of one project as they are logged; an empty answer first, once it is asked for."""
        project = services[0].project
        request = TailLogEntriesRequest(
            resource_names=[f"projects/{project}"],
            filter=requests_filter(services, share),
            buffer_window={"seconds": BUFFER_SECONDS},
        )
        over = asyncio.Event()

        async def asked() -> AsyncIterator[TailLogEntriesRequest]:
            yield request
            with suppress(asyncio.CancelledError):
                await over.wait()  # a side that has said all it has to say could be taken to be leaving

        with Translated(_call(project)):
            stream = await self._client.tail_log_entries(asked(), retry=None, timeout=TAIL_SECONDS)
            yield Tailed(())
            try:
                async for response in stream:
                    pb = TailLogEntriesResponse.pb(response)
                    suppressed = sum(one.suppressed_count for one in pb.suppression_info)
                    yield Tailed(tuple(_logged(one) for one in pb.entries), suppressed)
            finally:
                over.set()
                stream.cancel()  # type: ignore[attr-defined]  # it is grpc's call, wrapped

    async def requests(
        self, services: Sequence[ServiceRef], start: float, end: float, share: float = 1.0
    ) -> tuple[Logged, ...]:
        """The requests that began in [start, end), oldest first."""
        wanted = requests_filter(services, share) + _between(start, end)
        found, _ = await self._listed(services[0].project, wanted, "timestamp asc", MOST_LISTED)
        return tuple(_logged(one) for one in found)

    async def close(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            await self._channel.close()

    @property
    def _client(self) -> LoggingServiceV2AsyncClient:
        if self._made is None:
            secure = LoggingServiceV2GrpcAsyncIOTransport.create_channel
            self._channel = open_channel(self._endpoint, secure, self._credentials)
            transport = LoggingServiceV2GrpcAsyncIOTransport(channel=self._channel)
            self._made = LoggingServiceV2AsyncClient(transport=transport)
        return self._made

    async def _listed(self, project: str, wanted: str, order: str, most: int) -> tuple[list[Raw], bool]:
        """The raw entries of one question, at most `most`, and whether there are more."""
        found: list[Raw] = []
        token = ""
        with Translated(_call(project)):
            for _ in range(MOST_PAGES):
                request = ListLogEntriesRequest(
                    resource_names=[f"projects/{project}"], filter=wanted, order_by=order, page_size=PAGE,
                    page_token=token,
                )  # fmt: skip
                pager = await self._client.list_log_entries(request, retry=None, timeout=self._read_seconds)
                async for page in pager.pages:
                    pb = ListLogEntriesResponse.pb(page)
                    break
                found += pb.entries
                token = pb.next_page_token
                if not token or len(found) >= most:
                    break
        return found[:most], bool(token) or len(found) > most


def requests_filter(services: Sequence[ServiceRef], share: float) -> str:
    """The filter for the request logs of services of one project, and a share of their entries."""
    log = f"projects/{services[0].project}/logs/run.googleapis.com%2Frequests"
    sampled = f" AND sample(insertId, {share:g})" if share < 1 else ""
    return f"{_of(services)} AND logName={_quoted(log)}{sampled}"


def _of(services: Sequence[ServiceRef]) -> str:
    names = " OR ".join(_quoted(name) for name in sorted({ref.name for ref in services}))
    regions = " OR ".join(_quoted(region) for region in sorted({ref.region for ref in services}))
    return (
        f'resource.type="cloud_run_revision" AND resource.labels.service_name=({names})'
        f" AND resource.labels.location=({regions})"
    )


def _between(start: float, end: float) -> str:
    return f' AND timestamp>="{_moment(start)}" AND timestamp<"{_moment(end)}"'


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _quoted(text: str) -> str:
    """A string of the query language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _logged(entry: Raw) -> Logged:
    labels = entry.resource.labels
    return Logged(
        service=labels.get("service_name", ""),
        revision=labels.get("revision_name", ""),
        at=seconds(entry.timestamp),
        status=entry.http_request.status,
        ms=seconds(entry.http_request.latency) * 1000,
        key=entry.insert_id,
    )


def _severity(entry: Raw) -> str:
    return SEVERITIES.get(int(entry.severity), str(int(entry.severity)))


def _text(entry: Raw) -> str:
    """What an entry says, as one safe line; of a request its status alone."""
    if entry.http_request.status:
        return f"request answered {int(entry.http_request.status)}"
    if entry.text_payload:
        return line(entry.text_payload)
    fields = entry.json_payload.fields if entry.HasField("json_payload") else {}
    told = next((fields[key].string_value for key in ("message", "msg", "error") if key in fields), "")
    return line(told) or "without a text"


def _call(project: str) -> Call:
    """A read, for the words of its errors."""
    roles = "roles/logging.viewer"
    return Call("Cloud Logging", f"project {project}", permission="logging.logEntries.list", roles=roles)
