"""Pull requests for anyone's client: with all their links, edited, reviewed, merged when the rules allow it."""

from collections.abc import Mapping, Sequence
from typing import Any

from warroom.clock import rfc3339
from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.systems.anyone import github_shapes as shapes
from warroom.drill.systems.anyone.github_refs import References, invalid, not_found
from warroom.drill.systems.github_rules import AUTHOR, Pull, page, refused
from warroom.drill.systems.mount import Call, Reply, Route

_EVENTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_METHODS = ("merge", "squash", "rebase")


class PullRequests(References):
    """The repository with its pull requests."""

    def routes(self) -> Sequence[Route]:
        """More of the pull requests, before what the base has."""
        repository = PREFIXES["github"] + "/repos/{owner}/{name}"
        one = repository + "/pulls/{number:\\d+}"
        return (
            ("GET", repository + "/pulls", self._list_pulls),
            ("PATCH", one, self._edit_pull),
            ("GET", one + "/commits", self._list_pull_commits),
            ("GET", one + "/files", self._list_files),
            ("GET", one + "/reviews", self._list_reviews),
            ("POST", one + "/reviews", self._review_pull),
            ("GET", one + "/requested_reviewers", self._list_asked),
            ("POST", one + "/requested_reviewers", self._ask_reviewers),
            ("GET", one + "/merge", self._is_merged),
            ("PUT", one + "/merge", self._merge_pull),
            ("POST", repository + "/merges", self._merge_branch),
            ("GET", repository + "/issues/{number:\\d+}/comments", self._list_comments),
            ("GET", repository + "/commits/{ref:.+}/check-runs", self._list_checks),
            *super().routes(),
        )

    def _pull(self, pull: Pull) -> dict[str, Any]:
        told = super()._pull(pull)
        url, html = f"{self.url}/pulls/{pull.number}", told["html_url"]
        issue = f"{self.url}/issues/{pull.number}"
        head, base = (self._side(pull, name) for name in (pull.head, pull.base))
        ahead, files = self._ahead(pull), self._changes(pull.pushes[-1][1])
        ended = rfc3339(self._stage.clock.now()) if pull.ended else None
        merged = {"merged": pull.merged_at is not None, "merge_commit_sha": pull.merge or None}
        merged["merged_at"] = rfc3339(pull.merged_at) if pull.merged_at is not None else None
        links = {
            "self": url,
            "html": html,
            "issue": issue,
            "comments": f"{issue}/comments",
            "commits": f"{url}/commits",
        }
        links |= {"review_comments": f"{url}/comments", "review_comment": f"{self.url}/pulls/comments{{/number}}"}
        links["statuses"] = f"{self.url}/statuses/{head['sha']}"
        state = "closed" if pull.ended else told["state"]
        return {
            **told,
            **merged,
            "node_id": f"PR_{pull.number}",
            "url": url,
            "state": state,
            "locked": False,
            "body": pull.body or None,
            "user": shapes.user(AUTHOR, self.api),
            "created_at": rfc3339(pull.at),
            "updated_at": rfc3339(pull.pushes[-1][0]),
            "closed_at": ended,
            "head": head,
            "base": base,
            "mergeable": None if pull.ended else told["mergeable"],
            "mergeable_state": "unknown" if pull.ended else "blocked" if self._hindered(pull) else "clean",
            "merged_by": shapes.user(AUTHOR, self.api) if merged["merged"] else None,
            "comments": len([number for number, _ in self.comments if number == pull.number]),
            "review_comments": 0,
            "commits": len(ahead),
            "additions": sum(one["additions"] for one in files),
            "deletions": sum(one["deletions"] for one in files),
            "changed_files": len(files),
            "maintainer_can_modify": False,
            "author_association": "MEMBER",
            "requested_reviewers": [shapes.user(who, self.api) for who in pull.asked],
            "requested_teams": [],
            "labels": [],
            "assignees": [],
            **dict.fromkeys(("assignee", "milestone", "auto_merge", "active_lock_reason")),
            "issue_url": issue,
            "comments_url": links["comments"],
            "commits_url": links["commits"],
            "review_comments_url": links["review_comments"],
            "review_comment_url": links["review_comment"],
            "statuses_url": links["statuses"],
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "_links": {key: {"href": link} for key, link in links.items()},
        }

    def _side(self, pull: Pull, branch: str) -> dict[str, Any]:
        sha = pull.pushes[-1][1] if branch == pull.head else self.branches[branch]
        owner = self._repository.partition("/")[0]
        repository = shapes.repository(self._repository, self._base, self.api, pull.at)
        return {
            "label": f"{owner}:{branch}",
            "ref": branch,
            "sha": sha,
            "user": shapes.user(owner, self.api),
            "repo": repository,
        }

    def _ahead(self, pull: Pull) -> list[str]:
        """The commits of the pull request that its base has not, oldest first."""
        there = self._history(self.branches[pull.base])
        if pull.merge:
            there = self._history(self._parents[pull.merge])
        return [sha for sha in reversed(self._history(pull.pushes[-1][1])) if sha not in there]

    async def _list_pulls(self, call: Call) -> Reply:
        self._admit(call)
        owner = self._repository.partition("/")[0]
        state, head, base = (call.query.get(key, "") for key in ("state", "head", "base"))
        wanted = [one for one in reversed(self.pulls) if head in ("", f"{owner}:{one.head}") and base in ("", one.base)]
        rows = [told for told in map(self._pull, wanted) if state == "all" or told["state"] == (state or "open")]
        return page(call, rows[::-1] if call.query.get("direction") == "asc" else rows)

    async def _edit_pull(self, call: Call) -> Reply:
        self._admit(call)
        pull, body = self._find(call), call.body if isinstance(call.body, dict) else {}
        state = body.get("state")
        if state not in (None, "open", "closed") or (state == "open" and pull.merged_at is not None):
            raise invalid("Validation Failed", resource="PullRequest", field="state", code="invalid")
        if "title" in body and not str(body["title"] or "").strip():
            raise invalid("Validation Failed", resource="PullRequest", field="title", code="missing_field")
        pull.title, pull.body = str(body.get("title", pull.title)), str(body.get("body", pull.body) or "")
        pull.ended = pull.ended if state is None else state == "closed"
        return Reply(self._pull(pull), summary=f"pull request {pull.number} changed: {pull.title}")

    async def _list_pull_commits(self, call: Call) -> Reply:
        self._admit(call)
        return page(call, [self._shown(sha) for sha in self._ahead(self._find(call))])

    async def _list_files(self, call: Call) -> Reply:
        self._admit(call)
        pull = self._find(call)
        return page(call, self._changes(pull.pushes[-1][1]))

    def _reviews(self, pull: Pull) -> list[dict[str, Any]]:
        rows = sorted([*super()._reviews(pull), *pull.said], key=lambda one: str(one["submitted_at"]))
        shown = []
        for count, one in enumerate(rows, start=1):
            number = pull.number * 1000 + count
            html = f"{self._site}/pull/{pull.number}#pullrequestreview-{number}"
            about = {"id": number, "node_id": f"PRR_{number}", "body": "", "html_url": html, **one}
            about |= {"user": shapes.user(one["user"]["login"], self.api), "author_association": "MEMBER"}
            about["pull_request_url"] = f"{self.url}/pulls/{pull.number}"
            links = {"html": {"href": html}, "pull_request": {"href": about["pull_request_url"]}}
            shown.append({**about, "_links": links})
        return shown

    async def _review_pull(self, call: Call) -> Reply:
        self._admit(call)
        pull, body = self._find(call), call.body if isinstance(call.body, dict) else {}
        event, words = str(body.get("event") or ""), str(body.get("body") or "")
        if event not in _EVENTS:
            raise invalid("Validation Failed", resource="PullRequestReview", field="event", code="invalid")
        if event != "COMMENT":
            raise invalid(f"Can not {event.lower().replace('_', ' ')} your own pull request")
        if not words:
            raise invalid("Validation Failed", resource="PullRequestReview", field="body", code="missing_field")
        at = rfc3339(self._stage.clock.now())
        about = {"user": {"login": AUTHOR, "type": "User"}, "state": _EVENTS[event], "commit_id": pull.pushes[-1][1]}
        pull.said.append({**about, "body": words, "submitted_at": at})
        made = next(one for one in reversed(self._reviews(pull)) if one["body"] == words)
        return Reply(made, summary=f"review of {pull.number}: {words[:80]}")

    async def _list_asked(self, call: Call) -> Reply:
        self._admit(call)
        return Reply({"users": [shapes.user(who, self.api) for who in self._find(call).asked], "teams": []})

    async def _ask_reviewers(self, call: Call) -> Reply:
        self._admit(call)
        pull, body = self._find(call), call.body if isinstance(call.body, dict) else {}
        wanted = [str(who) for who in body.get("reviewers") or ()]
        for who in wanted:
            if who == AUTHOR:
                raise invalid("Review cannot be requested from pull request author.")
            if who not in self._reviewers():
                why = (
                    "Reviews may only be requested from collaborators. One or more of the users or teams you specified"
                )
                raise invalid(f"{why} is not a collaborator of the {self._repository} repository.")
        pull.asked += [who for who in wanted if who not in pull.asked]
        return Reply(self._pull(pull), 201, summary=f"asks {', '.join(wanted)} to review {pull.number}")

    async def _is_merged(self, call: Call) -> Reply:
        self._admit(call)
        if self._find(call).merged_at is None:
            raise not_found()
        return Reply(None, 204)

    async def _merge_pull(self, call: Call) -> Reply:
        self._admit(call)
        pull, body = self._find(call), call.body if isinstance(call.body, dict) else {}
        if body.get("merge_method") not in (None, *_METHODS):
            raise invalid("Invalid request.")
        if hindered := self._hindered(pull):
            raise refused(405, hindered)
        if body.get("sha") not in (None, pull.pushes[-1][1]):
            raise refused(409, "Head branch was modified. Review and try the merge again.")
        pull.merge = self._join(pull.base, pull.pushes[-1][1], f"Merge pull request #{pull.number} from {pull.head}")
        pull.ended, pull.merged_at = True, self._stage.clock.now()
        done = {"sha": pull.merge, "merged": True, "message": "Pull Request successfully merged"}
        return Reply(done, summary=f"merges pull request {pull.number} into {pull.base}")

    def _hindered(self, pull: Pull) -> str:
        """Why a pull request can't be merged now, in GitHub's words; "" when it can."""
        if pull.ended or self.rules.state != "open" or self.rules.mergeable is False:
            return "Pull Request is not mergeable"
        if self.rules.draft:
            return "Pull Request is still a draft"
        runs = {one["name"]: one["conclusion"] for one in self._checks_of(pull.pushes[-1][1])}
        said = {one["context"]: one["state"] for one in reversed(self._said(pull.pushes[-1][1]))}
        for name in [*self.rules.required, *(self.rules.protected or ())]:
            state = runs.get(name) or said.get(name)
            if state in (None, "pending"):
                return f'Required status check "{name}" is expected.'
            if state != "success":
                return f'Required status check "{name}" is failing.'
        return ""

    def _join(self, base: str, head: str, words: str) -> str:
        sha = self._commit(f"{words} ({head})", self.branches[base])
        self._made[sha] = (words, self._stage.clock.now())
        self._merged[sha] = head
        self._move(base, sha)
        return sha

    async def _merge_branch(self, call: Call) -> Reply:
        self._admit(call)
        body = call.body if isinstance(call.body, dict) else {}
        base, head = str(body.get("base") or ""), str(body.get("head") or "")
        if base not in self.branches:
            raise refused(404, "Base does not exist")
        if head not in self.branches and head not in self._parents:
            raise refused(404, "Head does not exist")
        sha = self._resolve(head)
        if sha in self._history(self.branches[base]):
            return Reply(None, 204)
        if self.rules.mergeable is False:
            raise refused(409, "Merge conflict")
        words = str(body.get("commit_message") or f"Merge {head} into {base}")
        return Reply(self._shown(self._join(base, sha, words)), 201, summary=f"merges {head} into {base}")

    async def _list_comments(self, call: Call) -> Reply:
        self._admit(call)
        number = int(call.match["number"])
        rows = [self._noted(count, text) for count, (on, text) in enumerate(self.comments, start=1) if on == number]
        return page(call, rows)

    async def _comment(self, call: Call) -> Reply:
        reply = await super()._comment(call)
        return Reply(self._noted(len(self.comments), self.comments[-1][1]), 201, summary=reply.summary)

    def _noted(self, count: int, text: str) -> dict[str, Any]:
        number, at = self.comments[count - 1][0], rfc3339(self._stage.clock.now())
        about = {"id": 9_000 + count, "node_id": f"IC_{count}", "body": text, "created_at": at, "updated_at": at}
        about |= {"url": f"{self.url}/issues/comments/{9_000 + count}", "author_association": "MEMBER"}
        about |= {"html_url": f"{self._site}/issues/{number}#{count}", "issue_url": f"{self.url}/issues/{number}"}
        return {**about, "user": shapes.user(AUTHOR, self.api)}

    async def _list_checks(self, call: Call) -> Reply:
        self._admit(call)
        wanted, rows = call.query.get("check_name", ""), self._checks_of(self._resolve(call.match["ref"]))
        return page(call, [one for one in rows if wanted in ("", one["name"])], "check_runs")

    def _checks_of(self, sha: str) -> list[dict[str, Any]]:
        opened = next((at for one in self.pulls for at, pushed in one.pushes if pushed == sha), None)
        if opened is None:
            return []
        return [self._run_of(sha, opened, n, self._run(name, opened)) for n, name in enumerate(self._review.checks)]

    def _run_of(self, sha: str, opened: float, count: int, run: Mapping[str, Any]) -> dict[str, Any]:
        number = int(sha[:6], 16) * 100 + count
        ended = rfc3339(opened + self._review.checks_seconds) if run["conclusion"] else None
        about = {"id": number, "node_id": f"CR_{number}", "head_sha": sha, "external_id": "", "details_url": None}
        about |= {"url": f"{self.url}/check-runs/{number}", "html_url": f"{self._site}/runs/{number}"}
        about |= {"started_at": rfc3339(opened), "completed_at": ended, "check_suite": {"id": number // 100}}
        output: dict[str, Any] = {"title": None, "summary": None, "text": None, "annotations_count": 0}
        output["annotations_url"] = f"{self.url}/check-runs/{number}/annotations"
        return {**about, **run, "output": output, "app": None, "pull_requests": []}
