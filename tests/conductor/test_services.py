"""Adding a service to an incident under way, and taking one off: what follows, and what is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conductor.fakes import IMAGE, PAY
from tests.conductor.rig import Rig, rigged
from warroom.board import View, board
from warroom.conductor.refusal import Refused
from warroom.conductor.triage import services
from warroom.incident import events
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import NotFound, Unreachable

CART = ServiceRef("cart", "europe-west1", "shop-prod")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Cloud Run knows two services; the incident was declared for one."""
    async with rigged(tmp_path / "journal.db", refs=(PAY, CART)) as rig:
        rig.refs = (PAY,)
        await rig.declared()
        yield rig


async def test_one_that_joins_is_looked_at_and_what_was_measured_is_not_of_it(rig: Rig) -> None:
    """It has its lane and its look; a mitigation that was measured without it is none until it is measured too."""
    await rig.conductor.record(events.Relieved("flag-off"), events.Mitigated("flag-off", "5xx 0 of 200"))
    await services.add(rig.conductor, CART, "its calls fail, too")
    assert list(rig.incident.lanes) == ["payments-api", "cart"]
    assert rig.incident.mitigated_at is None
    assert rig.incident.relapse == "cart was added, and is not measured yet"
    await rig.look()
    assert rig.incident.lanes["cart"].observed_at is not None
    with pytest.raises(Refused, match="cart in europe-west1 of shop-prod is in the incident already"):
        await services.add(rig.conductor, CART)


async def test_a_name_that_cloud_run_does_not_know_is_refused_and_a_lost_line_is_not(rig: Rig) -> None:
    """A wrong name would look like a lost source; who can't reach Cloud Run may still say what is affected."""
    rig.run.fails["service"] = [NotFound("There is no service cart", "Check its name.")]
    with pytest.raises(Refused, match="cart can't be added: There is no service cart"):
        await services.add(rig.conductor, CART)
    rig.run.fails["service"] = [Unreachable("Cloud Run does not answer", "Check the line.")]
    await services.add(rig.conductor, CART)
    assert "cart" in rig.incident.lanes


async def test_one_that_is_taken_off_is_looked_at_no_more(rig: Rig) -> None:
    """Loops that were under way pass it by, an action on it is refused, and the board shows the other."""
    await services.add(rig.conductor, CART)
    await rig.look()
    with pytest.raises(Refused, match="needs a reason"):
        await services.take_off(rig.conductor, "cart", " ")
    with pytest.raises(Refused, match="basket is no service of this incident"):
        await services.take_off(rig.conductor, "basket", "x")
    late = rig.run.looks["cart"]
    await services.take_off(rig.conductor, "cart", "its calls work")
    await rig.conductor.watching.saw(late)
    await rig.look()
    await rig.conductor.watching.read(rig.monitoring)
    await rig.conductor.watching.probe(rig.prober)
    assert list(rig.incident.lanes) == ["payments-api"] and "cart" not in rig.conductor.looks
    with pytest.raises(Refused, match="cart was taken off this incident"):
        rig.conductor.plan("deploy", "cart", image=IMAGE)
    shown = board(rig.incident, rig.conductor.config.protocol, rig.clock.now(), View(service="cart"))
    assert shown.header.place.startswith("payments-api")
    assert rig.agrees()


async def test_one_with_a_hotfix_on_its_way_stays(rig: Rig) -> None:
    """Said why; and nobody is forgotten when the incident is over."""
    await services.add(rig.conductor, CART)
    await rig.look()
    await rig.fire(rig.conductor.plan("deploy", "payments-api", image=IMAGE))
    with pytest.raises(Refused, match="The hotfix of payments-api is on its way"):
        await services.take_off(rig.conductor, "payments-api", "not affected")
    with pytest.raises(Refused, match="The incident is over"):
        await rig.conductor.record(events.Closed())
        await services.take_off(rig.conductor, "cart", "not affected")
