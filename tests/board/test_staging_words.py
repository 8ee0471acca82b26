"""Line 2 tells how far staging is, before anything is on the ladder."""

import pytest
from msgspec.structs import replace

from tests.incident.story import PAY, Story, protocol
from warroom.board import View, board
from warroom.incident import events
from warroom.incident.events import AnyFact

ASKED = events.StagingAsked(PAY, "shop-staging", "img@sha256:1", "payments-api-stage-1")
DEPLOYED = events.StagingDeployed(PAY, "payments-api-stage-1", 100, 8.0)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ((), "No hotfix on the ladder"),
        ((ASKED,), "Deploying the hotfix to staging for 0:10"),
        ((ASKED, DEPLOYED), "in staging and not tested"),
        ((ASKED, replace(DEPLOYED, percent=0)), "Staging is pinned"),
        ((ASKED, DEPLOYED, events.StagingTested(PAY, "payments-api-stage-1", True, "HTTP 200")), "tick the validation"),
        ((ASKED, DEPLOYED, events.StagingTested(PAY, "payments-api-stage-1", False, "HTTP 503")), "badly: HTTP 503"),
        (
            (ASKED, events.StagingFailed(PAY, "payments-api-stage-1", "No such image")),
            "did not take the hotfix: No such",
        ),
    ],
)
def test_how_far_staging_is(facts: tuple[AnyFact, ...], words: str) -> None:
    """Each state of staging has its own sentence."""
    story = Story().at(100, *facts)
    told = board(story.incident, protocol(), story.log[0].at - 60 + 110, View())
    assert words in " ".join(part.text for part in told.sentence.parts)
