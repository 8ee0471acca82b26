"""The composition root's hands for the systems beside Google's: their clients, from outside or on a drill's cloud."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from warroom import redaction
from warroom.clock import Clock
from warroom.drill.scenario.directory import PREFIXES, Cast, Person, secrets, url
from warroom.drill.wire.addresses import OTHERS_VARIABLE
from warroom.drill.wire.discovery import TOKEN_VARIABLE, own_token
from warroom.protocol.integrations import (
    ChatWebhook,
    CloudSql,
    GitHub,
    Integrations,
    JiraAlerts,
    LaunchDarkly,
    PagerDuty,
    PagerWebhook,
    Port,
    Slack,
    Statuspage,
    called,
)
from warroom.protocol.model import Config
from warroom.resources import runtime_path, state_path
from warroom.services.errors import ServiceError
from warroom.services.google.endpoints import Endpoint
from warroom.services.systems.ports import Chat, CodeHost, Databases, Flags, Others, Pager, StatusPage
from warroom.wiring.pages import pages

if TYPE_CHECKING:
    from warroom.services.systems.cloud_sql import Token


class Missing(Exception):
    """A system cannot be spoken to; the text is one sentence with the remedy."""


class Where(Protocol):
    """Where the systems are, and what opens them."""

    def url(self, system: str, own: str) -> str:
        """The base URL of `system`, `own` being the one in integrations.toml; "" for the system's own address."""
        ...

    def secret(self, system: str, variable: str) -> str:
        """The token of `system`. Raises Missing."""
        ...

    def google(self, url: str) -> "Token":
        """What gives the access token for Google's API at `url`."""
        ...


class Outside(Struct, frozen=True):
    """The real systems; the tokens are in `environ`."""

    environ: Mapping[str, str]

    def url(self, system: str, own: str) -> str:
        """As integrations.toml says. Raises Missing where a token would travel in the clear."""
        try:
            host = urlsplit(own).hostname or ""
        except ValueError:
            host = ""
        here = own.startswith("http://") and host in ("127.0.0.1", "::1", "localhost")
        if own and not here and not (own.startswith("https://") and host):
            raise Missing(f"The url of {system} in integrations.toml is no https://…: mend it, or do it by hand.")
        return own

    def secret(self, system: str, variable: str) -> str:
        """From the environment; none that is too short to be redacted."""
        del system
        value = self.environ.get(variable, "").strip()
        if not value:
            raise Missing(f"{variable} is not set: export it, or do it by hand.")
        redaction.hold(value)
        if not (value.isascii() and value.isprintable()):
            raise Missing(f"{variable} holds characters that no token has: export it anew, or do it by hand.")
        if len(value) < redaction.SHORTEST:
            raise Missing(
                f"{variable} has fewer than {redaction.SHORTEST} characters, which is no token, and could not be "
                "redacted: export it anew, or do it by hand."
            )
        return value

    def google(self, url: str) -> "Token":
        """The credentials of this machine, for Google alone: what listens elsewhere gets none."""
        from warroom.services.systems.cloud_sql import URL, GoogleToken, fixed

        place = urlsplit(url or URL)
        google = place.scheme == "https" and (place.hostname or "").endswith(".googleapis.com")
        return GoogleToken() if google else fixed("none")


class Inside(Struct, frozen=True):
    """A drill's cloud at `http` (HOST:PORT on loopback): neither environment nor settings lead anywhere else.

    `token` is that cloud's own, of which what opens its systems is made.
    """

    http: str
    token: str

    def url(self, system: str, own: str) -> str:
        """On the drill's cloud, always. Raises Missing for a system that it does not play."""
        del own
        if system not in PREFIXES:
            raise Missing(f"A drill's cloud plays no {called(system)}: do it by hand, as nothing leaves a drill.")
        return url(self.http, system)

    def secret(self, system: str, variable: str) -> str:
        """What this cloud alone takes."""
        del variable
        return secrets(self.token)[system]

    def google(self, url: str) -> "Token":
        """What this cloud alone takes."""
        from warroom.services.systems.cloud_sql import fixed

        system = "cloud-monitoring" if url.endswith(PREFIXES["cloud-monitoring"]) else "cloud-sql"
        return fixed(secrets(self.token)[system])


def production(integrations: Integrations, environ: Mapping[str, str], clock: Clock) -> Others:
    """A client for each system that has a table and whose secrets are in `environ`; the rest are `missing`."""
    return _others(integrations, Outside(environ), clock)


def drill(integrations: Integrations, http_address: str, token: str, clock: Clock) -> Others:
    """A client for each system that has a table, all of them on the embedded cloud at HOST:PORT of loopback.

    `token` is that cloud's own.

    Raises ServiceError for an address that is not on this machine.
    """
    return _others(integrations, Inside(Endpoint(http_address).address, token), clock)


def beside_emulator(integrations: Integrations, environ: Mapping[str, str], clock: Clock) -> Others:
    """Beside an emulated Cloud Run: the systems of the same cloud where the environment tells of it, else none."""
    told = environ.get(OTHERS_VARIABLE, "").strip()
    try:
        if told:
            address = Endpoint(told).address
            if token := own_token(address, environ, state_path() / "drills", runtime_path()):
                return drill(integrations, address, token, clock)
            why = (
                f"The cloud at {address} takes its own token alone, which is in no file of yours: export "
                f"{TOKEN_VARIABLE} as the drill or emulator shows it, or do it by hand."
            )
        else:
            why = (
                f"Cloud Run is an emulator and {OTHERS_VARIABLE} is not set: export what the drill shows, or do it by "
                "hand."
            )
    except ServiceError as error:
        why = f"{OTHERS_VARIABLE} is refused: {error.title}: give the drill's HOST:PORT, or do it by hand."
    return Others(missing=dict.fromkeys(SYSTEMS, why))


def cast(config: Config) -> Cast:
    """Who and what a drill's cloud knows, from the roster and integrations.toml."""
    people = []
    called = [level.roles for level in config.protocol.escalation if not level.by_hand]
    core = {role.id for role in config.protocol.roles if role.kind == "core"}
    on_call = list(dict.fromkeys(role for roles in called for role in roles if role not in core))
    for duty in config.roster.duties:
        for person, backup in ((duty.primary, False), (duty.backup, True)):
            if person is not None:
                email = person.email or f"{person.handle.lstrip('@')}@example.com"
                level = on_call.index(duty.role) + 1 if duty.role in on_call and not backup else 0
                name = person.name or person.handle
                people.append(Person(email, person.handle, name, duty.role, backup, level, person.schedule))
    return Cast(tuple(people), _ids(config.integrations), pages(config))


SYSTEMS = tuple(Integrations().product(port).id for port in Port)
"""The products that are spoken of where integrations.toml has no tables."""


def _ids(integrations: Integrations) -> dict[str, str]:
    """What integrations.toml calls things, by table.field."""
    return {
        f"{table}.{field}": value
        for table in integrations.__struct_fields__
        for field in getattr(getattr(integrations, table), "__struct_fields__", ())
        if isinstance(value := getattr(getattr(integrations, table), field), str)
    } | {
        f"statuspage.components.{service}": component
        for service, component in (integrations.statuspage.components if integrations.statuspage else {}).items()
    }


def _others(integrations: Integrations, where: Where, clock: Clock) -> Others:
    clients: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for port in Port:
        product = integrations.product(port)
        try:
            table = getattr(integrations, product.table)
            if table is None:
                raise Missing(f"integrations.toml has no table for {product.id}: add one, or do it by hand.")
            clients[port] = _BUILD[product.id](table, where, clock)
        except Missing as reason:
            missing[product.id] = str(reason)
    return Others(**clients, missing=missing)


def _slack(table: Slack, where: Where, clock: Clock) -> Chat:
    from warroom.services.systems.slack import SlackApi

    return SlackApi(where.secret("slack", table.token_variable), clock, where.url("slack", table.url), table.team_id)


def _pagerduty(table: PagerDuty, where: Where, _: Clock) -> Pager:
    from warroom.services.systems.pagerduty import PagerDutyApi

    try:
        token = where.secret("pagerduty", table.token_variable)
    except Missing:
        token = ""  # paging works without; the client says so where the token is needed
    return PagerDutyApi(
        where.secret("pagerduty-events", table.routing_key_variable),
        token,
        table.from_email,
        table.service,
        where.url("pagerduty", table.url),
        where.url("pagerduty-events", table.events_url),
    )


def _jira_alerts(table: JiraAlerts, where: Where, _: Clock) -> Pager:
    from warroom.services.systems.jira_alerts import JiraAlertsApi

    return JiraAlertsApi(
        where.url("jira-alerts", table.site),
        table.cloud_id,
        table.email,
        where.secret("jira-alerts", table.token_variable),
        team=table.team,
        schedule=table.schedule,
        url=where.url("jira-alerts", table.url),
    )


def _chat_webhook(table: ChatWebhook, where: Where, clock: Clock) -> Chat:
    from warroom.services.systems.webhook import ChatWebhook as Client

    system = "chat-webhook"
    address = where.url(system, table.address)
    return Client(called(system), address, where.secret(system, table.secret_variable), clock)


def _pager_webhook(table: PagerWebhook, where: Where, clock: Clock) -> Pager:
    from warroom.services.systems.webhook import PagerWebhook as Client

    system = "pager-webhook"
    address = where.url(system, table.address)
    return Client(called(system), address, where.secret(system, table.secret_variable), clock)


def _statuspage(table: Statuspage, where: Where, clock: Clock) -> StatusPage:
    from warroom.services.systems.statuspage import StatuspageApi

    token = where.secret("statuspage", table.token_variable)
    return StatuspageApi(table.page, token, table.components, clock, where.url("statuspage", table.url))


def _github(table: GitHub, where: Where, _: Clock) -> CodeHost:
    from warroom.services.systems.github import GitHubApi

    token = where.secret("github", table.token_variable)
    return GitHubApi(table.repository, table.base, table.tag_prefix, token, where.url("github", table.url))


def _cloud_sql(table: CloudSql, where: Where, _: Clock) -> Databases:
    from warroom.services.systems.cloud_sql import CloudSqlApi

    url = where.url("cloud-sql", table.url)
    return CloudSqlApi(table.project, table.instance, where.google(url), url)


def _launchdarkly(table: LaunchDarkly, where: Where, _: Clock) -> Flags:
    from warroom.services.systems.launchdarkly import LaunchDarklyApi

    token = where.secret("launchdarkly", table.token_variable)
    return LaunchDarklyApi(table.project, table.environment, token, where.url("launchdarkly", table.url))


_BUILD: dict[str, Callable[[Any, Where, Clock], object]] = {
    "slack": _slack,
    "pagerduty": _pagerduty,
    "jira-alerts": _jira_alerts,
    "chat-webhook": _chat_webhook,
    "pager-webhook": _pager_webhook,
    "statuspage": _statuspage,
    "github": _github,
    "cloud-sql": _cloud_sql,
    "launchdarkly": _launchdarkly,
}
"""The client of each product, from its table. Raises Missing."""
