"""Nothing goes out twice, and nothing goes out that was not written down before."""

import pytest

from tests.conductor.rig import Rig
from warroom.conductor.comms.outbox import send
from warroom.conductor.refusal import Refused
from warroom.incident.sends.sends import Send
from warroom.services.errors import Effect, ServiceError, Unreachable
from warroom.services.systems.ports import Posted


class Pages:
    """A pager that counts, and fails as it is told to."""

    def __init__(self, *failures: ServiceError | None) -> None:
        self.calls = 0
        self.failures = list(failures)

    async def __call__(self) -> Posted:
        """One page, or its failure."""
        self.calls += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return Posted(f"P{self.calls}", "https://pager.example")


def only(rig: Rig) -> Send:
    """The one send of the incident."""
    (found,) = rig.conductor.incident.sends.values()
    return found


async def test_what_was_done_is_not_done_again(rig: Rig) -> None:
    """The second asking gets the first one's answer, also from a journal that was opened anew."""
    page = Pages()
    await rig.declared()
    first = await send(rig.recorder, "pagerduty", "page", page, key="ic", to="@ic")
    await rig.conductor.open(rig.conductor.incident.id)
    again = await send(rig.recorder, "pagerduty", "page", page, key="ic", to="@ic")
    assert (first, again, page.calls) == (Posted("P1", "https://pager.example"), first, 1)


async def test_what_may_have_arrived_is_not_resent_by_itself(rig: Rig) -> None:
    """Only a person may, or where the other side tells a second one from the first."""
    page = Pages(Unreachable("No answer", "Look there.", effect=Effect.UNKNOWN))
    await rig.declared()
    with pytest.raises(Unreachable):
        await send(rig.recorder, "slack", "update", page, key="u1")
    assert only(rig).outcome == "unknown"
    with pytest.raises(Refused, match="No answer says whether update arrived in slack"):
        await send(rig.recorder, "slack", "update", page, key="u1")
    assert page.calls == 1
    await send(rig.recorder, "slack", "update", page, key="u1", repeatable=True)
    assert page.calls == 2


async def test_an_intent_without_an_outcome_counts_as_sent(rig: Rig) -> None:
    """A process that was killed in between: the next one asks a person."""

    class Killed(BaseException):
        """Not an error that anybody handles."""

    async def dies() -> Posted:
        raise Killed

    await rig.declared()
    with pytest.raises(Killed):
        await send(rig.recorder, "slack", "update", dies, key="u1")
    page = Pages()
    with pytest.raises(Refused):
        await send(rig.recorder, "slack", "update", page, key="u1")
    await send(rig.recorder, "slack", "update", page, key="u1", anew=True)
    assert page.calls == 1


async def test_what_was_refused_may_be_tried_again(rig: Rig) -> None:
    """The reason is kept, and the key is free."""
    page = Pages(ServiceError("Slack refused it", "Mend the token.", detail="invalid_auth"))
    await rig.declared()
    with pytest.raises(ServiceError):
        await send(rig.recorder, "slack", "update", page, key="u1", text="hello")
    assert (only(rig).outcome, only(rig).title, only(rig).text) == ("failed", "Slack refused it", "hello")
    await send(rig.recorder, "slack", "update", page, key="u1")
    assert page.calls == 2
