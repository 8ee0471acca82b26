"""Other companies' runbooks as protocols: each is whole, and shows what it is there to show."""

import pytest

from tests.clocks import ManualClock
from warroom.drill.scenario.load import load_scenario
from warroom.protocol.load import load
from warroom.protocol.model import Config, Phase
from warroom.resources import config_directory
from warroom.wiring.rooms import exercise

EXAMPLES = config_directory() / "examples"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
SCENARIOS = sorted(path.stem for path in (config_directory() / "scenarios").glob("*.toml"))


def example(name: str) -> Config:
    """One of them, loaded; Problems are raised."""
    return load(EXAMPLES / name)


def test_three_of_them() -> None:
    """The README names each, and no other."""
    listed = [
        line.split("`")[1] for line in (EXAMPLES / "README.md").read_text().splitlines() if line.startswith("| `")
    ]
    assert listed == NAMES == ["atlassian", "gitlab", "pagerduty"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong_with_it(name: str) -> None:
    """It loads without a problem, and people are made up: addresses of example.com, numbers kept free for fiction."""
    config = example(name)
    people = [person for duty in config.roster.duties for person in (duty.primary, duty.backup) if person]
    assert all(one.email.endswith("@example.com") for one in people if one.email)
    assert all(one.phone.startswith("+1-555-01") for one in people if one.phone)
    assert all(one.email or one.schedule for one in people)


def kinds(config: Config) -> list[str]:
    """What its phases are, in their order."""
    return [phase.kind for phase in config.protocol.phases]


def test_fewer_phases_and_rules_of_a_rung() -> None:
    """Four phases, severities with a space, 1 % baked longer, a stricter last rung, no stand-in for the tech lead."""
    protocol = example("atlassian").protocol
    assert kinds(example("atlassian")) == ["assessment", "deployment", "verification", "post-deployment"]
    assert [one.id for one in protocol.severities] == ["Sev 1", "Sev 2", "Sev 3"]
    assert (protocol.ladder.bake_at(1), protocol.ladder.bake_at(10)) == (10, 5)
    assert (protocol.ladder.rules_at(100).error_share, protocol.ladder.rules_at(50).error_share) == (0.005, None)
    assert (protocol.update_minutes("Sev 1"), protocol.update_minutes("Sev 3")) == (30, 120)
    assert protocol.ready == protocol.phases[0] and not protocol.role("tech-lead").backup


def test_another_order_and_schedules() -> None:
    """The fix is written after going back; whoever is on call leads first, and schedules stand for people."""
    config = example("gitlab")
    assert kinds(config) == ["assessment", "deployment", "verification", "preparation", "post-deployment"]
    assert config.protocol.ready == config.protocol.phases[0], "what is prepared after traffic moved makes no fix ready"
    duty = config.roster.duty("engineer-on-call")
    assert duty is not None and duty.primary.schedule and duty.backup is not None


def test_more_phases() -> None:
    """Seven phases, two of them before the deployment of one kind; a cadence for each severity."""
    config = example("pagerduty")
    assert kinds(config).count("assessment") == kinds(config).count("post-deployment") == 2
    ready: Phase | None = config.protocol.ready
    assert ready is not None and ready.id == "stabilize"
    assert [config.protocol.update_minutes(one.id) for one in config.protocol.severities] == [20, 30, 60, 240, 480]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_drill_lays_ready_what_its_form_can_show(name: str, scenario: str) -> None:
    """A scenario's trigger or severity that the protocol does not have is left out: the form has no such choice."""
    config = example(name)
    declared = exercise(load_scenario(scenario, config_directory() / "scenarios"), config, ManualClock()).declared
    assert declared.trigger in {"", *(one.id for one in config.protocol.triggers)}
    assert declared.severity in {one.id for one in config.protocol.severities}
