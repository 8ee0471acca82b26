"""What is written down of a change: its texts are the journal's format, whatever types the program has for them."""

import pytest
from msgspec import ValidationError, json, to_builtins

from tests.incident.story import PAY, Story, applied, protocol, split
from warroom.incident import events
from warroom.incident.change import Action, Ended, Outcome, Word
from warroom.incident.journal import hash_chain
from warroom.incident.state import Ladder
from warroom.incident.timeline import names, timeline

INTENDED = (
    b'{"kind":"change-intended","change":"c1","service":{"name":"payments-api","region":"europe-west1",'
    b'"project":"shop-prod"},"action":"roll-back","split":[],"gcloud":"g","candidate_percent":1,"revision":"r",'
    b'"image":"i","tag":"t","etag":"e","grade":"PASS","reason":"why","owner":"o/1"}'
)


def test_an_intent_is_written_as_ever() -> None:
    """Byte for byte, in this order: an older version's hashes hold, and `once` finds what one of them wrote."""
    fact = events.ChangeIntended(
        "c1",
        service=PAY,
        action=Action.ROLL_BACK,
        split=(),
        gcloud="g",
        candidate_percent=1,
        revision="r",
        image="i",
        tag="t",
        etag="e",
        grade="PASS",
        reason="why",
        owner="o/1",
    )
    assert hash_chain.encode(fact) == INTENDED
    assert hash_chain.decode(INTENDED) == fact
    short = events.ChangeIntended("c1", service=PAY, action=Action.DEPLOY, split=split(0))
    assert set(json.decode(hash_chain.encode(short))) == {"kind", "change", "service", "action", "split"}


def test_outcomes_and_ends_are_texts_outside() -> None:
    """What failed is written without an outcome, as ever; every other by its text; old events read as the same."""
    assert hash_chain.encode(events.ChangeFailed("c1", "no")) == b'{"kind":"change-failed","change":"c1","title":"no"}'
    for outcome in ("not applied", "superseded"):
        stored = b'{"kind":"change-failed","change":"c1","title":"no","outcome":"%s"}' % outcome.encode()
        fact = hash_chain.decode(stored)
        assert fact == events.ChangeFailed("c1", "no", outcome=Outcome(outcome))
        assert hash_chain.encode(fact) == stored
    ladder = Ladder("fix", "t", {}, (10,), 300.0, 0.0, ended=Ended.ROLLED_BACK)
    assert ladder.taken_back
    assert to_builtins(ladder)["ended"] == "rolled back"
    assert not Outcome.OPEN
    assert not Ended.NOT


@pytest.mark.parametrize("kind", Word.__subclasses__())
def test_a_word_of_a_newer_warroom_keeps_its_text(kind: type[Word]) -> None:
    """It is no member, equals itself, and goes out as it came in; what is no text is still refused."""
    word = json.decode(b'"paused half way"', type=kind)
    assert word == kind("paused half way") == "paused half way"
    assert hash(word) == hash(kind("paused half way"))
    assert word not in list(kind)
    assert str(word) == to_builtins(word) == "paused half way"
    assert json.encode(word) == b'"paused half way"'
    with pytest.raises(ValidationError):
        json.decode(b"3", type=kind)


def test_an_event_with_an_action_of_a_newer_warroom_is_read_and_told() -> None:
    """Journal, fold and timeline take it as it was written; it counts as no deployment and as no way back."""
    stored = INTENDED.replace(b'"roll-back"', b'"mirror"')
    fact = hash_chain.decode(stored)
    assert isinstance(fact, events.ChangeIntended)
    assert hash_chain.encode(fact) == stored
    story = Story().at(60, fact)
    assert story.lane.in_flight is not None
    assert story.lane.in_flight.action == "mirror"
    after = story.at(70, applied("c1")).lane
    assert after.in_flight is None
    assert after.ladder is None
    known = names(protocol(), story.log)
    assert all("mirror" in (timeline(event, known) or ("",))[0] for event in story.log[1:])


def test_an_outcome_of_a_newer_warroom_is_read_and_told() -> None:
    """A change that came to something else is over and was not applied; the timeline tells what was written."""
    stored = b'{"kind":"change-failed","change":"c1","title":"no","outcome":"half applied"}'
    fact = hash_chain.decode(stored)
    assert hash_chain.encode(fact) == stored
    story = Story().at(60, hash_chain.decode(INTENDED), fact)
    assert story.lane.in_flight is None
    last = story.lane.last_change
    assert last is not None
    assert last.outcome == "half applied"
    said = timeline(story.log[-1], names(protocol(), story.log))
    assert said is not None
    assert "half applied" in said[0]
