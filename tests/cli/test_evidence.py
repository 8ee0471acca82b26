"""A box's evidence by a script: what was looked at is told, and ticking against it takes a reason that is kept."""

from tests.cli.cloud import asked
from tests.cli.test_twins import cloud as cloud
from tests.e2e.home import Home


def test_a_script_looks_and_ticks_with_a_reason(home: Home, cloud: dict[str, str]) -> None:
    """`run` looks and tells each thing with its state; nobody has to believe a box that is ticked by hand."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    told = asked(home, 1, "run", "performance-acceptable", **cloud)
    assert [(one["kind"], one["state"]) for one in told["evidence"]] == [("staging-latency", "unknown")]
    assert "is for a person" in told["error"]["title"]
    assert asked(home, 1, "run", "no-new-alerts", **cloud)["evidence"][0]["state"] == "unknown"
    listed = asked(home, 0, "status", **cloud)["evidence"]
    assert set(listed) >= {"issue-gone", "no-new-issues", "performance-acceptable", "no-new-alerts"}
