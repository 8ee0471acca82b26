"""What all sides of the wire share: Google's messages have no types for mypy, and times in two fields."""

import hashlib
from typing import Any, TypeAlias

from google.cloud import run_v2
from google.protobuf import timestamp_pb2

Message: TypeAlias = Any
"""A raw protobuf message."""

LATEST = int(run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST)
REVISION = int(run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION)


def etag(uid: str, generation: int) -> str:
    """The fingerprint of one generation of a resource, in double quotes as HTTP writes it."""
    return f'"{hashlib.sha256(f"{uid}:{generation}".encode()).hexdigest()[:22]}"'


def timestamp(at: float) -> Message:
    """`at` (Unix seconds) as a protobuf Timestamp, to the microsecond."""
    message = timestamp_pb2.Timestamp()
    set_seconds(message, at)
    return message


def set_seconds(message: Message, seconds: float) -> None:
    """Put `seconds` (not negative) into a Timestamp or a Duration, to the microsecond."""
    whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
    message.seconds, message.nanos = whole, micros * 1000


def get_seconds(message: Message) -> float:
    """The seconds of a Timestamp or a Duration."""
    return float(message.seconds + message.nanos / 1e9)
