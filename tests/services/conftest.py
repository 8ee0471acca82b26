"""What the tests of the clients share."""

import os

import pytest

from warroom.rollout.traffic import ServiceRef

# Before any test module imports grpc, whose core would write its connections' ends among the results.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

HOSTILE = {
    "markup": "[/red]payload",
    "escapes": "\x1b[2Jpayload\x1b]0;x\x07",
    "bidi": "\u202epayload",
    "long": "payload " * 1_300,
    "lines": "a\r\npayload",
}


@pytest.fixture(params=tuple(HOSTILE.values()), ids=tuple(HOSTILE))
def hostile(request: pytest.FixtureRequest) -> str:
    """Text that means harm, with "payload" in it."""
    return str(request.param)


@pytest.fixture
def ref() -> ServiceRef:
    """A service to ask about."""
    return ServiceRef("payments", "europe-west1", "acme")
