"""The clause on rejected requests: 4xx but 429, which is an error, and 499, where the client hung up.

How many a service rejects is its clients' doing as well, so there is no absolute limit; but a candidate that turns
requests away which stable takes over the same minutes is worse.
"""

from collections.abc import Sequence

from warroom.rollout import words
from warroom.rollout.bad_news.asked import Asked
from warroom.rollout.evidence import Clause, Grade, Sample
from warroom.rollout.rules import series
from warroom.rollout.rules.looks import Tally, total
from warroom.rollout.rules.series import Rule, Run, Seen

SIGNAL = "rejected"


def clause(asked: Asked) -> Clause | None:
    """FAIL where the candidate rejects surely more, by `rejected_share` at least, in two looks; None with no numbers.

    Stable's newest minutes stand in where it has none of the same time, as at 100 %.
    """
    mine, limits = _seen(asked.mine.settled), asked.look.limits
    theirs = _seen(asked.rival.settled) or _seen(asked.lately)
    if mine is None or theirs is None or not mine.whole[0] or asked.look.lost:
        return None
    before = asked.before.get(SIGNAL)
    run = Run(before.data_end, before.fails_running, before.failed_end, before.failed_n) if before else Run()
    rule = Rule(1.0, series.AGAIN, limits.worse_ratio, limits.least_events, apart=limits.rejected_share)
    found = series.look(rule, mine, run, theirs)
    (n, bad), (other_n, other_bad) = mine.whole, theirs.whole
    told = f"{words.percent(bad / n)} of {words.count(n)} rejected (4xx)"
    if other_n:
        told += f", stable's {words.percent(other_bad / other_n)} of {words.count(other_n)}"
    if found.run.running and not found.fails:
        told += "; one more such look fails it"
    grade = Grade.FAIL if found.fails else Grade.PASS
    return Clause(
        SIGNAL, asked.revision, grade, n, bad, bad / n, limit=limits.rejected_share,
        age=max(0.0, asked.look.at - mine.end), words=told, data_end=mine.end, fails_running=found.run.running,
        worse=found.worse, failed_end=found.run.failed_end, failed_n=found.run.failed_n,
    )  # fmt: skip


def _seen(samples: Sequence[Sample]) -> Seen | None:
    tallies = [Tally(s.end, s.requests, min(s.rejected or 0, s.requests)) for s in samples if s.requests is not None]
    return Seen(total(tallies), tallies) if tallies else None
