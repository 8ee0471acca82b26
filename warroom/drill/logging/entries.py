"""One log entry of Cloud Run, and the message that Google would make of it."""

from google.cloud.logging_v2.types import LogEntry

from warroom.drill.wire.proto import Message, set_seconds
from warroom.rollout.traffic import ServiceRef

REQUESTS = "run.googleapis.com%2Frequests"
STDERR = "run.googleapis.com%2Fstderr"
SYSTEM = "run.googleapis.com%2Fvarlog%2Fsystem"
"""Cloud Run's logs, their ids encoded as they stand in a log's name."""

RESOURCE = "cloud_run_revision"

INFO, WARNING, ERROR = 200, 400, 500
"""LogSeverity."""

_LogEntry = LogEntry.pb()

_AGENTS = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0")


def scattered(number: int) -> int:
    """64 bits for a number, of neighbours far apart: multiplied by the golden ratio's, twice (Knuth, TAOCP 3, 6.4)."""
    number = (number * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    return ((number ^ (number >> 32)) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF


class Entry:
    """One entry. `at` is when it happened, `received` when Logging has it (Unix seconds); `text` is "" for requests.

    `status` and `ms` are the answer's and the response time's of a request, 0 for other entries.
    """

    def __init__(
        self, ref: ServiceRef, revision: str, log: str, at: float, received: float, severity: int,
        *, number: int = 0, status: int = 0, ms: float = 0.0, text: str = "",
    ) -> None:  # fmt: skip
        self.ref = ref
        self.revision = revision
        self.log = log
        self.at = at
        self.received = received
        self.severity = severity
        self.number = number
        self.status = status
        self.ms = ms
        self.text = text

    @property
    def mark(self) -> int:
        """64 bits that are the same for the same entry and look like chance, whenever they are asked for."""
        return scattered(int(self.at * 1e6) + self.number)

    @property
    def insert_id(self) -> str:
        """Tells an entry from every other one."""
        return f"{self.mark:016x}{self.number:04x}"

    @property
    def log_name(self) -> str:
        """The log's whole name."""
        return f"projects/{self.ref.project}/logs/{self.log}"

    @property
    def url(self) -> str:
        """What was asked for; with a number in it that is somebody's, as such addresses have it."""
        return f"https://{self.ref.name}-4fz7q2hk5a-ew.a.run.app/v1/orders/{self.number * 7919 % 99991}"

    @property
    def labels(self) -> dict[str, str]:
        """Those of the resource."""
        return {
            "project_id": self.ref.project,
            "service_name": self.ref.name,
            "revision_name": self.revision,
            "location": self.ref.region,
            "configuration_name": self.ref.name,
        }


def message(entry: Entry) -> Message:
    """The entry as Google tells it."""
    pb = _LogEntry(log_name=entry.log_name, insert_id=entry.insert_id, severity=entry.severity)
    pb.resource.type = RESOURCE
    for key, value in entry.labels.items():
        pb.resource.labels[key] = value
    pb.labels["instanceId"] = entry.insert_id[:8]
    set_seconds(pb.timestamp, entry.at)
    set_seconds(pb.receive_timestamp, entry.received)
    if entry.log == REQUESTS:
        request = pb.http_request
        request.request_method = "POST" if entry.number % 3 else "GET"
        request.request_url = entry.url
        request.status = entry.status
        request.request_size, request.response_size = 600 + entry.number % 900, 300 + entry.number % 7000
        request.user_agent = _AGENTS[entry.number % len(_AGENTS)]
        request.remote_ip = f"198.51.100.{entry.number % 254 + 1}"
        request.protocol = "HTTP/1.1"
        set_seconds(request.latency, entry.ms / 1000)
    else:
        pb.text_payload = entry.text
    return pb
