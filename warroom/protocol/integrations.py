"""The types of integrations.toml: which other systems warroom speaks to. A table that is missing leaves it to people.

Secrets never stand here: the fields that end in `_variable` name the environment variable that a secret is read from.
An empty `url` is the system's own address. What a system is for is its port; the rest of warroom speaks of ports, and
asks here what the product behind one is called.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct, field

from warroom.protocol.part import Part


class Port(StrEnum):
    """What a system is for, each by the name of its client in `services.systems.ports.Others`."""

    CHAT = "chat"
    PAGER = "pager"
    STATUS_PAGE = "status_page"
    CODE_HOST = "code"
    DATABASE = "databases"
    FLAGS = "flags"


class Product(Struct, frozen=True):
    """A system that can stand behind a port: `id` in journals and for scripts, `name` in sentences."""

    id: str
    name: str
    port: Port

    @property
    def table(self) -> str:
        """Its table in integrations.toml."""
        return self.id.replace("-", "_")


PRODUCTS = (
    Product("slack", "Slack", Port.CHAT),
    Product("chat-webhook", "Chat webhook", Port.CHAT),
    Product("pagerduty", "PagerDuty", Port.PAGER),
    Product("jira-alerts", "Jira Service Management", Port.PAGER),
    Product("pager-webhook", "Pager webhook", Port.PAGER),
    Product("statuspage", "Statuspage", Port.STATUS_PAGE),
    Product("github", "GitHub", Port.CODE_HOST),
    Product("cloud-sql", "Cloud SQL", Port.DATABASE),
    Product("launchdarkly", "LaunchDarkly", Port.FLAGS),
)
"""All that warroom knows. The first of a port is the one that is spoken of where none has a table."""

CHAT_CHANNEL, PAGE_CHANNEL = "slack", "statuspage"
"""How scripts and journals call the incident's channel and the status page, whatever products they are."""

USUAL_VARIABLES = (
    "SLACK_BOT_TOKEN",
    "PAGERDUTY_ROUTING_KEY",
    "PAGERDUTY_TOKEN",
    "STATUSPAGE_TOKEN",
    "GITHUB_TOKEN",
    "LAUNCHDARKLY_TOKEN",
    "JIRA_API_TOKEN",
    "CHAT_WEBHOOK_SECRET",
    "PAGER_WEBHOOK_SECRET",
)
"""The variables that hold tokens where integrations.toml names no others: kept secret before it is read, too."""

_BY_ID = {product.id: product for product in PRODUCTS}


def port_of(system: str) -> Port | None:
    """What the system with that id is for; None for one that warroom does not know."""
    product = _BY_ID.get(system)
    return product.port if product is not None else None


def called(system: str) -> str:
    """The name of the system with that id; the id where warroom does not know it."""
    product = _BY_ID.get(system)
    return product.name if product is not None else system


def names_of(port: Port) -> tuple[str, ...]:
    """The names of all products that can stand behind a port."""
    return tuple(product.name for product in PRODUCTS if product.port is port)


class Slack(Part, frozen=True):
    """A channel per incident, and `stakeholders`, a channel's name or id, for updates ("": only the incident's).

    `team_id` is the workspace's id, T…, which the token of an app of a whole organisation needs.
    """

    token_variable: str = "SLACK_BOT_TOKEN"
    channel_prefix: str = "incident-"
    stakeholders: str = ""
    team_id: str = ""
    url: str = ""


class PagerDuty(Part, frozen=True):
    """`service` is the id that incidents open on, `from_email` who warroom acts as over the REST API."""

    routing_key_variable: str = "PAGERDUTY_ROUTING_KEY"
    token_variable: str = "PAGERDUTY_TOKEN"
    from_email: str = ""
    service: str = ""
    url: str = ""
    events_url: str = ""


class JiraAlerts(Part, frozen=True):
    """`site` is https://NAME.atlassian.net, `cloud_id` its id, `email` whose API token it is; the rest are ids.

    A page goes to `team`; who is on call stands on `schedule`.
    """

    site: str
    cloud_id: str
    email: str
    token_variable: str = "JIRA_API_TOKEN"
    team: str = ""
    schedule: str = ""
    url: str = ""


class Statuspage(Part, frozen=True):
    """`page` is the page's id, `components` the component's id by service name, `notify` tells subscribers too."""

    page: str
    token_variable: str = "STATUSPAGE_TOKEN"
    components: dict[str, str] = field(default_factory=dict)
    notify: bool = False
    url: str = ""


class GitHub(Part, frozen=True):
    """`repository` is OWNER/NAME; hotfixes go back into `base`; production's version is the newest `tag_prefix` tag.

    `required_checks` must be there and green before a review is enough, beside those that GitHub itself requires; they
    alone count where GitHub does not let the token see its own.
    """

    repository: str
    token_variable: str = "GITHUB_TOKEN"
    base: str = "main"
    tag_prefix: str = "v"
    url: str = ""
    required_checks: tuple[str, ...] = ()


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


class ChatWebhook(Part, frozen=True):
    """Where what is to be said is posted, signed with a secret; the rest as for a chat of one's own."""

    address: str
    secret_variable: str = "CHAT_WEBHOOK_SECRET"
    channel_prefix: str = "incident-"
    stakeholders: str = ""


class PagerWebhook(Part, frozen=True):
    """Where it is posted that somebody is needed, signed with a secret."""

    address: str
    secret_variable: str = "PAGER_WEBHOOK_SECRET"


class Integrations(Part, frozen=True):
    """integrations.toml, whole."""

    slack: Slack | None = None
    pagerduty: PagerDuty | None = None
    statuspage: Statuspage | None = None
    github: GitHub | None = None
    cloud_sql: CloudSql | None = None
    launchdarkly: LaunchDarkly | None = None
    jira_alerts: JiraAlerts | None = None
    chat_webhook: ChatWebhook | None = None
    pager_webhook: PagerWebhook | None = None

    def configured(self, port: Port) -> Iterator[Product]:
        """The products of a port that have a table; more than one is a mistake, which the checks tell."""
        return (one for one in PRODUCTS if one.port is port and getattr(self, one.table) is not None)

    def product(self, port: Port) -> Product:
        """What stands behind a port; without a table the first that could."""
        return next(self.configured(port), next(one for one in PRODUCTS if one.port is port))

    @property
    def chat(self) -> Slack | ChatWebhook | None:
        """The chat's table."""
        return self.slack or self.chat_webhook

    @property
    def status_page(self) -> Statuspage | None:
        """The status page's table."""
        return self.statuspage

    @property
    def code_host(self) -> GitHub | None:
        """The code host's table."""
        return self.github


def secret_names(integrations: Integrations) -> tuple[str, ...]:
    """The environment variables that hold warroom's own tokens."""
    found = []
    for table in integrations.__struct_fields__:
        part = getattr(integrations, table)
        fields = part.__struct_fields__ if part is not None else ()
        found += [getattr(part, field) for field in fields if field.endswith("_variable")]
    return tuple(dict.fromkeys(found))
