"""A plain webhook as chat or pager, for those who have neither: a signed POST of JSON for each thing that is to happen.

The schema is in docs/webhook.md. Nothing is ever asked by it: what people answer is written down on the board. A
request that failed underway is sent again where a second one does no harm, with the same `Idempotency-Key`.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from warroom.clock import Clock
from warroom.services.errors import Conflict, Effect, ServiceError, Unreachable
from warroom.services.systems.ports import OnCall, OpenPages, PagerIncident, Posted
from warroom.services.systems.wire.answers import shaped
from warroom.services.systems.wire.web import Web
from warroom.text import plain

VERSION = 1
"""Of the schema."""

KEY, MOMENT, SIGNATURE = "Idempotency-Key", "X-Warroom-Timestamp", "X-Warroom-Signature"
LONGEST_TOLD = 500
"""Characters of what a receiver answers that are kept."""


class _Answer(msgspec.Struct):
    ref: str = ""
    link: str = ""
    private: bool = False


class Webhook:
    """Sends to `address`, signed with `secret`. `system` is its name in sentences; time comes from `clock`."""

    def __init__(
        self, system: str, address: str, secret: str, clock: Clock, new_key: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        self._system = system
        self._path = "/" if address.endswith("/") else ""
        self._host = urlsplit(address).hostname or address
        self._secret = secret.encode()
        self._clock = clock
        self._new_key = new_key
        self._web = Web(system, address, {"Accept": "application/json"})

    async def check(self) -> str:
        """Whether somebody answers there at all. Sends nothing that could be acted on; raises ServiceError."""
        try:
            await self._web.ask("GET", self._path)
        except ServiceError as error:
            if isinstance(error, Unreachable):
                raise  # else it answers, and takes POST alone
        return f"{plain(self._host, 80)} answers; nothing was sent to try it"

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def _send(self, action: str, once: str = "", *, again: bool = True, **fields: Any) -> tuple[str, _Answer]:  # noqa: ANN401
        """Let `action` happen; its key, and what was answered. `once`: what makes two of them the same."""
        key = hashlib.sha256(f"{action} {once}".encode()).hexdigest()[:32] if once else self._new_key()
        body = msgspec.json.encode({"version": VERSION, "id": key, "action": action, **fields})
        moment = str(int(self._clock.now()))
        headers = {KEY: key, MOMENT: moment, SIGNATURE: signature(self._secret, moment, body)}
        answer = await self._web.ask("POST", self._path, msgspec.Raw(body), headers=headers, again=again)
        return key, shaped(self._system, answer, _Answer, Effect.UNKNOWN) if isinstance(answer, dict) else _Answer()


class ChatWebhook(Webhook):
    """The chat port."""

    async def open_channel(self, name: str, *, private: bool, ours: bool = False) -> Posted:
        """Make the channel. Whose one is that is there already, and whether it is private, the receiver must say."""
        _, answer = await self._send("open-channel", once=f"{name} {private}", channel=name, private=private)
        if private and not answer.private:
            raise Conflict(
                f"{self._system} does not say that #{plain(name, 80)} is private",
                'Let the receiver answer "private": true where it is so, or open the channel by hand.',
            )
        return _posted(answer, name)

    async def set_topic(self, channel: str, text: str) -> None:
        """Set the line above the channel."""
        await self._send("topic", channel=channel, text=text)

    async def invite(self, channel: str, emails: Sequence[str]) -> tuple[str, ...]:
        """Bring people in. Who belongs to nobody there is not known."""
        await self._send("invite", channel=channel, emails=list(emails))
        return ()

    async def post(self, channel: str, text: str, *, thread: str = "") -> Posted:
        """Say something; after a failure underway a person decides whether it is said again."""
        key, answer = await self._send("post", again=False, channel=channel, text=text, thread=thread)
        return _posted(answer, key)

    async def edit(self, channel: str, message: str, text: str) -> None:
        """Change what a message says."""
        await self._send("edit", channel=channel, message=message, text=text)

    async def pin(self, channel: str, message: str) -> None:
        """Pin a message."""
        await self._send("pin", channel=channel, message=message)


class PagerWebhook(Webhook):
    """The pager port. Nobody's answer is seen: it is said on the board, as after a call by hand."""

    async def trigger(
        self,
        key: str,
        summary: str,
        *,
        severity: str,
        source: str,
        details: Mapping[str, str] | None = None,
        ours: bool = True,
    ) -> Posted:
        """Page who is on call. A second one of the same key carries the same Idempotency-Key."""
        more: dict[str, Any] = {
            "summary": summary,
            "severity": severity,
            "source": source,
            "details": dict(details or {}),
        }
        _, answer = await self._send("trigger", once=key, key=key, **more)
        return Posted(key, plain(answer.link, LONGEST_TOLD))

    async def acknowledge(self, key: str) -> None:
        """Say that somebody is on it."""
        await self._send("acknowledge", once=key, key=key)

    async def resolve(self, key: str) -> None:
        """Say that it is over."""
        await self._send("resolve", once=key, key=key)

    async def change(self, summary: str, *, source: str, details: Mapping[str, str] | None = None) -> None:
        """Tell of a change, which is to page nobody."""
        await self._send("change", again=False, summary=summary, source=source, details=dict(details or {}))

    async def on_calls(self, schedule: str = "") -> tuple[OnCall, ...]:
        """Nobody is known."""
        return ()

    async def incident(self, key: str) -> PagerIncident | None:
        """What was triggered, of which no more is known than that."""
        return PagerIncident(key, "triggered")

    async def open_incidents(self, but: str) -> OpenPages:
        """Nothing can be asked by a webhook. Raises ServiceError."""
        raise ServiceError("A webhook can't be asked what is open", "Look at the pager by hand, then tick the box.")

    async def ask(self, incident: str, email: str, message: str) -> Posted:
        """Ask one person to come; after a failure underway a person decides whether they are asked again."""
        key, answer = await self._send("ask", again=False, key=incident, email=email, text=message)
        return _posted(answer, key)

    async def note(self, incident: str, text: str) -> None:
        """Write into the incident."""
        await self._send("note", again=False, key=incident, text=text)

    async def set_status(self, incident: str, status: str, resolution: str = "") -> None:
        """Acknowledge or resolve the incident."""
        if resolution:
            await self.note(incident, resolution)
        await (self.resolve(incident) if status == "resolved" else self.acknowledge(incident))


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """What the receiver compares: HMAC-SHA256 over the moment (Unix seconds), a point and the body."""
    return "sha256=" + hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _posted(answer: _Answer, otherwise: str) -> Posted:
    return Posted(plain(answer.ref, LONGEST_TOLD) or otherwise, plain(answer.link, LONGEST_TOLD))
