"""Who and what the other systems of a drill know: people, ids and the made-up secrets. Cheap to import."""

from msgspec import Struct


class Person(Struct, frozen=True):
    """Somebody with an account in chat and pager. `role` is an id of the protocol, `backup` whether they stand in."""

    email: str
    handle: str = ""
    name: str = ""
    role: str = ""
    backup: bool = False


class Cast(Struct, frozen=True):
    """What of the configuration a drill's cloud plays along with.

    `ids` are what integrations.toml calls things, by `table.field`, e.g. "github.repository"; what is not told may be
    anything.
    """

    people: tuple[Person, ...] = ()
    ids: dict[str, str] = {}


PREFIXES = {
    "slack": "/slack/api",
    "pagerduty": "/pagerduty",
    "pagerduty-events": "/pagerduty-events",
    "statuspage": "/statuspage",
    "github": "/github",
    "cloud-sql": "/sql",
    "launchdarkly": "/launchdarkly",
}
"""Where each API's root stands on the cloud's HTTP side, in place of e.g. https://slack.com/api."""

SYSTEMS = tuple(system for system in PREFIXES if system != "pagerduty-events")
"""Their names, as faults and the ledger call them."""

SECRETS = {
    "slack": "xoxb-made-up-for-drills",
    "pagerduty": "made-up-for-drills-rest",
    "pagerduty-events": "made0up0routing0key0for0drills00",
    "statuspage": "made-up-for-drills-statuspage",
    "github": "made-up-for-drills-github",
    "cloud-sql": "made-up-for-drills-sql",
    "launchdarkly": "made-up-for-drills-launchdarkly",
}
"""The tokens of a drill; its cloud takes no other, and no other system takes them."""


def url(http_address: str, system: str) -> str:
    """The base URL of a system's API on the embedded cloud at HOST:PORT."""
    return f"http://{http_address}{PREFIXES[system]}"
