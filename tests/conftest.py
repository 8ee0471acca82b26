"""What every test shares."""

import os

# Before anything imports grpc, which reads it once: a PTY is forked off a process whose other tests have used grpc, and
# its handlers would write into that terminal, or end the child before warroom is started in it.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import pytest
from hypothesis import settings

# How long one example takes says how busy the machine is, and nothing of what is proved.
settings.register_profile("warroom", deadline=None)
settings.load_profile("warroom")


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has tokens of its own to redact: what another one held would black out words of this one."""
    from warroom import redaction

    monkeypatch.setattr(redaction, "_tokens", redaction._Tokens())
