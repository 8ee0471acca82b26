"""Keeping an answer: what it ticks, what is refused, and where it is said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conductor.rig import CONFIG, Rig, rigged
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import native, ticks
from warroom.conductor.triage import answers
from warroom.incident.handover_brief import brief
from warroom.incident.triage.answers import Answered
from warroom.updates.headline import headline


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A conductor on fakes, with an incident."""
    async with rigged(tmp_path / "journal.db") as rig:
        await rig.declared()
        yield rig


async def test_an_answer_ticks_the_step_that_asks_and_a_better_one_ticks_it_again(rig: Rig) -> None:
    """Also where a person opened the step again, as the first answer was not good enough."""
    await answers.keep(rig.conductor, "impact", " some cards fail ")
    assert rig.incident.ticks["estimate-impact"].evidence == "the answer of @rm: some cards fail"
    await ticks.tick(rig.conductor, "estimate-impact")
    assert "estimate-impact" not in rig.incident.ticks
    await answers.keep(rig.conductor, "impact", "all cards fail", "@cs")
    assert rig.incident.ticks["estimate-impact"].evidence == "the answer of @cs: all cards fail"
    assert [fact.text for fact in rig.facts(Answered)] == ["some cards fail", "all cards fail"]


@pytest.mark.parametrize(
    ("topic", "text", "why"),
    [
        ("weather", "rain", "Nobody asks for weather"),
        ("impact", "  ", "An answer that says nothing"),
        ("eta", "", "Nobody has told it yet: ETA"),
    ],
)
async def test_refused(rig: Rig, topic: str, text: str, why: str) -> None:
    """With a sentence, and nothing is written."""
    with pytest.raises(Refused, match=why):
        await answers.keep(rig.conductor, topic, text)
    assert not rig.facts(Answered)


async def test_it_is_said_wherever_the_incident_is_told(rig: Rig) -> None:
    """The pinned headline, the pull request and the brief of a handover have the newest word."""
    for topic, text in (("impact", "all cards fail"), ("root-cause", "a lost index"), ("eta", "15:00")):
        await answers.keep(rig.conductor, topic, text)
    lines = headline(rig.incident, CONFIG.protocol)
    assert "Impact: all cards fail" in lines and "ETA: 15:00 (as of " in lines
    assert "Root cause so far: a lost index" in native.pull_text(rig.incident, {})[1]
    assert "Root cause so far: a lost index (@rm, " in brief(rig.incident, CONFIG.protocol, rig.clock.now())
    await answers.keep(rig.conductor, "eta", "")
    assert "ETA" not in headline(rig.incident, CONFIG.protocol)
