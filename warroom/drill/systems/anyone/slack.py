"""The workspace for anyone's client: forms, query strings, scopes in the headers, the methods around an incident."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec.structs import replace
from multidict import CIMultiDict

from warroom.drill.scenario.directory import PREFIXES, Person
from warroom.drill.systems.mount import Call, Refusal, Reply, Route
from warroom.drill.systems.responders import number_of
from warroom.drill.systems.slack import BOT, LONGEST_TOPIC, Message, Slack

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

GRANTED = ",".join(sorted({scope for needed in SCOPES.values() for scope in needed.split(",") if scope}))
"""What the drill's token may."""

_SWITCHES = ("is_private", "force", "exclude_archived", "inclusive", "reply_broadcast", "unfurl_links", "mrkdwn")
_LISTS = ("blocks", "attachments")


class Workspace(Slack):
    """The workspace that warroom uses, with what other scripts of the same incident do in it."""

    takes_forms = True

    def routes(self) -> Sequence[Route]:
        """Every method by GET and by POST, as Slack takes them; what it does not have is an unknown_method."""
        methods: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "api.test": lambda asked: _yes({"args": asked}),
            "auth.test": self._auth_test,
            "conversations.create": self._create,
            "conversations.join": self._join,
            "conversations.setTopic": self._set_topic,
            "conversations.setPurpose": self._set_purpose,
            "conversations.invite": self._invite,
            "conversations.kick": self._kick,
            "conversations.leave": self._leave,
            "conversations.rename": self._rename,
            "conversations.archive": self._archive_channel,
            "conversations.unarchive": self._unarchive,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "conversations.members": self._members,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.getPermalink": self._permalink,
            "users.lookupByEmail": self._lookup,
            "users.info": self._user,
            "users.list": self._users,
            "pins.add": self._pin,
            "pins.remove": self._unpin,
            "pins.list": self._pins,
            "bookmarks.add": self._bookmark,
            "bookmarks.list": self._bookmarks,
            "reactions.add": self._react,
            "team.info": self._team,
        }
        base = PREFIXES["slack"]
        rest = [route for route in super().routes() if not route[1].startswith(f"{base}/")]
        return [
            *(("POST", f"{base}/{name}", self._told(name, handler)) for name, handler in methods.items()),
            *(("GET", f"{base}/{name}", self._told(name, handler)) for name, handler in methods.items()),
            ("*", base + "/{method}", self._unknown),
            *rest,
        ]

    def _told(self, name: str, handler: Callable[[dict[str, Any]], Reply]) -> Callable[[Call], Awaitable[Reply]]:
        async def answer(call: Call) -> Reply:
            try:
                asked = _arguments(call)
                headers = CIMultiDict(call.headers)
                if (token := asked.pop("token", None)) and "Authorization" not in headers:
                    headers["Authorization"] = f"Bearer {token}"
                reply = await self._method(handler)(replace(call, method="POST", body=asked, headers=headers))
            except Refusal as refusal:
                reply = refusal.reply
            told = {"X-OAuth-Scopes": GRANTED, "X-Accepted-OAuth-Scopes": SCOPES[name]}
            reads = reply.reads or (reply.status == 200 and not reply.summary and not reply.refused)
            return replace(reply, headers={**reply.headers, **told}, reads=reads)

        return answer

    async def _unknown(self, call: Call) -> Reply:
        told = [f"[ERROR] the embedded workspace has no method {call.match['method']}"]
        answer = {"ok": False, "error": "unknown_method", "req_method": call.match["method"]}
        return Reply({**answer, "response_metadata": {"messages": told}}, refused="unknown_method")

    def _auth_test(self, asked: dict[str, Any]) -> Reply:
        reply = super()._auth_test(asked)
        return replace(
            reply, body={**reply.body, "team_id": TEAM, "bot_id": "BWARROOM0", "is_enterprise_install": False}
        )

    def _set_purpose(self, asked: dict[str, Any]) -> Reply:
        channel, purpose = self._channel(asked), str(asked.get("purpose") or "")
        if len(purpose) > LONGEST_TOPIC:
            return _no("too_long")
        channel.purpose = purpose
        return _yes({"purpose": purpose}, f"#{channel.name}, purpose: {purpose}")

    def _kick(self, asked: dict[str, Any]) -> Reply:
        channel, user = self._channel(asked), str(asked.get("user") or "")
        if user == BOT:
            return _no("cant_kick_self")
        if self._stage.people.number(user) is None:
            return _no("user_not_found")
        if user not in channel.members:
            return _no("not_in_channel")
        channel.members.remove(user)
        return _yes({}, f"#{channel.name}: removes {user}")

    def _leave(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if BOT not in channel.members:
            return _yes({"not_in_channel": True})
        channel.members.remove(BOT)
        return _yes({}, f"leaves #{channel.name}")

    def _rename(self, asked: dict[str, Any]) -> Reply:
        channel, name = self._channel(asked), str(asked.get("name") or "")
        if wrong := self._wrong_name(name):
            return _no(wrong)
        channel.name = name
        return _yes({"channel": self.shown(channel)}, f"renames a channel to #{name}")

    def _archive_channel(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if channel.archived:
            return _no("already_archived")
        if BOT not in channel.members:
            return _no("not_in_channel")
        channel.archived = True
        return _yes({}, f"archives #{channel.name}")

    def _unarchive(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if not channel.archived:
            return _no("not_archived")
        channel.archived = False
        return _yes({}, f"opens #{channel.name} again")

    def _list(self, asked: dict[str, Any]) -> Reply:
        if not asked.get("exclude_archived"):
            return super()._list(asked)
        kept, self.channels = self.channels, {key: one for key, one in self.channels.items() if not one.archived}
        try:
            return super()._list(asked)
        finally:
            self.channels = kept

    def _info(self, asked: dict[str, Any]) -> Reply:
        return _yes({"channel": self.shown(self._channel(asked, joined=False))})

    def _members(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        some, more = _page(channel.members, asked)
        return _yes({"members": some, **more})

    def _history(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if BOT not in channel.members:
            return _no("not_in_channel")
        oldest, latest = str(asked.get("oldest") or "0"), str(asked.get("latest") or "")
        found = [one for one in reversed(channel.messages.values()) if not one.thread and one.ts > oldest]
        some, more = _page([one for one in found if not latest or one.ts < latest], asked)
        told = {"messages": [_message(one) for one in some], "has_more": bool(more["response_metadata"]["next_cursor"])}
        return _yes({**told, "pin_count": sum(one.pinned for one in channel.messages.values()), **more})

    def _replies(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        ts = str(asked.get("ts") or "")
        if ts not in channel.messages:
            return _no("thread_not_found")
        some, more = _page([one for one in channel.messages.values() if ts in (one.ts, one.thread)], asked)
        return _yes({"messages": [_message(one) for one in some], "has_more": False, **more})

    def _post(self, asked: dict[str, Any]) -> Reply:
        if not str(asked.get("text") or "").strip() and (said := _words(asked)):
            asked = {**asked, "text": said}
        reply = super()._post(asked)
        if isinstance(reply.body, dict) and reply.body.get("ok"):
            made = self.channels[reply.body["channel"]].messages[reply.body["ts"]]
            reply = replace(reply, body={**reply.body, "message": _message(made)})
        return reply

    def _update(self, asked: dict[str, Any]) -> Reply:
        if not str(asked.get("text") or "").strip() and (said := _words(asked)):
            asked = {**asked, "text": said}
        return super()._update(asked)

    def _delete(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        if channel.messages.pop(str(asked.get("ts") or ""), None) is None:
            return _no("message_not_found")
        return _yes({"channel": channel.id, "ts": asked["ts"]}, f"#{channel.name}: deletes a message")

    def _permalink(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        ts = str(asked.get("message_ts") or "")
        if ts not in channel.messages:
            return _no("message_not_found")
        link = f"http://{self._stage.http}/slack/archives/{channel.id}/p{ts.replace('.', '')}"
        return _yes({"channel": channel.id, "permalink": link})

    def _user(self, asked: dict[str, Any]) -> Reply:
        number = str(asked.get("user") or "")
        if number == BOT:
            return _yes({"user": {"id": BOT, "team_id": TEAM, "name": "warroom", "is_bot": True, "deleted": False}})
        person = self._stage.people.number(number)
        return _no("user_not_found") if person is None else _yes({"user": _person(person)})

    def _users(self, asked: dict[str, Any]) -> Reply:
        some, more = _page(self._stage.people.search(""), asked)
        return _yes({"members": [_person(one) for one in some], **more})

    def _unpin(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        message = channel.messages.get(str(asked.get("timestamp") or ""))
        if message is None or not message.pinned:
            return _no("no_pin" if message else "message_not_found")
        message.pinned = False
        return _yes({}, f"#{channel.name}, not pinned any more: {message.text}")

    def _pins(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        pinned = [one for one in channel.messages.values() if one.pinned]
        return _yes({"items": [{"type": "message", "channel": channel.id, "message": _message(one)} for one in pinned]})

    def _bookmark(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel({**asked, "channel": asked.get("channel_id")})
        title, link = str(asked.get("title") or ""), str(asked.get("link") or "")
        if not title:
            return _no("invalid_arguments")
        if asked.get("type") != "link":
            return _no("invalid_bookmark_type")
        if not link.startswith(("http://", "https://")):
            return _no("invalid_link")
        made = {"id": number_of("Bk", f"{channel.id}:{len(channel.bookmarks)}"), "channel_id": channel.id}
        channel.bookmarks.append({**made, "title": title, "link": link, "type": "link"})
        return _yes({"bookmark": channel.bookmarks[-1]}, f"#{channel.name}, bookmark {title}: {link}")

    def _bookmarks(self, asked: dict[str, Any]) -> Reply:
        return _yes({"bookmarks": self._channel({**asked, "channel": asked.get("channel_id")}).bookmarks})

    def _react(self, asked: dict[str, Any]) -> Reply:
        channel, name = self._channel(asked), str(asked.get("name") or "").strip(":")
        message = channel.messages.get(str(asked.get("timestamp") or ""))
        if message is None:
            return _no("message_not_found")
        if not name:
            return _no("invalid_name")
        if name in message.reactions:
            return _no("already_reacted")
        message.reactions.append(name)
        return _yes({}, f"#{channel.name}: reacts with {name}")

    def _team(self, asked: dict[str, Any]) -> Reply:
        del asked
        return _yes({"team": {"id": TEAM, "name": "Drill", "domain": "drill"}})


def _arguments(call: Call) -> dict[str, Any]:
    """What was asked, wherever it stood: query, form or JSON; texts that mean yes, no, a number or a list are that."""
    if call.body is not None and not isinstance(call.body, dict):
        raise Refusal(_no("json_not_object"))
    asked: dict[str, Any] = {**call.query, **(call.body or {})}
    for key in _SWITCHES:
        if isinstance(asked.get(key), str):
            asked[key] = asked[key].lower() in ("1", "true")
    for key in _LISTS:
        if isinstance(asked.get(key), str):
            try:
                asked[key] = json.loads(asked[key] or "[]")
            except ValueError:
                raise Refusal(_no(f"invalid_{key}" if key == "blocks" else "invalid_attachments")) from None
    limit = str(asked.get("limit", 1))
    if not (limit.isascii() and limit.isdigit() and 0 <= int(limit) <= MOST_PER_PAGE):
        raise Refusal(_no("invalid_limit"))
    cursor = str(asked.get("cursor") or "0")
    if not (cursor.isascii() and cursor.isdigit()):
        raise Refusal(_no("invalid_cursor"))
    return asked


def _page(rows: Sequence[Any], asked: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Some of the rows, and the cursor of the next; a client that asks for no number gets a hundred."""
    start = int(asked.get("cursor") or 0)
    end = start + (int(asked.get("limit") or 0) or 100)
    return list(rows[start:end]), {"response_metadata": {"next_cursor": str(end) if end < len(rows) else ""}}


def _words(asked: dict[str, Any]) -> str:
    """The text of a message that has blocks or attachments only."""
    found = []
    for one in [*(asked.get("blocks") or []), *(asked.get("attachments") or [])]:
        said = one.get("text") or one.get("fallback") if isinstance(one, dict) else ""
        found.append(str(said.get("text", "")) if isinstance(said, dict) else str(said or ""))
    return "\n".join(part for part in found if part)


def _message(one: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "message", "user": BOT, "bot_id": "BWARROOM0", "text": one.text, "ts": one.ts}
    if one.thread:
        told["thread_ts"] = one.thread
    if one.edited:
        told["edited"] = {"user": BOT, "ts": one.ts}
    if one.reactions:
        told["reactions"] = [{"name": name, "count": 1, "users": [BOT]} for name in one.reactions]
    return told


def _person(person: Person) -> dict[str, Any]:
    name = person.name or person.handle
    profile = {"email": person.email, "real_name": name, "display_name": person.handle.lstrip("@")}
    about = {"id": number_of("U", person.email), "team_id": TEAM, "name": person.handle.lstrip("@"), "real_name": name}
    return {**about, "deleted": False, "is_bot": False, "profile": profile}


def _yes(told: dict[str, Any], summary: str = "") -> Reply:
    return Reply({"ok": True, **told}, summary=summary)


def _no(error: str) -> Reply:
    return Reply({"ok": False, "error": error}, refused=error)
