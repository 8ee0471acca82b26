"""What is written down of a change: its texts are the journal's format, whatever types the program has for them."""

from msgspec import json, to_builtins

from tests.incident.story import PAY, split
from warroom.incident import events
from warroom.incident.change import Action, Ended, Outcome
from warroom.incident.journal import hash_chain
from warroom.incident.state import Ladder

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
