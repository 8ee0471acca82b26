"""Probes that are turned away: what counts of them, and whether going back would help at all."""

import pytest
from msgspec.structs import replace

from tests.rollout.verdicts import LIMITS, NEW, OLD, clause, look, minute
from warroom.rollout.evidence import Clause, Grade, Probe, Verdict
from warroom.rollout.going_back import no_better
from warroom.rollout.measured.probes import comparable


def probe(revision: str, sent: int = 30, failed: int = 0, refused: int = 0, detail: str = "HTTP 403") -> Probe:
    """The last minute's probes, of 300."""
    return Probe(revision, sent, failed, 300.0, detail, refused)


def probed(**of: Probe) -> dict[str, Probe]:
    """By revision: `new` and `old`."""
    return {NEW if name == "new" else OLD: one for name, one in of.items()}


def test_what_both_refuse_fails_nobody_and_is_told() -> None:
    """403 from candidate and stable: the probe can't tell. The metrics judge alone, and neither side fails by it."""
    refused = probed(new=probe(NEW, 30, 30, 30), old=probe(OLD, 30, 30, 30))
    verdict = look(minute(NEW, 5000), minute(OLD, 5000), probes=refused)
    found = clause(verdict, "probe")
    assert (found.grade, verdict.grade, verdict.stable_fails) == (Grade.NO_DATA, Grade.PASS, False)
    assert found.words == "the probe can't tell: HTTP 403, and not by this one alone"
    assert verdict.words == "healthy so far"
    silent = look(probes=refused)
    assert silent.words.startswith("no data: ") and "probe" not in silent.words


@pytest.mark.parametrize("sick", ["new", "old"])
def test_what_only_one_refuses_is_what_it_is(sick: str) -> None:
    """A candidate that locks its users out fails by its probe; so does a stable."""
    well, ill = (NEW, OLD) if sick == "old" else (OLD, NEW)
    verdict = look(minute(NEW, 5000), minute(OLD, 5000), probes={well: probe(well), ill: probe(ill, 30, 30, 30)})
    assert (verdict.grade is Grade.FAIL, verdict.stable_fails) == (sick == "new", sick == "old")


def test_refusals_that_begin_for_both_in_the_middle_count_for_neither() -> None:
    """A permission that is taken away meanwhile is no illness; what failed besides still counts."""
    both = probed(new=probe(NEW, 30, 10, 10), old=probe(OLD, 29, 10, 10))
    assert look(minute(NEW, 5000), probes=both).grade is Grade.PASS
    ill = probed(new=probe(NEW, 30, 25, 10, "HTTP 503"), old=probe(OLD, 30, 10, 10))
    assert look(minute(NEW, 5000), probes=ill).grade is Grade.FAIL


def test_one_that_is_asked_alone() -> None:
    """Nothing to compare with: it may be the door of a private service, and nobody fails by it."""
    assert look(minute(NEW, 5000), stable="", probes={NEW: probe(NEW, 30, 30, 30)}).grade is Grade.PASS


def test_old_refusals_say_nothing_any_more() -> None:
    """No clause is made of what came hours ago."""
    stale = {NEW: replace(probe(NEW, 30, 30, 30), latest_at=-1000.0)}
    assert [one.signal for one in look(minute(NEW, 5000), probes=stale).clauses] == ["errors", "latency"]


def test_what_is_compared() -> None:
    """Refusals in common are neither sent nor failed; without any, probes are as they were."""
    assert comparable({}) == {}
    plain = probed(new=probe(NEW, 30, 3), old=probe(OLD))
    assert comparable(plain) == plain
    one = comparable({NEW: probe(NEW, 30, 30, 30), "": probe("", 30, 3, 3)})[NEW]
    assert (one.sent, one.failed, one.refused) == (30, 30, 0)


def judged(mine: tuple[int, int], theirs: tuple[int, int] | None, signal: str = "errors") -> Verdict:
    """A candidate that fails by `mine` (bad, n), with a stable that fails by `theirs`."""

    def failing(revision: str, bad: int, n: int) -> Clause:
        return Clause(signal, revision, Grade.FAIL, n, bad, bad / n, limit=LIMITS.error_share)

    stable = (failing(OLD, *theirs),) if theirs else ()
    return Verdict(Grade.FAIL, 300.0, 25, NEW, OLD, (failing(NEW, *mine),), stable)


@pytest.mark.parametrize(
    ("mine", "theirs", "vain"),
    [
        ((600, 1000), (310, 1000), False),  # bad, but surely better: fewer users are hurt after going back
        ((310, 1000), (310, 1000), True),
        ((60, 1000), (310, 1000), True),
        ((30, 30), (30, 30), True),
        ((60, 1000), None, False),  # stable does not fail: going back helps
    ],
)
def test_going_back_helps_only_where_stable_is_better(
    mine: tuple[int, int], theirs: tuple[int, int] | None, vain: bool
) -> None:
    """A stable that fails as well and is not surely better is no way out by itself; why is told with the numbers."""
    why = no_better(judged(mine, theirs))
    assert bool(why) == vain
    assert not vain or "stable's" in why


def test_nothing_fails_nothing_is_in_vain() -> None:
    """Without a failing clause there is no retreat to think about."""
    assert no_better(look(minute(NEW, 5000))) == ""
