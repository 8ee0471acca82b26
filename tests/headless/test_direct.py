"""Going back with a Cloud Run client alone: every answer that it can get."""

import pytest

from tests.clocks import ManualClock
from tests.conductor.fakes import OLD, OLDER, PAY, FakeCloudRun
from warroom.actions.answer import Answer, Code, Misused, Planned, failure
from warroom.conductor.refusal import Refused
from warroom.headless.direct import roll_back
from warroom.rollout.traffic import Share
from warroom.services.errors import Conflict, Effect, ServiceError


class Back:
    """A rollback of the payment service, and what it said meanwhile."""

    def __init__(self) -> None:
        self.run = FakeCloudRun()
        self.said: list[str] = []

    async def go(self, to: str = "", *, yes: bool = True, dry_run: bool = False) -> Answer:
        """Fire."""
        return await roll_back(self.run, PAY, to, ManualClock(), self.said.append, yes=yes, dry_run=dry_run)


async def test_without_a_name_it_goes_where_traffic_really_is() -> None:
    """In mid-ladder the newest serving revision is left, and the other one that serves takes all, tags kept."""
    back = Back()
    newest = "payments-api-hotfix-1"
    back.run.ready = {newest: True, OLD: True, OLDER: True}  # newest first, as Cloud Run lists them
    back.run.meddle((Share(OLD, 75, "live"), Share(newest, 25, "hotfix-1")))
    answer = await back.go()
    assert answer.data["serving"] == {OLD: 100}
    assert {(share.revision, share.tag) for share in back.run.sent[-1]} == {(OLD, "live"), (newest, "hotfix-1")}


async def test_it_never_guesses() -> None:
    """One revision serves everything: nothing is sent, though older ones are Ready; the refusal lists them."""
    back = Back()
    with pytest.raises(Planned) as refused:
        await back.go()
    assert back.run.sent == []
    assert {row["revision"] for row in refused.value.plan.data["revisions"]} == {OLD, OLDER}
    found = failure(refused.value)
    assert found is not None and found[2] is Code.REFUSED


@pytest.mark.parametrize("dry_run", [False, True])
async def test_nothing_is_sent_without_consent(dry_run: bool) -> None:
    """Without --yes, and with --dry-run whatever else is said."""
    back = Back()
    if dry_run:
        assert (await back.go(OLDER, dry_run=True)).data["dry_run"]
        assert len(back.run.validated) == 1
    else:
        with pytest.raises(Planned, match="add --yes"):
            await back.go(OLDER, yes=False)
    assert back.run.sent == []


async def test_what_can_not_serve_is_refused() -> None:
    """A revision that is not there, and one that is not Ready."""
    back = Back()
    back.run.ready[OLDER] = False
    with pytest.raises(Refused, match="not Ready"):
        await back.go(OLDER)
    with pytest.raises(Misused, match="no revision"):
        await back.go("payments-api-nope")
    assert back.run.sent == []


async def test_a_list_that_can_not_be_had_stops_no_retreat() -> None:
    """The revision was named: it goes on, and says what it does not know."""
    back = Back()
    back.run.fails["revisions"] = [ServiceError("Cloud Run unreachable", "Wait")]
    assert (await back.go(OLDER)).data["serving"] == {OLDER: 100}
    assert any("can't be told" in said for said in back.said)


async def test_a_conflict_is_read_again_once_and_said() -> None:
    """Somebody was faster: it goes on top of that, with the new etag; a second time it is told."""
    back = Back()
    back.run.fails["shift"] = [Conflict("changed", "look")]
    assert (await back.go(OLDER)).data["serving"] == {OLDER: 100}
    assert any("sending again" in said for said in back.said)
    again = Back()
    again.run.fails["shift"] = [Conflict("changed", "look"), Conflict("changed", "look")]
    with pytest.raises(Conflict):
        await again.go(OLDER)
    assert len(again.run.sent) == 2


async def test_an_unknown_outcome_is_looked_for_and_not_sent_again() -> None:
    """The answer was lost: where the service shows it all the same it is done, else it is unknown, exit 4."""
    back = Back()
    lost = ServiceError("Lost sight of the change", "Read it", effect=Effect.UNKNOWN)
    back.run.fails["finish"] = [lost]

    def applied(method: str) -> None:
        if method == "finish":
            back.run.settle()

    back.run.on_call = applied
    assert (await back.go(OLDER)).data["done"]
    assert len(back.run.sent) == 1

    again = Back()
    again.run.fails["shift"] = [ServiceError("Timed out", "Read it", effect=Effect.UNKNOWN)]
    with pytest.raises(ServiceError) as unknown:
        await again.go(OLDER)
    found = failure(unknown.value)
    assert found is not None and found[2] is Code.UNKNOWN
    assert len(again.run.sent) == 1
