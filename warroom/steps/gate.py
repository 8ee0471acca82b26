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
CHECKS_UNKNOWN = "which checks"
"""How a code host begins what it could not ask about required checks."""
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


def judge(
    review: ReviewSeen,
    *,
    security: bool,
    reviewed: bool = False,
    leads: Iterable[str] = (),
    required: Iterable[str] = (),
) -> Gate:
    """The gate for a pull request as it was last seen.

    `security`: the trigger was a security one, so a security review is needed too: it is there when its step is done
    (`reviewed`), or when one of `leads` (handles, with or without @) approves. `required` checks are those that the
    configuration names; they stand in for the code host's own where those can't be seen.
    """
    known = {lead.lstrip("@").casefold() for lead in leads}
    by_security = tuple(name for name in review.approvals if name.lstrip("@").casefold() in known)
    configured = tuple(required)
    conditions = [_title(review), *_state(review), _approvals(review), _checks(review)]
    conditions += _required(review, configured)
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


def _state(review: ReviewSeen) -> list[Condition]:
    """What keeps the pull request from being merged; one that is merged already is past that."""
    if review.merged:
        return []
    found = []
    if review.state != "open":
        found.append(f"it is {review.state or 'in a state that was not told'}")
    if review.draft:
        found.append("it is a draft")
    if review.mergeable is None:
        found.append("whether it can be merged is not known yet")
    elif not review.mergeable:
        found.append("it can't be merged: it conflicts with its base")
    return [Condition(False, words) for words in found]


def _required(review: ReviewSeen, configured: tuple[str, ...]) -> list[Condition]:
    """The required checks that are not there, and what could not be asked: never taken for good."""
    missing = [name for name in dict.fromkeys((*review.required, *configured)) if name not in review.checks]
    found = [Condition(False, f"required and not reported: {_names(missing)}")] if missing else []
    for words in review.unknown:
        if words.startswith(CHECKS_UNKNOWN) and configured:
            found.append(Condition(True, f"not known: {words}; those of integrations.toml count"))
        elif words.startswith(CHECKS_UNKNOWN):
            found.append(Condition(False, f"not known: {words}; name them as required_checks in integrations.toml"))
        else:
            # An approval that could not be looked into does not count; enough others may be there.
            found.append(Condition(len(review.approvals) >= LEAST_APPROVALS, f"not known: {words}"))
    return found


def _approvals(review: ReviewSeen) -> Condition:
    count = len(review.approvals)
    if count < LEAST_APPROVALS:
        why = [f"{_names(review.stale)} approved an older commit"] if review.stale else []
        why += [f"{_names(review.uncounted)} can't approve it"] if review.uncounted else []
        return Condition(False, "nobody approves yet" + (f" ({'; '.join(why)})" if why else ""))
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
