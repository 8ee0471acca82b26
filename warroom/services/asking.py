"""What a probe asks: one address, built in one place from a service's URL and a path of services.toml. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from warroom.protocol.services import Probing, ServiceConfig
from warroom.rollout.traffic import Service
from warroom.services.ports import ProbeResult


class Ask(Struct, frozen=True):
    """One address to ask. `audience` is for whom an identity token goes along, "" for none."""

    url: str
    audience: str = ""


def address(url: str, path: str) -> str:
    """The address of `path` (with its query, if any) below a service's or a tag's URL, just as it is configured.

    A server with strict routes tells /health from /health/: nothing is put to the end of what was written.
    """
    return url.rstrip("/") + (path if path.startswith("/") else f"/{path}")


def ask(own: ServiceConfig, look: Service, url: str = "", path: str = "") -> Ask | None:
    """What to ask of a service's own URL, or of one of its tags' (`url`), by what services.toml says of it.

    `path` is another than the health path. None where nothing is to be asked: the probe is off, or there is no URL.
    The audience of a token is always the service: Cloud Run takes none that is made out to a tag.
    """
    base = url or look.url
    if own.probe == "off" or not base:
        return None
    return Ask(address(base, path or own.health_path), look.url if own.probe == "identity" else "")


class Otherwise(Struct, frozen=True):
    """The other way to ask: what `probe` would be in services.toml, and what then is asked."""

    probe: Probing
    to: Ask


def otherwise(own: ServiceConfig, look: Service) -> Otherwise:
    """How a service that turns a probe away could be asked instead: with a token where none went along, and without."""
    probe: Probing = "anonymous" if own.probe == "identity" else "identity"
    url = address(look.url, own.health_path)
    return Otherwise(probe, Ask(url, look.url if probe == "identity" else ""))


def seen_through(result: ProbeResult, look: Service) -> ProbeResult:
    """A probe's answer in the light of the look: the 404 of a service with internal ingress is Cloud Run's own."""
    internal = look.internal and result.status == 404
    return replace(result, refused=True) if internal and not result.refused else result
