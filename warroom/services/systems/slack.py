"""Slack over its Web API: a channel per incident, people, messages, one headline that is kept current.

An error of Slack's comes as `ok: false` with HTTP 200; https://api.slack.com/methods names the words for each method.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from warroom.clock import Clock
from warroom.services.errors import Conflict, Denied, Effect, ServiceError
from warroom.services.systems.ports import Posted
from warroom.services.systems.slack_errors import SlackError, refusal
from warroom.services.systems.wire.answers import shaped
from warroom.services.systems.wire.web import Web

URL = "https://slack.com/api"
SYSTEM = "Slack"

LONGEST_TEXT = 4000
"""Of one message, as sent; chat.update takes no more."""

LONGEST_TOPIC = 250
LONGEST_NAME = 80
MOST_INVITED = 1000
APART_SECONDS = 1.0
"""Between two messages to one channel; past that Slack answers 429."""

SCOPES = frozenset(
    ("channels:join", "channels:manage", "channels:read", "chat:write", "groups:read", "groups:write", "pins:write")
) | {"users:read", "users:read.email"}
"""What the app's bot needs for the methods below, by each method's own page."""

_A_PAGE = 1000
_MOST_PAGES = 50
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]+")
_ID = re.compile(r"[CGD][A-Z0-9]{6,}")
_CALL = re.compile(r"((?:DRILL |EMULATOR )?)@here\b")
_HERE = "<!here>"


class _Channel(Struct):
    id: str
    name: str = ""
    is_private: bool = False
    is_member: bool = True
    is_archived: bool = False


class _Made(Struct):
    channel: _Channel


class _User(Struct):
    id: str


class _Found(Struct):
    user: _User


class _Message(Struct):
    channel: str
    ts: str


class _More(Struct, frozen=True):
    next_cursor: str = ""


class _Listed(Struct):
    channels: list[_Channel]
    response_metadata: _More = _More()


class SlackApi:
    """The workspace that `token` (a bot's, xoxb-…) belongs to, or `team_id` of an app of a whole organisation.

    Time comes from `clock`.
    """

    def __init__(self, token: str, clock: Clock, url: str = "", team_id: str = "") -> None:
        self._web = Web(SYSTEM, url or URL, {"Authorization": f"Bearer {token}"})
        self._clock = clock
        self._team = {"team_id": team_id} if team_id else {}
        self._ids: dict[str, str] = {}
        self._free_at: dict[str, float] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._workspace: str | None = None

    async def open_channel(self, name: str, *, private: bool, ours: bool = False) -> Posted:
        """Make the channel; `ref` is its id. One that is there already is found where it is `ours`.

        Raises Conflict where the name is taken by one that is not, that warroom cannot see, that is archived, or that
        more people see than should.
        """
        name = channel_name(name)
        body = {"name": name, "is_private": private, **self._team}
        try:
            try:
                channel = await self._create(body)
            except ServiceError as error:
                if error.effect is not Effect.UNKNOWN:
                    raise
                ours = True  # what stands there now under this name is what has just been asked for
                channel = await self._create(body)
        except SlackError as error:
            if error.word != "name_taken":
                raise
            if not ours:
                raise Conflict(
                    f"#{name} is there already, and this journal did not open it",
                    "Look whose it is: alert once more, anew, to take it; or set another slack.channel_prefix.",
                ) from error
            channel = await self._find(name)
            if private and not channel.is_private:
                raise Conflict(f"#{name} is there already and everybody can read it", "Open a private one.") from error
            if not channel.is_member:
                await self._ask("conversations.join", {"channel": channel.id}, again=True)
        self._ids[name] = channel.id
        return Posted(channel.id, await self._link(f"archives/{channel.id}"))

    async def set_topic(self, channel: str, text: str) -> None:
        """Set the line above the channel, cut to what Slack takes."""
        body = {"channel": self._id(channel), "topic": escaped(text, LONGEST_TOPIC)}
        await self._ask("conversations.setTopic", body, again=True)

    async def invite(self, channel: str, emails: Sequence[str]) -> tuple[str, ...]:
        """Bring people in; the e-mail addresses that belong to nobody there."""
        users: list[str] = []
        unknown: list[str] = []
        for email in dict.fromkeys(emails):
            try:
                answer = await self._ask("users.lookupByEmail", query={"email": email, **self._team})
                users.append(shaped(SYSTEM, answer, _Found).user.id)
            except SlackError as error:
                if error.word not in ("users_not_found", "user_not_found"):
                    raise
                unknown.append(email)
        for start in range(0, len(users), MOST_INVITED):
            await self._bring(self._id(channel), users[start : start + MOST_INVITED])
        return tuple(unknown)

    async def post(self, channel: str, text: str, *, thread: str = "") -> Posted:
        """Say something, in the thread of message `thread` where given; `ref` is the message's id.

        A text that begins with @here calls everybody who is active; anywhere else it is text.
        """
        to = self._id(channel)
        body = {"channel": to if _ID.fullmatch(to) else f"#{to.lstrip('#')}", "text": _calling(text)}
        if thread:
            body["thread_ts"] = thread
        async with self._turns.setdefault(to, asyncio.Lock()):
            wait = self._free_at.get(to, 0.0) - self._clock.now()
            if 0 < wait <= APART_SECONDS:
                await self._clock.sleep(wait)
            try:
                answer = await self._ask("chat.postMessage", {**body, "unfurl_links": False})
            finally:
                self._free_at[to] = self._clock.now() + APART_SECONDS
        message = shaped(SYSTEM, answer, _Message, Effect.UNKNOWN)
        self._ids[channel.lstrip("#")] = message.channel
        return Posted(message.ts, await self._link(f"archives/{message.channel}/p{message.ts.replace('.', '')}"))

    async def edit(self, channel: str, message: str, text: str) -> None:
        """Change what a message says: the headline is kept current so."""
        body = {"channel": self._id(channel), "ts": message, "text": escaped(text, LONGEST_TEXT)}
        await self._ask("chat.update", body, again=True)

    async def pin(self, channel: str, message: str) -> None:
        """Pin a message. One that is pinned already stays so."""
        try:
            await self._ask("pins.add", {"channel": self._id(channel), "timestamp": message}, again=True)
        except SlackError as error:
            if error.word != "already_pinned":
                raise

    async def check(self) -> str:
        """Who the token speaks for, in words. Changes nothing; raises ServiceError."""
        answer = await self._ask("auth.test", again=True)
        if self._web.scopes is not None and (lacking := sorted(SCOPES - self._web.scopes)):
            raise Denied(
                f"Slack's token lacks the scopes {', '.join(lacking)}", "Add them to the app and install the app anew."
            )
        told = answer if isinstance(answer, dict) else {}
        return f"{told.get('user') or 'a bot'} in {told.get('team') or 'a workspace'}"

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def _bring(self, channel: str, users: list[str]) -> None:
        """Invite all at once; that some are there already is no error."""
        try:
            body = {"channel": channel, "users": ",".join(users), "force": True}
            await self._ask("conversations.invite", body, again=True)
        except SlackError as error:
            there = {"already_in_channel", "cant_invite_self"}
            if not {error.word, *error.words} <= there | {""}:
                raise

    async def _create(self, body: dict[str, Any]) -> _Channel:
        return shaped(SYSTEM, await self._ask("conversations.create", body), _Made, Effect.UNKNOWN).channel

    async def _find(self, name: str) -> _Channel:
        """The channel that has the name already. Raises Conflict where it is archived, or not among those it sees."""
        query = {"types": "public_channel,private_channel", "limit": str(_A_PAGE), **self._team}
        for _ in range(_MOST_PAGES):
            listed = shaped(SYSTEM, await self._ask("conversations.list", query=query), _Listed)
            for channel in listed.channels:
                if channel.name == name and channel.is_archived:
                    raise Conflict(
                        f"#{name} is archived", "Unarchive it in Slack, or set another slack.channel_prefix."
                    )
                if channel.name == name:
                    return channel
            if not listed.response_metadata.next_cursor:
                break
            query["cursor"] = listed.response_metadata.next_cursor
        else:
            raise Conflict(
                f"#{name} is there, and not among the first {_MOST_PAGES * _A_PAGE} channels of the workspace",
                "Alert in it by hand, or set another slack.channel_prefix.",
            )
        raise Conflict(f"#{name} is taken by a channel that warroom cannot see", "Invite the app there, or rename it.")

    async def _link(self, path: str) -> str:
        """An address below the workspace's own. A link is not worth failing for: "" where it is not told."""
        if self._workspace is None:
            try:
                answer = await self._ask("auth.test", again=True)
                self._workspace = str(answer.get("url") or "")
            except ServiceError:
                self._workspace = ""
        return f"{self._workspace.rstrip('/')}/{path}" if self._workspace else ""

    def _id(self, channel: str) -> str:
        """The id of a channel that was seen by its name, else what was given."""
        return self._ids.get(channel.lstrip("#"), channel)

    async def _ask(
        self,
        method: str,
        body: Mapping[str, Any] | None = None,
        query: dict[str, str] | None = None,
        again: bool = False,
    ) -> Any:  # noqa: ANN401
        """One method. Raises SlackError for `ok: false`."""
        verb = "GET" if query is not None else "POST"
        answer = await self._web.ask(verb, f"/{method}", body, query=query, again=again)
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            raise refusal(method, answer if isinstance(answer, dict) else {})
        return answer


def channel_name(name: str) -> str:
    """`name` as Slack takes it: lower case, without spaces and points, at most 80 characters."""
    return _NOT_IN_NAMES.sub("-", name.lower().lstrip("#")).strip("-")[:LONGEST_NAME] or "incident"


def escaped(text: str, longest: int) -> str:
    """`text` without markup of Slack's (a link, a mention of everybody), cut with “…” so that `longest` hold it."""
    whole = _escaped(text)
    if len(whole) <= longest:
        return whole
    kept: list[str] = []
    room = longest - 1
    for character in text:
        one = _escaped(character)
        if len(one) > room:
            break
        room -= len(one)
        kept.append(one)
    return "".join(kept).rstrip() + "…"


def _calling(text: str) -> str:
    """`text` escaped, but for the call that it may begin with."""
    found = _CALL.match(text)
    if found is None:
        return escaped(text, LONGEST_TEXT)
    begins = found[1] + _HERE
    return begins + escaped(text[found.end() :], LONGEST_TEXT - len(begins))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
