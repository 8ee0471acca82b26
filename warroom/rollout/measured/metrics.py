"""The metrics of Cloud Run that samples are read from, and what a point of each adds to its sample."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import add
from typing import Any

from msgspec import Struct

from warroom.rollout.evidence import Histogram
from warroom.rollout.measured.histogram import merged, percentile

Labels = Mapping[str, str]


class Field(Struct, frozen=True):
    """One field of `Sample`: what a point adds to it by its labels and value, and how two of one period are joined.

    None adds nothing. Both may raise ValueError for buckets that cannot be read or added up.
    """

    name: str
    take: Callable[[Labels, Any], Any]
    join: Callable[[Any, Any], Any]


class Metric(Struct, frozen=True):
    """One metric of the resource cloud_run_revision, by its type in Cloud Monitoring.

    `holds` is what its points are: whole numbers, or distributions, which come as Histogram or None without buckets.
    A `gauge` is of a moment, the end of the period that it is told in; others are of the whole period. `what` names it
    in a sentence.
    """

    name: str
    what: str
    holds: type[int | Histogram]
    fields: tuple[Field, ...]
    gauge: bool = False

    @property
    def short(self) -> str:
        """Its name without Cloud Run's."""
        return self.name.removeprefix("run.googleapis.com/")


_GRPC_FAILED = frozenset({"2", "4", "8", "12", "13", "14", "15"})
_GRPC_NAMES = {
    "UNKNOWN": "2", "DEADLINE_EXCEEDED": "4", "RESOURCE_EXHAUSTED": "8", "UNIMPLEMENTED": "12", "INTERNAL": "13",
    "UNAVAILABLE": "14", "DATA_LOSS": "15", "OK": "0", "CANCELLED": "1",
}  # fmt: skip
"""By https://grpc.io/docs/guides/status-codes: those that are the server's, not the caller's, doing."""


class Outcome(StrEnum):
    """What a response was, for whoever asked."""

    OK = "ok"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


def outcome(labels: Labels) -> Outcome:
    """By the code, or by the class where the code is missing.

    5xx has failed, and so has 429, which Cloud Run answers itself where no instance is free. Other 4xx are rejected,
    but 499: there the client hung up. A gRPC call answers 200 and tells how it went in its status, where that is given.
    """
    status = labels.get("grpc_status_code", "") or labels.get("grpc_status", "")
    status = _GRPC_NAMES.get(status, status)
    if status and status != "0":
        if status == "1":
            return Outcome.CANCELLED
        return Outcome.FAILED if status in _GRPC_FAILED else Outcome.REJECTED
    code, of_class = labels.get("response_code", ""), labels.get("response_code_class", "")
    first = (of_class or code)[:1]
    if first == "5" or code == "429":
        return Outcome.FAILED
    if code == "499":
        return Outcome.CANCELLED
    return Outcome.REJECTED if first == "4" else Outcome.OK


def _counted(wanted: Outcome) -> Callable[[Labels, Any], Any]:
    """A field's `take` for what is rare: nothing where there is none, which keeps a sample short."""
    return lambda labels, count: (count or None) if outcome(labels) is wanted else None


REQUEST_COUNT = Metric(
    name="run.googleapis.com/request_count",
    what="request counts",
    holds=int,
    fields=(
        Field("requests", lambda labels, count: count, add),
        # Where there are only others it is 0, not None: they were counted.
        Field("errors", lambda labels, count: count if outcome(labels) is Outcome.FAILED else 0, add),
        Field("rejected", _counted(Outcome.REJECTED), add),
        Field("cancelled", _counted(Outcome.CANCELLED), add),
    ),
)

REQUEST_LATENCIES = Metric(
    name="run.googleapis.com/request_latencies",
    what="response times",
    holds=Histogram,
    fields=(Field("latency", lambda labels, found: found, lambda one, other: merged((one, other))),),
)

INSTANCE_COUNT = Metric(
    name="run.googleapis.com/container/instance_count",
    what="instance counts",
    holds=int,
    fields=(Field("instances", lambda labels, count: count, add),),  # a series each for those active and those idle
    gauge=True,
)

MAX_REQUEST_CONCURRENCIES = Metric(
    name="run.googleapis.com/container/max_request_concurrencies",
    what="concurrent requests",
    holds=Histogram,
    fields=(
        Field("busiest", lambda labels, found: percentile(found, 0.99)[0] if found and found.total else None, max),
    ),
)
