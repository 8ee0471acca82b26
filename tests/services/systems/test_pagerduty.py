"""The client of PagerDuty against the embedded cloud: pages, people who answer or don't, expiry, and refusals."""

import pytest
from msgspec.structs import replace

from tests.drill.clients import SCENARIOS
from tests.services.outsides import Outside, outside
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.scenario.model import Answer
from warroom.drill.systems.pagerduty_state import ACKNOWLEDGEMENT_SECONDS, ESCALATION_SECONDS
from warroom.services.errors import Denied, Effect, NotFound, ServiceError, Unreachable
from warroom.services.systems.pagerduty import PagerDutyApi
from warroom.services.systems.ports import Pager

KEY = "warroom/INC-0001"


def pager(out: Outside) -> Pager:
    """The drill's client."""
    assert out.others.pager is not None
    return out.others.pager


async def paged(out: Outside) -> str:
    """A page, and the id of the incident that it opened."""
    await pager(out).trigger(KEY, "DRILL checkout fails", severity="critical", source="payments-api")
    found = await pager(out).incident(KEY)
    assert found is not None
    return found.id


async def test_a_page_from_the_trigger_to_the_end() -> None:
    """Nobody is paged anew by the same key; who is on call acknowledges after a minute, until when is told."""
    async with outside() as out:
        assert await pager(out).incident(KEY) is None
        number = await paged(out)
        assert await paged(out) == number
        begun = out.clock.now()
        out.clock.advance(61)
        found = await pager(out).incident(KEY)
        assert found is not None
        assert (found.status, found.acknowledged_by) == ("acknowledged", "@on-call-engineer")
        assert found.acknowledged_at == begun + 60
        assert found.expires_at == begun + 60 + ACKNOWLEDGEMENT_SECONDS
        await pager(out).note(number, "DRILL at 10 %")
        await pager(out).change("DRILL 10 % on 00042-fix", source="warroom", details={"percent": "10"})
        await pager(out).resolve(KEY)
        found = await pager(out).incident(KEY)
        assert found is not None and (found.status, found.expires_at) == ("resolved", None)
        assert [one.summary.partition(":")[0] for one in out.sent("pagerduty")] == [
            "pages", "pages nobody anew", "note", "change", "resolve",
        ]  # fmt: skip


async def test_an_acknowledgement_ends_by_itself() -> None:
    """Then the incident pages again, and is acknowledged again."""
    async with outside() as out:
        await paged(out)
        out.clock.advance(60 + ACKNOWLEDGEMENT_SECONDS + 1)
        found = await pager(out).incident(KEY)
        assert found is not None and (found.status, found.acknowledged_by) == ("triggered", "")
        out.clock.advance(60)
        found = await pager(out).incident(KEY)
        assert found is not None and found.status == "acknowledged"


async def test_people_who_come_late_never_or_when_told() -> None:
    """As the scenario says by role or address, and as the facilitator says; the pager tells the state of each."""
    scenario = load_scenario("bad-hotfix", SCENARIOS)
    late = Answer("primary-qa@example.com", "declines", after_seconds=300.0)
    people = (*scenario.responders.people, late)
    scenario = replace(scenario, responders=replace(scenario.responders, people=people))
    async with outside(scenario) as out:
        number = await paged(out)
        for email in ("primary-ic@example.com", "backup-ic@example.com", "primary-qa@example.com"):
            await pager(out).ask(number, email, "DRILL come")
        assert await _states(out) == ["pending", "pending", "pending"]
        out.clock.advance(60)
        assert await _states(out) == ["pending", "joined", "pending"]
        out.clock.advance(3600)
        assert await _states(out) == ["pending", "joined", "declined"]
        said = out.emulator.control.begin(Fault("responder-joins", who="incident-commander"))
        assert said == "@primary-ic joins now"
        assert (await _states(out))[0] == "joined"


async def test_the_facilitator_s_hand_before_the_page() -> None:
    """Who was told to decline or to sleep does so when they are asked; a name that nobody has is refused."""
    async with outside() as out:
        number = await paged(out)
        out.emulator.control.begin(Fault("responder-declines", who="release-manager/backup"))
        out.emulator.control.begin(Fault("responder-never", who="@primary-dev"))
        with pytest.raises(Exception, match="nobody here is called 'cook'"):
            out.emulator.control.begin(Fault("responder-joins", who="cook"))
        for email in ("backup-rm@example.com", "primary-dev@example.com"):
            await pager(out).ask(number, email, "DRILL come")
        out.clock.advance(3600)
        assert await _states(out) == ["declined", "pending"]


async def test_nobody_answers_and_the_next_level_is_paged() -> None:
    """After the escalation timeout, as PagerDuty does by itself."""
    async with outside() as out:
        out.emulator.control.begin(Fault("responder-never", who="on-call-engineer"))
        await paged(out)
        out.clock.advance(ESCALATION_SECONDS + 61)
        found = await pager(out).incident(KEY)
        assert found is not None and found.acknowledged_by == "@team-lead"


async def test_who_is_on_call() -> None:
    """By level, with the addresses that people are asked by."""
    async with outside() as out:
        found = await pager(out).on_calls()
        assert [(one.level, one.email) for one in found][:2] == [
            (1, "on-call-engineer@example.com"),
            (2, "team-lead@example.com"),
        ]


async def test_who_is_on_call_in_a_schedule() -> None:
    """Only they; a schedule that the pager does not know is named, with the place where it stands."""
    async with outside() as out:
        with pytest.raises(NotFound, match="no schedule PNONE"):
            await pager(out).on_calls("PNONE")


async def test_by_the_pager_s_own_id() -> None:
    """Acknowledged by the one who acts, then resolved with what was found."""
    async with outside() as out:
        number = await paged(out)
        await pager(out).set_status(number, "acknowledged")
        found = await pager(out).incident(KEY)
        assert found is not None and found.acknowledged_by == "@primary-rm"
        await pager(out).set_status(number, "resolved", "DRILL rolled back")
        with pytest.raises(ServiceError, match="does not take it as it is"):
            await pager(out).set_status(number, "resolved")
        with pytest.raises(NotFound, match="no such incident"):
            await pager(out).note("QNOTHING", "DRILL")


async def test_whom_nobody_knows() -> None:
    """An address without an account, and none at all, before anything is sent."""
    async with outside() as out:
        number = await paged(out)
        for email, words in (("nobody@example.com", "nobody with the address"), ("", "in the roster")):
            with pytest.raises(NotFound, match=words):
                await pager(out).ask(number, email, "DRILL")
        assert len(out.sent("pagerduty")) == 1


async def test_a_page_may_come_twice_over_the_wire_and_pages_once() -> None:
    """The key tells a second one from the first: after a 500 and after a lost answer it is sent again."""
    async with outside() as out:
        for fault in (
            Fault("http", "v2/enqueue", system="pagerduty", code=500),
            Fault("lost-answer", "v2/enqueue", system="pagerduty"),
        ):
            out.emulator.faults.add(fault)
            await pager(out).trigger(KEY, "DRILL", severity="critical", source="warroom")
        assert [one.status for one in out.sent("pagerduty")] == [500, 202, 202, 202]
        found = await pager(out).incident(KEY)
        assert found is not None
        assert [one.summary for one in out.sent("pagerduty")].count("pages: DRILL") == 1


async def test_asking_somebody_is_not_repeated_blindly() -> None:
    """It would ring their phone again: after a 500 nobody knows, and a person decides."""
    async with outside() as out:
        number = await paged(out)
        out.emulator.faults.add(Fault("http", "incidents/*/responder_requests", system="pagerduty", code=500))
        with pytest.raises(Unreachable) as caught:
            await pager(out).ask(number, "primary-ic@example.com", "DRILL")
        assert caught.value.effect is Effect.UNKNOWN
        out.emulator.faults.add(
            Fault("http", "incidents/*/responder_requests", system="pagerduty", code=429, seconds=0.0)
        )
        await pager(out).ask(number, "primary-ic@example.com", "DRILL")


async def test_long_texts_are_cut() -> None:
    """To what PagerDuty takes: it would refuse them."""
    async with outside() as out:
        await pager(out).trigger("k" * 400, "DRILL " + "x" * 2000, severity="error", source="warroom")
        await pager(out).change("DRILL " + "x" * 2000, source="warroom")
        assert [one.status for one in out.sent("pagerduty")] == [202, 202]
        assert await pager(out).incident("k" * 400) is not None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"routing_key": ""}, "0 characters instead of 32"),
        ({"routing_key": "x" * 32}, "does not take it as it is"),
    ],
)
async def test_a_routing_key_that_is_none(more: dict[str, str], words: str) -> None:
    """Its length is looked at before it is sent; a wrong one is refused."""
    async with outside() as out:
        client = _client(out, **more)
        with pytest.raises(ServiceError, match=words):
            await client.trigger(KEY, "DRILL", severity="critical", source="warroom")
        await client.close()


async def test_without_a_token_it_still_pages() -> None:
    """What needs the REST API says which variable is missing; so does a write that has no sender."""
    async with outside() as out:
        bare = _client(out, token="")
        await bare.trigger(KEY, "DRILL", severity="critical", source="warroom")
        with pytest.raises(Denied, match="token_variable"):
            await bare.on_calls()
        await bare.close()
        silent = _client(out, from_email="")
        with pytest.raises(Denied, match="from_email"):
            await silent.note("Q1", "DRILL")
        await silent.close()
        foreign = _client(out, token="of somebody")
        with pytest.raises(Denied, match="refuses the token"):
            await foreign.check()
        await foreign.close()


async def test_a_severity_of_nobody_s() -> None:
    """Is refused here: the event would be lost."""
    async with outside() as out:
        with pytest.raises(ServiceError, match="critical, error, warning, info"):
            await pager(out).trigger(KEY, "DRILL", severity="P0", source="warroom")


async def _states(out: Outside) -> list[str]:
    found = await pager(out).incident(KEY)
    assert found is not None
    return [one.state for one in found.responders]


def _client(
    out: Outside,
    routing_key: str | None = None,
    token: str | None = None,
    from_email: str = "primary-rm@example.com",
) -> PagerDutyApi:
    routing_key = out.secrets["pagerduty-events"] if routing_key is None else routing_key
    token = out.secrets["pagerduty"] if token is None else token
    http = f"http://{out.emulator.stage.http}"
    return PagerDutyApi(routing_key, token, from_email, "PSHOP01", f"{http}/pagerduty", f"{http}/pagerduty-events")


async def test_what_is_open_there_but_for_the_incident_s_own_page() -> None:
    """What Monitoring opened while the world burns, by name and since when; our own page is left out."""
    async with outside() as out:
        await paged(out)
        pages = await pager(out).open_incidents(KEY)
        assert pages.where == "open incidents of its service PSHOP01"
        assert [one.name for one in pages.found] == ["payments-api: 5xx above 5 %"]
        assert pages.found[0].opened_at < out.clock.now()
        place = next(place for place in out.emulator.world.places.values() if not place.staging)
        place.heal(out.clock.now(), True)
        out.clock.advance(61)
        assert (await pager(out).open_incidents(KEY)).found == ()
        assert len((await pager(out).open_incidents("another key")).found) == 1
        out.befall("pagerduty", 403)
        with pytest.raises(Denied):
            await pager(out).open_incidents(KEY)
