"""Where a Google client connects: to Google itself, or in plaintext to an emulator on this machine."""

import ipaddress
from collections.abc import Mapping

from msgspec import Struct

from warroom.services.errors import ServiceError
from warroom.text import plain

CLOUD_RUN_VARIABLE = "CLOUD_RUN_EMULATOR_HOST"
CLOUD_MONITORING_VARIABLE = "CLOUD_MONITORING_EMULATOR_HOST"
CLOUD_LOGGING_VARIABLE = "CLOUD_LOGGING_EMULATOR_HOST"


class Endpoint(Struct, frozen=True):
    """An emulator's loopback `address` as host:port, or "" for Google's own endpoint over TLS.

    Raises ServiceError for any address that is not loopback: no credentials and no encryption go with plaintext,
    so it must not leave the machine.
    """

    address: str = ""

    def __post_init__(self) -> None:
        if self.address:
            _check(self.address)

    @property
    def plaintext(self) -> bool:
        """True for an emulator: no TLS, and no credential is ever loaded for it."""
        return bool(self.address)


def resolve(variable: str, environ: Mapping[str, str], *, explicit: str = "", setting: str = "") -> Endpoint:
    """The endpoint that holds: `explicit` (a drill's) before the environment's `variable` before the `setting`.

    None of them set means Google's own. Raises ServiceError where the one that holds is not loopback host:port.
    """
    return Endpoint(explicit.strip() or environ.get(variable, "").strip() or setting.strip())


def same_world(run: Endpoint, other: Endpoint) -> Endpoint | None:
    """`other`, a second source of evidence, where it tells of the same world as Cloud Run's `run`; else None.

    An emulator's services have no logs at Google, and an emulator's logs say nothing of Google's services.
    """
    return other if other.plaintext == run.plaintext else None


def _check(address: str) -> None:
    """Raise ServiceError unless `address` is a loopback host and a port."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise _refusal(address, "it is not HOST:PORT")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if host == "localhost":
        return
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        # A name could resolve to anywhere, today or tomorrow: only addresses and localhost are certain.
        raise _refusal(address, "its host is neither localhost nor a loopback address") from None
    if not (ip.is_loopback and (ip.version == 4 or ip == ipaddress.IPv6Address("::1"))):
        raise _refusal(address, "plaintext may not leave this machine")


def _refusal(address: str, reason: str) -> ServiceError:
    """The error that says why an address is not used."""
    return ServiceError(
        f"Emulator address refused: {reason}",
        f"Give 127.0.0.1:PORT, [::1]:PORT or localhost:PORT in {CLOUD_RUN_VARIABLE}, {CLOUD_MONITORING_VARIABLE},"
        f" {CLOUD_LOGGING_VARIABLE} or the settings, or unset it to reach Google",
        detail=plain(address, 120),
    )
