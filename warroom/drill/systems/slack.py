"""Slack's Web API as the embedded cloud has it: channels, messages, pins, and `ok: false` with HTTP 200."""

import re
from collections.abc import Awaitable, Callable, Sequence
from html import unescape
from typing import Any

from msgspec import Struct, field, to_builtins

from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage
from warroom.drill.systems.rate_limit import Limit
from warroom.drill.systems.responders import number_of

LONGEST_NAME = 80
LONGEST_TOPIC = 250
LONGEST_POST = 40_000
LONGEST_EDIT = 4_000
MOST_INVITED = 1000
PAGE = 100
BOT = "UWARROOM0"

SCOPES = (
    "channels:join", "channels:manage", "channels:read", "chat:write", "groups:read", "groups:write", "pins:write",
    "users:read", "users:read.email",
)  # fmt: skip
"""What the token of a drill may do."""

_NAME = re.compile(r"[a-z0-9_-]+")


class Message(Struct):
    """One message; `thread` is the message that it answers."""

    ts: str
    text: str
    thread: str = ""
    edited: bool = False
    pinned: bool = False
    reactions: list[str] = field(default_factory=list)


class Channel(Struct):
    """One channel; the app is one of `members`."""

    id: str
    name: str
    is_private: bool = False
    topic: str = ""
    purpose: str = ""
    created: float = 0.0
    archived: bool = False
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    bookmarks: list[dict[str, str]] = field(default_factory=list)


class Slack:
    """One workspace."""

    name = "slack"
    prefixes: Sequence[str] = (PREFIXES["slack"], "/slack")

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.channels: dict[str, Channel] = {}
        self.scopes: tuple[str, ...] = SCOPES
        self._limits: dict[str, Limit] = {}
        self._edits = Limit(stage.clock, 50 / 60, 50)
        self._count = 0
        self.add_channel(stage.cast.ids.get("slack.stakeholders", "") or "releases")

    def add_channel(self, name: str, *, private: bool = False, member: bool = True) -> Channel:
        """A channel more; `member` says whether the app is in it."""
        name = name.lstrip("#")
        made = Channel(number_of("C", name), name, private, created=self._stage.clock.now())
        made.members = [BOT] if member else []
        self.channels[made.id] = made
        return made

    def shown(self, channel: Channel) -> dict[str, Any]:
        """A channel as the API shows it."""
        return _shown(channel)

    def routes(self) -> Sequence[Route]:
        """The methods that warroom uses."""
        posts: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "auth.test": self._auth_test,
            "conversations.create": self._create,
            "conversations.join": self._join,
            "conversations.setTopic": self._set_topic,
            "conversations.invite": self._invite,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "pins.add": self._pin,
        }
        reads = {"users.lookupByEmail": self._lookup, "conversations.list": self._list}
        base = PREFIXES["slack"]
        return [
            *(("POST", f"{base}/{name}", self._method(handler)) for name, handler in posts.items()),
            *(("GET", f"{base}/{name}", self._method(handler)) for name, handler in reads.items()),
            ("GET", "/slack/archives/{channel}", self._archive),
            ("GET", "/slack/archives/{channel}/{message}", self._archive),
        ]

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """`ok: false`, with HTTP 200 where Slack itself fails with a word."""
        if error and code in (200, 500):
            return _no(error)
        if code == 429:
            headers = {"Retry-After": f"{retry_after_seconds:.0f}"}
            return Reply({"ok": False, "error": "ratelimited"}, 429, headers, refused="ratelimited")
        return Reply({"ok": False, "error": error or "internal_error"}, code, refused=error or f"HTTP {code}")

    def _method(self, handler: Callable[[dict[str, Any]], Reply]) -> Callable[[Call], Awaitable[Reply]]:
        async def answer(call: Call) -> Reply:
            token = call.headers.get("Authorization", "")
            if not token:
                return _no("not_authed")
            if token != f"Bearer {self._stage.secrets['slack']}":
                return _no("invalid_auth")
            if call.method == "GET":
                return handler(dict(call.query))
            body = call.body if call.body is not None else {}
            return handler(body) if isinstance(body, dict) else _no("json_not_object")

        return answer

    def _auth_test(self, asked: dict[str, Any]) -> Reply:
        del asked
        told = {"url": f"http://{self._stage.http}/slack/", "team": "Drill", "user": "warroom", "user_id": BOT}
        return Reply({"ok": True, **told}, headers={"X-OAuth-Scopes": ",".join(self.scopes)}, reads=True)

    def _create(self, asked: dict[str, Any]) -> Reply:
        name = asked.get("name")
        if not isinstance(name, str) or not name:
            return _no("invalid_name_required")
        if wrong := self._wrong_name(name):
            return _no(wrong, f"opens #{name}" if wrong == "name_taken" else "")
        private = bool(asked.get("is_private"))
        made = self.add_channel(name, private=private)
        return _yes({"channel": _shown(made)}, f"opens {'private ' if private else ''}#{name}")

    def _wrong_name(self, name: str) -> str:
        """Why a channel can't be called so, in Slack's word; "" when it can."""
        if not name:
            return "invalid_name_required"
        if len(name) > LONGEST_NAME:
            return "invalid_name_maxlength"
        if not _NAME.fullmatch(name):
            return "invalid_name_specials"
        return "name_taken" if any(one.name == name for one in self.channels.values()) else ""

    def _join(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if channel.archived:
            return _no("is_archived")
        if BOT not in channel.members:
            channel.members.append(BOT)
        return _yes({"channel": _shown(channel)}, f"joins #{channel.name}")

    def _set_topic(self, asked: dict[str, Any]) -> Reply:
        channel, topic = self._channel(asked), _text(asked, "topic")
        if len(topic) > LONGEST_TOPIC:
            return _no("too_long")
        channel.topic = topic
        return _yes({"topic": topic}, f"#{channel.name}, topic: {topic}")

    def _lookup(self, asked: dict[str, Any]) -> Reply:
        person = self._stage.people.find(_text(asked, "email"))
        if person is None:
            return _no("users_not_found")
        profile = {"email": person.email, "real_name": person.name}
        return _yes({"user": {"id": number_of("U", person.email), "name": person.handle, "profile": profile}})

    def _invite(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        users = _text(asked, "users").split(",")
        if len(users) > MOST_INVITED:
            return _no("too_many_users")
        errors = [{"user": one, "ok": False, "error": self._unwelcome(channel, one)} for one in users]
        bad = [one for one in errors if one["error"]]
        if bad and (not asked.get("force") or len(bad) == len(users)):
            return Reply({"ok": False, "error": bad[0]["error"], "errors": bad}, refused=str(bad[0]["error"]))
        welcome = [one for one in users if not self._unwelcome(channel, one)]
        channel.members.extend(welcome)
        people = [self._stage.people.number(one) for one in welcome]
        names = ", ".join(one.handle for one in people if one is not None)
        return _yes({"channel": _shown(channel)}, f"#{channel.name}: invites {names}")

    def _unwelcome(self, channel: Channel, user: str) -> str:
        if user == BOT:
            return "cant_invite_self"
        if user in channel.members:
            return "already_in_channel"
        return "" if self._stage.people.number(user) else "user_not_found"

    def _post(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, named=True)
        text = asked.get("text")
        if not isinstance(text, str) or not text.strip():
            return _no("no_text")
        if len(text) > LONGEST_POST:
            return _no("msg_too_long")
        thread = str(asked.get("thread_ts") or "")
        if thread and thread not in channel.messages:
            return _no("thread_not_found")
        wait = self._limits.setdefault(channel.id, Limit(self._stage.clock, 1.0, 3)).wait()
        if wait:
            return self.failure(429, "", wait)
        self._count += 1
        ts = f"{int(self._stage.clock.now())}.{self._count:06d}"
        channel.messages[ts] = Message(ts, text, thread)
        return _yes(
            {"channel": channel.id, "ts": ts, "message": {"text": text, "ts": ts}},
            f"#{channel.name}{', thread' if thread else ''}: {text}",
        )

    def _update(self, asked: dict[str, Any]) -> Reply:
        channel, text = self._channel(asked), asked.get("text")
        message = channel.messages.get(_text(asked, "ts"))
        if message is None:
            return _no("message_not_found")
        if not isinstance(text, str) or not text.strip():
            return _no("no_text")
        if len(text) > LONGEST_EDIT:
            return _no("msg_too_long")
        if wait := self._edits.wait():
            return self.failure(429, "", wait)
        message.text, message.edited = text, True
        return _yes({"channel": channel.id, "ts": message.ts, "text": text}, f"#{channel.name}, edited: {text}")

    def _pin(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        message = channel.messages.get(_text(asked, "timestamp"))
        if message is None:
            return _no("message_not_found")
        if message.pinned:
            return _no("already_pinned", f"#{channel.name}: pins again")
        message.pinned = True
        return _yes({}, f"#{channel.name}, pinned: {message.text}")

    def _list(self, asked: dict[str, Any]) -> Reply:
        kinds = asked.get("types", "public_channel").split(",")
        found = [
            one
            for one in self.channels.values()
            if ("private_channel" in kinds and BOT in one.members if one.is_private else "public_channel" in kinds)
        ]
        if asked.get("exclude_archived") == "true":
            found = [one for one in found if not one.archived]
        start = int(asked.get("cursor") or 0)
        end = start + min(int(asked.get("limit") or PAGE), PAGE)
        more = {"next_cursor": str(end) if end < len(found) else ""}
        return _yes({"channels": [_shown(one) for one in found[start:end]], "response_metadata": more})

    async def _archive(self, call: Call) -> Reply:
        """What stands in a channel: where a message's link leads in a drill."""
        channel = self.channels.get(call.match["channel"])
        return Reply(to_builtins(channel)) if channel else Reply({"error": "no such channel"}, 404)

    def _channel(self, asked: dict[str, Any], *, joined: bool = True, named: bool = False) -> Channel:
        wanted = _text(asked, "channel")
        channel = self.channels.get(wanted)
        if channel is None and named:
            channel = next((one for one in self.channels.values() if one.name == wanted.lstrip("#")), None)
        if channel is None or (channel.is_private and BOT not in channel.members):
            raise Refusal(_no("channel_not_found"))
        if joined and BOT not in channel.members:
            raise Refusal(_no("not_in_channel"))
        if joined and channel.archived:
            raise Refusal(_no("is_archived"))
        return channel


def _text(asked: dict[str, Any], key: str) -> str:
    value = asked.get(key)
    if not isinstance(value, str) or not value:
        told = {"messages": [f"[ERROR] missing required field: {key}"]}
        body = {"ok": False, "error": "invalid_arguments", "response_metadata": told}
        raise Refusal(Reply(body, refused=f"invalid_arguments: {key}"))
    return value


def _yes(told: dict[str, Any], summary: str = "") -> Reply:
    return Reply({"ok": True, **told}, summary=unescape(summary))


def _no(error: str, summary: str = "") -> Reply:
    told = {"needed": "the scope of this method", "provided": "chat:write"} if error == "missing_scope" else {}
    return Reply({"ok": False, "error": error, **told}, summary=summary, refused=error)


def _shown(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": int(channel.created),
        "creator": BOT,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_member": BOT in channel.members,
        "is_archived": channel.archived,
        "topic": _about(channel, channel.topic),
        "purpose": _about(channel, channel.purpose),
        "num_members": len(channel.members),
    }


def _about(channel: Channel, value: str) -> dict[str, Any]:
    return {"value": value, "creator": BOT if value else "", "last_set": int(channel.created) if value else 0}
