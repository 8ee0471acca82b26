"""The workspace for anyone's client: forms, query strings, scopes in the headers, the methods around an incident."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec.structs import replace
from multidict import CIMultiDict

from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.anyone.slack_words import (
    GRANTED,
    SCOPES,
    TEAM,
    arguments,
    message,
    no,
    page,
    shown_person,
    words,
    yes,
)
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage
from warroom.drill.systems.responders import number_of
from warroom.drill.systems.slack import BOT, LONGEST_TOPIC, Slack


class Workspace(Slack):
    """The workspace that warroom uses, with what other scripts of the same incident do in it."""

    takes_forms = True

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.scopes = GRANTED

    def routes(self) -> Sequence[Route]:
        """Every method by GET and by POST, as Slack takes them; what it does not have is an unknown_method."""
        methods: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "api.test": lambda asked: yes({"args": asked}),
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
                asked = arguments(call)
                headers = CIMultiDict(call.headers)
                if (token := asked.pop("token", None)) and "Authorization" not in headers:
                    headers["Authorization"] = f"Bearer {token}"
                reply = await self._method(handler)(replace(call, method="POST", body=asked, headers=headers))
            except Refusal as refusal:
                reply = refusal.reply
            told = {"X-OAuth-Scopes": ",".join(self.scopes), "X-Accepted-OAuth-Scopes": SCOPES[name]}
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
            return no("too_long")
        channel.purpose = purpose
        return yes({"purpose": purpose}, f"#{channel.name}, purpose: {purpose}")

    def _kick(self, asked: dict[str, Any]) -> Reply:
        channel, user = self._channel(asked), str(asked.get("user") or "")
        if user == BOT:
            return no("cant_kick_self")
        if self._stage.people.number(user) is None:
            return no("user_not_found")
        if user not in channel.members:
            return no("not_in_channel")
        channel.members.remove(user)
        return yes({}, f"#{channel.name}: removes {user}")

    def _leave(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if BOT not in channel.members:
            return yes({"not_in_channel": True})
        channel.members.remove(BOT)
        return yes({}, f"leaves #{channel.name}")

    def _rename(self, asked: dict[str, Any]) -> Reply:
        channel, name = self._channel(asked), str(asked.get("name") or "")
        if wrong := self._wrong_name(name):
            return no(wrong)
        channel.name = name
        return yes({"channel": self.shown(channel)}, f"renames a channel to #{name}")

    def _archive_channel(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if channel.archived:
            return no("already_archived")
        if BOT not in channel.members:
            return no("not_in_channel")
        channel.archived = True
        return yes({}, f"archives #{channel.name}")

    def _unarchive(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if not channel.archived:
            return no("not_archived")
        channel.archived = False
        return yes({}, f"opens #{channel.name} again")

    def _list(self, asked: dict[str, Any]) -> Reply:
        if not asked.get("exclude_archived"):
            return super()._list(asked)
        kept, self.channels = self.channels, {key: one for key, one in self.channels.items() if not one.archived}
        try:
            return super()._list(asked)
        finally:
            self.channels = kept

    def _info(self, asked: dict[str, Any]) -> Reply:
        return yes({"channel": self.shown(self._channel(asked, joined=False))})

    def _members(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        some, more = page(channel.members, asked)
        return yes({"members": some, **more})

    def _history(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        if BOT not in channel.members:
            return no("not_in_channel")
        oldest, latest = str(asked.get("oldest") or "0"), str(asked.get("latest") or "")
        found = [one for one in reversed(channel.messages.values()) if not one.thread and one.ts > oldest]
        some, more = page([one for one in found if not latest or one.ts < latest], asked)
        told = {"messages": [message(one) for one in some], "has_more": bool(more["response_metadata"]["next_cursor"])}
        return yes({**told, "pin_count": sum(one.pinned for one in channel.messages.values()), **more})

    def _replies(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        ts = str(asked.get("ts") or "")
        if ts not in channel.messages:
            return no("thread_not_found")
        some, more = page([one for one in channel.messages.values() if ts in (one.ts, one.thread)], asked)
        return yes({"messages": [message(one) for one in some], "has_more": False, **more})

    def _post(self, asked: dict[str, Any]) -> Reply:
        if not str(asked.get("text") or "").strip() and (said := words(asked)):
            asked = {**asked, "text": said}
        reply = super()._post(asked)
        if isinstance(reply.body, dict) and reply.body.get("ok"):
            made = self.channels[reply.body["channel"]].messages[reply.body["ts"]]
            reply = replace(reply, body={**reply.body, "message": message(made)})
        return reply

    def _update(self, asked: dict[str, Any]) -> Reply:
        if not str(asked.get("text") or "").strip() and (said := words(asked)):
            asked = {**asked, "text": said}
        return super()._update(asked)

    def _delete(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        if channel.messages.pop(str(asked.get("ts") or ""), None) is None:
            return no("message_not_found")
        return yes({"channel": channel.id, "ts": asked["ts"]}, f"#{channel.name}: deletes a message")

    def _permalink(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked, joined=False)
        ts = str(asked.get("message_ts") or "")
        if ts not in channel.messages:
            return no("message_not_found")
        link = f"http://{self._stage.http}/slack/archives/{channel.id}/p{ts.replace('.', '')}"
        return yes({"channel": channel.id, "permalink": link})

    def _user(self, asked: dict[str, Any]) -> Reply:
        number = str(asked.get("user") or "")
        if number == BOT:
            return yes({"user": {"id": BOT, "team_id": TEAM, "name": "warroom", "is_bot": True, "deleted": False}})
        person = self._stage.people.number(number)
        return no("user_not_found") if person is None else yes({"user": shown_person(person)})

    def _users(self, asked: dict[str, Any]) -> Reply:
        some, more = page(self._stage.people.search(""), asked)
        return yes({"members": [shown_person(one) for one in some], **more})

    def _unpin(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        found = channel.messages.get(str(asked.get("timestamp") or ""))
        if found is None or not found.pinned:
            return no("no_pin" if found else "message_not_found")
        found.pinned = False
        return yes({}, f"#{channel.name}, not pinned any more: {found.text}")

    def _pins(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel(asked)
        pinned = [one for one in channel.messages.values() if one.pinned]
        return yes({"items": [{"type": "message", "channel": channel.id, "message": message(one)} for one in pinned]})

    def _bookmark(self, asked: dict[str, Any]) -> Reply:
        channel = self._channel({**asked, "channel": asked.get("channel_id")})
        title, link = str(asked.get("title") or ""), str(asked.get("link") or "")
        if not title:
            return no("invalid_arguments")
        if asked.get("type") != "link":
            return no("invalid_bookmark_type")
        if not link.startswith(("http://", "https://")):
            return no("invalid_link")
        made = {"id": number_of("Bk", f"{channel.id}:{len(channel.bookmarks)}"), "channel_id": channel.id}
        channel.bookmarks.append({**made, "title": title, "link": link, "type": "link"})
        return yes({"bookmark": channel.bookmarks[-1]}, f"#{channel.name}, bookmark {title}: {link}")

    def _bookmarks(self, asked: dict[str, Any]) -> Reply:
        return yes({"bookmarks": self._channel({**asked, "channel": asked.get("channel_id")}).bookmarks})

    def _react(self, asked: dict[str, Any]) -> Reply:
        channel, name = self._channel(asked), str(asked.get("name") or "").strip(":")
        found = channel.messages.get(str(asked.get("timestamp") or ""))
        if found is None:
            return no("message_not_found")
        if not name:
            return no("invalid_name")
        if name in found.reactions:
            return no("already_reacted")
        found.reactions.append(name)
        return yes({}, f"#{channel.name}: reacts with {name}")

    def _team(self, asked: dict[str, Any]) -> Reply:
        del asked
        return yes({"team": {"id": TEAM, "name": "Drill", "domain": "drill"}})
