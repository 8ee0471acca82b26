"""Roll back all: newest first, each on its own, behind the strongest guard."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import IMAGE, OLD, PAY
from tests.conductor.rig import CONFIG, Rig, rigged
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Consent
from warroom.conductor.traffic.rollback_all import plans_for_all, roll_back_all
from warroom.incident.events import Noted
from warroom.rollout.traffic import ServiceRef, Share
from warroom.services.errors import ServiceError

CART = ServiceRef("cart-api", PAY.region, PAY.project)
CART_OLD = "cart-api-00007-abc"


async def climbed(rig: Rig) -> None:
    """Both services at 10 %, the cart's ladder the newer one."""
    serving = (Share(CART_OLD, 100),)
    rig.run.looks[CART.name] = replace(
        rig.run.looks[CART.name], spec=serving, serving=serving, latest_ready=CART_OLD, latest_created=CART_OLD
    )
    rig.run.ready[CART_OLD] = True
    await rig.declared()
    for ref in (PAY, CART):
        rig.clock.advance(60)
        await rig.fire(rig.conductor.plan("deploy", ref.name, image=IMAGE))
        await rig.look()
        await rig.fire(rig.conductor.plan("advance", ref.name, to=10), Consent(reason="set up"))
        await rig.look()


async def test_all_go_back_newest_first(tmp_path: Path) -> None:
    """Both are back where their ladders began, the newer ladder first, and the journal says who agreed."""
    async with rigged(tmp_path / "journal.db", CONFIG, (PAY, CART)) as rig:
        await climbed(rig)
        assert [plan.service.name for plan in plans_for_all(rig.conductor)] == ["cart-api", "payments-api"]
        results = await roll_back_all(rig.conductor, "INC-0001", "@primary-ic")
        assert [(one.service, one.back) for one in results] == [("cart-api", True), ("payments-api", True)]
        assert rig.run.percent(OLD) == 100
        assert any("agreed by @primary-ic" in note.text for note in rig.facts(Noted))
        with pytest.raises(Refused, match="Nothing was deployed"):
            plans_for_all(rig.conductor)


async def test_one_that_fails_does_not_keep_the_others(tmp_path: Path) -> None:
    """The first is refused by Cloud Run; the second goes back all the same, and each is told."""
    async with rigged(tmp_path / "journal.db", CONFIG, (PAY, CART)) as rig:
        await climbed(rig)
        rig.run.fails["shift"] = [ServiceError("You may not update cart-api", "Ask for run.developer")]
        results = await roll_back_all(rig.conductor, "INC-0001", "@primary-ic")
        assert [(one.service, one.back) for one in results] == [("cart-api", False), ("payments-api", True)]
        assert results[0].words == "You may not update cart-api"


@pytest.mark.parametrize(("typed", "second"), [("INC-0002", "@primary-ic"), ("INC-0001", ""), ("INC-0001", "@rm")])
async def test_the_guard(tmp_path: Path, typed: str, second: str) -> None:
    """The wrong number, nobody else, or oneself: nothing is sent."""
    async with rigged(tmp_path / "journal.db", CONFIG, (PAY, CART)) as rig:
        await climbed(rig)
        sent = len(rig.run.sent)
        with pytest.raises(Refused):
            await roll_back_all(rig.conductor, typed, second)
        assert len(rig.run.sent) == sent
