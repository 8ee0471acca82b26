"""What resolving says of the phases: by the protocol's own numbers."""

import pytest

from warroom.actions.steps import _named
from warroom.protocol.load import load
from warroom.protocol.model import Config
from warroom.resources import config_directory


def _config(name: str) -> Config:
    return load(config_directory() / "examples" / name if name else config_directory())


@pytest.mark.parametrize(
    ("name", "verified", "after"),
    [
        ("", "phase 5 is", "phase 6 is"),
        ("atlassian", "phase 3 is", "phase 4 is"),
        ("pagerduty", "phase 5 is", "phases 6 and 7 are"),
    ],
)
def test_phases_are_called_by_their_numbers(name: str, verified: str, after: str) -> None:
    """Another company's protocol checks and learns in other phases than the shipped one."""
    protocol = _config(name).protocol
    assert _named(protocol.of_kind("verification")) == verified
    assert _named(protocol.of_kind("post-deployment")) == after


def test_a_protocol_may_have_none() -> None:
    """Then nothing is said of them."""
    assert _named(()) == ""
