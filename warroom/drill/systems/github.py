"""A repository as GitHub's REST API answers: version tags, branches, pull requests that people review on the clock."""

from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Any

from warroom.clock import rfc3339
from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.scenario.model import Review
from warroom.drill.systems.github_rules import AUTHOR, DOCS, Pull, Rules, changed, page, refused
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage, phrase

FIRST_PULL = 412
_NO_REVIEWERS = ("reviewer-one", "reviewer-two")


class GitHub:
    """One repository.

    Somebody pushes the fix to a branch as soon as it is made. `pulls`, `branches` (commit by name) and `comments` are
    for tests and the facilitator to look at; `push` and `rules` are for them to change.
    """

    name = "github"
    prefixes: Sequence[str] = (PREFIXES["github"],)

    def __init__(self, stage: Stage, review: Review) -> None:
        ids = stage.cast.ids
        self._stage = stage
        self._review = review
        self._repository = ids.get("github.repository", "") or "shop/payments-api"
        self._base = ids.get("github.base", "") or "main"
        prefix = ids.get("github.tag_prefix", "")
        self._parents: dict[str, str] = {}
        commits = [self._commit(word, "") for word in ("1.4.0",)]
        for word in ("1.4.1", "1.4.2", "1.5.0-rc.1", "newest"):
            commits.append(self._commit(word, commits[-1]))
        # The first is a lightweight tag, the others are annotated: objects of their own.
        self._tags = {f"{prefix}{word}": commits[n] for n, word in enumerate(("1.4.0", "1.4.1", "1.4.2", "1.5.0-rc.1"))}
        self._annotated = {_sha(f"tag {name}"): name for name in [*self._tags][1:]}
        self.branches = {self._base: commits[-1]}
        self.pulls: list[Pull] = []
        self.comments: list[tuple[int, str]] = []
        self.rules = Rules(required=list(review.checks), red=set(review.red))

    def push(self, branch: str) -> str:
        """Somebody pushes one more commit to a branch; what was approved before it is not this."""
        sha = self.branches[branch] = self._commit(f"after {self.branches[branch]}", self.branches[branch])
        for pull in self.pulls:
            if pull.head == branch:
                pull.pushes.append((self._stage.clock.now(), sha))
        return sha

    def routes(self) -> Sequence[Route]:
        """What the hotfix needs of GitHub."""
        repository = PREFIXES["github"] + "/repos/{owner}/{name}"
        return (
            ("GET", repository, self._show),
            ("GET", repository + "/git/matching-refs/tags/{prefix:.*}", self._list_tags),
            ("GET", repository + "/git/tags/{sha}", self._show_tag),
            ("GET", repository + "/git/ref/heads/{branch:.+}", self._show_branch),
            ("POST", repository + "/git/refs", self._create_ref),
            ("GET", repository + "/compare/{span:.+}", self._compare),
            ("GET", repository + "/pulls", self._list_pulls),
            ("POST", repository + "/pulls", self._create_pull),
            ("GET", repository + "/pulls/{number:\\d+}", self._show_pull),
            ("GET", repository + "/pulls/{number:\\d+}/reviews", self._list_reviews),
            ("GET", repository + "/commits/{ref:.+}/check-runs", self._list_checks),
            ("GET", repository + "/commits/{ref:.+}/status", self._list_statuses),
            ("GET", repository + "/collaborators/{who}/permission", self._show_permission),
            ("GET", repository + "/branches/{branch}", self._show_protected),
            ("GET", repository + "/branches/{branch}/protection/required_status_checks", self._show_protection),
            ("GET", repository + "/rules/branches/{branch}", self._list_rules),
            ("POST", repository + "/issues/{number:\\d+}/comments", self._comment),
            ("GET", PREFIXES["github"] + "/{owner}/{name}/{kind:pull|issues}/{number:\\d+}", self._public),
        )

    def failure(self, code: int, error: str, retry_after_seconds: float) -> Reply:
        """An error as GitHub words it."""
        limited = code == 429 or (code == 403 and not error)  # a 403 with words of its own is one of permissions
        headers = {"Retry-After": f"{retry_after_seconds:g}", "x-ratelimit-remaining": "0"} if limited else {}
        said = error or ("API rate limit exceeded" if limited else phrase(code, "Server Error"))
        return Reply({"message": said, "documentation_url": DOCS}, code, headers)

    async def _show(self, call: Call) -> Reply:
        self._admit(call)
        known = {"full_name": self._repository, "default_branch": self._base, "private": True}
        return Reply({**known, "permissions": {"admin": False, "push": True, "pull": True}})

    async def _list_tags(self, call: Call) -> Reply:
        self._admit(call)
        annotated = {name: sha for sha, name in self._annotated.items()}
        rows = [
            {"ref": f"refs/tags/{name}", "object": {"type": "tag", "sha": annotated[name]}}
            if name in annotated
            else {"ref": f"refs/tags/{name}", "object": {"type": "commit", "sha": sha}}
            for name, sha in self._tags.items()
            if name.startswith(call.match["prefix"])
        ]
        return page(call, rows)

    async def _show_tag(self, call: Call) -> Reply:
        self._admit(call)
        name = self._annotated.get(call.match["sha"])
        if name is None:
            raise _not_found()
        return Reply({"tag": name, "sha": call.match["sha"], "object": {"type": "commit", "sha": self._tags[name]}})

    async def _show_branch(self, call: Call) -> Reply:
        self._admit(call)
        sha = self.branches.get(call.match["branch"])
        if sha is None:
            raise _not_found()
        return Reply({"ref": f"refs/heads/{call.match['branch']}", "object": {"type": "commit", "sha": sha}})

    async def _create_ref(self, call: Call) -> Reply:
        self._admit(call)
        body = _body(call, "ref", "sha")
        ref, sha = body["ref"], body["sha"]
        name = ref.removeprefix("refs/heads/")
        if name == ref or any(bad in name for bad in (" ", "..", "~", "^", ":", "?", "*", "[", "\\")):
            raise _invalid(f"{ref} is not a valid ref name.")
        if name in self.branches:
            raise _invalid("Reference already exists")
        if sha not in self._parents:
            raise _invalid("Object does not exist")
        self.branches[name] = self._commit(f"fix of {name}", sha)
        made = {"ref": ref, "object": {"type": "commit", "sha": sha}}
        return Reply(made, 201, summary=f"branch {name} on {sha[:12]}")

    async def _compare(self, call: Call) -> Reply:
        self._admit(call)
        base, _, head = call.match["span"].partition("...")
        old, new = self._resolve(base), self._resolve(head)
        if old == new:
            status = "identical"
        elif old in self._history(new):
            status = "ahead"
        else:
            status = "behind" if new in self._history(old) else "diverged"
        return Reply({"status": status, "files": self._files(new)})

    def _files(self, head: str) -> list[dict[str, str]]:
        """What a branch changes since the newest tag behind it; nothing on a tag, or on the base."""
        if head in self._tags.values() or head == self.branches[self._base]:
            return []
        behind = self._history(head)
        return changed(next((tag for sha in behind for tag, at in self._tags.items() if at == sha), ""))

    async def _list_pulls(self, call: Call) -> Reply:
        self._admit(call)
        owner = self._repository.partition("/")[0]
        wanted, base = call.query.get("head", ""), call.query.get("base", "")
        rows = [
            self._pull(one) for one in self.pulls if wanted in ("", f"{owner}:{one.head}") and base in ("", one.base)
        ]
        return page(call, rows)

    async def _create_pull(self, call: Call) -> Reply:
        self._admit(call)
        body = _body(call, "title", "head", "base")
        head, base = body["head"], body["base"]
        for field, branch in (("head", head), ("base", base)):
            if branch not in self.branches:
                raise _invalid("Validation Failed", {"resource": "PullRequest", "field": field, "code": "invalid"})
        if any((one.head, one.base) == (head, base) and not one.ended for one in self.pulls):
            owner = self._repository.partition("/")[0]
            raise _failed(f"A pull request already exists for {owner}:{head}.")
        if self.branches[head] in self._history(self.branches[base]):
            raise _failed(f"No commits between {base} and {head}")
        number = FIRST_PULL + len(self.pulls)
        pull = Pull(number, body["title"], head, base, str(body.get("body") or ""), self._stage.clock.now())
        pull.pushes = [(pull.at, self.branches[head])]
        self.pulls.append(pull)
        return Reply(self._pull(pull), 201, summary=f"pull request {number}: {pull.title}")

    async def _show_pull(self, call: Call) -> Reply:
        self._admit(call)
        return Reply(self._pull(self._find(call)))

    async def _public(self, call: Call) -> Reply:
        """What the link of a pull request leads to; whoever sits at this machine may look."""
        pull = self._find(call)
        comments = [text for number, text in self.comments if number == pull.number]
        return Reply({**self._pull(pull), "body": pull.body, "comments": comments})

    async def _list_reviews(self, call: Call) -> Reply:
        self._admit(call)
        return page(call, self._reviews(self._find(call)))

    def _reviews(self, pull: Pull) -> list[dict[str, Any]]:
        """Each reviewer asks something on the way, and then approves."""
        said = []
        for count, who in enumerate(self._reviewers(), start=1):
            approves_at = pull.at + count * self._review.approve_seconds
            for at, state in ((approves_at - self._review.approve_seconds / 2, "COMMENTED"), (approves_at, "APPROVED")):
                if self._stage.clock.now() >= at:
                    said.append((at, who, state))
        return [
            {
                "user": {"login": who, "type": "User"},
                "state": "DISMISSED" if state == "APPROVED" and who in self.rules.dismissed else state,
                "commit_id": pull.head_at(at),
                "submitted_at": rfc3339(at),
            }
            for at, who, state in sorted(said)
        ]

    async def _list_checks(self, call: Call) -> Reply:
        self._admit(call)
        sha = self._resolve(call.match["ref"])
        opened = next((at for one in self.pulls for at, pushed in one.pushes if pushed == sha), None)
        runs = [] if opened is None else [self._run(name, opened) for name in self._review.checks]
        return page(call, runs, "check_runs")

    async def _list_statuses(self, call: Call) -> Reply:
        self._admit(call)
        return self.rules.combined(call, self._resolve(call.match["ref"]))

    async def _show_permission(self, call: Call) -> Reply:
        self._admit(call)
        return self.rules.permission(call.match["who"], self._reviewers())

    async def _show_protected(self, call: Call) -> Reply:
        self._admit(call)
        name = call.match["branch"]
        if name not in self.branches:
            raise refused(404, "Branch not found")
        protected = name == self._base
        return Reply({"name": name, "commit": {"sha": self.branches[name]}, "protected": protected})

    async def _show_protection(self, call: Call) -> Reply:
        self._admit(call)
        return self.rules.protection(call.match["branch"] == self._base)

    async def _list_rules(self, call: Call) -> Reply:
        self._admit(call)
        return self.rules.listed(call, call.match["branch"] == self._base)

    async def _comment(self, call: Call) -> Reply:
        self._admit(call)
        number, text = int(call.match["number"]), _body(call, "body")["body"]
        if len(text) > 65_536:
            raise _failed("body is too long (maximum is 65536 characters)")
        if number > FIRST_PULL + len(self.pulls):
            raise _not_found()
        self.comments.append((number, text))
        made = {"id": 9_000 + len(self.comments), "html_url": f"{self._site}/issues/{number}#{len(self.comments)}"}
        return Reply(made, 201, summary=f"comment on {number}: {text[:80]}")

    def _run(self, name: str, opened: float) -> dict[str, Any]:
        passed = self._stage.clock.now() - opened
        if passed < self._review.checks_seconds:
            return {"name": name, "status": "in_progress", "conclusion": None}
        return {"name": name, "status": "completed", "conclusion": "failure" if name in self.rules.red else "success"}

    def _reviewers(self) -> Sequence[str]:
        """Their logins: the handles of those who have the roles."""
        people = self._stage.cast.people
        if not people:
            return _NO_REVIEWERS[: len(self._review.reviewers)]
        first = {one.role: one.handle.lstrip("@") for one in reversed(people) if not one.backup}
        found = [first[role] for role in self._review.reviewers if role in first]
        # A protocol may call its roles otherwise than the scenario: others review then, and not who leads.
        return found or list(dict.fromkeys(first.values()))[1 : 1 + len(self._review.reviewers)]

    def _admit(self, call: Call) -> None:
        scheme, _, token = call.headers.get("Authorization", "").partition(" ")
        if scheme not in ("Bearer", "token") or token != self._stage.secrets["github"]:
            raise refused(401, "Bad credentials")
        if not call.headers.get("User-Agent"):
            raise refused(403, "Request forbidden by administrative rules. Please set a User-Agent.")
        if f"{call.match['owner']}/{call.match['name']}" != self._repository:
            raise _not_found()

    def _find(self, call: Call) -> Pull:
        for one in self.pulls:
            if one.number == int(call.match["number"]):
                return one
        raise _not_found()

    def _pull(self, pull: Pull) -> dict[str, Any]:
        return {
            "number": pull.number,
            "id": pull.number,
            "title": pull.title,
            "state": self.rules.state,
            "draft": self.rules.draft,
            "mergeable": self.rules.mergeable,
            "user": {"login": AUTHOR, "type": "User"},
            "merged": False,
            "html_url": f"{self._site}/pull/{pull.number}",
            "head": {"ref": pull.head, "sha": self.branches[pull.head]},
            "base": {"ref": pull.base, "sha": self.branches[pull.base]},
        }

    @property
    def _site(self) -> str:
        return f"http://{self._stage.http}{PREFIXES['github']}/{self._repository}"

    def _commit(self, word: str, parent: str) -> str:
        sha = _sha(word)
        self._parents[sha] = parent
        return sha

    def _history(self, sha: str) -> list[str]:
        """The commit and all before it."""
        found = []
        while sha:
            found.append(sha)
            sha = self._parents.get(sha, "")
        return found

    def _resolve(self, ref: str) -> str:
        sha = self.branches.get(ref) or self._tags.get(ref) or ref
        if sha not in self._parents:
            raise _not_found()
        return sha


def _sha(word: str) -> str:
    return sha1(word.encode(), usedforsecurity=False).hexdigest()


def _body(call: Call, *wanted: str) -> dict[str, Any]:
    """The request's body with these texts in it. Raises Refusal."""
    body = call.body if isinstance(call.body, dict) else {}
    for field in wanted:
        if not isinstance(body.get(field), str) or not body[field]:
            raise _invalid(f'Invalid request.\n\n"{field}" wasn\'t supplied.')
    return body


def _failed(message: str) -> Refusal:
    return _invalid("Validation Failed", {"resource": "PullRequest", "code": "custom", "message": message})


def _invalid(message: str, *errors: Mapping[str, str]) -> Refusal:
    said = {"message": message, "errors": list(errors), "documentation_url": DOCS, "status": "422"}
    why = errors[0].get("message", message) if errors else message
    return Refusal(Reply(said, 422, refused=why))


def _not_found() -> Refusal:
    return refused(404, "Not Found")
