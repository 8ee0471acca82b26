"""Google's messages as the protobuf classes under proto-plus, which have no types of their own to check by."""

from typing import Any, TypeAlias

Raw: TypeAlias = Any
"""A protobuf message from `Type.pb(message)`, or one inside it: big answers are read ten times as fast this way."""


def seconds(moment: Raw) -> float:
    """A raw Timestamp or Duration in seconds, 0.0 where it is unset."""
    return float(moment.seconds + moment.nanos / 1e9)
