"""An update goes to every channel chosen, once, with what was approved; a channel that fails stops no other."""

import pytest
from msgspec.structs import replace

from tests.conductor.parties import Parties
from tests.conductor.rig import Rig
from warroom.actions.comms import unsent
from warroom.conductor.comms import action_items, alert, updates
from warroom.conductor.comms.updates import Draft, tell
from warroom.conductor.refusal import Refused
from warroom.incident import events
from warroom.incident.comms.comms import PERMANENT_FIX
from warroom.services.clients import Clients
from warroom.services.errors import Effect, ServiceError, Unreachable

ALL = ("slack", "stakeholders", "statuspage")


async def ready(rig: Rig) -> Parties:
    """A declared incident with its channel open, and all that can be spoken to."""
    parties = Parties()
    await rig.declared()
    parties.join(rig)
    await alert.carry_out(rig.conductor, alert.plan(rig.conductor))
    parties.chat.asked.clear()
    return parties


async def test_it_goes_where_it_is_chosen_to(rig: Rig) -> None:
    """Each channel its message; the facts keep where it stands and who approved what went outside."""
    parties = await ready(rig)
    told = await tell(rig.conductor, Draft("we know", "initial-alert", ALL, "@primary-ic"))
    assert updates.summary(told) == "Sent to Slack #incident-0001, Slack #releases, Statuspage."
    assert parties.chat.of("post") == [["C1", "we know", "M1"], ["releases", "we know", ""]]
    impact = ["critical", "{'payments-api': 'major_outage'}", "False"]
    assert parties.page.of("create") == [["checkout answers 500", "investigating", "we know", *impact]]
    facts = rig.facts(events.UpdateSent)
    assert [(one.channel, one.approved_by) for one in facts] == [
        ("Slack #incident-0001", ""),
        ("Slack #releases", "@primary-ic"),
        ("Statuspage", "@primary-ic"),
    ]
    assert facts[2].link == rig.incident.outward.links["Statuspage"] == "https://status.test/SP1"


async def test_the_second_goes_on_where_the_first_stands(rig: Rig) -> None:
    """Statuspage's incident is updated, not published anew; the same words to the same place go once."""
    parties = await ready(rig)
    await tell(rig.conductor, Draft("we know", to=("statuspage",), approved_by="@primary-ic"))
    await tell(rig.conductor, Draft("we mend it", to=("statuspage",), approved_by="@primary-ic"))
    again = await tell(rig.conductor, Draft("we mend it", to=("statuspage",), approved_by="@primary-ic"))
    assert (len(parties.page.of("create")), len(parties.page.of("update"))) == (1, 1)
    assert again[0].link and len(rig.facts(events.UpdateSent)) == 2


async def test_nothing_goes_out_that_is_not_approved(rig: Rig) -> None:
    """Refused before anything is written or sent."""
    parties = await ready(rig)
    before = len(rig.log())
    with pytest.raises(Refused, match="@primary-ic has not approved what goes to Slack #releases"):
        await tell(rig.conductor, Draft("we know", to=ALL))
    with pytest.raises(Refused, match="“resolved” is not true"):
        await tell(rig.conductor, Draft("it is resolved", to=ALL, approved_by="@primary-ic"))
    assert (len(rig.log()), parties.chat.asked, parties.page.asked) == (before, [], [])


async def test_one_that_fails_stops_no_other(rig: Rig) -> None:
    """It is told which, and the next try reaches only the one that failed."""
    parties = await ready(rig)
    parties.chat.fails["post"] = [ServiceError("Slack refused it", "Mend the token.")]
    draft = Draft("we know", "initial-alert", ("slack", "statuspage"), "@primary-ic")
    first = await tell(rig.conductor, draft)
    expected = "Sent to Statuspage. Not sent to Slack #incident-0001: Slack refused it. Mend the token."
    assert updates.summary(first) == expected
    assert f"{unsent([one for one in first if one.trouble])}." == (
        "Slack #incident-0001: Slack refused it. Mend the token."
    )
    second = await tell(rig.conductor, draft)
    assert updates.summary(second).startswith("Sent to Slack #incident-0001, Statuspage")
    assert len(parties.chat.of("post")) == 1
    assert len(parties.page.of("create")) == 1 and len(parties.page.of("update")) == 0


async def test_a_page_that_may_be_published_is_not_published_again(rig: Rig) -> None:
    """A person looks first, then may send it anew."""
    parties = await ready(rig)
    parties.page.fails["create"] = [Unreachable("No answer", "Look there.", effect=Effect.UNKNOWN)]
    draft = Draft("we know", to=("statuspage",), approved_by="@primary-ic")
    await tell(rig.conductor, draft)
    later = await tell(rig.conductor, Draft("still", to=("statuspage",), approved_by="@primary-ic"))
    assert "No answer says whether publish arrived in statuspage" in later[0].trouble
    assert parties.page.of("create") == []
    anew = await tell(rig.conductor, Draft("still", to=("statuspage",), approved_by="@primary-ic", anew=True))
    assert not anew[0].trouble and len(parties.page.of("create")) == 1


async def test_without_tokens_it_is_recorded_as_carried_by_hand(rig: Rig) -> None:
    """Nothing else is proposed, nobody has to approve, and the next update is owed from then on."""
    await rig.declared()
    told = await tell(rig.conductor, Draft("we know", "initial-alert"))
    assert updates.summary(told) == "Sent to by hand."
    assert [one.channel for one in rig.facts(events.UpdateSent)] == ["by hand"]
    assert "notify-stakeholders" in rig.incident.ticks


async def test_snoozing_takes_a_reason_and_has_an_end(rig: Rig) -> None:
    """The next update is owed later; an update that is sent ends it."""
    from warroom.incident import clocks

    await rig.declared()
    with pytest.raises(Refused, match="needs a reason"):
        await updates.snooze(rig.conductor, 30, " ")
    with pytest.raises(Refused, match="up to 120 minutes"):
        await updates.snooze(rig.conductor, 999, "x")
    until = await updates.snooze(rig.conductor, 30, "everybody sleeps")
    now = rig.clock.now()
    assert until == now + 1800
    assert clocks.update_due(rig.incident, rig.conductor.config.protocol, now) == 1800
    await tell(rig.conductor, Draft("we know"))
    assert clocks.update_due(rig.incident, rig.conductor.config.protocol, now) == 900


async def test_the_all_clear_resolves_the_page(rig: Rig) -> None:
    """The page is set with its words; everybody is told once every configured channel is, and not before."""
    parties = await ready(rig)
    await tell(rig.conductor, Draft("we know", to=("statuspage",), approved_by="@primary-ic"))
    await rig.conductor.record(events.Mitigated("roll-back"))
    await rig.conductor.resolve(reason="nobody judges it here")
    draft = Draft("Issue resolved", "resolution-notice", ("stakeholders", "statuspage"), "@primary-ic")
    await tell(rig.conductor, draft)
    assert parties.page.of("update") == [
        ["SP1", "resolved", "Issue resolved", "{'payments-api': 'operational'}", "False"]
    ]
    assert "update-status-page" in rig.incident.ticks and "send-all-clear" not in rig.incident.ticks
    await tell(rig.conductor, Draft("Issue resolved", "resolution-notice", ("slack",)))
    everywhere = "sent: Slack #releases, Statuspage, Slack #incident-0001"
    assert rig.incident.ticks["send-all-clear"].evidence == everywhere


async def test_to_give_the_permanent_fix_an_owner_and_a_date_is_to_plan_it(rig: Rig) -> None:
    """Where going back left no such action, it is written down with them; one of the two plans nothing."""
    await rig.declared()
    await rig.conductor.record(events.Mitigated("full-traffic"))
    await rig.conductor.resolve(reason="nobody judges it here")
    with pytest.raises(Refused, match="Neither owner nor date"):
        await action_items.change(rig.conductor, PERMANENT_FIX)
    await action_items.change(rig.conductor, PERMANENT_FIX, "@lead-dev")
    assert "plan-permanent-fix" not in rig.incident.ticks
    await action_items.change(rig.conductor, PERMANENT_FIX, due="2026-12-01")
    assert rig.incident.ticks["plan-permanent-fix"].evidence == "permanent-fix-planned"
    assert rig.incident.outward.actions[PERMANENT_FIX].owner == "@lead-dev"


async def test_what_can_not_be_reached_is_carried_by_hand(rig: Rig) -> None:
    """A page whose token is missing is owed the all-clear as well: it takes the word that somebody carried it there."""
    parties = Parties()
    await rig.declared()
    parties.join(rig)
    await alert.carry_out(rig.conductor, alert.plan(rig.conductor))
    others = replace(parties.others(), status_page=None, missing={"statuspage": "its token is not set"})
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others=others))
    await rig.conductor.record(events.Mitigated("roll-back"))
    await rig.conductor.resolve(reason="nobody judges it here")
    await tell(rig.conductor, Draft("It is over", "resolution-notice", ("slack", "stakeholders"), "@primary-ic"))
    assert "send-all-clear" not in rig.incident.ticks
    await tell(rig.conductor, Draft("It is over", "resolution-notice", ("by-hand",)))
    assert rig.incident.ticks["send-all-clear"].evidence.endswith(", by hand")
