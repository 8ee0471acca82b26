"""The two tests behind a verdict: Wilson's interval for one share, Fisher's exact test between two."""

from math import exp, lgamma, sqrt


def wilson(bad: int, n: int, z: float) -> tuple[float, float]:
    """Bounds (0–1) of the true share behind `bad` of `n`, `z` standard deviations wide; (0, 1) for n = 0.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927). Raises
    ValueError unless 0 <= bad <= n.
    """
    if not 0 <= bad <= n:
        raise ValueError(f"{bad} of {n} is no share")
    if n == 0:
        return 0.0, 1.0
    share, square = bad / n, z * z
    middle = share + square / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    whole = 1 + square / n
    # The ends are exact, whatever the rounding: no lower bound above an empty count, no upper one below a full one.
    lower = (middle - spread) / whole if bad else 0.0
    upper = (middle + spread) / whole if bad < n else 1.0
    return max(0.0, lower), min(1.0, upper)


def fisher_greater(bad: int, n: int, other_bad: int, other_n: int) -> float:
    """One-sided p (0–1) that a share as high as `bad` of `n` is chance, if `other_bad` of `other_n` has the same.

    The hypergeometric tail at fixed margins (R. A. Fisher, Statistical Methods for Research Workers, 1934, § 21.02).
    The tail is summed from the observed table outwards, and ends where the rest cannot change twelve digits. Without
    requests on either side p is 1. Raises ValueError unless 0 <= bad <= n on both sides.
    """
    if not (0 <= bad <= n and 0 <= other_bad <= other_n):
        raise ValueError(f"{bad} of {n} against {other_bad} of {other_n} are no shares")
    if n == 0 or other_n == 0:
        return 1.0
    marked, whole = bad + other_bad, n + other_n
    lowest = max(0, marked - other_n)
    if bad <= lowest:
        return 1.0
    if bad * whole > marked * n:
        return min(1.0, _tail(bad, n, marked, other_n))
    # On the near side of the mean the other tail is the short one: seen from the other side, it is the same table.
    return max(0.0, 1.0 - min(1.0, _tail(other_bad + 1, other_n, marked, n)))


def _tail(bad: int, n: int, marked: int, other_n: int) -> float:
    """P(X >= bad) for `bad` above the mean: X of `marked` fall on a side of `n`, the others on one of `other_n`."""
    highest = min(n, marked)
    if bad > highest:
        return 0.0
    log_first = _log_choose(n, bad) + _log_choose(other_n, marked - bad) - _log_choose(n + other_n, marked)
    total = term = 1.0
    for x in range(bad, highest):
        ratio = (n - x) * (marked - x) / ((x + 1) * (other_n - marked + x + 1))
        term *= ratio
        total += term
        # Ratios fall from here on, so the rest is less than a geometric series.
        if ratio < 1 and term * ratio < 1e-12 * total * (1 - ratio):
            break
    return exp(log_first) * total


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
