"""Paging: the primary is asked, silence pages the backup, once, whoever is killed meanwhile."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import FakeProber
from tests.conductor.pager import FakeChat, FakePager
from tests.conductor.rig import CONFIG, Rig, declaration, rigged
from warroom.actions import people
from warroom.conductor.conductor import Conductor
from warroom.conductor.people import page_responses, paging, roles
from warroom.conductor.refusal import Refused
from warroom.incident import events
from warroom.incident.roles.roles import Holder
from warroom.incident.sends.sends import SendDone, SendFailed, SendIntended
from warroom.protocol.roster import Person
from warroom.services.clients import Clients
from warroom.services.errors import Effect, ServiceError, Unreachable
from warroom.services.systems.ports import OnCall, Others

ROLE = CONFIG.protocol.role("incident-commander")
PRIMARY, BACKUP = "primary-ic@example.com", "backup-ic@example.com"
LIMIT = CONFIG.protocol.paging.acknowledge_minutes * 60
DOWN = Unreachable("PagerDuty does not answer", "Look at your line.")


def attach(rig: Rig, pager: FakePager | None, chat: FakeChat | None = None) -> None:
    """Connect the rig to a pager."""
    others = Others(pager=pager, chat=chat)
    rig.conductor.attach(Clients(rig.run, rig.monitoring, FakeProber(rig.clock), others))


async def paged(rig: Rig, pager: FakePager, chat: FakeChat | None = None) -> None:
    """An incident whose commander was just paged."""
    await rig.declared()
    attach(rig, pager, chat)
    await paging.page(rig.conductor, paging.plan(rig.conductor, ROLE))


def leads(rig: Rig) -> Holder:
    """Who leads."""
    return rig.incident.roles[ROLE.id]


async def silence(rig: Rig, seconds: float = LIMIT) -> None:
    """Nobody says anything for so long; then the loop has its turn."""
    rig.clock.advance(seconds)
    await page_responses.turn(rig.conductor)


async def test_a_page_goes_to_the_pager_and_by_name(rig: Rig) -> None:
    """The preview says where it goes; the pager is triggered once, the person asked by e-mail, all of it written."""
    pager = FakePager(opens_after=2)
    await rig.declared()
    attach(rig, pager)
    plan = paging.plan(rig.conductor, ROLE)
    assert [where for where, _ in plan.goes] == ["PagerDuty, who is on call", f"PagerDuty, {PRIMARY}"]
    assert not plan.by_hand and "Incident Commander" in plan.text
    await paging.page(rig.conductor, plan)
    await paging.page(rig.conductor, paging.plan(rig.conductor, CONFIG.protocol.role("qa-lead")))
    assert [(key, severity) for key, _, severity in pager.triggered] == [(f"warroom/{rig.incident.id}", "critical")]
    assert [email for email, _ in pager.asked] == [PRIMARY, "primary-qa@example.com"]
    assert (leads(rig).paged_how, leads(rig).paged_at is not None) == ("pagerduty", True)
    assert rig.agrees()


async def test_asked_once_then_by_hand(rig: Rig) -> None:
    """Who was asked is not asked again: then it says whom to call, and records that it was done."""
    pager = FakePager()
    await paged(rig, pager)
    again = paging.plan(rig.conductor, ROLE)
    assert again.by_hand and "asks once" in again.why and again.goes[0][0] == "call +1-555-0101"
    assert await paging.page(rig.conductor, again) == "Recorded: @primary-ic was paged by hand."
    assert (len(pager.asked), leads(rig).paged_how) == (1, "pagerduty")


async def test_a_call_besides_does_not_silence_the_pagers_answer(rig: Rig) -> None:
    """Who was asked by the pager and then called by phone answers in the pager: it is heard, nobody else is paged."""
    pager = FakePager()
    await paged(rig, pager)
    rig.clock.advance(LIMIT / 2)
    await paging.page(rig.conductor, paging.plan(rig.conductor, ROLE, by_hand=True))
    pager.answers(PRIMARY, "joined")
    await silence(rig, LIMIT / 2 - 1)
    assert leads(rig).joined_at is not None
    await silence(rig)
    assert leads(rig).person == "@primary-ic" and len(pager.asked) == 1


async def test_a_call_besides_gives_no_more_time(rig: Rig) -> None:
    """The time to answer runs from the page on: after it the backup is paged, as without the call."""
    pager = FakePager()
    await paged(rig, pager)
    rig.clock.advance(LIMIT / 2)
    await paging.page(rig.conductor, paging.plan(rig.conductor, ROLE, by_hand=True))
    await silence(rig, LIMIT / 2)
    assert leads(rig).person == "@backup-ic"


async def test_whom_a_page_helps_most_is_offered_first(rig: Rig) -> None:
    """Who was paged last comes after those who were not, and after the one who would stand in."""
    await paged(rig, FakePager())
    rig.clock.advance(5)
    offered = [who for who, _ in people._candidates(rig.conductor)]
    unpaged = [f"{role}|{held.person}" for role, held in rig.incident.roles.items() if held.paged_at is None]
    assert set(offered[: len(unpaged)]) == set(unpaged)
    assert offered.index(f"{ROLE.id}|@backup-ic") < offered.index(f"{ROLE.id}|@primary-ic")


async def test_no_pager_is_by_hand(rig: Rig) -> None:
    """With no pager it says why, whom to call and what to say; that it was done is written down."""
    await rig.declared()
    rig.conductor.attach(
        Clients(rig.run, rig.monitoring, FakeProber(rig.clock), Others(missing={"pagerduty": "No token: export it."}))
    )
    plan = paging.plan(rig.conductor, ROLE, "somebody else")
    assert (plan.why, plan.person.handle, plan.replaces) == ("No token: export it.", "somebody else", "@primary-ic")
    await paging.page(rig.conductor, plan)
    assert (leads(rig).person, leads(rig).paged_how) == ("somebody else", "by hand")
    await silence(rig)  # with no pager nothing goes out by itself
    assert rig.facts(SendIntended) == []


@pytest.mark.parametrize("state", ["joined", "acknowledged"])
async def test_who_answers_is_not_stood_in_for(rig: Rig, state: str) -> None:
    """Joined or acknowledged, with the acknowledgement's own end; the backup is left in peace."""
    pager = FakePager()
    await paged(rig, pager)
    rig.clock.advance(60)
    until = rig.clock.now() + 1800
    if state == "joined":
        pager.answers(PRIMARY, "joined")
    else:
        pager.acknowledged("@primary-ic", until)
    await page_responses.turn(rig.conductor)
    await silence(rig)
    assert leads(rig).person == "@primary-ic"
    assert (leads(rig).joined_at if state == "joined" else leads(rig).until) is not None
    assert len(pager.asked) == 1
    assert len(rig.facts(events.RoleAcknowledged)) == 1
    assert rig.agrees()


async def test_silence_pages_the_backup_once(rig: Rig) -> None:
    """After the protocol's minutes, not before; the backup stands in, is asked once, and a late primary is told of."""
    pager = FakePager()
    await paged(rig, pager)
    await silence(rig, LIMIT - 1)
    assert leads(rig).person == "@primary-ic"
    await silence(rig, 1)
    assert (leads(rig).person, leads(rig).stand_in_for) == ("@backup-ic", "@primary-ic")
    for _ in range(3):
        await silence(rig)
    assert [email for email, _ in pager.asked] == [PRIMARY, BACKUP]
    pager.answers(PRIMARY, "joined")
    await silence(rig, 10)
    assert leads(rig).before[-1].answered_at is not None
    assert len(rig.facts(events.RoleAcknowledged)) == 1


async def test_who_declines_is_replaced_at_once(rig: Rig) -> None:
    """There is nothing to wait for."""
    pager = FakePager()
    await paged(rig, pager)
    pager.answers(PRIMARY, "declined")
    await silence(rig, 10)
    assert leads(rig).person == "@backup-ic"


async def test_two_boards_page_the_backup_once(rig: Rig) -> None:
    """Both see the silence in the same moment; the journal's first claim goes on, the other one sends nothing."""
    pager = FakePager()
    await paged(rig, pager)
    rig.clock.advance(LIMIT)
    other = rig.other()
    await other.open(rig.incident.id)
    theirs = events.RoleAssigned(ROLE.id, "@backup-ic", stand_in_for="@primary-ic", owner="elsewhere/1")
    await other.record(theirs)
    await page_responses.turn(rig.conductor)
    assert len(pager.asked) == 1  # it is the other's to page; if that one never does, this one does
    await silence(rig, page_responses.GRACE_SECONDS)
    assert [email for email, _ in pager.asked] == [PRIMARY, BACKUP]


async def test_whoever_comes_second_with_a_page_has_not_failed(rig: Rig) -> None:
    """Two processes begin one page in the same moment: it goes out once, and the timeline tells of no failure."""
    pager = FakePager()
    await paged(rig, pager)
    rig.clock.advance(LIMIT)
    boards = [Conductor(CONFIG, rig.other()) for _ in range(2)]
    for one in boards:
        one.attach(Clients(rig.run, rig.monitoring, FakeProber(rig.clock), Others(pager=pager)))
        await one.open(rig.incident.id)
    await asyncio.gather(*(page_responses.turn(one) for one in boards))
    await rig.recorder.follow()
    assert [email for email, _ in pager.asked] == [PRIMARY, BACKUP]
    assert not rig.facts(SendFailed)
    assert not [fact for fact in rig.facts(events.Noted) if "not paged" in fact.text]


@pytest.mark.parametrize("arrived", [True, False])
async def test_killed_while_paging_the_backup(rig: Rig, arrived: bool) -> None:
    """The intent is written and no outcome: who opens it next looks there, and pages only if it did not arrive."""
    pager = FakePager()
    await paged(rig, pager)
    rig.clock.advance(LIMIT)
    claim = events.RoleAssigned(ROLE.id, "@backup-ic", stand_in_for="@primary-ic", owner="elsewhere/1")
    asked = SendIntended("s9", "pagerduty", "ask", paging.ask_key(ROLE.id, "@backup-ic"), BACKUP, "come")
    await rig.recorder.record(claim, asked)
    if arrived:
        await pager.ask("P1", BACKUP, "come")
    conductor = Conductor(CONFIG, rig.other())
    conductor.attach(Clients(rig.run, rig.monitoring, FakeProber(rig.clock), Others(pager=pager)))
    await conductor.open(rig.incident.id)
    for _ in range(4):
        rig.clock.advance(20)
        await page_responses.turn(conductor)
    assert [email for email, _ in pager.asked] == [PRIMARY, BACKUP]
    assert conductor.incident.roles[ROLE.id].paged_at is not None
    assert len(rig.facts(SendDone)) == 3


async def test_a_failing_pager_is_a_fact(rig: Rig) -> None:
    """Told once, and taken back when it answers; a page that failed is not tried again by itself."""
    pager = FakePager()
    await paged(rig, pager)
    pager.fails["incident"] = [DOWN, DOWN]
    await silence(rig, 10)
    await silence(rig, 10)
    assert "pagerduty" in rig.incident.lost
    pager.fails["ask"] = [Unreachable("refused", "", effect=Effect.NOTHING)]
    await silence(rig)
    assert "pagerduty" not in rig.incident.lost
    for _ in range(3):
        await silence(rig)
    assert (leads(rig).person, leads(rig).paged_at, len(pager.asked)) == ("@backup-ic", None, 1)
    assert not paging.plan(rig.conductor, ROLE).by_hand  # p tries it again


async def test_an_incident_that_does_not_open(rig: Rig) -> None:
    """A page that was taken and shows nothing is told as that; trying again pages nobody twice."""
    pager = FakePager(opens_after=1000)
    await rig.declared()
    attach(rig, pager)
    for _ in range(2):
        with pytest.raises(ServiceError, match="shows no incident yet"):
            await paging.page(rig.conductor, paging.plan(rig.conductor, ROLE))
    assert (len(pager.triggered), leads(rig).paged_at) == (1, None)


async def test_the_channel_is_told(rig: Rig) -> None:
    """Who was paged, and both halves of a handover, in the incident's channel; a drill says so first."""
    pager, chat = FakePager(), FakeChat()
    await rig.conductor.declare(replace(declaration(rig.clock.now()), drill=True))
    attach(rig, pager, chat)
    await rig.recorder.record(SendIntended("s1", "slack", "open-channel", to="#incident-1"), SendDone("s1", "C1"))
    await paging.page(rig.conductor, paging.plan(rig.conductor, ROLE))
    await roles.offer(rig.conductor, ROLE, "@backup-ic")
    await roles.accept(rig.conductor, ROLE)
    assert [channel for channel, _ in chat.posted] == ["C1"] * 3
    said = [text for _, text in chat.posted] + [pager.triggered[0][1], pager.asked[0][1]]
    assert all(text.startswith("DRILL ") for text in said)
    assert "Join #incident-1." in pager.asked[0][1]
    assert "no hotfix on the ladder" in chat.posted[1][1]


async def test_acknowledged_there_too(rig: Rig) -> None:
    """Who says here that they know is known to the pager too, once."""
    pager = FakePager()
    await paged(rig, pager)
    for _ in range(2):
        await roles.acknowledge(rig.conductor, ROLE)
    assert pager.ended == [f"acknowledge {paging.page_key(rig.incident)}"]


async def test_a_handover_needs_both(rig: Rig) -> None:
    """Offered with a brief, accepted by the other side or on their behalf; not by anybody else, not to themselves."""
    await rig.declared()
    with pytest.raises(Refused, match="is not offered to"):
        await roles.accept(rig.conductor, ROLE)
    with pytest.raises(Refused, match="already"):
        await roles.offer(rig.conductor, ROLE, "primary-ic")
    told = await roles.offer(rig.conductor, ROLE, "backup-ic")
    assert rig.incident.id in told and "Roles: IC @primary-ic" in told
    with pytest.raises(Refused, match="offered to @backup-ic"):
        await roles.accept(rig.conductor, ROLE, "@somebody")
    assert await roles.accept(rig.conductor, ROLE, "@backup-ic") == "@backup-ic"
    assert leads(rig).acknowledged_at is not None


async def test_away_is_for_all_roles_of_a_person(rig: Rig) -> None:
    """One word for all that they hold, and back again."""
    await rig.declared()
    await roles.assign(rig.conductor, CONFIG.protocol.role("qa-lead"), "@primary-ic")
    assert await roles.away(rig.conductor, "primary-ic") == ("incident-commander", "qa-lead")
    assert leads(rig).away_at is not None
    await roles.away(rig.conductor, "@primary-ic", back=True)
    assert leads(rig).away_at is None
    with pytest.raises(Refused, match="holds no role"):
        await roles.away(rig.conductor, "@nobody")


async def test_the_loop_runs_it(tmp_path: Path) -> None:
    """The conductor's own loops page the backup, with nobody at the keys."""
    async with rigged(tmp_path / "journal.db") as rig:
        pager = FakePager()
        await paged(rig, pager)
        running = asyncio.ensure_future(rig.conductor.run())
        try:
            while len(pager.asked) < 2:
                assert not running.done()
                await asyncio.sleep(0.001)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert leads(rig).person == "@backup-ic"


def on_schedule(rig: Rig) -> paging.PagePlan:
    """The commander's duty is a schedule of the pager's; the plan of paging them."""
    config = rig.conductor.config
    shifts = Person("@on-call", schedule="PSHIFT1")
    duties = tuple(replace(one, primary=shifts) if one.role == ROLE.id else one for one in config.roster.duties)
    rig.conductor.config = replace(config, roster=replace(config.roster, duties=duties))
    return paging.plan(rig.conductor, ROLE, "@on-call")


async def test_a_schedule_in_place_of_a_person(rig: Rig) -> None:
    """Whoever is on call when the page goes out is asked, and holds the role; in silence the backup stands in."""
    pager = FakePager()
    pager.on_call = (OnCall("Jo", "jo@example.com", 1),)
    await rig.declared()
    attach(rig, pager)
    plan = on_schedule(rig)
    assert plan.goes[1][0] == "PagerDuty, on call in PSHIFT1"
    await paging.page(rig.conductor, plan)
    assert (pager.schedules, pager.asked[0][0], leads(rig).person) == (["PSHIFT1"], "jo@example.com", "jo@example.com")
    await silence(rig)
    assert (leads(rig).person, leads(rig).stand_in_for) == ("@backup-ic", "jo@example.com")


async def test_a_schedule_with_nobody(rig: Rig) -> None:
    """Nobody is on call: nothing is sent, and it says so."""
    pager = FakePager()
    await rig.declared()
    attach(rig, pager)
    with pytest.raises(Refused, match="names nobody who is on call in PSHIFT1 now"):
        await paging.page(rig.conductor, on_schedule(rig))
    assert not pager.triggered and not pager.asked
