"""Whether going back by itself would help anybody. Pure."""

from warroom.rollout import words
from warroom.rollout.evidence import Clause, Grade, Verdict
from warroom.rollout.measured.stats import fisher_greater
from warroom.rollout.rules.against import SURE_P


def no_better(verdict: Verdict) -> str:
    """Why stable answers no better than the candidate that fails, in a phrase; "" where it does, or nobody knows.

    Stable has to fail itself by every signal that the candidate fails by, and not to be confidently better at any.
    """
    failing = [one for one in verdict.clauses if one.grade is Grade.FAIL]
    pairs = [(one, _rival(verdict, one)) for one in failing]
    if not failing or any(rival is None or _better(rival, one) for one, rival in pairs):
        return ""
    return "; ".join(_told(one, rival) for one, rival in pairs if rival is not None)


def _rival(verdict: Verdict, mine: Clause) -> Clause | None:
    """Stable's clause of the same signal, where it fails as well."""
    same = (one for one in verdict.stable_clauses if one.signal == mine.signal and one.grade is Grade.FAIL)
    return next(same, None)


def _better(rival: Clause, mine: Clause) -> bool:
    return fisher_greater(mine.bad, mine.n, rival.bad, rival.n) < SURE_P


def _told(mine: Clause, rival: Clause) -> str:
    return f"{mine.signal} {words.percent(mine.share or 0.0)}, stable's {words.percent(rival.share or 0.0)}"
