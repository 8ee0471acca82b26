"""What revisions did in the last days, hour by hour: since when they served, and how well in the end. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from warroom.rollout.evidence import Sample

LAST_SECONDS = 6 * 3600.0
"""How much of the end of a revision's service says how it was."""

LEAST_SHARE = 0.01
"""Of a service's requests in an hour: with less a revision was only tried out, by its tag's address."""


class Served(Struct, frozen=True, omit_defaults=True):
    """One revision's service: from `since` to `until` (Unix seconds, whole hours).

    In its last hours it answered `requests`, of which `errors` failed (5xx or 429); `share` (0–1) of all
    that the service answered were its own.
    """

    since: float
    until: float
    requests: int
    errors: int = 0
    share: float = 1.0


def served(hours: Sequence[Sample]) -> dict[str, Served]:
    """By revision, from the hours of one service. What no hour shows a real share of is not in it."""
    total: dict[float, int] = {}
    for one in hours:
        total[one.end] = total.get(one.end, 0) + (one.requests or 0)
    own: dict[str, list[Sample]] = {}
    for one in hours:
        if one.requests and one.requests >= LEAST_SHARE * total[one.end]:
            own.setdefault(one.revision, []).append(one)
    return {revision: _service(found, total) for revision, found in own.items()}


def _service(own: Sequence[Sample], total: dict[float, int]) -> Served:
    until = max(one.end for one in own)
    last = [one for one in own if one.end > until - LAST_SECONDS]
    # In the hour in which another one took over it had a part only.
    whole = [one for one in last if one.end < until] or last
    share = sum(one.requests or 0 for one in whole) / sum(total[one.end] for one in whole)
    requests, errors = sum(one.requests or 0 for one in last), sum(one.errors or 0 for one in last)
    return Served(min(one.start for one in own), until, requests, errors, round(share, 3))
