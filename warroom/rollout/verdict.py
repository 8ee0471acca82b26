"""The verdict on a candidate: clause by clause, and overall.

The candidate is judged against absolute limits first, as stable is the patient in an emergency; of stable it is asked
whether the candidate is confidently better, and whether going back would help at all.
"""

from collections.abc import Mapping, Sequence

from warroom.rollout import words
from warroom.rollout.clauses import PASS_Z, Covered, Look, clause, probe_clause, worst
from warroom.rollout.evidence import Clause, Freshness, Grade, Limits, Probe, Sample, Verdict
from warroom.rollout.rules.against import SURE_P
from warroom.rollout.signals import BY_ID, ERRORS, JUDGED, clause_of, evidence
from warroom.rollout.stats import fisher_greater, wilson
from warroom.rollout.window import evidence_window, first_evidence_at, unsettled, within


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
) -> Verdict:
    """Judge `candidate` at `percent` (0–100) since `step_began`, when that split was applied.

    `stable` is "" when there is none to compare with. `probes` go by revision. `previous` is the last verdict, which
    carries the looks running; one of another step counts for nothing. `lost` says which query failed, "" if none did.
    Times are Unix seconds.
    """
    samples = evidence(samples)
    window = evidence_window(step_began, now, freshness)
    newest = max((sample.end for sample in samples), default=None)
    opens_at = first_evidence_at(step_began, freshness, samples)
    look = Look(now, opens_at, newest, freshness.sample_period, limits, lost)
    before = _before(previous, candidate, percent, step_began)

    def covered(revision: str) -> Covered:
        settled = within(samples, revision, window) if window else ()
        return Covered(settled, unsettled(samples, revision, step_began, now - freshness.ingest_delay))

    def clauses(revision: str, against: Covered | None = None, failing: Sequence[str] = ()) -> tuple[Clause, ...]:
        mine, found = covered(revision), []
        for signal in JUDGED:
            last, rival = before.get((signal.id, revision)), None if signal.id in failing else against
            found.append(clause(signal, revision, mine, look, last, rival))
        probed = probe_clause(probes[revision], look) if revision in probes else None
        return (*found, probed) if probed else tuple(found)

    stable_clauses = clauses(stable) if stable and stable != candidate else ()
    # A stable that fails in a signal is no measure for that signal: it still is for the other.
    failing = [one.signal for one in stable_clauses if one.grade is Grade.FAIL]
    own = clauses(candidate, covered(stable) if stable_clauses else None, failing)
    if percent == 0:
        own = tuple(_idle(one) for one in own)
    # The probe only ever brings bad news: short of FAIL it is a PASS, and the worst of the others counts.
    grade = worst([one.grade for one in own])
    return Verdict(
        grade, now, percent, candidate, stable, own, stable_clauses, window,
        better=_better(own, stable_clauses), stable_fails=bool(failing), words=_overall(grade, own, percent),
    )  # fmt: skip


def retreat_words(verdict: Verdict) -> str:
    """What going back would lead to, when stable is broken too; "" when it would help."""
    if not verdict.stable_fails:
        return ""
    broken = next(one for one in verdict.stable_clauses if one.grade is Grade.FAIL)
    return f"stable is broken too: rolling back returns you to {words.percent(broken.share or 0.0)} {_bad(broken)}"


def _before(previous: Verdict | None, candidate: str, percent: int, step_began: float) -> dict[tuple[str, str], Clause]:
    """The last look's clauses by signal and revision, if it was a look at this step."""
    if previous is None or (previous.candidate, previous.percent) != (candidate, percent) or previous.at < step_began:
        return {}
    return {(one.signal, one.revision): one for one in (*previous.clauses, *previous.stable_clauses)}


def _idle(one: Clause) -> Clause:
    """A clause of a candidate without traffic: what little reached its tag's URL is no evidence."""
    if one.signal == "probe":
        return one
    return Clause(one.signal, one.revision, Grade.NO_DATA, limit=one.limit, slow_ms=one.slow_ms, words="no traffic yet")


def _better(own: tuple[Clause, ...], stable_clauses: tuple[Clause, ...]) -> bool | None:
    """Whether candidate's errors are confidently fewer than stable's: Fisher's test; None without both counts."""
    mine, theirs = clause_of(own, ERRORS.id), clause_of(stable_clauses, ERRORS.id)
    if mine is None or theirs is None or not mine.n or not theirs.n:
        return None
    return fisher_greater(theirs.bad, theirs.n, mine.bad, mine.n) < SURE_P


def _bad(one: Clause) -> str:
    """What a clause counts; the probe is no signal of the table."""
    return BY_ID[one.signal].bad if one.signal in BY_ID else "failed probes"


def _overall(grade: Grade, own: tuple[Clause, ...], percent: int) -> str:
    """One short phrase for the sentence line."""
    if grade is Grade.NO_DATA and percent == 0:
        return "no traffic yet"
    if grade is Grade.PASS:
        return "healthy so far"
    worst_one = next(one for one in own if one.grade is grade)
    if grade is Grade.NO_DATA:
        measured = any(one.n for one in own if one.signal != "probe")
        signal = f" on {worst_one.signal}" if measured else ""
        return f"no data{signal}: {worst_one.words.removeprefix('nothing yet: ')}"
    if grade is Grade.WEAK:
        return _undecided(own)
    if worst_one.signal == "probe":
        reason = worst_one.words.partition(": ")[2]
        return f"probe fails: {reason}" if reason else "probe fails"
    told = f"{_bad(worst_one)} {words.percent(worst_one.share or 0.0)}"
    return f"{told}, worse than stable" if worst_one.worse else f"{told}, limit {words.limit(worst_one.limit)}"


def _undecided(own: tuple[Clause, ...]) -> str:
    weak = [one for one in own if one.grade is Grade.WEAK]
    if any(one.fails_running for one in weak):
        return "slow, one more such look fails it"
    if any(wilson(0, one.n, PASS_Z)[1] > one.limit for one in weak):
        return "too little traffic to tell"
    return "too close to the limit to tell"
