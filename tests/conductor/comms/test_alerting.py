"""The team is alerted once, in a channel with everybody in it; what breaks is gone on with."""

import pytest
from msgspec.structs import replace

from tests.conductor.parties import Parties
from tests.conductor.rig import Rig, declaration
from warroom.conductor.comms import alert as alerting
from warroom.conductor.refusal import Refused
from warroom.incident import events
from warroom.services.errors import Effect, ServiceError, Unreachable


async def joined(rig: Rig) -> Parties:
    """A declared incident, and others to speak to."""
    parties = Parties()
    await rig.declared()
    parties.join(rig)
    return parties


async def alert(rig: Rig, *, anew: bool = False) -> None:
    """As the step does it."""
    await alerting.carry_out(rig.conductor, alerting.plan(rig.conductor), anew=anew)


async def test_the_channel_opens_with_all_that_belongs_to_it(rig: Rig) -> None:
    """Topic, people by e-mail, a pinned headline, one call; and the step is ticked."""
    parties = await joined(rig)
    await alert(rig)
    assert [one[0] for one in parties.chat.asked] == ["open", "topic", "invite", "post", "pin", "post"]
    assert parties.chat.of("open") == [["incident-0001", "public"]]
    assert "primary-ic@example.com" in parties.chat.of("invite")[0]
    headline, called = parties.chat.of("post")
    assert headline[1].startswith("P0 INC-0001: checkout answers 500\nPhase 1, Assessment")
    assert called[1] == "@here Emergency detected: checkout answers 500"
    assert parties.chat.of("pin") == [["C1", "M1"]]
    assert {"alert-team", "channel-created"} <= set(rig.incident.ticks)


async def test_nobody_is_called_twice(rig: Rig) -> None:
    """A second press, also after a restart, says nothing more."""
    parties = await joined(rig)
    await alert(rig)
    await rig.conductor.open(rig.incident.id)
    await alert(rig)
    assert len(parties.chat.of("post")) == 2 and len(parties.chat.of("open")) == 1


async def test_it_goes_on_where_it_broke(rig: Rig) -> None:
    """An invitation that fails stops nothing; a message that fails stops it, and the next run does the rest."""
    parties = await joined(rig)
    refused = ServiceError("Slack refused it", "Mend the scopes.")
    parties.chat.fails = {"invite": [refused], "post": [refused]}
    with pytest.raises(ServiceError):
        await alert(rig)
    assert "alert-team" not in rig.incident.ticks
    await alert(rig)
    assert len(parties.chat.of("open")) == 1 and len(parties.chat.of("post")) == 2
    assert len(parties.chat.of("invite")) == 1 and "alert-team" in rig.incident.ticks


async def test_a_call_that_may_have_been_heard_is_not_repeated_by_itself(rig: Rig) -> None:
    """A person looks into the channel first."""
    parties = await joined(rig)
    parties.chat.fails["post"] = [Unreachable("No answer", "Look there.", effect=Effect.UNKNOWN)]
    with pytest.raises(Unreachable):
        await alert(rig)
    with pytest.raises(Refused, match="No answer says whether headline arrived in slack"):
        await alert(rig)
    await alert(rig, anew=True)
    assert len(parties.chat.of("post")) == 2


async def test_a_security_incident_is_private(rig: Rig) -> None:
    """The channel, and who is in it: those who hold a role, and security."""
    parties = Parties()
    await rig.conductor.declare(replace(declaration(rig.clock.now()), private=True))
    parties.join(rig)
    found = alerting.plan(rig.conductor)
    assert found.private and "security-lead@example.com" in found.emails
    assert "backup-ic@example.com" not in found.emails and "primary-ic@example.com" in found.emails
    await alert(rig)
    assert parties.chat.of("open") == [["incident-0001", "private"]]


async def test_a_drill_says_so_everywhere(rig: Rig) -> None:
    """Topic, headline and call."""
    parties = Parties()
    await rig.conductor.declare(replace(declaration(rig.clock.now()), drill=True))
    parties.join(rig)
    await alert(rig)
    said = [*parties.chat.of("topic"), *parties.chat.of("post")]
    assert all(words[1].startswith("DRILL ") for words in said) and len(said) == 3


async def test_who_is_not_known_there_is_told(rig: Rig) -> None:
    """They are to be invited by hand."""
    parties = await joined(rig)
    parties.chat.nobody = ("backup-qa@example.com",)
    await alert(rig)
    assert "Slack knows nobody as backup-qa@example.com; invite them by hand" in [
        one.text for one in rig.facts(events.Noted)
    ]


async def test_without_slack_the_preview_says_why(rig: Rig) -> None:
    """The step is then done by hand, with the text that is there."""
    await rig.declared()
    found = alerting.plan(rig.conductor)
    assert found.off and found.text == "@here Emergency detected: checkout answers 500"
    with pytest.raises(Refused, match="Slack can't be spoken to"):
        await alerting.carry_out(rig.conductor, found)
