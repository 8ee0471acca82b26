"""integrations.toml: each fault is told at its place, and no secret is repeated."""

# ruff: noqa: E501 — a case is a row of a table, and rows are not folded.

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from warroom.protocol.checks.problem import Problem
from warroom.resources import config_directory

Tables = dict[str, dict[str, Any]]
Complain = Callable[[Tables], tuple[Problem, ...]]

CASES = {
    # what is changed, where it is told, and words of the sentence
    "slack-token": (("slack", "token_variable", "xoxb-1234-abcd"), "slack.token_variable", "have it replaced"),
    "github-token": (("github", "token_variable", "ghp_AbCdEfGh0123"), "github.token_variable", "have it replaced"),
    "routing-key": (("pagerduty", "routing_key_variable", "R0123456789ABCDEF0123456789ABCDE"), "pagerduty.routing_key_variable", "environment variable"),
    "dollar": (("launchdarkly", "token_variable", "$LAUNCHDARKLY_TOKEN"), "launchdarkly.token_variable", "such as SLACK_BOT_TOKEN"),
    "no-variable": (("statuspage", "token_variable", ""), "statuspage.token_variable", "Is empty"),
    "plaintext": (("github", "url", "http://ghe.example.com/api/v3"), "github.url", "unencrypted"),
    "no-scheme": (("statuspage", "url", "api.example.com"), "statuspage.url", "https://host/path"),
    "other-scheme": (("slack", "url", "file:///etc/passwd"), "slack.url", "is no address"),
    "password": (("pagerduty", "events_url", "https://me:hunter2@example.com"), "pagerduty.events_url", "password"),
    "port": (("cloud_sql", "url", "https://host:port"), "cloud_sql.url", "Is no address"),
    "query": (("slack", "url", "https://host/?a=b"), "slack.url", "is no address"),
    "repository": (("github", "repository", "https://github.com/shop/api"), "github.repository", "OWNER/NAME"),
    "no-owner": (("github", "repository", "payments-api"), "github.repository", "OWNER/NAME"),
    "component": (("statuspage", "components", {"payment-api": "c"}), "statuspage.components.payment-api", "Did you mean payments-api?"),
    "no-component": (("statuspage", "components", {"payments-api": " "}), "statuspage.components.payments-api", "Is empty"),
    "channel": (("slack", "channel_prefix", "Incident "), "slack.channel_prefix", "small letters"),
    "email": (("pagerduty", "from_email", "the release manager"), "pagerduty.from_email", "e-mail"),
    "no-instance": (("cloud_sql", "instance", " "), "cloud_sql.instance", "by hand"),
    "placeholder": (("cloud_sql", "project", "[project]"), "cloud_sql.project", "placeholder"),
    "unknown-key": (("github", "repo", "x"), "github.repo", "Did you mean repository?"),
    "no-repository": (("github", "repository", None), "github.repository", "Missing"),
}  # fmt: skip


@pytest.fixture
def shipped(tables: Tables) -> Tables:
    """The shipped configuration with its integrations."""
    text = (config_directory() / "integrations.toml").read_text(encoding="utf-8")
    return {**tables, "integrations": tomllib.loads(text)}


def test_the_shipped_one_is_fine(shipped: Tables, problems: Complain) -> None:
    """As is one without any table, one on this machine, and variables of other names."""
    assert problems(shipped) == ()
    shipped["integrations"]["github"] |= {"url": "http://127.0.0.1:8085/github", "token_variable": "MY_TOKEN_2"}
    shipped["integrations"]["slack"] |= {"url": "https://slack.example.com/api", "token_variable": "TOKEN"}
    assert problems(shipped) == ()
    shipped["integrations"] = {}
    assert problems(shipped) == ()


@pytest.mark.parametrize("name", CASES)
def test_each_is_told_at_its_place(name: str, shipped: Tables, problems: Complain) -> None:
    """One change, one problem, with what to do."""
    (table, key, value), path, words = CASES[name]
    if value is None:
        del shipped["integrations"][table][key]
    else:
        shipped["integrations"][table][key] = value
    (told,) = problems(shipped)
    assert (told.file, told.path) == ("integrations.toml", path)
    assert words in told.sentence


JIRA = {"site": "https://shop.atlassian.net", "cloud_id": "c-1", "email": "bot@example.com"}


@pytest.mark.parametrize(
    ("more", "path", "words"),
    [
        ({"email": "the bot"}, "jira_alerts.email", "e-mail"),
        ({"site": "http://shop.atlassian.net"}, "jira_alerts.site", "unencrypted"),
        ({"cloud_id": " "}, "jira_alerts.cloud_id", "Is empty"),
        ({"token_variable": "ATATT3xFfGF0abc"}, "jira_alerts.token_variable", "have it replaced"),
    ],
)
def test_another_pager(more: dict[str, str], path: str, words: str, shipped: Tables, problems: Complain) -> None:
    """It is looked at like the first, and stands in its place, not beside it."""
    shipped["integrations"]["jira_alerts"] = JIRA
    (told,) = problems(shipped)
    assert told.path == "jira_alerts" and "the same as [pagerduty]" in told.sentence
    del shipped["integrations"]["pagerduty"]
    assert problems(shipped) == ()
    shipped["integrations"]["jira_alerts"] = JIRA | more
    (told,) = problems(shipped)
    assert told.path == path and words in told.sentence


@pytest.mark.parametrize(
    ("table", "more", "path", "words"),
    [
        ("chat_webhook", {"address": ""}, "chat_webhook.address", "Is empty"),
        ("chat_webhook", {"channel_prefix": "A b"}, "chat_webhook.channel_prefix", "small letters"),
        ("pager_webhook", {"address": "http://example.com/x"}, "pager_webhook.address", "unencrypted"),
        ("pager_webhook", {"address": "https://example.com/x?key=1"}, "pager_webhook.address", "is no address"),
        ("pager_webhook", {"secret_variable": "s3cret"}, "pager_webhook.secret_variable", "have it replaced"),
    ],
)
def test_webhooks(table: str, more: dict[str, str], path: str, words: str, shipped: Tables, problems: Complain) -> None:
    """In place of chat and pager; an address that could be overheard, or holds a secret, is refused."""
    own = shipped["integrations"]
    del own["slack"], own["pagerduty"]
    own |= {one: {"address": "https://hooks.example.com/x"} for one in ("chat_webhook", "pager_webhook")}
    assert problems(shipped) == ()
    own[table] |= more
    (told,) = problems(shipped)
    assert told.path == path and words in told.sentence


@pytest.mark.parametrize(
    "secret", ["xoxb-1234-abcd", "ghp_AbCdEfGh0123", "R0123456789ABCDEF0123456789ABCDE", "\x1b[2J"]
)
def test_a_pasted_secret_is_never_repeated(secret: str, shipped: Tables, problems: Complain) -> None:
    """Problems go to screens, logs and tickets."""
    shipped["integrations"]["slack"]["token_variable"] = secret
    shipped["integrations"]["slack"]["url"] = f"https://{'x'}:{'hunter2'}@example.com"
    told = " ".join(map(str, problems(shipped)))
    assert secret not in told and "hunter2" not in told and told.isprintable()


def test_services_that_cannot_be_told_are_not_held_against_it(shipped: Tables, problems: Complain) -> None:
    """A broken services.toml is its own problem."""
    shipped["services"]["services"] = "none"
    assert {one.file for one in problems(shipped)} == {"services.toml"}
