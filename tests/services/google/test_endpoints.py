"""Which address a client uses, and which it refuses."""

import pytest

from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import CLOUD_RUN_VARIABLE, Endpoint, resolve, same_world

ENVIRON = {CLOUD_RUN_VARIABLE: "127.0.0.1:2"}


@pytest.mark.parametrize(
    ("explicit", "environ", "setting", "address"),
    [
        ("127.0.0.1:1", ENVIRON, "127.0.0.1:3", "127.0.0.1:1"),
        ("", ENVIRON, "127.0.0.1:3", "127.0.0.1:2"),
        ("", {CLOUD_RUN_VARIABLE: ""}, "127.0.0.1:3", "127.0.0.1:3"),
        ("", {CLOUD_RUN_VARIABLE: "  "}, "127.0.0.1:3", "127.0.0.1:3"),
        ("", {CLOUD_RUN_VARIABLE: " 127.0.0.1:2 "}, " ", "127.0.0.1:2"),
        ("", {}, "", ""),
    ],
)
def test_the_nearer_one_wins(explicit: str, environ: dict[str, str], setting: str, address: str) -> None:
    """A drill's own address before the environment, the environment before the settings, none of them: Google."""
    endpoint = resolve(CLOUD_RUN_VARIABLE, environ, explicit=explicit, setting=setting)
    assert endpoint == Endpoint(address)
    assert endpoint.plaintext == bool(address)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.9.9.9:65535", "[::1]:8080", "localhost:8080"])
def test_loopback_is_accepted(address: str) -> None:
    """All of 127.0.0.0/8, ::1 and localhost."""
    assert Endpoint(address).plaintext


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1:80", "0.0.0.0:80", "run.googleapis.com:443", "localhost.evil.example:80", "127.0.0.1.evil.example:80",
        "[::ffff:127.0.0.1]:80", "[2001:db8::1]:80", "127.1:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
        "127.0.0.1:65536", "127.0.0.1:²", "http://127.0.0.1:80", ":80", "\x1b[31m:80",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_the_reason(address: str) -> None:
    """Plaintext never leaves the machine, and the refusal says why and what to give instead."""
    with pytest.raises(ServiceError) as caught:
        Endpoint(address)
    assert caught.value.title.startswith("Emulator address refused: ")
    assert "127.0.0.1:PORT" in caught.value.remedy
    assert "\x1b" not in caught.value.detail


def test_a_refused_environment_is_not_passed_over() -> None:
    """A bad address that would hold is an error, never a silent fall back to Google."""
    with pytest.raises(ServiceError):
        resolve(CLOUD_RUN_VARIABLE, {CLOUD_RUN_VARIABLE: "10.0.0.1:80"}, setting="127.0.0.1:3")


def test_logs_of_another_world_are_not_asked() -> None:
    """An emulator's services have no logs at Google, and an emulator's logs say nothing of production."""
    here, google = Endpoint("127.0.0.1:8085"), Endpoint()
    assert same_world(here, google) is None and same_world(google, here) is None
    assert same_world(google, google) == google and same_world(here, here) == here
