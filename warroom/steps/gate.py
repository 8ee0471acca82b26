"""When a fast-track review is enough: title, approvals, security review, checks. Pure.

The written protocol, phase 2: HOTFIX: prefix, at least one reviewer (two preferred), security review if applicable;
no check may be red, open or unheard of, and nobody may still ask for changes.
"""

from collections.abc import Iterable

from msgspec import Struct

from warroom.incident.steps.steps import ReviewSeen

PREFIX = "HOTFIX:"
LEAST_APPROVALS = 1
PREFERRED_APPROVALS = 2
GREEN = frozenset({"success", "neutral", "skipped"})


class Condition(Struct, frozen=True):
    """One condition of the gate: whether it holds, and how it stands, with names."""

    met: bool
    words: str


class Gate(Struct, frozen=True):
    """All conditions. `by_security` is who of the security people approves."""

    conditions: tuple[Condition, ...]
    by_security: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every condition holds."""
        return all(one.met for one in self.conditions)

    @property
    def words(self) -> str:
        """All of it in one line."""
        return "; ".join(one.words for one in self.conditions)


def judge(review: ReviewSeen, *, security: bool, reviewed: bool = False, leads: Iterable[str] = ()) -> Gate:
    """The gate for a pull request as it was last seen.

    `security`: the trigger was a security one, so a security review is needed too: it is there when its step is done
    (`reviewed`), or when one of `leads` (handles, with or without @) approves.
    """
    known = {lead.lstrip("@").casefold() for lead in leads}
    by_security = tuple(name for name in review.approvals if name.lstrip("@").casefold() in known)
    conditions = [_title(review), _approvals(review), _checks(review)]
    if review.rejections:
        conditions.append(Condition(False, f"{_names(review.rejections)} asked for changes"))
    if security:
        if by_security:
            conditions.append(Condition(True, f"security review by {_names(by_security)}"))
        else:
            conditions.append(Condition(reviewed, "security review done" if reviewed else "no security review yet"))
    return Gate(tuple(conditions), by_security)


def _title(review: ReviewSeen) -> Condition:
    good = review.title.startswith(PREFIX)
    return Condition(good, f"title begins with {PREFIX}" if good else f"title does not begin with {PREFIX}")


def _approvals(review: ReviewSeen) -> Condition:
    count = len(review.approvals)
    if count < LEAST_APPROVALS:
        return Condition(False, "nobody approves yet")
    more = "" if count >= PREFERRED_APPROVALS else ", a second one is preferred"
    return Condition(True, f"approved by {_names(review.approvals)}{more}")


def _checks(review: ReviewSeen) -> Condition:
    red = [name for name, said in review.checks.items() if said and said not in GREEN]
    if red:
        return Condition(False, f"red: {_names(red)}")
    still = [name for name, said in review.checks.items() if not said]
    if still:
        return Condition(False, f"still running: {_names(still)}")
    count = len(review.checks)
    if not count:
        return Condition(False, "no check has reported yet")
    return Condition(True, f"{count} check{'s' if count > 1 else ''} green")


def _names(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
