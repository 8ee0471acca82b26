"""What goes to other systems: once per key, written before it goes."""

from warroom.incident import events
from warroom.incident.sends.sends import Sends, by_key, ended, intended, newest
from warroom.protocol.integrations import Port


def _after(*facts: events.SendIntended | events.SendDone | events.SendFailed) -> Sends:
    sends: Sends = {}
    for at, fact in enumerate(facts):
        if isinstance(fact, events.SendIntended):
            sends = intended(sends, fact, float(at), "@rm")
        else:
            sends = ended(sends, fact, float(at))
    return sends


PAGE = events.SendIntended("s1", "pagerduty", "page", "page:ic", "@ic", "come")


def test_an_open_one_holds_its_key() -> None:
    """A process that died in between leaves an intent without outcome: nobody sends it twice by accident."""
    found = by_key(_after(PAGE), "page:ic")
    assert found is not None and (found.outcome, found.to, found.actor) == ("", "@ic", "@rm")


def test_a_failed_one_frees_its_key() -> None:
    """What was refused may be tried again; what may have arrived may not."""
    assert by_key(_after(PAGE, events.SendFailed("s1", "no")), "page:ic") is None
    unknown = by_key(_after(PAGE, events.SendFailed("s1", "no answer", unknown=True)), "page:ic")
    assert unknown is not None and unknown.outcome == "unknown"


def test_the_newest_that_was_done() -> None:
    """Later messages build on the newest id that the other system gave."""
    again = events.SendIntended("s2", "pagerduty", "page", "page:ic")
    sends = _after(PAGE, events.SendDone("s1", "P1", "https://pager.example/P1"), again)
    found = newest(sends, Port.PAGER, "page")
    assert found is not None and (found.ref, found.link) == ("P1", "https://pager.example/P1")
    assert newest(sends, Port.CHAT, "page") is None


def test_the_newest_behind_a_port_whatever_the_product() -> None:
    """Another product of the same port goes on where the first one was; a system that nobody knows is none."""
    for system, found in (("pager-webhook", "P1"), ("jira-alerts", "P1"), ("pagerduty", "P1"), ("carrier-pigeon", "")):
        sends = _after(events.SendIntended("s1", system, "page", "page:ic"), events.SendDone("s1", "P1"))
        one = newest(sends, Port.PAGER, "page")
        assert (one.ref if one else "") == found
        assert newest(sends, Port.CHAT, "page") is None


def test_an_outcome_without_an_intent_means_nothing() -> None:
    """The fold takes it without a word."""
    assert _after(events.SendDone("s9", "x")) == {}
