"""The plain webhook as chat and pager, over HTTP: what is posted, its signature and key, and what a receiver says."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

import warroom
from tests.clocks import ManualClock
from tests.conductor.rig import CONFIG, declaration, rigged
from tests.services.outsides import outside
from warroom.conductor.comms import alert, updates
from warroom.conductor.people import page_responses, paging
from warroom.doctor.others import examine
from warroom.protocol.integrations import ChatWebhook, Integrations, PagerWebhook
from warroom.services.clients import Clients
from warroom.services.errors import Conflict, Denied, Effect, Invalid, ServiceError, Unreachable
from warroom.services.systems.ports import Chat, Others, Pager, PagerIncident
from warroom.updates.wording import filled
from warroom.wiring import systems

SECRETS = {"CHAT_WEBHOOK_SECRET": "chat-secret-1", "PAGER_WEBHOOK_SECRET": "pager-secret-1"}


class Receiver:
    """Checks each request as docs/webhook.md says, takes each key once, and answers as told, by action."""

    def __init__(self) -> None:
        self.took: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.fails: dict[str, list[int]] = {}
        self.answers: dict[str, Any] = {}
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Refuses a signature that is none."""
        if request.method != "POST":
            return web.Response(status=405)
        raw, moment = await request.read(), request.headers["X-Warroom-Timestamp"]
        secret = SECRETS[f"{request.path.strip('/').upper()}_WEBHOOK_SECRET"]
        expected = hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
        if request.headers["X-Warroom-Signature"] != f"sha256={expected}":
            return web.Response(status=401, text="wrong signature")
        body = json.loads(raw)
        assert body["version"] == 1 and body["id"] == request.headers["Idempotency-Key"]
        again = body["id"] in self.keys
        self.keys.append(body["id"])
        if not again:
            self.took.append(body)
        if left := self.fails.get(body["action"]):
            return web.Response(status=left.pop(0), text="oops", headers={"Retry-After": "0"})
        told = self.answers.get(body["action"])
        return web.Response(status=204) if told is None else web.json_response(told)

    def of(self, action: str) -> list[dict[str, Any]]:
        """What was taken, without version, id and action."""
        mine = (one for one in self.took if one["action"] == action)
        return [{name: one[name] for name in one if name not in ("version", "id", "action")} for one in mine]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A running one on a free port of loopback."""
    there = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", there.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.url = "http://{}:{}".format(*runner.addresses[0][:2])
    try:
        yield there
    finally:
        await runner.cleanup()


def tables(there: Receiver) -> Integrations:
    """Both webhooks, and nothing else."""
    chat = ChatWebhook(f"{there.url}/chat", stakeholders="releases")
    return Integrations(chat_webhook=chat, pager_webhook=PagerWebhook(f"{there.url}/pager/"))


@asynccontextmanager
async def connected(environ: dict[str, str] = SECRETS) -> AsyncIterator[tuple[Receiver, Chat, Pager, Others]]:
    """A receiver, and the clients as production builds them."""
    async with receiver() as there:
        others = systems.production(tables(there), environ, ManualClock())
        assert others.chat is not None and others.pager is not None, others.missing
        yield there, others.chat, others.pager, others
        await others.close()


async def test_what_the_chat_gets() -> None:
    """Each action with its fields; ids and links are the receiver's where it tells any, else the request's own."""
    async with connected() as (there, chat, _, _):
        assert (await chat.open_channel("incident-1", private=False)).ref == "incident-1"
        there.answers = {"open-channel": {"ref": "C7", "link": "https://chat.example/C7"}, "post": {"ref": "M1"}}
        opened = await chat.open_channel("incident-2", private=False)
        assert (opened.ref, opened.link) == ("C7", "https://chat.example/C7")
        await chat.set_topic("C7", "P0")
        assert await chat.invite("C7", ["a@example.com"]) == ()
        assert (await chat.post("C7", "Ünser Text", thread="M0")).ref == "M1"
        await chat.edit("C7", "M1", "newer")
        await chat.pin("C7", "M1")
        there.answers = {}
        assert (await chat.post("C7", "more")).ref == there.keys[-1]
        assert there.of("open-channel")[1] == {"channel": "incident-2", "private": False}
        assert there.of("topic") == [{"channel": "C7", "text": "P0"}]
        assert there.of("invite") == [{"channel": "C7", "emails": ["a@example.com"]}]
        assert there.of("post")[0] == {"channel": "C7", "text": "Ünser Text", "thread": "M0"}
        assert there.of("edit") == [{"channel": "C7", "message": "M1", "text": "newer"}]
        assert there.of("pin") == [{"channel": "C7", "message": "M1"}]


async def test_a_private_channel_is_one_only_where_the_receiver_says_so() -> None:
    """A security incident must not be told to everybody by a receiver that does not know of private channels."""
    async with connected() as (there, chat, _, _):
        with pytest.raises(Conflict, match="does not say that #incident-1 is private"):
            await chat.open_channel("incident-1", private=True)
        there.answers = {"open-channel": {"private": True}}
        assert (await chat.open_channel("incident-1", private=True)).ref == "incident-1"


async def test_what_the_pager_gets() -> None:
    """A page, people, its end; a second trigger of the same key carries the same idempotency key."""
    async with connected() as (there, _, pager, _):
        for _ in range(2):
            await pager.trigger("k", "checkout fails", severity="critical", source="pay", details={"impact": "Cards."})
        page = {"summary": "checkout fails", "severity": "critical", "source": "pay", "details": {"impact": "Cards."}}
        assert there.of("trigger") == [{"key": "k", **page}] and there.keys[0] == there.keys[1]
        assert await pager.incident("k") == PagerIncident("k", "triggered") and await pager.on_calls() == ()
        for _ in range(2):
            await pager.ask("k", "a@example.com", "Come.")
        with pytest.raises(ServiceError, match="can't be asked what is open"):
            await pager.open_incidents("k")
        assert there.of("ask") == [{"key": "k", "email": "a@example.com", "text": "Come."}] * 2
        await pager.change("10 %", source="pay")
        await pager.set_status("k", "acknowledged")
        await pager.set_status("k", "resolved", "rolled back")
        assert [one["action"] for one in there.took[3:]] == ["change", "acknowledge", "note", "resolve"]


async def test_what_may_be_sent_twice_is() -> None:
    """With its key, after a 500; a message and a call to one person are left to a person then, but for a 429."""
    async with connected() as (there, chat, pager, _):
        there.fails = {"trigger": [500, 503], "post": [500, 429], "ask": [502]}
        await pager.trigger("k", "x", severity="error", source="pay")
        assert len(there.keys) == 3 and len(there.took) == 1
        for failing in (chat.post("C", "x"), pager.ask("k", "a@example.com", "Come.")):
            with pytest.raises(Unreachable) as caught:
                await failing
            assert caught.value.effect is Effect.UNKNOWN
        await chat.post("C", "x")
        assert len(there.of("post")) == 2 and len(there.of("ask")) == 1


async def test_refusals() -> None:
    """A wrong secret, a body that is not taken, an answer that is none; no secret stands in any of it."""
    async with connected({**SECRETS, "CHAT_WEBHOOK_SECRET": "another-secret"}) as (_, chat, _, _):
        with pytest.raises(Denied, match="Chat webhook refuses the token") as caught:
            await chat.post("C", "x")
        assert "another-secret" not in str(caught.value) + caught.value.detail
    async with connected() as (there, chat, pager, _):
        there.fails = {"topic": [422]}
        with pytest.raises(Invalid, match="Chat webhook does not take it"):
            await chat.set_topic("C", "x")
        there.answers = {"ask": {"ref": {}}, "post": ["odd"]}
        with pytest.raises(Exception, match="in a form that warroom does not know"):
            await pager.ask("k", "a@example.com", "Come.")
        assert (await chat.post("C", "x")).ref == there.keys[-1]


async def test_the_doctor_sends_nothing_to_try_it() -> None:
    """A GET tells that somebody answers; a secret that is not set is told by its variable's name."""
    async with receiver() as there:
        found = [one async for one in examine(tables(there), systems.production(tables(there), SECRETS, ManualClock()))]
        says = "127.0.0.1 answers; nothing was sent to try it"
        expected = [(system, "ok", says) for system in ("chat-webhook", "pager-webhook")]
        assert [(one.check, one.state, one.what) for one in found[:2]] == expected
        assert there.took == []
        missing = systems.production(tables(there), {}, ManualClock()).missing
        assert missing["pager-webhook"].startswith("PAGER_WEBHOOK_SECRET is not set")


async def test_a_drill_leads_nowhere_else() -> None:
    """In a drill both are done by hand, whatever the environment holds."""
    async with outside() as out, receiver() as there:
        cloud = out.emulator
        others = systems.drill(tables(there), cloud.stage.http, cloud.token, out.clock)
        assert (others.chat, others.pager) == (None, None)
        assert "plays no Chat webhook" in others.missing["chat-webhook"]
        await others.close()
        assert there.keys == []


async def test_an_incident_goes_on_by_webhooks(tmp_path: Path) -> None:
    """The team is alerted, somebody paged, stakeholders told, each under its name; silence pages the backup."""
    async with connected() as (there, _, _, others):
        config = replace(CONFIG, integrations=tables(there))
        async with rigged(tmp_path / "journal.db", config) as rig:
            await rig.conductor.declare(declaration(rig.clock.now()))
            rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others))
            plan = alert.plan(rig.conductor)
            assert plan.lines[0] == "Chat webhook, channel #incident-0001"
            await alert.carry_out(rig.conductor, plan)
            role = config.protocol.role("incident-commander")
            await paging.page(rig.conductor, paging.plan(rig.conductor, role))
            assert [one["email"] for one in there.of("ask")] == ["primary-ic@example.com"]
            template, text = filled(rig.incident, config, rig.clock.now())
            told = await updates.tell(rig.conductor, updates.Draft(text, template, approved_by="@primary-ic"))
            assert [one.message.channel.title for one in told] == [
                "Chat webhook #incident-0001", "Chat webhook #releases",
            ]  # fmt: skip
            assert there.of("post")[-1]["channel"] == "releases"
            rig.clock.advance(config.protocol.paging.acknowledge_minutes * 60)
            await page_responses.turn(rig.conductor)
            assert [one["email"] for one in there.of("ask")][1:] == ["backup-ic@example.com"]
            assert {one.system for one in rig.incident.sends.values()} == {"chat-webhook", "pager-webhook"}
            assert rig.agrees()


def test_every_action_is_documented() -> None:
    """docs/webhook.md names each action and each header that is sent."""
    folder = Path(str(warroom.__path__[0])).parent
    source = (folder / "warroom/services/systems/webhook.py").read_text(encoding="utf-8")
    text = (folder / "docs/webhook.md").read_text(encoding="utf-8")
    actions = [part.split('"')[1] for part in source.split("self._send(")[1:]]
    assert len(actions) == 12 and all(f"`{action}`" in text for action in actions)
    assert all(name in text for name in ("Idempotency-Key", "X-Warroom-Timestamp", "X-Warroom-Signature"))
