"""When a fast-track review is enough, by a table."""

import pytest
from msgspec.structs import replace

from warroom.incident.steps.steps import ReviewSeen
from warroom.steps.gate import Gate, judge

GREEN = {"unit": "success", "lint": "skipped"}
GOOD = ReviewSeen(7, "HOTFIX: cards fail", approvals=("ann",), checks=GREEN)


@pytest.mark.parametrize(
    ("review", "passed", "words"),
    [
        (GOOD, True, "approved by ann, a second one is preferred"),
        (replace(GOOD, approvals=("ann", "bob")), True, "approved by ann, bob; 2 checks green"),
        (replace(GOOD, title="cards fail"), False, "title does not begin with HOTFIX:"),
        (replace(GOOD, title="hotfix: cards fail"), False, "title does not begin with HOTFIX:"),
        (replace(GOOD, approvals=()), False, "nobody approves yet"),
        (replace(GOOD, rejections=("eve",)), False, "eve asked for changes"),
        (replace(GOOD, checks={"unit": "success", "scan": "failure"}), False, "red: scan"),
        (replace(GOOD, checks={"unit": "timed_out"}), False, "red: unit"),
        (replace(GOOD, checks={"unit": ""}), False, "still running: unit"),
        (replace(GOOD, checks={}), False, "no check has reported yet"),
        (replace(GOOD, checks={"unit": "success"}), True, "1 check green"),
        (replace(GOOD, draft=True), False, "it is a draft"),
        (replace(GOOD, state="closed"), False, "it is closed"),
        (replace(GOOD, state="closed", mergeable=None, merged=True), True, "2 checks green"),
        (replace(GOOD, mergeable=None), False, "whether it can be merged is not known yet"),
        (replace(GOOD, mergeable=False), False, "it can't be merged"),
        (replace(GOOD, approvals=(), stale=("ann",)), False, "ann approved an older commit"),
        (replace(GOOD, approvals=(), uncounted=("me",)), False, "me can't approve it"),
        (replace(GOOD, required=("unit", "scan")), False, "required and not reported: scan"),
        (replace(GOOD, unknown=("which checks main requires (403)",)), False, "name them as required_checks in"),
        (replace(GOOD, unknown=("whether eve has write access (403)",)), True, "not known: whether eve has write"),
    ],
)
def test_conditions(review: ReviewSeen, passed: bool, words: str) -> None:
    """Title, approvals, no request for changes, checks green: each in words, with names."""
    gate = judge(review, security=False)
    assert gate.passed == passed
    assert words in gate.words


@pytest.mark.parametrize(
    ("reviewed", "approvals", "passed", "words"),
    [
        (False, ("ann",), False, "no security review yet"),
        (True, ("ann",), True, "security review done"),
        (False, ("ann", "Sec-Lead"), True, "security review by Sec-Lead"),
        (False, ("sec-lead",), True, "security review by sec-lead"),
    ],
)
def test_after_a_security_trigger(reviewed: bool, approvals: tuple[str, ...], passed: bool, words: str) -> None:
    """A security review is needed too: its own step, or the Security Lead among those who approve."""
    gate: Gate = judge(replace(GOOD, approvals=approvals), security=True, reviewed=reviewed, leads=("@sec-lead",))
    assert gate.passed == passed
    assert words in gate.words


def test_many_names_are_cut() -> None:
    """A hundred checks make no novel."""
    gate = judge(replace(GOOD, checks={f"c{n}": "failure" for n in range(100)}), security=False)
    assert "and 95 more" in gate.words


def test_required_by_configuration() -> None:
    """The configuration's required checks must be there, and stand in for those that can't be seen, which is said."""
    unseen = replace(GOOD, unknown=("which checks main requires (403)",))
    assert judge(unseen, security=False, required=("unit",)).passed
    assert "not known: which checks main requires" in judge(unseen, security=False, required=("unit",)).words
    assert "required and not reported: scan" in judge(GOOD, security=False, required=("scan",)).words
