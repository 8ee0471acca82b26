"""The headline is kept current by one process, seldom; changes and the end are told to the pager once."""

import pytest

from tests.conductor.parties import Parties
from tests.conductor.rig import NAME, Rig
from warroom.conductor.comms import alert, headline_sync
from warroom.conductor.comms.headline_sync import APART_SECONDS, TAKE_OVER_SECONDS, Keeper
from warroom.incident import events
from warroom.incident.comms.comms import HeadlineFailed, HeadlineKept
from warroom.rollout.evidence import Grade
from warroom.services.errors import ServiceError
from warroom.updates.headline import headline

REFUSED = ServiceError("Slack refused it", "Mend the token.")


async def alerted(rig: Rig) -> tuple[Parties, Keeper]:
    """The team was alerted a minute ago."""
    parties = Parties()
    await rig.declared()
    parties.join(rig)
    await alert.carry_out(rig.conductor, alert.plan(rig.conductor))
    rig.clock.advance(60)
    return parties, Keeper(rig.conductor)


async def phase(rig: Rig, name: str) -> None:
    """Something that the headline tells of."""
    await rig.conductor.recorder.record(events.PhaseStarted(name))


async def test_it_is_edited_when_its_words_change_and_only_then(rig: Rig) -> None:
    """Not for time that passes; and two changes within 15 s are one edit."""
    parties, keeper = await alerted(rig)
    await keeper.turn()
    assert parties.chat.of("edit") == []
    await phase(rig, "preparation")
    await keeper.turn()
    assert [words[2].splitlines()[1] for words in parties.chat.of("edit")] == ["Phase 2, Preparation"]
    await phase(rig, "testing")
    await keeper.turn()
    assert len(parties.chat.of("edit")) == 1
    rig.clock.advance(APART_SECONDS)
    await keeper.turn()
    await keeper.turn()
    assert len(parties.chat.of("edit")) == 2


async def test_it_says_how_far_the_hotfix_is(rig: Rig) -> None:
    """Percent and verdict, then where traffic is, then that it is over."""
    protocol = rig.conductor.config.protocol
    await rig.baked(25, Grade.PASS)
    assert f"{NAME}: the hotfix takes 25 %, PASS" in headline(rig.incident, protocol)
    await rig.fire(rig.conductor.plan("abort", NAME))
    assert f"{NAME}: aborted, 00041-kol serves" in headline(rig.incident, protocol)
    assert "Incident Commander @primary-ic · Release Manager @primary-rm" in headline(rig.incident, protocol)
    await rig.conductor.record(events.Mitigated("roll-back"), events.Resolved())
    assert "RESOLVED" in headline(rig.incident, protocol)


async def test_one_process_keeps_it(rig: Rig) -> None:
    """Another one lets it, unless it leaves old words standing, or is gone."""
    parties, keeper = await alerted(rig)
    await rig.conductor.recorder.record(HeadlineKept("elsewhere/1", "as it was"))
    rig.clock.advance(60)
    await phase(rig, "preparation")
    await keeper.turn()
    assert parties.chat.of("edit") == []
    rig.clock.advance(TAKE_OVER_SECONDS)
    await keeper.turn()
    assert len(parties.chat.of("edit")) == 1
    kept = rig.incident.outward.headline
    assert kept is not None and kept.owner != "elsewhere/1"


async def test_a_failure_is_told_once_and_tried_again_later(rig: Rig) -> None:
    """The timeline has one line of it, however often it fails, and the next success ends it."""
    parties, keeper = await alerted(rig)
    parties.chat.fails["edit"] = [REFUSED, REFUSED]
    await phase(rig, "preparation")
    for _ in range(60):
        await keeper.turn()
        rig.clock.advance(5)
    assert len(rig.facts(HeadlineFailed)) == 1
    assert len(parties.chat.of("edit")) == 1
    kept = rig.incident.outward.headline
    assert kept is not None and kept.trouble == ""


async def test_the_pager_hears_of_every_change_once(rig: Rig) -> None:
    """A change event each, also when the board was restarted; it pages nobody."""
    parties, keeper = await alerted(rig)
    await rig.fire(rig.conductor.plan("deploy", NAME, image="example.test/x@sha256:1"))
    await rig.look()
    await rig.fire(rig.conductor.plan("advance", NAME))
    await keeper.turn()
    await rig.conductor.open(rig.incident.id)
    await Keeper(rig.conductor).turn()
    told = [words[0] for words in parties.pager.of("change")]
    assert len(told) == 2 and "traffic 10 % applied" in told[1] and told[1].startswith("INC-0001 ")


async def test_a_change_event_that_fails_is_given_up_after_a_while(rig: Rig) -> None:
    """Nothing waits for it, and it does not fill the journal."""
    parties, keeper = await alerted(rig)
    parties.pager.fails["change"] = [REFUSED] * 100
    await rig.fire(rig.conductor.plan("deploy", NAME, image="example.test/x@sha256:1"))
    for _ in range(200):
        await keeper.turn()
        rig.clock.advance(20)
    failed = [send for send in rig.incident.sends.values() if send.action == "change"]
    assert 2 <= len(failed) <= headline_sync.RETRIES + 1


async def test_the_page_ends_with_the_incident(rig: Rig) -> None:
    """Once, and only where somebody was paged."""
    parties, keeper = await alerted(rig)
    await rig.conductor.record(events.Mitigated("roll-back"), events.Resolved())
    await keeper.turn()
    assert parties.pager.of("resolve") == []
    await rig.conductor.recorder.record(
        events.SendIntended("p1", "pagerduty", "page"), events.SendDone("p1", "warroom/INC-0001")
    )
    await keeper.turn()
    await keeper.turn()
    assert parties.pager.of("resolve") == [["warroom/INC-0001"]]


@pytest.mark.parametrize("others", [True, False])
async def test_with_nobody_to_tell_it_does_nothing(rig: Rig, others: bool) -> None:
    """Neither before the channel is open, nor without any client."""
    await rig.deployed()
    if others:
        Parties().join(rig)
        rig.clock.advance(headline_sync.RECENT_SECONDS)
    before = len(rig.log())
    await Keeper(rig.conductor).turn()
    assert len(rig.log()) == before
