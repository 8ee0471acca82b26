"""Which services an incident has: they join, they are taken off, and what is under way keeps them."""

import pytest

from tests.clocks import START
from tests.incident.story import (
    CART,
    NEW,
    OLD,
    PAY,
    Story,
    applied,
    climbing,
    declared,
    intended,
    judged,
    serving,
    split,
)
from warroom.incident import events
from warroom.incident.events import AnyFact, ServiceAdded, ServiceTakenOff
from warroom.incident.lane.services import keeps
from warroom.incident.state import Incident
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import ServiceRef, Share


def both(*facts: AnyFact) -> Story:
    """An incident of two services, and these facts a while later."""
    return Story(declared("P0", PAY, CART)).at(300, *facts)


def names(incident: Incident) -> list[str]:
    """The services that it has."""
    return list(incident.lanes)


def seen(shares: tuple[Share, ...], *, settled: bool = True) -> AnyFact:
    """A look at the payment service."""
    return events.Observed(PAY, shares, shares, NEW, settled)


def test_a_service_joins_and_goes_and_comes_back_as_it_was() -> None:
    """Twice added is once; the last one stays; what was known of one is known again."""
    story = Story().at(90, ServiceAdded(CART), ServiceAdded(CART))
    assert names(story.incident) == ["payments-api", "cart"]
    story.at(100, serving(Grade.PASS, 100, "cart-1", CART), ServiceTakenOff(CART, "it works"))
    assert names(story.incident) == ["payments-api"] and list(story.incident.taken_off) == ["cart"]
    assert names(story.at(110, ServiceTakenOff(PAY)).incident) == ["payments-api"]
    back = story.at(120, ServiceAdded(CART)).incident
    assert names(back) == ["payments-api", "cart"] and back.taken_off == {}
    assert back.lanes["cart"].serving_verdict is not None


def test_what_is_still_read_of_a_service_that_was_taken_off_brings_it_not_back() -> None:
    """Another board may look a moment longer; a change that somebody sends to it all the same is never hidden."""
    story = both(ServiceTakenOff(CART))
    story.at(
        310,
        events.Observed(CART, (Share("cart-1", 100),)),
        events.Sampled(CART, ()),
        judged(Grade.FAIL, 10, service=CART),
    )
    story.at(311, events.ProbeChanged(CART, "cart-1", False), serving(Grade.FAIL, 311, "cart-1", CART))
    assert names(story.incident) == ["payments-api"]
    story.at(320, intended("c9", "roll-back", service=CART))
    assert names(story.incident) == ["payments-api", "cart"] and story.incident.taken_off == {}


def test_one_of_another_place_is_another_service() -> None:
    """Nothing that was known of the first is taken for the second's."""
    elsewhere = ServiceRef("cart", "us-east1", "shop-us")
    story = both(events.Observed(CART, (Share("cart-1", 100),)), ServiceTakenOff(CART), ServiceAdded(elsewhere))
    lane = story.incident.lanes["cart"]
    assert (lane.ref, lane.observed_at) == (elsewhere, None)


DEPLOYED = (
    intended("c1", "deploy"),
    applied("c1"),
    events.LadderStarted(PAY, NEW, "t", {OLD: 100}, (10, 100), 300.0),
)
ABORTED = (*DEPLOYED, intended("c2", "abort"), applied("c2"))
COMPLETE = (*DEPLOYED, intended("c2", "advance", 100), applied("c2", 100))
ELSEWHERE = "payments-api is not at its stable split"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ((), ""),
        ((intended("c1", "roll-back"),), "A change to payments-api is under way"),
        (DEPLOYED, "The hotfix of payments-api is on its way"),
        ((*ABORTED, seen(split(0))), ""),
        ((*ABORTED, seen(split(0), settled=False)), "What payments-api serves is not known for sure"),
        ((*ABORTED, seen(split(25))), ELSEWHERE),
        ((*COMPLETE, seen(split(100))), ELSEWHERE),
        ((events.DriftSeen(PAY, "traffic", (), ()),), "What became of the traffic of payments-api is not settled"),
    ],
)
def test_a_service_that_is_not_where_it_was_stays(facts: tuple[AnyFact, ...], why: str) -> None:
    """Under way, on its ladder, at another split, or not known: said why."""
    incident = both(*facts).incident
    assert keeps(incident, incident.lanes["payments-api"]).startswith(why)
    assert bool(why) == bool(keeps(incident, incident.lanes["payments-api"]))


def test_the_only_one_stays() -> None:
    """An incident is about something."""
    incident = climbing(10).incident
    assert keeps(incident, incident.lanes["payments-api"]) == "payments-api is the incident's only service"


def test_a_journal_from_before_has_what_it_declared() -> None:
    """Facts that older versions did not know change nothing of what they wrote."""
    incident = Story(declared("P0", PAY, CART)).incident
    assert names(incident) == ["payments-api", "cart"] and incident.taken_off == {}
    assert incident.declared_at == START + 60
