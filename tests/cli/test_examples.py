"""Other companies' runbooks at work: a drill by each of them."""

import json

from tests.e2e.home import Home
from tests.patience import PATIENCE_SECONDS
from warroom.resources import config_directory

PHASES = {
    "atlassian": ["Respond", "Mitigate", "Check and resolve", "Learn"],
    "gitlab": ["Triage", "Mitigate", "Verify", "Review"],
    "pagerduty": ["Join the call", "Size-up", "Stabilize", "Act", "Verify", "Wrap up"],
}
"""The phases that a drill comes through; those whose steps are all done when it gets there are passed by."""


def test_a_drill_by_each_of_them(home: Home) -> None:
    """All at once: the hotfix climbs that protocol's rungs to full traffic, through its phases, and is resolved."""
    configs = {name: home.unhurried(config_directory() / "examples" / name) for name in PHASES}
    running = {
        name: home.popen(
            "drill", "good-hotfix", "--speed", "60", "--config", configs[name], "--journal", f"{name}/journal.db"
        )
        for name in PHASES
    }
    for name, process in running.items():
        said, _ = process.communicate(timeout=4 * PATIENCE_SECONDS)
        assert process.returncode == 0 and "Outcome: full traffic (PASS" in said, said
        begun = [line.partition("phase begins: ")[2] for line in said.splitlines() if "phase begins: " in line]
        assert begun == PHASES[name], said
        where = ("--journal", f"{name}/journal.db", "--config", configs[name])
        told = home.run("status", "INC-0001", "--json", "--drill", *where)
        incident = json.loads(told.stdout)["incident"]
        assert incident["mitigated_at"] is not None and incident["resolved_at"] is not None
        if name != "atlassian":  # whoever is on call in the schedule was paged, by the address that the pager gave
            assert "@example.com paged by PagerDuty" in said
