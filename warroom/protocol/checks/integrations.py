"""What is wrong with an integrations.toml of the right shape: addresses, names, and secrets where none belongs."""

import re
from collections.abc import Iterator

from msgspec import Struct

from warroom.protocol.checks.problem import Finding, join, nearest, quote
from warroom.protocol.integrations import Integrations, Port
from warroom.protocol.model import Services

# Compiled at first use: this lies on the way to the first paint.
_VARIABLE = r"[A-Z_][A-Z0-9_]{0,63}"
_REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+"
_CHANNEL_PREFIX = r"[a-z0-9_-]{0,40}"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MAY_BE_EMPTY = frozenset(
    {
        "url",
        "events_url",
        "stakeholders",
        "channel_prefix",
        "tag_prefix",
        "from_email",
        "service",
        "team",
        "team_id",
        "schedule",
    }
)


def check_integrations(integrations: Integrations, services: Services | None) -> Iterator[Finding]:
    """Every contradiction in `integrations`; `services` are those of services.toml, None where they can't be told."""
    for table in integrations.__struct_fields__:
        part = getattr(integrations, table)
        if part is not None:
            yield from _texts(table, part)
    for port in Port:
        tables = [one.table for one in integrations.configured(port)]
        for table in tables[1:]:
            yield table, f"Does the same as [{tables[0]}]. Keep one of them and take the other away."
    github = integrations.github
    for name, chat in (("slack", integrations.slack), ("chat_webhook", integrations.chat_webhook)):
        if chat is None or re.fullmatch(_CHANNEL_PREFIX, chat.channel_prefix):
            continue
        yield (
            f"{name}.channel_prefix",
            "No channel begins so. Write at most 40 small letters, digits, hyphens and underscores.",
        )
    if github and github.repository.strip() and not re.fullmatch(_REPOSITORY, github.repository):
        yield (
            "github.repository",
            f"{quote(github.repository)} is no repository. Write OWNER/NAME, without any address.",
        )
    yield from _addresses(integrations)
    if integrations.statuspage and services is not None:
        known = {service.name for service in services.services}
        for name, component in integrations.statuspage.components.items():
            place = join("statuspage.components", name)
            if name not in known:
                yield place, f"{quote(name)} is no service of services.toml. {nearest(name, known)}"
            if not component.strip():
                yield place, "Is empty. Write the component's id, or take the line away."


def _addresses(integrations: Integrations) -> Iterator[Finding]:
    """Who warroom acts as, where a pager wants to know."""
    pager, jira = integrations.pagerduty, integrations.jira_alerts
    acting = (
        ("pagerduty.from_email", pager.from_email if pager else "", "that of a PagerDuty user"),
        ("jira_alerts.email", jira.email.strip() if jira else "", "that of the API token's owner"),
    )
    for place, email, whose in acting:
        if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
            yield place, f"{quote(email)} is no e-mail address. Write {whose}."


def _texts(table: str, part: Struct) -> Iterator[Finding]:
    """What is wrong with single texts of one table, by their names."""
    for key in part.__struct_fields__:
        value, place = getattr(part, key), f"{table}.{key}"
        if not isinstance(value, str):
            continue
        if not value.strip():
            if key not in _MAY_BE_EMPTY:
                yield place, "Is empty. Write it, or take the whole table away: its work is then done by hand."
        elif key.endswith("_variable"):
            if not _is_variable(value):
                # Not quoted: it may be the secret itself, and this goes to screens and logs.
                yield (
                    place,
                    "Is no name of an environment variable, such as SLACK_BOT_TOKEN. If it is the secret itself: take "
                    "it out of the file, have it replaced, and write the variable's name.",
                )
        elif key in ("url", "events_url", "site", "address") and (sentence := _url(value)):
            yield place, sentence


def _is_variable(text: str) -> bool:
    """Capitals, digits and underscores; not a long row of letters and digits, as keys are."""
    return bool(re.fullmatch(_VARIABLE, text)) and not (
        len(text) >= 16 and "_" not in text and any(one.isdigit() for one in text)
    )


def _url(text: str) -> str:
    """What is wrong with an address; "" when nothing is. It is not quoted where it may hold a password."""
    from urllib.parse import urlsplit  # 15 ms on the way to the first paint, and few files name an address

    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "Is no address. Write one like https://host/path."
    if "@" in parts.netloc:
        return "Holds a name or password. Take it out: secrets are read from the environment alone."
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or re.search(r"\s", text):
        return f"{quote(text)} is no address. Write one like https://host/path."
    if parts.scheme == "http" and host not in _LOOPBACK:
        return f"{quote(text)} would send the token unencrypted. Write https://, or an address of this machine."
    return ""
