"""What every test shares."""

import os

# Before anything imports grpc, which reads it once: a PTY is forked off a process whose other tests have used grpc, and
# its handlers would write into that terminal, or end the child before warroom is started in it.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or its making, says how busy the machine is, and nothing of what is proved. And every run
# is the same run: what only one example in a million finds is looked for with EXPLORE, not by whoever waits for green.
settings.register_profile("warroom", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", settings.get_profile("warroom"), derandomize=False, print_blob=True)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "warroom")

WAITING = ("tests/e2e/", "tests/cli/")
"""What starts programs and waits for them, while the processor could do other things."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers, strew what waits among what computes: each worker has a share of both, and ends with it.

    As they lie, one worker would wait for one terminal after the other, and the last one longest. No order is promised:
    each test stands alone. A file's tests stay together: what they share would else run on between them.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    waiting = [item.nodeid.startswith(WAITING) for item in items]
    total, most = {kind: waiting.count(kind) for kind in (True, False)}, {True: 0.9, False: 1.0}
    before = {True: 0, False: 0}
    places: dict[str, float] = {}
    for item, kind in zip(items, waiting, strict=True):
        file = item.nodeid.partition("::")[0]
        places.setdefault(file, before[kind] / total[kind] * most[kind])  # the longest are not the last
        before[kind] += 1
    items.sort(key=lambda item: places[item.nodeid.partition("::")[0]])


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has tokens of its own to redact: what another one held would black out words of this one."""
    from warroom import redaction

    monkeypatch.setattr(redaction, "_tokens", redaction._Tokens())
