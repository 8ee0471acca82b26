"""What a fault answers to: the flag that its code is behind, the data that it is in."""

from msgspec.structs import replace

from warroom.drill.scenario.load import load_scenario
from warroom.drill.world.world import World
from warroom.resources import config_directory

ORIGIN = 1_800_000_000.0
BROKEN = load_scenario("both-broken", config_directory() / "scenarios")
PLAN = BROKEN.services[0]


def shares(world: World, at: float) -> list[float]:
    """The error shares of what serves, of the revision before, and of the hotfix."""
    place = world.places[PLAN.ref]
    place.introduce("fix", PLAN.hotfix_image)
    names = (PLAN.stable.revision, PLAN.previous[0].revision, "fix")
    return [place.behaviour(name, 10, at).error_share for name in names]


def test_a_flag_turns_the_fault_off_and_on_in_every_revision_that_has_its_code() -> None:
    """Another flag does nothing; what was before stays as it was."""
    world = World(BROKEN, ORIGIN)
    assert shares(world, ORIGIN) == [0.24] * 3
    world.turn_flag("card-form-v2", False, ORIGIN + 1)
    world.turn_flag("one-click-checkout", False, ORIGIN + 60)
    assert shares(world, ORIGIN + 59) == [0.24] * 3
    assert max(shares(world, ORIGIN + 60)) < 0.001
    world.turn_flag("one-click-checkout", True, ORIGIN + 90)
    assert shares(world, ORIGIN + 90) == [0.24] * 3


def test_a_restore_heals_a_fault_in_the_data_only() -> None:
    """From the restore's end on; a flag does not, and a restore does nothing for a fault behind a flag."""
    in_data = replace(PLAN, incident=replace(PLAN.incident, flag="", in_database=True))
    world = World(replace(BROKEN, services=(in_data,)), ORIGIN)
    world.restore_database(ORIGIN + 60)
    world.turn_flag("one-click-checkout", False, ORIGIN + 1)
    assert shares(world, ORIGIN + 59) == [0.24] * 3
    assert max(shares(world, ORIGIN + 60)) < 0.001
    other = World(BROKEN, ORIGIN)
    other.restore_database(ORIGIN)
    assert shares(other, ORIGIN + 1) == [0.24] * 3
