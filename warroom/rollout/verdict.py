"""The verdict on a candidate: clause by clause, and overall.

The candidate is judged against absolute limits first, as stable is the patient in an emergency; of stable it is asked
whether the candidate is confidently better, and whether going back would help at all.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from warroom.rollout import words
from warroom.rollout.bad_news import probes as probed
from warroom.rollout.bad_news import rejected, volume
from warroom.rollout.bad_news.asked import Asked, standing
from warroom.rollout.clauses import Covered, Look, clause, worst
from warroom.rollout.evidence import Clause, Freshness, Grade, Limits, Probe, Sample, Verdict
from warroom.rollout.measured.probes import comparable
from warroom.rollout.measured.stats import fisher_greater, wilson
from warroom.rollout.measured.window import evidence_window, first_evidence_at, unsettled, within
from warroom.rollout.rules.against import SURE_P
from warroom.rollout.rules.passing import PASS_Z
from warroom.rollout.signals import BY_ID, ERRORS, JUDGED, evidence

LATELY_SECONDS = 600.0
"""So much of stable's newest evidence says how it is, whatever the step."""

BAD_NEWS: tuple[tuple[str, Callable[[Asked], Clause | None]], ...] = (
    (rejected.SIGNAL, rejected.clause),
    (volume.SIGNAL, volume.clause),
    ("probe", probed.clause),
)
"""Clauses that fail a revision or count for nothing, by their signal, in the order in which they are told."""


def judge(
    *,
    samples: Sequence[Sample],
    candidate: str,
    stable: str,
    percent: int,
    step_began: float,
    now: float,
    freshness: Freshness,
    limits: Limits,
    probes: Mapping[str, Probe],
    previous: Verdict | None,
    lost: str = "",
    stable_percent: int | None = None,
    sticky: bool = False,
    climb_began: float | None = None,
) -> Verdict:
    """Judge `candidate` at `percent` (0–100) since `step_began`, when that split was applied.

    `stable` is "" when there is none to compare with; `stable_percent` is what it takes, the rest where it is not said.
    `probes` go by revision. `previous` is the last verdict, which carries the looks running; of another step it only
    tells of stable. `lost` says which query failed, "" if none did. With `sticky`, clients stay with the revision that
    they met first. `climb_began` is when the candidate got its first traffic: what it did on the rungs before may help
    out for a PASS. Times are Unix seconds.
    """
    samples, probes, window = evidence(samples), comparable(probes), evidence_window(step_began, now, freshness)
    newest = max((sample.end for sample in samples), default=None)
    look = Look(now, first_evidence_at(step_began, freshness, samples), newest, freshness.sample_period, limits, lost)
    before = _before(previous, candidate, stable, percent, step_began)
    settled_to = now - freshness.ingest_delay
    covered = partial(_covered, samples, window, step_began, settled_to)
    mine, theirs, lately = covered(candidate), Covered(), Covered()
    if climb_began is not None:
        mine = replace(mine, before=within(samples, candidate, (climb_began, step_began)))
    stable_clauses: tuple[Clause, ...] = ()
    if stable and stable != candidate:
        theirs, lately = covered(stable), Covered(_lately(samples, stable, settled_to))
        # Over the same minutes, or, before there are any and when there are none any more, how it was last.
        shown = theirs if theirs.settled else lately
        stable_clauses = _judged(
            Asked(stable, look, shown, before=before.get(stable, {}), probe=probes.get(stable)), ()
        )
    # A stable that fails in a signal is no measure for that signal: it still is for the other.
    failing = [one.signal for one in stable_clauses if one.grade is Grade.FAIL]
    own = _judged(
        Asked(
            candidate, look, mine, theirs, lately.settled, percent,
            100 - percent if stable_percent is None else stable_percent, before.get(candidate, {}),
            probes.get(candidate), sticky,
        ),
        failing,
    )  # fmt: skip
    own = own if percent else tuple(_idle(one) for one in own)
    grade = _overall_grade(own)
    better = _better(mine, theirs, limits) if percent and not lost else None
    return Verdict(
        grade, now, percent, candidate, stable, own, stable_clauses, window,
        better=better, stable_fails=bool(failing), words=_overall(grade, own, percent),
        opens_at=look.opens_at,
    )  # fmt: skip


def _covered(
    samples: Sequence[Sample], window: tuple[float, float] | None, step_began: float, settled_to: float, revision: str
) -> Covered:
    """A revision's points in the window, and those behind it that are not settled yet."""
    settled = within(samples, revision, window) if window else ()
    return Covered(settled, unsettled(samples, revision, step_began, settled_to))


def _judged(asked: Asked, failing: Sequence[str]) -> tuple[Clause, ...]:
    """All clauses on one revision; stable is no measure for a signal that it is `failing` in."""
    found: list[Clause] = []
    for signal in JUDGED:
        rival = None if signal.id in failing else asked.rival
        found.append(clause(signal, asked.revision, asked.mine, asked.look, asked.before.get(signal.id), rival))
    for name, told in BAD_NEWS:
        one = standing(asked.before.get(name), told(asked), asked.look.at)
        found += [one] if one is not None else []
    return tuple(found)


def _overall_grade(own: Sequence[Clause]) -> Grade:
    """The worst of the signals; the other clauses bring bad news only, so that short of FAIL they count for nothing."""
    return worst([one.grade for one in own if one.signal in BY_ID or one.grade is Grade.FAIL])


def _lately(samples: Sequence[Sample], revision: str, settled_to: float) -> tuple[Sample, ...]:
    own = [one for one in samples if one.revision == revision and one.end <= settled_to]
    return tuple(own[bisect_left(own, own[-1].end - LATELY_SECONDS, key=lambda one: one.start) :]) if own else ()


_COUNTED = {"probe": "failed probes", rejected.SIGNAL: "rejected requests", volume.SIGNAL: "missing requests"}


def retreat_words(verdict: Verdict) -> str:
    """What going back would lead to, when stable is broken too; "" when it would help."""
    if not verdict.stable_fails:
        return ""
    broken = next(one for one in verdict.stable_clauses if one.grade is Grade.FAIL)
    return f"stable is broken too: rolling back returns you to {words.percent(broken.share or 0.0)} {_bad(broken)}"


def _before(
    previous: Verdict | None, candidate: str, stable: str, percent: int, step_began: float
) -> dict[str, dict[str, Clause]]:
    """The last look's clauses by revision and signal: candidate's if it was a look at this step, stable's in any."""
    if previous is None:
        return {}
    same = (previous.candidate, previous.percent) == (candidate, percent) and previous.at >= step_began
    own, theirs = previous.clauses if same else (), previous.stable_clauses if previous.stable == stable else ()
    found: dict[str, dict[str, Clause]] = {}
    for one in (*theirs, *own):
        found.setdefault(one.revision, {})[one.signal] = one
    return found


def _idle(one: Clause) -> Clause:
    """A clause of a candidate without traffic: what little reached its tag's URL is no evidence."""
    if one.signal not in BY_ID:
        return one
    return Clause(one.signal, one.revision, Grade.NO_DATA, limit=one.limit, slow_ms=one.slow_ms, words="no traffic yet")


def _better(mine: Covered, theirs: Covered, limits: Limits) -> bool | None:
    """Whether candidate's errors are confidently fewer than stable's: Fisher's test; None without both counts."""
    own, other = ERRORS.count(mine.settled, limits), ERRORS.count(theirs.settled, limits)
    if not own.n or not other.n:
        return None
    return fisher_greater(other.bad, other.n, own.bad, own.n) < SURE_P


def _bad(one: Clause) -> str:
    """What a clause counts; those that only bring bad news are no signals of the table."""
    return BY_ID[one.signal].bad if one.signal in BY_ID else _COUNTED.get(one.signal, one.signal)


def _overall(grade: Grade, own: tuple[Clause, ...], percent: int) -> str:
    """One short phrase for the sentence line."""
    if grade is Grade.NO_DATA and percent == 0:
        return "no traffic yet"
    if grade is Grade.PASS:
        return "healthy so far"
    worst_one = next(one for one in own if one.grade is grade)
    if grade is Grade.NO_DATA:
        measured = any(one.n for one in own if one.signal in BY_ID)
        signal = f" on {worst_one.signal}" if measured else ""
        return f"no data{signal}: {worst_one.words.removeprefix('nothing yet: ')}"
    if grade is Grade.WEAK:
        return _undecided(own)
    if worst_one.signal == "probe":
        reason = worst_one.words.partition(": ")[2]
        return f"probe fails: {reason}" if reason else "probe fails"
    if worst_one.signal not in BY_ID:
        return worst_one.words
    told = f"{_bad(worst_one)} {words.percent(worst_one.share or 0.0)}"
    return f"{told}, worse than stable" if worst_one.worse else f"{told}, limit {words.limit(worst_one.limit)}"


def _undecided(own: tuple[Clause, ...]) -> str:
    weak = [one for one in own if one.grade is Grade.WEAK]
    running = next((one for one in weak if one.fails_running), None)
    if running is not None:
        return f"{BY_ID[running.signal].bad}, one more such look fails it"
    if any(wilson(0, one.n, PASS_Z)[1] > one.limit for one in weak):
        return "too little traffic to tell"
    return "too close to the limit to tell"
