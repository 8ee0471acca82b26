"""The composition root's hands for Cloud Monitoring's alerts: Google's own, or those of an embedded cloud."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from warroom.drill.scenario.directory import url
from warroom.drill.wire.addresses import OTHERS_VARIABLE
from warroom.drill.wire.discovery import own_token
from warroom.resources import runtime_path, state_path
from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import Endpoint
from warroom.wiring.systems import Inside, Outside

if TYPE_CHECKING:
    from warroom.services.ports import Alerts


def of_google(environ: Mapping[str, str]) -> "Alerts":
    """Google's own, with this machine's credentials, which are looked for at the first question."""
    from warroom.services.systems.cloud_alerts import URL, CloudAlerts

    return CloudAlerts(Outside(environ).google(URL))


def of_drill(http_address: str, token: str) -> "Alerts":
    """Those of the embedded cloud at HOST:PORT of loopback, whose own token is `token`."""
    from warroom.services.systems.cloud_alerts import CloudAlerts

    base = url(Endpoint(http_address).address, "cloud-monitoring")
    return CloudAlerts(Inside(http_address, token).google(base), base)


def beside_emulator(environ: Mapping[str, str]) -> "tuple[Alerts | None, str]":
    """Those of the cloud that the environment tells of; else None, and why, with the remedy in the same sentence."""
    told = environ.get(OTHERS_VARIABLE, "").strip()
    if not told:
        return None, f"Cloud Run is an emulator and {OTHERS_VARIABLE} is not set: export what the drill shows."
    try:
        address = Endpoint(told).address
    except ServiceError as error:
        return None, f"{OTHERS_VARIABLE} is refused: {error.title}: give the drill's HOST:PORT."
    token = own_token(address, environ, state_path() / "drills", runtime_path())
    if not token:
        return None, f"The cloud at {address} takes its own token alone: export it as the drill or emulator shows it."
    return of_drill(address, token), ""
