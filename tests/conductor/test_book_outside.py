"""A whole drill by the book whose words go out over the wire: channel, headline, updates, page, change events."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from tests.conductor.jumping import JumpingClock, NowOf, Told
from tests.conductor.test_by_the_book import GOOD, SCENARIOS, UNHURRIED, connecting
from warroom.autopilot import play
from warroom.drill.server.emulator import Emulator
from warroom.incident.fold import fold
from warroom.incident.journal.sqlite import SqliteStore
from warroom.services.clients import Clients
from warroom.services.systems.ports import Others
from warroom.wiring import systems
from warroom.wiring.rooms import exercise
from warroom.workspace import Room

BROKEN = next(one for one in SCENARIOS if one.id == "both-broken")
OURS = ("chat", "pager", "status_page", "code")
SAID = ("topic", "headline", "alert", "update", "publish", "change")


async def test_the_book_tells_the_outside(tmp_path: Path) -> None:
    """Everything arrives, once; the headline ends at RESOLVED, the page at resolved, and all of it says DRILL."""
    clock = JumpingClock()
    emulator = Emulator(GOOD, NowOf(clock), cast=systems.cast(UNHURRIED))
    addresses = await emulator.start()

    async def clients() -> Clients:
        found = await connecting(addresses, clock)()
        others = systems.drill(UNHURRIED.integrations, addresses.http, addresses.token, clock)
        ports = {name: Told(port, clock) for name in OURS if (port := getattr(others, name)) is not None}
        assert len(ports) == len(OURS)
        return replace(found, others=Others(**cast(Any, ports), missing=others.missing))

    room = Room(
        config=UNHURRIED,
        journal=SqliteStore(tmp_path / "journal.db"),
        clock=clock,
        actor="@primary-rm",
        connect=clients,
        reports=tmp_path,
        exercise=exercise(GOOD, UNHURRIED, clock),
        thread=clock.thread,
    )
    try:
        async with clock.jumping():
            await play(room, GOOD.by_the_book, lambda line: None)
    finally:
        await emulator.stop()
    with closing(SqliteStore(tmp_path / "journal.db")) as journal:
        log = journal.read("INC-0001")
    incident = fold(log)
    done = Counter((one.system, one.action) for one in incident.sends.values() if one.outcome == "done")
    for action in ("open-channel", "topic", "invite", "headline", "pin", "alert"):
        assert done["slack", action] == 1, action
    assert done["slack", "update"] >= 4 and done["statuspage", "publish"] == 1 and done["statuspage", "update"] >= 1
    assert done["pagerduty", "change"] >= 5  # deployed, and four rungs
    assert {one.outcome for one in incident.sends.values()} == {"done"}
    assert all(one.text.startswith("DRILL") for one in incident.sends.values() if one.action in SAID)
    headline = incident.outward.headline
    assert headline is not None and "RESOLVED" in headline.text
    assert {"alert-team", "notify-stakeholders", "send-all-clear", "update-status-page"} <= set(incident.ticks)
    assert set(incident.outward.links) == {"Slack #incident-0001", "Slack #releases", "Statuspage"}


async def test_the_book_switches_the_feature_off_where_nothing_else_helps(tmp_path: Path) -> None:
    """Hotfix and stable fail alike: after the abort the flag goes off over the wire, and errors end in the world."""
    clock = JumpingClock()
    emulator = Emulator(BROKEN, NowOf(clock), cast=systems.cast(UNHURRIED))
    addresses = await emulator.start()

    async def clients() -> Clients:
        found = await connecting(addresses, clock)()
        others = systems.drill(UNHURRIED.integrations, addresses.http, addresses.token, clock)
        assert others.flags is not None
        return replace(found, others=Others(flags=cast(Any, Told(others.flags, clock)), missing=others.missing))

    room = Room(
        config=UNHURRIED,
        journal=SqliteStore(tmp_path / "journal.db"),
        clock=clock,
        actor="@primary-rm",
        connect=clients,
        reports=tmp_path,
        exercise=exercise(BROKEN, UNHURRIED, clock),
        thread=clock.thread,
    )
    try:
        async with clock.jumping():
            outcome = await play(room, BROKEN.by_the_book, lambda line: None)
        plan = BROKEN.services[0]
        left = emulator.world.places[plan.ref].behaviour(plan.stable.revision, 100, clock.now())
    finally:
        await emulator.stop()
    assert (outcome.ended, outcome.why.rpartition("; ")[2]) == ("aborted", "one-click-checkout is off")
    assert left.error_share < 0.001
    journal = SqliteStore(tmp_path / "journal.db")
    incident = fold(journal.read("INC-0001"))
    journal.close()
    assert incident.relief is not None and incident.relief.how == "flag-off"
    assert incident.mitigated_how == "flag-off" and incident.mitigated_evidence
