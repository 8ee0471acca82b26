"""What the embedded GitHub requires before a merge, who may approve, and how the checks beside its own stand."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct, field

from warroom.drill.systems.mount import Call, Refusal, Reply

DOCS = "https://docs.github.com/rest"
AUTHOR = "hotfix-author"
"""Whose token opens the pull requests."""


class Pull(Struct):
    """A pull request, opened at `at` (Unix seconds). `pushes` are its commits, oldest first, and since when.

    It `ended` when it was closed, at `merged_at` (Unix seconds) with the commit `merge` where it was merged.
    """

    number: int
    title: str
    head: str
    base: str
    body: str
    at: float
    pushes: list[tuple[float, str]] = []
    ended: bool = False
    merged_at: float | None = None
    merge: str = ""
    said: list[dict[str, Any]] = []
    asked: list[str] = []

    def head_at(self, at: float) -> str:
        """The newest commit that was there at a moment."""
        return [sha for pushed, sha in self.pushes if pushed <= at][-1]


class Rules(Struct):
    """What tests and the facilitator may change.

    `required` checks stand in a ruleset, `protected` ones in the branch's protection (None: it has none); `hidden`: the
    token may not see protection. `readers` may only read, `dismissed` are people whose approvals were dismissed, `red`
    checks fail, `statuses` are the commit statuses of every commit by context.
    """

    required: list[str] = field(default_factory=list)
    protected: list[str] | None = None
    hidden: bool = False
    readers: set[str] = field(default_factory=set)
    dismissed: set[str] = field(default_factory=set)
    red: set[str] = field(default_factory=set)
    statuses: dict[str, str] = field(default_factory=dict)
    state: str = "open"
    draft: bool = False
    mergeable: bool | None = True

    def combined(self, call: Call, sha: str) -> Reply:
        """The commit's statuses, the newest of each context; without any, GitHub calls the whole pending."""
        rows = [{"context": name, "state": state} for name, state in self.statuses.items()]
        said = set(self.statuses.values())
        bad = bool(said & {"failure", "error"})
        whole = "failure" if bad else "pending" if "pending" in said or not said else "success"
        some = page(call, rows, "statuses").body
        return Reply({**some, "state": whole, "sha": sha})

    def permission(self, who: str, writers: Sequence[str]) -> Reply:
        """What somebody may do here. Raises Refusal for a name that nobody has."""
        if who not in (*writers, *self.readers, AUTHOR):
            raise refused(404, f"{who} is not a user")
        held = "read" if who in self.readers else "write"
        return Reply({"permission": held, "role_name": held, "user": {"login": who, "type": "User"}})

    def protection(self, base: bool) -> Reply:
        """The checks that the branch's protection requires. Raises Refusal where it has none or they are hidden."""
        if self.hidden:
            raise refused(403, "Resource not accessible by personal access token")
        if not base or self.protected is None:
            raise refused(404, "Branch not protected")
        checks = [{"context": name, "app_id": None} for name in self.protected]
        return Reply({"strict": False, "contexts": self.protected, "checks": checks})

    def listed(self, call: Call, base: bool) -> Reply:
        """The rules of all rulesets that hold for the branch."""
        if not base or not self.required:
            return page(call, [])
        checks = [{"context": name} for name in self.required]
        parameters = {"strict_required_status_checks_policy": False, "required_status_checks": checks}
        return page(call, [{"type": "deletion"}, {"type": "required_status_checks", "parameters": parameters}])


def page(call: Call, rows: Sequence[Mapping[str, Any]], key: str = "") -> Reply:
    """One page of the rows, as asked for with per_page and page, and in its Link header where the others are."""
    size, number = min(_count(call, "per_page", 30), 100), _count(call, "page", 1)
    some = list(rows[(number - 1) * size : number * size])
    last = max(1, -(-len(rows) // size))
    others = {"prev": number - 1, "next": number + 1, "first": 1, "last": last}
    known = {rel: to for rel, to in others.items() if 1 <= to <= last and to != number}
    links = [f'<{_address(call, to)}>; rel="{rel}"' for rel, to in known.items()]
    headers = {"Link": ", ".join(links)} if links else {}
    return Reply({"total_count": len(rows), key: some} if key else some, headers=headers)


def _count(call: Call, key: str, usual: int) -> int:
    """A number of a query, the usual one where it is none: GitHub does not refuse for that."""
    told = call.query.get(key, "")
    return max(1, int(told)) if told.isascii() and told.isdigit() else usual


def _address(call: Call, number: int) -> str:
    query = urlencode({**call.query, "page": number})
    return f"http://{call.headers.get('Host', '')}{call.path}?{query}"


def refused(status: int, message: str) -> Refusal:
    """A refusal as GitHub words it."""
    body = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return Refusal(Reply(body, status, refused=message))


def changed(tag: str) -> list[dict[str, str]]:
    """What somebody pushes to a hotfix that was made from `tag`: the fix, and the last number of the version raised."""
    found = re.search(r"(\d+\.\d+\.)(\d+)", tag)
    before, after = (found[0], f"{found[1]}{int(found[2]) + 1}") if found else ("0.0.0", "0.0.1")
    patch = f'@@ -2,2 +2,2 @@\n   "name": "payments-api",\n-  "version": "{before}",\n+  "version": "{after}",'
    fix = "@@ -9 +9 @@\n-  return charge(card)\n+  return charge(card ?? order.card)"
    names = {"package.json": patch, "src/checkout.js": fix}
    return [{"filename": name, "status": "modified", "patch": text} for name, text in names.items()]
