"""What is wrong with a service's smoke test: requests that can't be made, or answers that can't come."""

from collections.abc import Iterator, Sequence

from warroom.protocol.checks.problem import Finding, quote, row
from warroom.protocol.services import SmokeRequest

MOST_REQUESTS = 30
"""They are made one after the other, while somebody waits for the last."""

LONGEST_MS = 60_000


def check_smoke(requests: Sequence[SmokeRequest], place: str) -> Iterator[Finding]:
    """Every fault of the requests of the service at `place`."""
    if len(requests) > MOST_REQUESTS:
        yield f"{place}.smoke", f"Has {len(requests)} requests. Keep the {MOST_REQUESTS} that tell most."
    for index, one in enumerate(requests):
        here = f"{place}.{row('smoke', requests, index)}"
        if not one.path.startswith("/"):
            yield f"{here}.path", f"{quote(one.path)} is no path. Begin it with a slash."
        elif not (one.path.isascii() and one.path.isprintable()) or set(one.path) & set(" #"):
            yield f"{here}.path", f"{quote(one.path)} can't be asked so. Write it as in an address: %20 for a space."
        for code in one.status:
            if not 100 <= code <= 599:
                yield f"{here}.status", f"{quote(code)} is no HTTP status. Write whole numbers from 100 to 599."
        if one.method == "HEAD" and (one.contains or one.json):
            key = "contains" if one.contains else "json"
            yield f"{here}.{key}", 'The answer to HEAD has no body. Write method = "GET", or take this away.'
        if one.within_ms > LONGEST_MS:
            yield f"{here}.within_ms", f"{quote(one.within_ms)} is too long to wait. Write at most {LONGEST_MS}."
        for path in one.json:
            if not all(path.split(".")):
                yield f"{here}.json", f"{quote(path)} is no path into JSON. Write names with a dot between them."
