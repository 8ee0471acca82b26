"""Every refusal that a system's own description lists for a call of ours has words of its own, here and in the docs."""

import json
from pathlib import Path

import pytest

from tests.contract.descriptions import description, refusals
from warroom.services.errors import ServiceError
from warroom.services.systems.pagerduty_types import IncidentBody, Reference, ServiceBody, User
from warroom.services.systems.slack import SCOPES
from warroom.services.systems.slack_errors import SAID
from warroom.services.systems.wire.refused import GENERAL, OF_SYSTEM, refusal, row_of

DOCS = Path(__file__).parents[2] / "docs" / "outside.md"
REPO = "/repos/{owner}/{repo}"

CALLS = [
    ("GitHub", "github", "GET", REPO),
    ("GitHub", "github", "GET", f"{REPO}/git/matching-refs/{{ref}}"),
    ("GitHub", "github", "GET", f"{REPO}/git/ref/{{ref}}"),
    ("GitHub", "github", "GET", f"{REPO}/git/tags/{{tag_sha}}"),
    ("GitHub", "github", "POST", f"{REPO}/git/refs"),
    ("GitHub", "github", "GET", f"{REPO}/compare/{{basehead}}"),
    ("GitHub", "github", "GET", f"{REPO}/pulls"),
    ("GitHub", "github", "POST", f"{REPO}/pulls"),
    ("GitHub", "github", "GET", f"{REPO}/pulls/{{pull_number}}/reviews"),
    ("GitHub", "github", "GET", f"{REPO}/commits/{{ref}}/status"),
    ("GitHub", "github", "GET", f"{REPO}/branches/{{branch}}"),
    ("GitHub", "github", "POST", f"{REPO}/issues/{{issue_number}}/comments"),
    ("PagerDuty", "pagerduty-rest", "GET", "/oncalls"),
    ("PagerDuty", "pagerduty-rest", "GET", "/incidents"),
    ("PagerDuty", "pagerduty-rest", "PUT", "/incidents/{id}"),
    ("PagerDuty", "pagerduty-rest", "POST", "/incidents/{id}/responder_requests"),
    ("PagerDuty", "pagerduty-rest", "POST", "/incidents/{id}/notes"),
    ("PagerDuty", "pagerduty-events-v2", "POST", "/enqueue"),
    ("PagerDuty", "pagerduty-events-v2", "POST", "/change/enqueue"),
    ("Statuspage", "statuspage", "GET", "/pages/{page_id}"),
    ("Statuspage", "statuspage", "POST", "/pages/{page_id}/incidents"),
    ("LaunchDarkly", "launchdarkly", "PATCH", "/api/v2/flags/{projectKey}/{featureFlagKey}"),
    ("LaunchDarkly", "launchdarkly", "GET", "/api/v2/projects/{projectKey}/environments/{environmentKey}"),
]
"""System, its description, and the calls that warroom makes of it."""


@pytest.mark.parametrize(("system", "name", "method", "path"), CALLS, ids=[" ".join(call[1:]) for call in CALLS])
def test_each_documented_refusal_has_words(system: str, name: str, method: str, path: str) -> None:
    """None is only told by its number; each has a remedy, and the docs have the row."""
    told = DOCS.read_text(encoding="utf-8")
    for status in refusals(name, method, path):
        error = refusal(system, status, {}, b'{"message":"why"}', method)
        assert isinstance(error, ServiceError)
        assert error.remedy and error.detail == "why"
        if status < 500:
            assert f"HTTP {status}" not in error.title, f"{status} of {method} {path} has no words"
            row = row_of(system, status)
            assert row is not None
            assert line(system if status in OF_SYSTEM.get(system, {}) else "any", status) in told


def line(system: str, status: int) -> str:
    """A row of docs/outside.md, as the code's table has it."""
    row = OF_SYSTEM[system][status] if system in OF_SYSTEM else GENERAL[status]
    title = row.title.format("It" if system == "any" else system)
    return f"| {system} | {status} | {title} | {row.remedy.format('', ' Try again in … s.')} |"


def test_the_docs_have_the_whole_table() -> None:
    """Each row of the code's stands in docs/outside.md, word for word; so do Slack's words and scopes."""
    told = DOCS.read_text(encoding="utf-8")
    rows = [("any", status) for status in GENERAL]
    rows += [(system, status) for system, table in OF_SYSTEM.items() for status in table]
    missing = [line(system, status) for system, status in rows if line(system, status) not in told]
    assert not missing, "\n".join(missing)
    words = [f"| `{word}` | {title} | {remedy} |" for word, (_, title, remedy) in SAID.items()]
    assert not (lost := [one for one in words if one not in told]), "\n".join(lost)
    assert not [scope for scope in SCOPES if f"`{scope}`" not in told]


def test_fields_that_may_be_null_are_read() -> None:
    """What PagerDuty's description calls nullable, of what warroom reads: null is taken, and shown as what is there."""
    reference = json.dumps(description("pagerduty-rest"))
    assert '"summary": {"type": "string", "nullable": true' in reference.replace("\n", "")
    user = User("PU1", summary=None, name=None, email=None)
    assert user.called == "PU1"
    assert Reference("R", summary=None).summary is None
    assert ServiceBody("S", Reference("E"), summary=None).summary is None
    assert IncidentBody("I", "triggered", html_url=None).html_url is None


def test_slack_s_documented_words_are_told() -> None:
    """Those that the description of our methods lists and that say something to the operator."""
    paths = description("slack-2021")["paths"]
    ours = ("conversations.create", "conversations.invite", "conversations.setTopic", "chat.postMessage", "chat.update")
    documented: set[str] = set()
    for method in ours:
        for call in paths[f"/{method}"].values():
            for answer in call["responses"].values():
                error = answer.get("schema", {}).get("properties", {}).get("error", {})
                documented |= set(error.get("enum", ()))
    said = {"missing_scope", "name_taken", "restricted_action", "channel_not_found", "user_not_found", "not_in_channel"}
    said |= {"is_archived", "msg_too_long", "no_text", "not_authed", "invalid_auth", "account_inactive"}
    said |= {"message_not_found", "cant_update_message", "edit_window_closed", "token_revoked"}
    assert said <= documented
    assert said <= set(SAID)
