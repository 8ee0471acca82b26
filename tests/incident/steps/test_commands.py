"""What was run for steps: how a run goes from its start to its end, and what the timeline says of it."""

import pytest

from tests.incident.story import PAY, Story, protocol
from warroom.incident.steps import steps
from warroom.incident.steps.steps import (
    BackupSeen,
    CommandEnded,
    CommandStarted,
    DefinitionSaved,
    ReviewSeen,
    StepFact,
    ValueGiven,
)
from warroom.incident.timeline import names, timeline

STARTED = CommandStarted("r1", "critical-tests", ("npm", "run", "test:critical"), 600.0, "host/1")


def words(*facts: StepFact) -> tuple[str, str] | None:
    """Of the last of these facts, the others having come before."""
    story = Story().at(60, *facts)
    return timeline(story.log[-1], names(protocol(), story.log))


def test_a_run_from_start_to_end() -> None:
    """Open until its end; what came late corrects an unknown one, and nothing else."""
    story = Story().at(60, STARTED)
    run = steps.newest_run(story.incident.work, "critical-tests")
    assert run is not None and (run.outcome, run.started_at) == ("", story.log[-1].at)
    story.at(90, CommandEnded("r1", "unknown"))
    story.at(95, CommandEnded("r1", "failed", 2, 30.0, "boom", "/x.log"))
    story.at(99, CommandEnded("r1", "done", 0))
    run = steps.newest_run(story.incident.work, "critical-tests")
    assert run is not None and (run.outcome, run.exit_code, run.log) == ("failed", 2, "/x.log")
    assert Story().at(60, CommandEnded("r9", "done", 0)).incident.work.commands == {}


def test_only_a_successful_backup_can_be_used() -> None:
    """The newest of them."""
    story = Story().at(60, BackupSeen("1", "SUCCESSFUL"), BackupSeen("2", "SUCCESSFUL"), BackupSeen("3", "FAILED"))
    assert steps.usable_backup(story.incident.work) == "2"
    story.at(70, BackupSeen("2", "DELETED"))
    assert steps.usable_backup(story.incident.work) == "1"
    assert steps.usable_backup(Story().incident.work) == ""


@pytest.mark.parametrize(
    ("facts", "said", "tone"),
    [
        ((STARTED,), "running: npm run test:critical", "dim"),
        ((STARTED, CommandEnded("r1", "done", 0, 12.0)), "npm run test:critical: exit 0 after 0:12", "plain"),
        (
            (STARTED, CommandEnded("r1", "failed", 3, 12.0, "one\nlast words")),
            "npm run test:critical: exit 3 after 0:12: last words",
            "bad",
        ),
        ((STARTED, CommandEnded("r1", "failed", None, 0.0, "npm: not there")), None, "bad"),
        ((STARTED, CommandEnded("r1", "timed out", 137, 600.0)), None, "bad"),
        ((STARTED, CommandEnded("r1", "cancelled", 143, 2.0)), "npm run test:critical: cancelled after 0:02", "watch"),
        ((CommandEnded("r7", "unknown"),), "run r7: unknown how it ended, nobody was there to see it", "watch"),
        ((ValueGiven("production_version", "1.4.2"),), "production version is 1.4.2", "plain"),
        ((BackupSeen("17", "SUCCESSFUL"),), "backup 17 of the database: SUCCESSFUL", "good"),
        ((BackupSeen("17", "FAILED"),), "backup 17 of the database: FAILED", "bad"),
        (
            (ReviewSeen(7, "HOTFIX: x", approvals=("ann",), checks={"unit": "success", "scan": ""}),),
            "pull request 7: approved by ann; 1 of 2 checks green",
            "plain",
        ),
        (
            (ReviewSeen(7, "HOTFIX: x", rejections=("eve",), checks={"scan": "failure"}),),
            "pull request 7: nobody approves yet; eve asks for changes; failed: scan; 0 of 1 checks green",
            "watch",
        ),
        ((DefinitionSaved(PAY, "/a/b/INC-0001.json"),), "definition of payments-api saved: INC-0001.json", "plain"),
    ],
)
def test_sentences(facts: tuple[StepFact, ...], said: str | None, tone: str) -> None:
    """Each in words, with its tone."""
    found = words(*facts)
    assert found is not None and found[1] == tone
    assert said is None or found[0] == said


def test_a_simulation_says_that_nothing_was_run() -> None:
    """At its start and at its end."""
    started = CommandStarted("r1", "critical-tests", ("npm",), simulated=True)
    for found in (words(started), words(started, CommandEnded("r1", "done", 0))):
        assert found is not None and found[0].startswith("SIMULATED, not really run: ")
