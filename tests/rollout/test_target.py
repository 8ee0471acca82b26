"""Where to go back to."""

import pytest

from warroom.rollout.target import NoTarget, rollback_target
from warroom.rollout.traffic import Revision, Service, ServiceRef, Share, Split

FIX = "shop-fix"
READY = tuple(Revision(name, ready=True) for name in ("shop-1", "shop-2", "shop-3", FIX))


def service(serving: Split, spec: Split = ()) -> Service:
    """A service that really serves `serving`."""
    return Service(
        ServiceRef("shop", "r", "p"), "e", spec, serving, latest_ready="shop-3", latest_created=FIX, settled=True
    )


@pytest.mark.parametrize(
    ("serving", "target"),
    [
        ((Share("shop-1", 100), Share(FIX, 0, "fix")), {"shop-1": 100}),
        ((Share("", 100),), {"shop-3": 100}),
        ((Share("shop-1", 54), Share("shop-2", 36), Share(FIX, 10)), {"shop-1": 60, "shop-2": 40}),
        ((Share("shop-1", 50), Share("shop-gone", 50)), {"shop-1": 100}),
    ],
)
def test_the_serving_ones_are_put_back(serving: Split, target: dict[str, int]) -> None:
    """Who serves by traffic_statuses goes back in proportion to 100, whatever the spec asks for."""
    assert rollback_target(service(serving, spec=(Share("shop-2", 100),)), READY, FIX) == target


@pytest.mark.parametrize(
    ("serving", "why"),
    [
        ((), "no revision serves"),
        ((Share(FIX, 100), Share("shop-1", 0, "old")), "only the candidate shop-fix serves"),
        ((Share("shop-gone", 100),), "shop-gone serves 100 % but is not among"),
        ((Share("shop-bad", 100),), r"shop-bad serves 100 % but is not ready \(HealthCheckFailed\)"),
    ],
)
def test_nothing_fits_and_nothing_is_guessed(serving: Split, why: str) -> None:
    """Without a serving, ready, other revision it says why and leaves the choice, though older ones exist."""
    revisions = (*READY, Revision("shop-bad", ready=False, reason="HealthCheckFailed"))
    with pytest.raises(NoTarget, match=why) as raised:
        rollback_target(service(serving), revisions, FIX)
    assert str(raised.value).endswith("Choose a revision.")
