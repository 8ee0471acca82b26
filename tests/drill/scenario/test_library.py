"""Scenario files: those that ship are sound, and what is wrong in one is told with file and key."""

import tomllib
from pathlib import Path

import pytest

from tests.drill.clients import SCENARIOS
from warroom.drill.scenario.load import ScenarioError, list_scenarios, load_scenario

CONFIG = SCENARIOS.parent
GOOD = (SCENARIOS / "good-hotfix.toml").read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    """A scenario file with this text."""
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_eight_scenarios_ship() -> None:
    """They load, and go by their files' names."""
    found = list_scenarios(SCENARIOS)
    assert [one.id for one in found] == [
        "bad-hotfix", "blind", "both-broken", "failing-tests",
        "good-hotfix", "quiet-service", "slow-hotfix", "two-services",
    ]  # fmt: skip
    assert all(one.description and one.expected.lesson for one in found)


def test_scenarios_name_what_the_protocol_knows() -> None:
    """Trigger and severity are ids of the default protocol, and the trigger proposes that severity."""
    protocol = tomllib.loads((CONFIG / "protocol.toml").read_text(encoding="utf-8"))
    severities = {trigger["id"]: trigger["severity"] for trigger in protocol["triggers"]}
    for one in list_scenarios(SCENARIOS):
        assert severities[one.trigger] == one.severity


def test_a_scenario_is_found_by_name_or_path(tmp_path: Path) -> None:
    """Both ways lead to the same; the id is the file's name."""
    assert load_scenario("blind", SCENARIOS) == load_scenario(SCENARIOS / "blind.toml", tmp_path)
    assert load_scenario(str(written(tmp_path, GOOD)), SCENARIOS).id == "mine"


def test_a_misspelt_name_gets_a_hint() -> None:
    """Whoever mistypes a scenario is told the nearest and all that there are."""
    with pytest.raises(ScenarioError, match=r"'good-hotfx'.*Did you mean 'good-hotfix'\?.*quiet-service"):
        load_scenario("good-hotfx", SCENARIOS)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('title = "', 'tilte = "x"\ntitle = "', r"mine\.toml: top level: .*tilte"),
        ("requests_per_second = 160", 'requests_per_second = "many"', r"services\[0\]\.normal\.requests_per_second: "),
        ("error_share = 0.31", "error_share = 31", r"services\[0\]\.incident\.error_share: 31 is not within 0 and 1"),
        ('revision = "payments-api-00040-wex"', 'revision = "checkout-1"', r"services\[0\]\..*'checkout-1' must begin"),
        ("seed = 41", "seed = ", r"mine\.toml: is not TOML"),
        ("seed = 41", 'seed = 41\nid = "other"', r"mine\.toml: id: is 'other', the file's name says 'mine'"),
        ("begins_minutes_ago = 5", "begins_minutes_ago = inf", r"begins_minutes_ago: inf is not within"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """A broken scenario is refused with a sentence that leads to the place."""
    assert old in GOOD
    with pytest.raises(ScenarioError, match=problem):
        load_scenario(written(tmp_path, GOOD.replace(old, new, 1)), SCENARIOS)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    """Several wrong values, and several broken files, are told together."""
    broken = GOOD.replace("sigma = 0.45", "sigma = -1").replace("median_ms = 110", "median_ms = 0")
    (tmp_path / "other.toml").write_text("[[", encoding="utf-8")
    written(tmp_path, broken)
    with pytest.raises(ScenarioError) as raised:
        list_scenarios(tmp_path)
    assert len(raised.value.problems) == 3


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """No traceback for a path that leads nowhere."""
    with pytest.raises(ScenarioError, match=r"gone\.toml: cannot be read"):
        load_scenario(tmp_path / "gone.toml", SCENARIOS)
