"""What every test shares."""

import os

# Before anything imports grpc, which reads it once: a PTY is forked off a process whose other tests have used grpc, and
# its handlers would write into that terminal, or end the child before warroom is started in it.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the program does."""
    return "asyncio"
