"""The simulated worlds: repeatable, and each scenario's numbers are what its description says."""

import msgspec
import pytest

from tests.clocks import START
from tests.drill.clients import SCENARIOS
from warroom.drill.scenario.load import load_scenario
from warroom.drill.scenario.model import Scenario
from warroom.drill.world.sampling import BOUNDS_MS
from warroom.drill.world.world import World

MINUTE = 60.0
ALL = ("good-hotfix", "bad-hotfix", "slow-hotfix", "quiet-service", "blind")


class Told:
    """A world in which the hotfix takes 10, 25, 50 and 100 %, ten minutes each, and sums over what happened."""

    def __init__(self, name: str, origin: float = START, seed: int | None = None) -> None:
        scenario: Scenario = load_scenario(name, SCENARIOS)
        if seed is not None:
            scenario = msgspec.structs.replace(scenario, seed=seed)
        self.world = World(scenario, origin)
        plan = scenario.services[0]
        self.ref, self.stable, self.hotfix = plan.ref, plan.stable.revision, f"{plan.name}-00999-fix"
        place = self.world.places[self.ref]
        place.introduce(self.hotfix, plan.hotfix_image)
        self.rungs: dict[int, tuple[float, float]] = {}
        for number, percent in enumerate((10, 25, 50, 100)):
            begin = origin + number * 10 * MINUTE
            place.routes.set(begin, {self.stable: 100 - percent, self.hotfix: percent})
            self.rungs[percent] = (begin, begin + 10 * MINUTE)
        self.end = origin + 3600

    def sums(self, revision: str, start: float, end: float) -> tuple[int, int, float]:
        """Requests, 5xx, and the share of requests in buckets wholly above a second."""
        requests = errors = slow = 0
        for period in self.world.visible(start, end, self.end):
            for outcome in self.world.outcomes(self.ref, revision, period):
                requests += outcome.count
                errors += outcome.count if outcome.code >= 500 else 0
                slow += sum(
                    count for low, count in zip((0.0, *BOUNDS_MS), outcome.latency, strict=False) if low >= 1000
                )
        return requests, errors, slow / max(1, requests)

    def error_share(self, percent: int) -> float:
        """The hotfix's share of 5xx at a rung."""
        requests, errors, _ = self.sums(self.hotfix, *self.rungs[percent])
        return errors / requests


def drawn(told: Told) -> list[object]:
    """Everything that ever happened, without the absolute time."""
    periods = told.world.visible(START - 7200, told.end, told.end)
    return [told.world.outcomes(told.ref, name, period) for name in (told.stable, told.hotfix) for period in periods]


@pytest.mark.parametrize("name", ALL)
def test_a_world_repeats_itself(name: str) -> None:
    """The same seed and the same traffic give the same requests, whatever was asked first; another seed others."""
    once, again = Told(name), Told(name)
    again.sums(again.hotfix, *again.rungs[25])
    assert drawn(once) == drawn(again)
    assert drawn(once) != drawn(Told(name, seed=7))


def test_a_drill_repeats_itself_at_another_time() -> None:
    """Chance depends on the time since the drill began, so that a drill can be repeated on another day."""
    day = 86_400.0
    today, tomorrow = Told("good-hotfix"), Told("good-hotfix", START + day)
    assert today.sums(today.hotfix, *today.rungs[25]) == tomorrow.sums(tomorrow.hotfix, *tomorrow.rungs[25])


@pytest.mark.parametrize("name", ALL)
def test_stable_is_the_patient(name: str) -> None:
    """Before the drill the service was healthy, then it fell ill, and it is ill when the drill begins."""
    told = Told(name)
    incident = told.world.places[told.ref].incident_at
    requests, errors, slow = told.sums(told.stable, START - 5400, incident - MINUTE)
    assert errors / requests < 0.005
    assert slow < 0.001
    requests, errors, slow = told.sums(told.stable, incident + MINUTE, START)
    assert errors / requests > 0.1 or slow > 0.4


def test_the_good_hotfix_is_healthy_at_every_rung() -> None:
    """Well under the limit of 1 %, and as fast as ever."""
    told = Told("good-hotfix")
    for percent in told.rungs:
        assert told.error_share(percent) < 0.002
        assert told.sums(told.hotfix, *told.rungs[percent])[2] < 0.001


def test_the_bad_hotfix_breaks_from_a_quarter_on() -> None:
    """Healthy at 10 %, far over the limit of 1 % from 25 % on."""
    told = Told("bad-hotfix")
    assert told.error_share(10) < 0.002
    for percent in (25, 50, 100):
        assert told.error_share(percent) > 0.03


def test_the_slow_hotfix_is_slow_and_has_no_errors() -> None:
    """Errors are gone at every rung; from 25 % on far more than 5 % of its answers are slow."""
    told = Told("slow-hotfix")
    for percent in told.rungs:
        assert told.error_share(percent) < 0.002
        slow = told.sums(told.hotfix, *told.rungs[percent])[2]
        assert slow < 0.001 if percent == 10 else slow > 0.2


def test_the_quiet_service_can_prove_nothing() -> None:
    """No rung's five minutes bring the 381 clean requests that a limit of 1 % needs, yet none is quite silent."""
    told = Told("quiet-service")
    for begin, _ in told.rungs.values():
        requests, errors, _ = told.sums(told.hotfix, begin + MINUTE, begin + 5 * MINUTE)
        assert 0 < requests < 200
        assert errors == 0


def test_the_blind_scenario_goes_blind_at_a_quarter() -> None:
    """There are points until the hotfix takes 25 %, and none after, for any revision."""
    told = Told("blind")
    begin, _ = told.rungs[25]
    assert told.sums(told.hotfix, *told.rungs[10])[0] > 0
    assert list(told.world.visible(begin, told.end, told.end)) == []
    assert told.world.metrics_stop_at() == begin


def test_a_period_with_two_splits_is_a_mixture() -> None:
    """A split that changes within a minute counts for the seconds that it held."""
    told = Told("good-hotfix", START + 30)
    period = told.world.visible(START, START + 60, told.end)[0]
    requests = sum(outcome.count for outcome in told.world.outcomes(told.ref, told.hotfix, period))
    expected = 160 * 30 * 0.10
    assert 0.8 * expected < requests < 1.2 * expected


def test_memory_is_bounded() -> None:
    """However long a client asks, only so many periods are kept."""
    told = Told("good-hotfix")
    for period in range(10_000):
        told.world.outcomes(told.ref, "payments-api-00001-non", period)
    assert len(told.world._drawn) <= 4096
