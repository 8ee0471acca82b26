"""The loops that look: what differs is written down, once, and judged."""

import asyncio
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from tests.clocks import START
from tests.conductor.fakes import OLD, PAY
from tests.conductor.rig import CONFIG, NAME, Rig, rigged, until
from warroom.incident import events
from warroom.rollout.evidence import Grade, Histogram, Sample
from warroom.rollout.traffic import ServiceRef, Share
from warroom.services.errors import NotFound, Unreachable

CART = ServiceRef("cart", "europe-west1", "shop-prod")


def down(what: str) -> Unreachable:
    """An outage."""
    return Unreachable(f"{what} is unreachable", "Wait")


def sample(revision: str, end: float, requests: int = 3000, errors: int = 0) -> Sample:
    """One minute that ends `end` seconds after START."""
    at = START + end
    return Sample(revision, at - 60, at, requests, errors, Histogram((100.0, 400.0), (requests, 0, 0)))


async def read(rig: Rig, *samples: Sample) -> None:
    """One answer of Monitoring, as the loop takes it."""
    rig.monitoring.samples = {NAME: tuple(sorted(samples, key=lambda one: (one.end, one.revision)))}
    await rig.conductor.watching.read(rig.monitoring)


async def probe(rig: Rig, times: int = 1) -> None:
    """So many rounds of probes, two seconds apart."""
    for _ in range(times):
        rig.clock.advance(2)
        await rig.conductor.watching.probe(rig.prober)


async def test_a_look_is_written_down_when_it_differs(rig: Rig) -> None:
    """The same again says nothing; another split, modifier or readiness does."""
    await rig.declared()
    for _ in range(3):
        await rig.look()
    assert len(rig.facts(events.Observed)) == 1
    rig.run.meddle((Share(OLD, 100),))
    await rig.look()
    rig.run.ready[OLD] = False
    await rig.look()
    await rig.look()
    seen = rig.facts(events.Observed)
    assert [(fact.last_modifier, fact.ready[OLD]) for fact in seen[1:]] == [
        ("ci@shop-prod", True),
        ("ci@shop-prod", False),
    ]
    assert {event.actor for event in rig.log() if isinstance(event.fact, events.Observed)} == {"cloud-run"}


async def test_a_change_of_our_own_is_not_observed_again(rig: Rig) -> None:
    """After an advance the next looks say nothing that the journal does not hold."""
    await rig.at(10)
    before = len(rig.facts(events.Observed))
    await rig.look()
    await rig.look()
    assert len(rig.facts(events.Observed)) == before


async def test_an_old_look_that_answers_late_is_not_taken(rig: Rig) -> None:
    """Asked before a change, answered after it: the newer one stays."""
    await rig.declared()
    old = rig.run.looks[NAME]
    new = replace(old, updated_at=old.updated_at + 10, spec=(Share(OLD, 100),))
    await rig.conductor.watching.saw(new)
    await rig.conductor.watching.saw(old)
    assert rig.conductor.watching.looks[NAME] == new
    assert rig.lane.spec == (Share(OLD, 100),)


async def test_cloud_run_is_lost_once_and_back_once(rig: Rig) -> None:
    """However many looks fail; the last look stays to act on."""
    await rig.declared()
    rig.run.fails["service"] = [down("Cloud Run"), down("Cloud Run")]
    for _ in range(4):
        await rig.look()
    assert [fact.title for fact in rig.facts(events.SourceLost)] == ["Cloud Run is unreachable"]
    assert len(rig.facts(events.SourceBack)) == 1
    assert NAME in rig.conductor.watching.looks


async def test_one_service_that_fails_does_not_blind_the_others(tmp_path: Path) -> None:
    """All are looked at; the source is lost once while any of them fails, and back when none does."""
    async with rigged(tmp_path / "journal.db", refs=(PAY, CART)) as rig:
        await rig.declared()
        for _ in range(3):
            rig.run.fails["service"] = [NotFound("No such service", "Check the name")]
            rig.run.meddle((Share("cart-00001-abc", 100),), ref=CART)
            await rig.look()
        assert rig.conductor.lane("cart").serving[0].revision == "cart-00001-abc"
        assert (len(rig.facts(events.SourceLost)), len(rig.facts(events.SourceBack))) == (1, 0)
        await rig.look()
        assert len(rig.facts(events.SourceBack)) == 1


async def test_only_new_and_corrected_samples_are_written(rig: Rig) -> None:
    """The same answer again says nothing, a late correction does."""
    await rig.declared()
    await read(rig, sample(OLD, 0), sample(OLD, 60))
    await read(rig, sample(OLD, 0), sample(OLD, 60))
    await read(rig, sample(OLD, 0), sample(OLD, 60, requests=3001), sample(OLD, 120))
    written = [[one.end - START for one in fact.samples] for fact in rig.facts(events.Sampled)]
    assert written == [[0, 60], [60, 120]]
    assert rig.lane.samples[1].requests == 3001


async def test_the_first_read_goes_back_to_normal_and_later_ones_to_what_may_be_late(rig: Rig) -> None:
    """History from before the detection once; after that only what may still be corrected."""
    await rig.declared()
    await read(rig)
    rig.clock.advance(10)
    await read(rig)
    (_, first, _), (_, second, end) = rig.monitoring.asked
    assert first == rig.incident.detected_at - 90 * 60
    assert second == START - 180 - 600
    assert end == START + 10


async def test_services_of_one_place_share_a_query(tmp_path: Path) -> None:
    """Two services in one project and region are one question; another region is another."""
    far = ServiceRef("stock", "us-east1", "shop-prod")
    async with rigged(tmp_path / "journal.db", refs=(PAY, CART, far)) as rig:
        await rig.declared()
        await rig.conductor.watching.read(rig.monitoring)
        assert [names for names, _, _ in rig.monitoring.asked] == [(NAME, "cart"), ("stock",)]


async def test_monitoring_lost_is_no_data_at_once(rig: Rig) -> None:
    """One SourceLost, one SourceBack; the verdict says that the query failed, and recovers with the next answer."""
    await rig.at(10)
    rig.clock.advance(301)
    await read(rig, sample(rig.candidate, 120))
    assert grade(rig) is Grade.PASS
    rig.monitoring.error = down("Cloud Monitoring")
    for _ in range(3):
        await rig.conductor.watching.read(rig.monitoring)
    assert grade(rig) is Grade.NO_DATA
    assert rig.lane.verdict
    assert "query failed: Cloud Monitoring is unreachable" in rig.lane.verdict.clauses[0].words
    rig.monitoring.error = None
    await read(rig, sample(rig.candidate, 120))
    assert (len(rig.facts(events.SourceLost)), len(rig.facts(events.SourceBack))) == (1, 1)
    assert grade(rig) is Grade.PASS


def grade(rig: Rig) -> Grade | None:
    """The newest verdict's."""
    return rig.lane.verdict.grade if rig.lane.verdict else None


async def test_a_verdict_is_written_when_the_evidence_says_something_new(rig: Rig) -> None:
    """Another look at the same evidence is no news; more of it, or another grade, is."""
    await rig.at(10)
    rig.clock.advance(301)
    await read(rig, sample(rig.candidate, 120))
    one = len(rig.facts(events.Judged))
    for _ in range(5):
        rig.clock.advance(2)
        await rig.conductor.watching.judge()
    assert len(rig.facts(events.Judged)) == one
    rig.clock.advance(60)
    await read(rig, sample(rig.candidate, 120), sample(rig.candidate, 180))
    assert len(rig.facts(events.Judged)) == one + 1
    rig.clock.advance(60)
    await read(rig, sample(rig.candidate, 120), sample(rig.candidate, 180), sample(rig.candidate, 240, errors=900))
    assert rig.facts(events.Judged)[-1].verdict.grade is Grade.FAIL
    assert len(rig.facts(events.Judged)) == one + 2


async def test_old_evidence_goes_stale(rig: Rig) -> None:
    """Points cease to come while the query works: NO DATA with how old they are, and no event for each second."""
    await rig.at(10)
    rig.clock.advance(301)
    await read(rig, sample(rig.candidate, 120))
    rig.clock.advance(200)
    for _ in range(10):
        rig.clock.advance(2)
        await read(rig, sample(rig.candidate, 120))
    assert grade(rig) is Grade.NO_DATA
    judged = [fact.verdict for fact in rig.facts(events.Judged)]
    assert ["old" in verdict.words for verdict in judged[-2:]] == [False, True]


async def test_a_candidate_that_does_not_answer_fails_within_seconds(rig: Rig) -> None:
    """Three bad probes are enough, without any metric; the change of health is written once."""
    await rig.deployed()
    rig.prober.bad = {rig.ladder.tag: "HTTP 503 starting"}
    began = rig.clock.now()
    await probe(rig, 3)
    assert rig.lane.verdict
    assert (grade(rig), rig.clock.now() - began) == (Grade.FAIL, 6)
    assert "probe" in rig.lane.verdict.words
    changed = rig.facts(events.ProbeChanged)
    assert [(fact.revision, fact.ok) for fact in changed] == [(rig.candidate, False), (OLD, True)]
    assert "/health" in rig.prober.asked[0]
    rig.prober.bad = {}
    await probe(rig, 40)
    assert grade(rig) is Grade.NO_DATA  # it only ever brings bad news
    assert rig.lane.probes[rig.candidate].ok


async def test_a_candidate_that_is_not_reached_fails_while_stable_answers(rig: Rig) -> None:
    """No answer at all from one of them is that one's trouble."""
    await rig.at(10)
    rig.prober.bad = {rig.ladder.tag: ""}
    await probe(rig, 3)
    assert grade(rig) is Grade.FAIL


async def test_when_nothing_answers_at_all_nothing_is_said(rig: Rig) -> None:
    """The line from here is down: that is no word about any revision."""
    await rig.at(10)
    rig.prober.bad = {"": ""}
    await probe(rig, 20)
    assert rig.facts(events.ProbeChanged) == []
    assert rig.lane.verdict is None or rig.lane.verdict.grade is not Grade.FAIL


async def test_old_probes_are_forgotten(rig: Rig) -> None:
    """A line that was down for minutes leaves no bad probes of before it to count, whenever metrics last came."""
    await rig.at(10)
    await read(rig)
    rig.prober.bad = {rig.ladder.tag: "HTTP 503"}
    await probe(rig, 6)
    assert grade(rig) is Grade.FAIL
    rig.clock.advance(120)
    rig.prober.bad = {}
    await probe(rig, 1)
    assert grade(rig) is Grade.NO_DATA


async def test_judging_the_candidate_stops_at_the_resolution(rig: Rig) -> None:
    """A resolved incident says nothing more of its candidate; only what users meet is still probed."""
    await rig.at(100)
    await probe(rig, 1)
    await rig.conductor.resolve("verified", "it is a test")
    asked, judged = len(rig.prober.asked), len(rig.facts(events.Judged))
    rig.prober.bad = {rig.ladder.tag: "HTTP 503"}
    await probe(rig, 5)
    rig.clock.advance(600)
    await read(rig, sample(rig.candidate, 400, errors=3000))
    assert len(rig.facts(events.Judged)) == judged
    assert {url.rpartition("/")[0] for url in rig.prober.asked[asked:]} == {rig.run.looks[NAME].url}


async def test_judging_goes_on_after_full_traffic_but_not_after_a_retreat(rig: Rig) -> None:
    """At 100 % it may still turn; once it is taken back there is no candidate to judge."""
    await rig.at(100)
    rig.clock.advance(301)
    await read(rig, sample(rig.candidate, 120))
    rig.clock.advance(60)
    await read(rig, sample(rig.candidate, 120), sample(rig.candidate, 180, errors=1500))
    assert grade(rig) is Grade.FAIL
    await rig.start("abort")
    judged = len(rig.facts(events.Judged))
    await read(rig, sample(rig.candidate, 240))
    await probe(rig, 2)
    assert len(rig.facts(events.Judged)) == judged


async def test_the_loops_run_until_they_are_cancelled(rig: Rig) -> None:
    """They start when the clients are attached, keep their pace on the clock, and end in good order."""
    await rig.deployed()
    looks = rig.run.calls.count("service")
    running = asyncio.ensure_future(rig.conductor.run())
    await until(lambda: rig.run.calls.count("service") >= looks + 3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert rig.monitoring.asked
    assert rig.prober.asked
    await rig.recorder.record()  # behind what is still being written
    assert rig.agrees()


async def test_a_fault_of_our_own_is_told_and_the_looking_goes_on(rig: Rig) -> None:
    """A turn that raises what nobody foresaw stops no loop: it is kept for the board, until a turn goes well."""
    await rig.declared()
    rig.monitoring.asked = cast(Any, None)
    running = asyncio.ensure_future(rig.conductor.run())
    await until(lambda: "reading metrics" in rig.conductor.faults)
    assert "AttributeError" in rig.conductor.faults["reading metrics"]
    rig.monitoring.asked = []
    await until(lambda: bool(rig.monitoring.asked) and not rig.conductor.faults)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_private_service_fails_nobody(rig: Rig) -> None:
    """403 from candidate and stable: no FAIL however often, each is written down once, and it is told as what it is."""
    await rig.deployed()
    rig.prober.refusing = ("",)
    await probe(rig, 30)
    assert grade(rig) is Grade.NO_DATA
    assert [(fact.ok, fact.refused) for fact in rig.facts(events.ProbeChanged)] == [(False, True)] * 2
    assert rig.lane.turned_away(rig.candidate) and rig.lane.turned_away(OLD)
    assert rig.lane.verdict
    told = [one.words for one in rig.lane.verdict.clauses if one.signal == "probe"]
    assert told == ["the probe can't tell: HTTP 403 Forbidden, and not by this one alone"]


async def test_a_candidate_that_alone_turns_everybody_away_fails(rig: Rig) -> None:
    """Stable answers the same question: what the hotfix does is locking users out."""
    await rig.deployed()
    rig.prober.refusing = (rig.ladder.tag,)
    await probe(rig, 5)
    assert grade(rig) is Grade.FAIL
    assert not rig.lane.turned_away(rig.candidate)


async def test_a_private_service_whose_stable_has_no_address_of_its_own(rig: Rig) -> None:
    """The service's own address refuses as well: that is the door, and not the hotfix."""
    await rig.at(10)
    look = rig.conductor.watching.looks[NAME]
    assert look.url_of(OLD) == ""
    rig.prober.refusing = ("",)
    await probe(rig, 5)
    assert grade(rig) is Grade.NO_DATA


async def test_probes_go_as_services_toml_says(tmp_path: Path) -> None:
    """Path and query as they stand, of the service in this region and project; the token is for the service."""
    own = CONFIG.services.services[0]
    elsewhere = replace(own, region="asia-east1", health_path="/elsewhere")
    here = replace(own, health_path="/up/?deep=1", probe="identity")
    services = replace(CONFIG.services, services=(elsewhere, here))
    async with rigged(tmp_path / "journal.db", replace(CONFIG, services=services)) as rig:
        await rig.at(10)
        await probe(rig)
        url = rig.run.looks[NAME].url
        assert {one.rpartition("/up/")[2] for one in rig.prober.asked} == {"?deep=1"}
        assert set(rig.prober.audiences) == {url}


async def test_probes_that_are_off_are_not_sent(tmp_path: Path) -> None:
    """Metrics alone judge then; nothing is lost, as nothing was to be asked."""
    services = replace(CONFIG.services, services=(replace(CONFIG.services.services[0], probe="off"),))
    async with rigged(tmp_path / "journal.db", replace(CONFIG, services=services)) as rig:
        await rig.at(10)
        await probe(rig, 5)
        assert rig.prober.asked == []
        assert rig.incident.lost == {}


async def test_no_identity_token_is_told_once_and_says_nothing_of_a_revision(rig: Rig) -> None:
    """Its cause and remedy stand in the timeline, and that it is over; nobody fails by it."""
    await rig.at(10)
    cause = ("no identity token: these credentials make none", "Run: gcloud auth …")
    rig.prober.cause = cause
    await probe(rig, 5)
    assert [(one.source, one.title, one.remedy) for one in rig.facts(events.SourceLost)] == [("probe", *cause)]
    assert rig.facts(events.ProbeChanged) == []
    rig.prober.cause = None
    await probe(rig, 2)
    assert [one.source for one in rig.facts(events.SourceBack)] == ["probe"]
    assert rig.incident.lost == {}
