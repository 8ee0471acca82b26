"""By the book no untrue word is said: in journal, messages, page, headline, board and report, at any of its moments."""

from pathlib import Path

import pytest

from tests import untrue
from tests.conductor.test_by_the_book import SCENARIOS, UNHURRIED, played
from tests.incident.story import Story, applied, climbing, intended, serving
from warroom.incident import events
from warroom.incident.state import Incident
from warroom.rollout.evidence import Grade

BURNING = climbing(25).at(300, intended("c3", "abort"), applied("c3")).at(600, serving(Grade.FAIL, 600))


@pytest.mark.parametrize(
    ("text", "incident", "claim"),
    [
        ("mitigated by roll back", BURNING.incident, "mitigated before measured relief"),
        ("NOT mitigated: it fails", BURNING.incident, ""),
        ("✅ ISSUE RESOLVED", Story().incident, "resolved before it is"),
        ("✅ ISSUE RESOLVED", BURNING.at(700, events.Resolved()).incident, "resolved while it burns"),
        ("- Services restored: pay", BURNING.incident, "restored while it burns"),
        ("- Fix deployed at: 12:00", BURNING.incident, "fix deployed after an abort"),
        ("- Fix deployed at: no fix yet", BURNING.incident, ""),
        ("- Monitoring: normal", BURNING.incident, "monitoring normal while it burns"),
        ("status monitoring", Story().incident, "monitoring before traffic moved"),
        ("status identified", Story().incident, ""),
    ],
)
def test_the_table_finds_what_is_untrue(text: str, incident: Incident, claim: str) -> None:
    """A claim that is not so in that state, and none that says so itself."""
    assert [one.partition(":")[0] for one in untrue.untrue(text, incident)][:1] == ([claim] if claim else [])


@pytest.mark.parametrize("name", ["bad-hotfix", "both-broken"])
async def test_no_untrue_word_is_said_by_the_book(name: str, tmp_path: Path) -> None:
    """From the declaration to the report, after each event."""
    scenario = next(one for one in SCENARIOS if one.id == name)
    outcome, _, log = await played(scenario, tmp_path)
    assert untrue.of_log(log, UNHURRIED) == []
    assert untrue.of_report(outcome.report.read_text(encoding="utf-8"), log) == []
