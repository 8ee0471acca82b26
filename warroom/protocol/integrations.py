"""The types of integrations.toml: which other systems warroom speaks to. A table that is missing leaves it to people.

Secrets never stand here: the fields that end in `_variable` name the environment variable that a secret is read from.
An empty `url` is the system's own address.
"""

from msgspec import field

from warroom.protocol.part import Part


class Slack(Part, frozen=True):
    """A channel per incident, and `stakeholders`, a channel's name or id, for updates ("": only the incident's)."""

    token_variable: str = "SLACK_BOT_TOKEN"
    channel_prefix: str = "incident-"
    stakeholders: str = ""
    url: str = ""


class PagerDuty(Part, frozen=True):
    """`service` is the id that incidents open on, `from_email` who warroom acts as over the REST API."""

    routing_key_variable: str = "PAGERDUTY_ROUTING_KEY"
    token_variable: str = "PAGERDUTY_TOKEN"
    from_email: str = ""
    service: str = ""
    url: str = ""
    events_url: str = ""


class Statuspage(Part, frozen=True):
    """`page` is the page's id, `components` the component's id by service name, `notify` tells subscribers too."""

    page: str
    token_variable: str = "STATUSPAGE_TOKEN"
    components: dict[str, str] = field(default_factory=dict)
    notify: bool = False
    url: str = ""


class GitHub(Part, frozen=True):
    """`repository` is OWNER/NAME; hotfixes go back into `base`; production's version is the newest `tag_prefix` tag."""

    repository: str
    token_variable: str = "GITHUB_TOKEN"
    base: str = "main"
    tag_prefix: str = "v"
    url: str = ""


class CloudSql(Part, frozen=True):
    """The instance that is backed up before a deployment. The credentials are those of Cloud Run."""

    project: str
    instance: str
    url: str = ""


class LaunchDarkly(Part, frozen=True):
    """Where a feature's flag is turned off."""

    project: str
    environment: str
    token_variable: str = "LAUNCHDARKLY_TOKEN"
    url: str = ""


class Integrations(Part, frozen=True):
    """integrations.toml, whole."""

    slack: Slack | None = None
    pagerduty: PagerDuty | None = None
    statuspage: Statuspage | None = None
    github: GitHub | None = None
    cloud_sql: CloudSql | None = None
    launchdarkly: LaunchDarkly | None = None


def secret_names(integrations: Integrations) -> tuple[str, ...]:
    """The environment variables that hold warroom's own tokens."""
    found = []
    for table in integrations.__struct_fields__:
        part = getattr(integrations, table)
        fields = part.__struct_fields__ if part is not None else ()
        found += [getattr(part, field) for field in fields if field.endswith("_variable")]
    return tuple(dict.fromkeys(found))
