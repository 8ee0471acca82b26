"""The client of LaunchDarkly against the embedded cloud."""

import pytest

from tests.services.outsides import Outside, outside
from warroom.drill.systems.launchdarkly import LaunchDarkly
from warroom.services.errors import Denied, Invalid, NotFound, ServiceError
from warroom.services.systems.launchdarkly import LaunchDarklyApi
from warroom.services.systems.ports import Flags


def flags(out: Outside) -> Flags:
    """The drill's client."""
    assert out.others.flags is not None
    return out.others.flags


async def test_a_feature_is_turned_off() -> None:
    """For everybody in that environment, with the reason; a second time does no harm."""
    async with outside() as out:
        posted = await flags(out).turn_off("card-form-v2", "DRILL 2026-0007")
        await flags(out).turn_off("card-form-v2", "DRILL 2026-0007")
        assert out.system(LaunchDarkly).on == {"card-form-v2": False, "one-click-checkout": True}
        assert posted.ref == "card-form-v2"
        assert posted.link.endswith("/shop/production/features/card-form-v2")
        assert out.sent("launchdarkly")[0].summary == "flag card-form-v2 turned off: DRILL 2026-0007"


async def test_a_failure_on_the_way_is_tried_again() -> None:
    """What may be done twice is: off stays off."""
    async with outside() as out:
        out.befall("launchdarkly", 500)
        await flags(out).turn_off("card-form-v2", "DRILL")
        assert [one.status for one in out.sent("launchdarkly")] == [500, 200]


async def test_no_such_flag() -> None:
    """It is told with the project's name, also for a key that would climb out of its place."""
    async with outside() as out:
        for key in ("card-from-v2", "../../members", ".."):
            with pytest.raises(NotFound, match=r"knows no flag .* in project shop"):
                await flags(out).turn_off(key, "DRILL")
        assert all(out.system(LaunchDarkly).on.values())


async def test_refusals_have_their_sentence() -> None:
    """A wrong token, a wrong environment, a limit that stays."""
    async with outside() as out:
        url = out.url("launchdarkly")
        stranger = LaunchDarklyApi("shop", "production", "stolen", url)
        with pytest.raises(Denied, match="refuses the token"):
            await stranger.turn_off("card-form-v2", "DRILL")
        await stranger.close()
        lost = LaunchDarklyApi("shop", "staging", out.secrets["launchdarkly"], url)
        with pytest.raises(NotFound, match="no project shop, environment staging"):
            await lost.check()
        with pytest.raises(ServiceError) as caught:
            await lost.turn_off("card-form-v2", "DRILL")
        assert not isinstance(caught.value, Invalid | NotFound)
        await lost.close()
        out.befall("launchdarkly", 429, times=9)
        with pytest.raises(ServiceError, match=r"takes no more for now.*Try again in 0 s"):
            await flags(out).turn_off("card-form-v2", "DRILL")
