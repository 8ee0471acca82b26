"""Who and what the other systems of a drill know: people, ids and the made-up secrets. Cheap to import."""

import hmac

from msgspec import Struct


class Person(Struct, frozen=True):
    """Somebody with an account in chat and pager. `role` is an id of the protocol, `backup` whether they stand in.

    `level` is where they are on call in the pager's escalation policy (0: nowhere), `schedule` the id of the pager's
    schedule on which they are ("": on none that is asked for by name).
    """

    email: str
    handle: str = ""
    name: str = ""
    role: str = ""
    backup: bool = False
    level: int = 0
    schedule: str = ""


class Page(Struct, frozen=True):
    """What a service in good health answers to one request: `path` with its query, from the slash on."""

    method: str
    path: str
    status: int = 200
    body: str = ""


class Cast(Struct, frozen=True):
    """What of the configuration a drill's cloud plays along with.

    `pages` are those of each service beside its health page, by its name. `ids` are what integrations.toml calls
    things, by `table.field`, e.g. "github.repository"; what is not told may be anything.
    """

    people: tuple[Person, ...] = ()
    ids: dict[str, str] = {}
    pages: dict[str, tuple[Page, ...]] = {}


PREFIXES = {
    "slack": "/slack/api",
    "pagerduty": "/pagerduty",
    "pagerduty-events": "/pagerduty-events",
    "statuspage": "/statuspage",
    "github": "/github",
    "cloud-sql": "/sql",
    "cloud-monitoring": "/monitoring",
    "launchdarkly": "/launchdarkly",
}
"""Where each API's root stands on the cloud's HTTP side, in place of e.g. https://slack.com/api."""

SYSTEMS = tuple(system for system in PREFIXES if system != "pagerduty-events")
"""Their names, as faults and the ledger call them."""

_SECRETS = {
    "slack": ("xoxb-", 32),
    "pagerduty": ("", 20),
    "pagerduty-events": ("", 32),
    "statuspage": ("", 36),
    "github": ("ghp_", 36),
    "cloud-sql": ("ya29.", 40),
    "cloud-monitoring": ("ya29.", 40),
    "launchdarkly": ("api-", 32),
}
"""How each system's tokens begin, and how many characters follow."""


def secrets(token: str) -> dict[str, str]:
    """The other systems' tokens of the one cloud whose own is `token`, by system: it takes no other.

    Who has that one can work them out, and nobody else: a port of loopback is open to all users of a machine.
    """
    made = {system: hmac.digest(token.encode(), system.encode(), "sha256").hex() for system in _SECRETS}
    return {system: start + made[system][:length] for system, (start, length) in _SECRETS.items()}


def url(http_address: str, system: str) -> str:
    """The base URL of a system's API on the embedded cloud at HOST:PORT."""
    return f"http://{http_address}{PREFIXES[system]}"
