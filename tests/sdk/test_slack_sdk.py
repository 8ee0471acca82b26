"""slack_sdk on the embedded workspace: what a script does in the same incident, and the words it is refused with."""

from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.sdk.conftest import Cloud


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> WebClient:
    """As anyone would build it, but for the address."""
    return WebClient(token=cloud.secrets["slack"], base_url=cloud.url("slack") + "/")


def refused(call: Any) -> str:
    """The word that a call is refused with."""
    with pytest.raises(SlackApiError) as told:
        call()
    return str(told.value.response["error"])


def test_an_incident_from_channel_to_archive(client: WebClient, cloud: Cloud) -> None:
    """Form-encoded and JSON requests alike end in the channel: topic, people, messages, pins, bookmarks, its end."""
    about = client.auth_test()
    assert about["user_id"].startswith("U") and about["team_id"]
    made = client.conversations_create(name="inc-sdk-1", is_private=True)["channel"]
    number = made["id"]
    assert made["is_private"] and client.conversations_info(channel=number)["channel"]["name"] == "inc-sdk-1"
    client.conversations_setTopic(channel=number, topic="P0: payments")
    client.conversations_setPurpose(channel=number, purpose="to mend it")
    user = client.users_lookupByEmail(email="someone@example.com")["user"]["id"]
    client.conversations_invite(channel=number, users=[user])
    assert user in client.conversations_members(channel=number)["members"]
    said = client.chat_postMessage(channel=number, text="10 % on the hotfix")
    client.chat_update(channel=number, ts=said["ts"], text="25 % on the hotfix")
    answer = client.chat_postMessage(channel=number, text="looks well", thread_ts=said["ts"])
    client.pins_add(channel=number, timestamp=said["ts"])
    client.reactions_add(channel=number, timestamp=said["ts"], name="eyes")
    client.bookmarks_add(channel_id=number, title="board", type="link", link="https://status.example.com")
    assert [one["text"] for one in client.conversations_history(channel=number)["messages"]] == ["25 % on the hotfix"]
    thread = client.conversations_replies(channel=number, ts=said["ts"])["messages"]
    assert [one["ts"] for one in thread] == [said["ts"], answer["ts"]]
    assert client.pins_list(channel=number)["items"][0]["message"]["ts"] == said["ts"]
    assert client.bookmarks_list(channel_id=number)["bookmarks"][0]["title"] == "board"
    assert httpx.get(client.chat_getPermalink(channel=number, message_ts=said["ts"])["permalink"]).status_code == 200
    client.conversations_archive(channel=number)
    assert refused(lambda: client.chat_postMessage(channel=number, text="late")) == "is_archived"
    sent = [one.summary for one in cloud.emulator.stage.ledger.all("slack")]
    assert "opens private #inc-sdk-1" in sent and "archives #inc-sdk-1" in sent


@pytest.mark.filterwarnings("ignore:The top-level")
def test_blocks_stand_for_a_text(client: WebClient) -> None:
    """A message of blocks only is taken, from JSON and from a form; blocks that are none are refused."""
    number = client.conversations_create(name="inc-blocks")["channel"]["id"]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*rolled back*"}}]
    assert client.chat_postMessage(channel=number, blocks=blocks)["message"]["text"] == "*rolled back*"
    form = {"channel": number, "blocks": "[not json"}
    assert refused(lambda: client.api_call("chat.postMessage", data=form)) == "invalid_blocks"
    assert refused(lambda: client.chat_postMessage(channel=number, text="")) == "no_text"


def test_pages_are_walked_by_their_cursors(client: WebClient) -> None:
    """The client's own iteration over next_cursor finds every channel and every person once."""
    for count in range(4):
        client.conversations_create(name=f"page-{count}")
    found = [one["name"] for page in client.conversations_list(limit=2) for one in page["channels"]]
    assert len(found) == len(set(found)) and {f"page-{count}" for count in range(4)} <= set(found)
    people = [one["id"] for page in client.users_list(limit=3) for one in page["members"]]
    assert len(people) == len(set(people)) > 3
    assert refused(lambda: client.conversations_list(limit=1001)) == "invalid_limit"
    assert refused(lambda: client.conversations_list(cursor="dGVhbQ==")) == "invalid_cursor"


def test_archived_channels_can_be_left_out(client: WebClient) -> None:
    """exclude_archived, told as text by a query string, means what it says."""
    number = client.conversations_create(name="old-one")["channel"]["id"]
    client.conversations_archive(channel=number)
    assert refused(lambda: client.conversations_archive(channel=number)) == "already_archived"
    for leave_out in (False, True):
        shown = [one["id"] for one in client.conversations_list(exclude_archived=leave_out)["channels"]]
        assert (number in shown) is not leave_out
    client.conversations_unarchive(channel=number)


def test_scopes_stand_in_the_headers(client: WebClient) -> None:
    """x-oauth-scopes says what the token may, x-accepted-oauth-scopes what the method needs."""
    headers = {key.lower(): value for key, value in client.conversations_list().headers.items()}
    assert "chat:write" in headers["x-oauth-scopes"].split(",")
    assert headers["x-accepted-oauth-scopes"] == "channels:read,groups:read"


@pytest.mark.parametrize("with_token", ["header", "argument"])
def test_the_token_may_stand_in_header_or_arguments(cloud: Cloud, with_token: str) -> None:
    """As Slack takes it; a wrong one is invalid_auth, none is not_authed, always with HTTP 200."""
    url, token = cloud.url("slack") + "/auth.test", cloud.secrets["slack"]

    def ask(value: str) -> Any:
        if with_token == "header":
            return httpx.post(url, headers={"authorization": f"Bearer {value}"})
        return httpx.post(url, data={"token": value})

    assert ask(token).json()["ok"]
    assert (ask("xoxb-wrong").status_code, ask("xoxb-wrong").json()["error"]) == (200, "invalid_auth")
    assert httpx.post(url).json()["error"] == "not_authed"


def test_words_of_refusal(client: WebClient) -> None:
    """Each refusal has Slack's own word."""
    number = client.conversations_create(name="words")["channel"]["id"]
    table: dict[str, Any] = {
        "unknown_method": lambda: client.api_call("conversations.teleport"),
        "name_taken": lambda: client.conversations_create(name="words"),
        "invalid_name_specials": lambda: client.conversations_create(name="Not So"),
        "invalid_name_maxlength": lambda: client.conversations_create(name="n" * 81),
        "channel_not_found": lambda: client.conversations_info(channel="C0"),
        "users_not_found": lambda: client.users_lookupByEmail(email="nobody@example.com"),
        "user_not_found": lambda: client.conversations_invite(channel=number, users="U0"),
        "cant_invite_self": lambda: client.conversations_invite(channel=number, users=client.auth_test()["user_id"]),
        "too_long": lambda: client.conversations_setTopic(channel=number, topic="t" * 251),
        "message_not_found": lambda: client.chat_update(channel=number, ts="1.1", text="x"),
        "thread_not_found": lambda: client.chat_postMessage(channel=number, text="x", thread_ts="1.1"),
        "invalid_link": lambda: client.bookmarks_add(channel_id=number, title="t", type="link", link="x"),
        "not_archived": lambda: client.conversations_unarchive(channel=number),
    }
    assert {word: refused(call) for word, call in table.items()} == {word: word for word in table}


def test_too_many_messages_are_told_with_retry_after(client: WebClient, cloud: Cloud) -> None:
    """429 with ratelimited and the seconds to wait, after which the same call is taken."""
    number = client.conversations_create(name="busy")["channel"]["id"]
    with pytest.raises(SlackApiError) as told:
        for count in range(10):
            client.chat_postMessage(channel=number, text=f"message {count}")
    assert (told.value.response.status_code, told.value.response["error"]) == (429, "ratelimited")
    cloud.clock.advance(float(told.value.response.headers["Retry-After"]))
    assert client.chat_postMessage(channel=number, text="again")["ok"]
