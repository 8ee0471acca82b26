"""What the embedded workspace reads of a request, and how it shows people and messages; the scopes of its methods."""

import json
from collections.abc import Sequence
from typing import Any

from warroom.drill.scenario.directory import Person
from warroom.drill.systems.mount import Call, Refusal, Reply
from warroom.drill.systems.responders import number_of
from warroom.drill.systems.slack import BOT, Message

MOST_PER_PAGE = 1000
TEAM = "TWARROOM0"

SCOPES = {
    "auth.test": "",
    "api.test": "",
    "conversations.create": "channels:manage,groups:write",
    "conversations.join": "channels:join",
    "conversations.archive": "channels:manage,groups:write",
    "conversations.unarchive": "channels:manage,groups:write",
    "conversations.setTopic": "channels:manage,groups:write",
    "conversations.setPurpose": "channels:manage,groups:write",
    "conversations.rename": "channels:manage,groups:write",
    "conversations.invite": "channels:manage,groups:write",
    "conversations.kick": "channels:manage,groups:write",
    "conversations.leave": "channels:manage,groups:write",
    "conversations.list": "channels:read,groups:read",
    "conversations.info": "channels:read,groups:read",
    "conversations.members": "channels:read,groups:read",
    "conversations.history": "channels:history,groups:history",
    "conversations.replies": "channels:history,groups:history",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.getPermalink": "",
    "users.lookupByEmail": "users:read.email",
    "users.info": "users:read",
    "users.list": "users:read",
    "pins.add": "pins:write",
    "pins.remove": "pins:write",
    "pins.list": "pins:read",
    "bookmarks.add": "bookmarks:write",
    "bookmarks.list": "bookmarks:read",
    "reactions.add": "reactions:write",
    "team.info": "team:read",
}
"""What each method needs, as its answers' x-accepted-oauth-scopes say it."""

GRANTED = tuple(sorted({scope for needed in SCOPES.values() for scope in needed.split(",") if scope}))
"""What the drill's token may."""

_SWITCHES = ("is_private", "force", "exclude_archived", "inclusive", "reply_broadcast", "unfurl_links", "mrkdwn")
_LISTS = ("blocks", "attachments")


def arguments(call: Call) -> dict[str, Any]:
    """What was asked, wherever it stood: query, form or JSON; texts that mean yes, no, a number or a list are that."""
    if call.body is not None and not isinstance(call.body, dict):
        raise Refusal(no("json_not_object"))
    asked: dict[str, Any] = {**call.query, **(call.body or {})}
    for key in _SWITCHES:
        if isinstance(asked.get(key), str):
            asked[key] = asked[key].lower() in ("1", "true")
    for key in _LISTS:
        if isinstance(asked.get(key), str):
            try:
                asked[key] = json.loads(asked[key] or "[]")
            except ValueError:
                raise Refusal(no(f"invalid_{key}" if key == "blocks" else "invalid_attachments")) from None
    limit = str(asked.get("limit", 1))
    if not (limit.isascii() and limit.isdigit() and 0 <= int(limit) <= MOST_PER_PAGE):
        raise Refusal(no("invalid_limit"))
    cursor = str(asked.get("cursor") or "0")
    if not (cursor.isascii() and cursor.isdigit()):
        raise Refusal(no("invalid_cursor"))
    return asked


def page(rows: Sequence[Any], asked: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Some of the rows, and the cursor of the next; a client that asks for no number gets a hundred."""
    start = int(asked.get("cursor") or 0)
    end = start + (int(asked.get("limit") or 0) or 100)
    return list(rows[start:end]), {"response_metadata": {"next_cursor": str(end) if end < len(rows) else ""}}


def words(asked: dict[str, Any]) -> str:
    """The text of a message that has blocks or attachments only."""
    found = []
    for one in [*(asked.get("blocks") or []), *(asked.get("attachments") or [])]:
        said = one.get("text") or one.get("fallback") if isinstance(one, dict) else ""
        found.append(str(said.get("text", "")) if isinstance(said, dict) else str(said or ""))
    return "\n".join(part for part in found if part)


def message(one: Message) -> dict[str, Any]:
    """A message as the API shows it."""
    told: dict[str, Any] = {"type": "message", "user": BOT, "bot_id": "BWARROOM0", "text": one.text, "ts": one.ts}
    if one.thread:
        told["thread_ts"] = one.thread
    if one.edited:
        told["edited"] = {"user": BOT, "ts": one.ts}
    if one.reactions:
        told["reactions"] = [{"name": name, "count": 1, "users": [BOT]} for name in one.reactions]
    return told


def shown_person(person: Person) -> dict[str, Any]:
    """Somebody as the API shows them."""
    name = person.name or person.handle
    profile = {"email": person.email, "real_name": name, "display_name": person.handle.lstrip("@")}
    about = {"id": number_of("U", person.email), "team_id": TEAM, "name": person.handle.lstrip("@"), "real_name": name}
    return {**about, "deleted": False, "is_bot": False, "profile": profile}


def yes(told: dict[str, Any], summary: str = "") -> Reply:
    """`ok: true`."""
    return Reply({"ok": True, **told}, summary=summary)


def no(error: str) -> Reply:
    """`ok: false`, with the word for why."""
    return Reply({"ok": False, "error": error}, refused=error)
