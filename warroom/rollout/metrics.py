"""The metrics of Cloud Run that samples are read from, and what a point of each adds to its sample."""

from collections.abc import Callable, Mapping
from operator import add
from typing import Any

from msgspec import Struct

from warroom.rollout.evidence import Histogram
from warroom.rollout.histogram import merged, percentile

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


def _failed(labels: Labels) -> bool:
    """Whether a response is of class 5xx: by the class label, or by the code where the class is missing."""
    return (labels.get("response_code_class", "") or labels.get("response_code", ""))[:1] == "5"


REQUEST_COUNT = Metric(
    name="run.googleapis.com/request_count",
    what="request counts",
    holds=int,
    fields=(
        Field("requests", lambda labels, count: count, add),
        # 4xx is no error. Where there are only others it is 0, not None: they were counted.
        Field("errors", lambda labels, count: count if _failed(labels) else 0, add),
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
