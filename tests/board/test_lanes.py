"""Several services on the board: one in full, a line for each other one, and what line 1 and 2 say of them."""

import pytest

from tests.board.scenes import OPERATOR, said, shown
from tests.clocks import START
from tests.incident.story import CART, NEW, PAY, Story, applied, declared, intended, judged, ladder
from tests.spoken import spoken
from warroom.board import View
from warroom.board.lane_rows import lane_rows
from warroom.incident import events
from warroom.incident.change import Outcome
from warroom.incident.events import AnyFact
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import ServiceRef, Share
from widgets.data import LaneRow

MAIL = ServiceRef("mail", "europe-west1", "shop-prod")
AT_CART = View(operator="@primary-rm", service="cart")


def two(percent: int = 25) -> Story:
    """Payments has no hotfix; cart's takes `percent` since second 200."""
    story = Story(declared("P0", PAY, CART))
    story.at(100, intended("c1", "deploy", service=CART, revision=NEW), applied("c1"), ladder(CART))
    return story.at(200, intended("c2", "advance", percent, CART), applied("c2", percent))


def other(story: Story, after: float = 300) -> LaneRow:
    """The one row beside the focused service."""
    (row,) = shown(story, after).traffic.lanes
    return row


def test_one_service_has_no_lanes_and_no_key_for_them() -> None:
    """Nothing of it is to be seen where there is nothing to choose."""
    alone = shown(Story(), 70)
    assert alone.traffic.lanes == () and alone.traffic.place == ""
    assert "Tab" not in [row.key for row in alone.keys.rows]
    assert alone.header.place == "payments-api · europe-west1 · shop-prod"


def test_the_focus_says_which_of_how_many() -> None:
    """On line 1 and in the pane; the key bar has the key that moves it; everything else follows."""
    first, second = shown(two(), 300), shown(two(), 300, AT_CART)
    assert first.header.place.startswith("payments-api · 1 of 2 · ")
    assert second.header.place.startswith("cart · 2 of 2 · ")
    assert (second.traffic.service, second.traffic.place) == ("cart", "2 of 2")
    assert [row.service for row in second.traffic.lanes] == ["payments-api"]
    assert "Tab" in [spoken(row.key) for row in first.keys.rows]


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (judged(Grade.FAIL, 25, "errors 8 %", CART), "errors 8 %"),
        (judged(Grade.WEAK, 25, "too little traffic", CART), "too little traffic"),
        (events.LadderHeld(CART, "ask the DBA"), "held: ask the DBA"),
        (intended("c3", "abort", 0, CART), "going back"),
        (intended("c3", "advance", 50, CART), "going to 50 %"),
        (events.Observed(CART, (Share(NEW, 25),), settled=False), "Cloud Run is reconciling"),
    ],
)
def test_what_is_wrong_is_said_in_a_few_words(fact: AnyFact, words: str) -> None:
    """Of a verdict, a hold, a change under way, Cloud Run itself."""
    assert other(two().at(250, fact)).wrong.text == words


def test_an_unknown_outcome_and_a_failure_are_said() -> None:
    """These want somebody to look."""
    unknown = two().at(250, intended("c3", "advance", 50, CART), events.ChangeUnknown("c3", "timed out"))
    assert other(unknown).wrong.text == "advance: outcome unknown"
    failed = two().at(250, intended("c3", "advance", 50, CART), events.ChangeFailed("c3", "not permitted"))
    assert other(failed).wrong.text == "advance failed: not permitted"


def test_an_outcome_that_only_a_newer_warroom_knows_is_trouble() -> None:
    """Nobody here can say that it is fine: it is told in its own word, and stands where a failure would."""
    story = Story(declared("P0", PAY, MAIL, CART))
    newer = events.ChangeFailed("c3", "see its log", outcome=Outcome("half applied"))
    story.at(100, intended("c3", "deploy", service=CART, revision=NEW), newer)
    rows = shown(story, 200).traffic.lanes
    assert (rows[0].service, rows[0].wrong.text) == ("cart", "deploy half applied: see its log")


def test_a_service_that_waits_for_the_operator_says_so_once_it_is_baked() -> None:
    """PASS and a bake that is over: it is the operator's turn there, at that very second."""
    story = two().at(250, judged(Grade.PASS, 25, service=CART), events.Observed(CART, (Share(NEW, 25),)))
    assert other(story, 499).wrong.text == ""
    assert other(story, 501).wrong.text == "baked: waits for a"


def test_the_worst_comes_first() -> None:
    """FAIL, then WEAK, then what has no hotfix; those alike stay as they were declared."""
    refs = [ServiceRef(f"s{number}", "r", "p") for number in range(4)]
    story = Story(declared("P0", PAY, *refs))
    for number, (ref, grade) in enumerate(zip(refs, (None, Grade.WEAK, Grade.PASS, Grade.FAIL), strict=True)):
        if grade is None:
            continue
        deploy, advance = f"c{2 * number}", f"c{2 * number + 1}"
        story.at(100, intended(deploy, "deploy", service=ref, revision=NEW), applied(deploy), ladder(ref))
        story.at(110, intended(advance, "advance", 10, ref), applied(advance, 10), judged(grade, 10, service=ref))
    assert [row.service for row in shown(story, 200).traffic.lanes] == ["s3", "s1", "s2", "s0"]


def test_line_2_says_that_another_service_fails() -> None:
    """It is about the focused one, and no FAIL stays unsaid."""
    story = two().at(250, judged(Grade.FAIL, 25, service=CART))
    assert "cart FAILS at 25 %: Tab goes there." in said(story, 300)
    assert "Tab goes there" not in said(story, 300, AT_CART)
    assert "FAILS" not in said(two().at(250, judged(Grade.PASS, 25, service=CART)), 300)


def test_after_a_retreat_the_others_are_remembered() -> None:
    """Nobody is told to resolve while another hotfix climbs."""
    story = two().at(300, intended("c3", "deploy", revision=NEW), applied("c3"), ladder(PAY))
    story.at(310, intended("c4", "abort"), applied("c4"))
    assert "Other services are still on their way." in said(story, 320)


def test_a_tick_looks_at_no_other_lane_again() -> None:
    """Rows are made once per change of the incident, not once per second: a second's board gives the very same ones."""
    incident = two().incident
    lane = incident.lanes["payments-api"]
    earlier, later = (lane_rows(incident, lane, START + at) for at in (300, 301))
    assert all(one is other for one, other in zip(earlier, later, strict=True))
    assert lane_rows(incident, lane, START + 300) == shown(two(), 300, OPERATOR).traffic.lanes
