"""What GitHub says of a pull request under review: whose approvals count, every check, and which ones are required."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from msgspec import Struct, field

from warroom.services.errors import Denied, NotFound, ServiceError
from warroom.services.systems.ports import PullRequest
from warroom.services.systems.wire.answers import segment, shaped

SYSTEM = "GitHub"
A_PAGE = 100
"""The most rows that GitHub gives at once."""
_MAY_WRITE = frozenset({"write", "maintain", "admin"})
_NONE_REQUIRED = ("not protected", "not enabled")

Get = Callable[[str], Awaitable[Any]]
Pages = Callable[[str], AsyncIterator[Any]]


class Branch(Struct):
    """A branch as a pull request names it."""

    ref: str = ""
    sha: str = ""


class User(Struct):
    """Who wrote something; apps are a Bot."""

    login: str
    type: str = "User"


class Pull(Struct):
    """A pull request; `mergeable` is None while GitHub still works it out."""

    number: int
    title: str
    html_url: str
    head: Branch
    base: Branch = field(default_factory=Branch)
    user: User | None = None
    state: str = ""
    draft: bool = False
    mergeable: bool | None = None
    merged: bool = False


class Review(Struct):
    """One review; `commit_id` is the commit that it was given for."""

    state: str
    user: User | None = None
    commit_id: str | None = None


class _Check(Struct):
    name: str
    status: str
    conclusion: str | None = None


class _Checks(Struct):
    check_runs: list[_Check]


class _Status(Struct):
    context: str
    state: str


class _Statuses(Struct):
    statuses: list[_Status]


class _Permission(Struct):
    permission: str


class _Protected(Struct):
    protected: bool


class _Required(Struct):
    context: str


class _RequiredChecks(Struct):
    contexts: list[str] = []
    checks: list[_Required] = []


class _Parameters(Struct):
    required_status_checks: list[_Required] = []


class _Rule(Struct):
    type: str
    parameters: _Parameters | None = None


class Asked(Struct):
    """What is found on the way: what must be there, and what could not be asked."""

    required: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


async def read(pull: Pull, reviews: list[Review], get: Get, pages: Pages) -> PullRequest:
    """The pull request with what counts. Raises ServiceError where its reviews or checks can't be read."""
    asked = Asked()
    author = pull.user.login if pull.user else ""
    latest = latest_reviews(reviews)
    approvals, stale, uncounted = [], [], []
    for who, review in latest.items():
        if review.state != "APPROVED":
            continue
        if who == author or not await _may_write(who, get, asked):
            uncounted.append(who)
        elif review.commit_id != pull.head.sha:
            stale.append(who)
        else:
            approvals.append(who)
    await _protection(pull.base.ref, get, asked)
    await _rules(pull.base.ref, pages, asked)
    return PullRequest(
        number=pull.number,
        title=pull.title,
        link=pull.html_url,
        head=pull.head.ref,
        sha=pull.head.sha,
        merged=pull.merged,
        approvals=tuple(approvals),
        rejections=tuple(who for who, review in latest.items() if review.state == "CHANGES_REQUESTED"),
        checks=await _checks(pull.head.sha, pages),
        state=pull.state,
        draft=pull.draft,
        mergeable=pull.mergeable,
        stale=tuple(stale),
        uncounted=tuple(uncounted),
        required=tuple(dict.fromkeys(asked.required)),
        unknown=tuple(asked.unknown),
    )


def latest_reviews(reviews: list[Review]) -> dict[str, Review]:
    """Each person's latest review: they come oldest first, and a mere comment takes nothing back.

    A robot's approval is nobody's.
    """
    found: dict[str, Review] = {}
    for one in reviews:
        if one.user is None or one.state in ("COMMENTED", "PENDING"):
            continue
        if one.user.type == "Bot" and one.state == "APPROVED":
            continue
        found[one.user.login] = one
    return found


async def _may_write(who: str, get: Get, asked: Asked) -> bool:
    try:
        known = shaped(SYSTEM, await get(f"/collaborators/{segment(who)}/permission"), _Permission)
    except (Denied, NotFound) as error:
        asked.unknown.append(f"whether {who} has write access ({_reason(error, 'write access to the repository')})")
        return False
    return known.permission in _MAY_WRITE


async def _checks(sha: str, pages: Pages) -> dict[str, str]:
    """The conclusion of every check run and every commit status of a commit by name, "" while it is open."""
    checks: dict[str, str] = {}
    async for page in pages(f"/commits/{segment(sha)}/check-runs"):
        rows = shaped(SYSTEM, page, _Checks).check_runs
        for one in rows:
            checks[_name(one.name, checks)] = (one.conclusion or "") if one.status == "completed" else ""
        if len(rows) < A_PAGE:
            break
    async for page in pages(f"/commits/{segment(sha)}/status"):
        said = shaped(SYSTEM, page, _Statuses).statuses
        for status in said:
            checks[_name(status.context, checks)] = "" if status.state == "pending" else status.state
        if len(said) < A_PAGE:
            break
    return checks


async def _protection(base: str, get: Get, asked: Asked) -> None:
    """What the branch's protection requires. Without the right to see it GitHub answers 403 or 404."""
    branch = "/branches/" + segment(base)
    try:
        if not shaped(SYSTEM, await get(branch), _Protected).protected:
            return
        found = shaped(SYSTEM, await get(f"{branch}/protection/required_status_checks"), _RequiredChecks)
    except (Denied, NotFound) as error:
        if not any(words in error.detail.lower() for words in _NONE_REQUIRED):
            why = _reason(error, "administration: read")
            asked.unknown.append(f"which checks the protection of {base} requires ({why})")
        return
    asked.required += [*found.contexts, *(one.context for one in found.checks)]


async def _rules(base: str, pages: Pages, asked: Asked) -> None:
    """What the rulesets that hold for the branch require."""
    try:
        async for page in pages(f"/rules/branches/{segment(base)}"):
            rows = shaped(SYSTEM, page, list[Any])
            for row in rows:
                if isinstance(row, dict) and row.get("type") == "required_status_checks":
                    rule = shaped(SYSTEM, row, _Rule)
                    asked.required += [one.context for one in (rule.parameters or _Parameters()).required_status_checks]
            if len(rows) < A_PAGE:
                return
    except (Denied, NotFound) as error:
        asked.unknown.append(f"which checks the rules of {base} require ({_reason(error, 'metadata: read')})")


def _name(name: str, taken: dict[str, str]) -> str:
    """The check's name, numbered where several apps call theirs the same: none may hide another."""
    number = 1
    while (called := name if number == 1 else f"{name} ({number})") in taken:
        number += 1
    return called


def _reason(error: ServiceError, takes: str) -> str:
    """Why GitHub did not answer, in its own words where it gave some; what the token needs to be answered.

    What a token may not see is "Not Found" as well as what is not there.
    """
    said = error.detail or error.title
    hidden = "not there, or hidden from the token" if isinstance(error, NotFound) else said
    return f"{hidden}; to ask it takes {takes}"
