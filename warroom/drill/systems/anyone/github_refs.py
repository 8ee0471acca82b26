"""The repository for anyone's client: itself, branches, tags and references, commits, comparisons, statuses."""

from collections.abc import Sequence
from typing import Any

from warroom.clock import rfc3339
from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.scenario.model import Review
from warroom.drill.systems.anyone import github_shapes as shapes
from warroom.drill.systems.github import GitHub
from warroom.drill.systems.github_rules import AUTHOR, DOCS, page, refused
from warroom.drill.systems.mount import Call, Refusal, Reply, Route, Stage

_STATES = ("error", "failure", "pending", "success")
_LONGEST_STATUS = 140


class References(GitHub):
    """The repository that warroom uses, with all of its references and commits as clients walk them."""

    def __init__(self, stage: Stage, review: Review) -> None:
        self._made: dict[str, tuple[str, float]] = {}
        self._merged: dict[str, str] = {}
        self._statuses: dict[str, list[dict[str, Any]]] = {}
        super().__init__(stage, review)

    def routes(self) -> Sequence[Route]:
        """More of the repository; what the base has and clients need more of comes before it."""
        api, repository = PREFIXES["github"], PREFIXES["github"] + "/repos/{owner}/{name}"
        return (
            ("GET", api + "/user", self._me),
            ("GET", api + "/rate_limit", self._limits),
            ("GET", repository, self._show),
            ("GET", repository + "/branches", self._list_branches),
            ("GET", repository + "/branches/{branch:.+}/protection/{tail:.+}", self._show_protection),
            ("GET", repository + "/branches/{branch:.+}", self._show_protected),
            ("GET", repository + "/tags", self._list_all_tags),
            ("GET", repository + "/git/matching-refs/{prefix:.*}", self._matching),
            ("GET", repository + "/git/ref/{ref:.+}", self._show_ref),
            ("POST", repository + "/git/refs", self._create_ref),
            ("PATCH", repository + "/git/refs/{ref:.+}", self._move_ref),
            ("DELETE", repository + "/git/refs/{ref:.+}", self._delete_ref),
            ("GET", repository + "/git/commits/{sha}", self._show_git_commit),
            ("GET", repository + "/commits", self._list_commits),
            ("GET", repository + "/commits/{ref:.+}/statuses", self._list_own_statuses),
            ("GET", repository + "/statuses/{ref:.+}", self._list_own_statuses),
            ("POST", repository + "/statuses/{sha}", self._create_status),
            *super().routes(),
            ("GET", repository + "/commits/{ref:.+}", self._show_commit),
            ("*", api + "/{rest:.*}", self._nothing),
        )

    @property
    def api(self) -> str:
        """The root of the API, as links name it."""
        return f"http://{self._stage.http}{PREFIXES['github']}"

    @property
    def url(self) -> str:
        """The repository's own URL of the API."""
        return f"{self.api}/repos/{self._repository}"

    def _enter(self, call: Call) -> None:
        """The token, where a call names no repository. Raises Refusal."""
        owner, _, name = self._repository.partition("/")
        self._admit(Call(call.method, call.path, {"owner": owner, "name": name}, call.query, call.headers))

    async def _me(self, call: Call) -> Reply:
        self._enter(call)
        return Reply(shapes.user(AUTHOR, self.api))

    async def _limits(self, call: Call) -> Reply:
        self._enter(call)
        rate = {"limit": 5000, "used": 0, "remaining": 5000, "reset": int(self._stage.clock.now()) + 3600}
        return Reply({"resources": {"core": rate, "search": rate}, "rate": rate})

    async def _nothing(self, call: Call) -> Reply:
        if "Authorization" in call.headers:
            self._enter(call)
        raise not_found()

    async def _show(self, call: Call) -> Reply:
        self._admit(call)
        return Reply(shapes.repository(self._repository, self._base, self.api, self._stage.clock.now()))

    async def _list_branches(self, call: Call) -> Reply:
        self._admit(call)
        return page(call, [self._branch(name) for name in self.branches])

    async def _show_protected(self, call: Call) -> Reply:
        reply = await super()._show_protected(call)
        name = reply.body["name"]
        links = {"self": f"{self.url}/branches/{name}", "html": f"{self.api}/{self._repository}/tree/{name}"}
        told = {**reply.body, **self._branch(name), "commit": self._shown(self.branches[name])}
        protection = {"enabled": told["protected"], "required_status_checks": {"enforcement_level": "off"}}
        return Reply({**told, "_links": links, "protection": protection})

    def _branch(self, name: str) -> dict[str, Any]:
        sha = self.branches[name]
        where = {"commit": {"sha": sha, "url": f"{self.url}/commits/{sha}"}, "protected": name == self._base}
        return {"name": name, **where, "protection_url": f"{self.url}/branches/{name}/protection"}

    async def _list_all_tags(self, call: Call) -> Reply:
        self._admit(call)
        rows = [
            {
                "name": name,
                "node_id": f"T_{name}",
                "commit": {"sha": sha, "url": f"{self.url}/commits/{sha}"},
                "zipball_url": f"{self.url}/zipball/refs/tags/{name}",
                "tarball_url": f"{self.url}/tarball/refs/tags/{name}",
            }
            for name, sha in reversed(self._tags.items())
        ]
        return page(call, rows)

    def _refs(self) -> dict[str, dict[str, Any]]:
        """All references by their names without refs/."""
        annotated = {name: sha for sha, name in self._annotated.items()}
        found = {f"heads/{name}": ("commit", sha) for name, sha in self.branches.items()}
        for name, sha in self._tags.items():
            found[f"tags/{name}"] = ("tag", annotated[name]) if name in annotated else ("commit", sha)
        return {name: shapes.ref(f"refs/{name}", kind, sha, self.url) for name, (kind, sha) in found.items()}

    async def _matching(self, call: Call) -> Reply:
        self._admit(call)
        return page(call, [one for name, one in self._refs().items() if name.startswith(call.match["prefix"])])

    async def _show_ref(self, call: Call) -> Reply:
        self._admit(call)
        found = self._refs().get(call.match["ref"])
        if found is None:
            raise not_found()
        return Reply(found)

    async def _create_ref(self, call: Call) -> Reply:
        body = call.body if isinstance(call.body, dict) else {}
        name, sha = str(body.get("ref") or ""), str(body.get("sha") or "")
        if not name.startswith("refs/tags/") or not sha:
            reply = await super()._create_ref(call)
            return Reply(self._refs()[body["ref"].removeprefix("refs/")], 201, summary=reply.summary)
        self._admit(call)
        short = name.removeprefix("refs/tags/")
        if short in self._tags:
            raise invalid("Reference already exists")
        if sha not in self._parents:
            raise invalid("Object does not exist")
        self._tags[short] = sha
        return Reply(self._refs()[f"tags/{short}"], 201, summary=f"tag {short} on {sha[:12]}")

    async def _move_ref(self, call: Call) -> Reply:
        self._admit(call)
        body = call.body if isinstance(call.body, dict) else {}
        name, sha = call.match["ref"].removeprefix("heads/"), str(body.get("sha") or "")
        if name not in self.branches:
            raise invalid("Reference does not exist")
        if sha not in self._parents:
            raise invalid("Object does not exist")
        if not body.get("force") and self.branches[name] not in self._history(sha):
            raise invalid("Update is not a fast forward")
        self._move(name, sha)
        return Reply(self._refs()[f"heads/{name}"], summary=f"branch {name} moved to {sha[:12]}")

    def _move(self, branch: str, sha: str) -> None:
        self.branches[branch] = sha
        for pull in self.pulls:
            if pull.head == branch and pull.merged_at is None:
                pull.pushes.append((self._stage.clock.now(), sha))

    async def _delete_ref(self, call: Call) -> Reply:
        self._admit(call)
        kind, _, name = call.match["ref"].partition("/")
        known: dict[str, str] = {"heads": self.branches, "tags": self._tags}.get(kind, {})
        if name not in known:
            raise invalid("Reference does not exist")
        if kind == "heads" and name == self._base:
            raise invalid("Cannot delete the default branch")
        del known[name]
        return Reply(None, 204, summary=f"deletes {kind[:-1]} {name}")

    async def _show_git_commit(self, call: Call) -> Reply:
        self._admit(call)
        if call.match["sha"] not in self._parents:
            raise not_found()
        return Reply(self._git_commit(call.match["sha"]))

    async def _show_commit(self, call: Call) -> Reply:
        self._admit(call)
        ref = call.match["ref"]
        if ref not in self.branches and ref not in self._tags and ref not in self._parents:
            raise refused(422, f"No commit found for SHA: {ref}")
        stats = {"total": 2, "additions": 1, "deletions": 1}
        return Reply({**self._shown(self._resolve(ref)), "stats": stats, "files": []})

    async def _list_commits(self, call: Call) -> Reply:
        self._admit(call)
        start = self._resolve(call.query.get("sha", "") or self._base)
        return page(call, [self._shown(sha) for sha in self._history(start)])

    async def _compare(self, call: Call) -> Reply:
        reply = await super()._compare(call)
        span = call.match["span"]
        base, _, head = span.partition("...")
        old, new = self._history(self._resolve(base)), self._history(self._resolve(head))
        ahead = [sha for sha in reversed(new) if sha not in old]
        shared = next((sha for sha in new if sha in old), old[-1])
        where = dict.fromkeys(("html_url", "permalink_url"), f"{self.api}/{self._repository}/compare/{span}")
        counts = {"ahead_by": len(ahead), "behind_by": len([one for one in old if one not in new])}
        told = {**reply.body, **where, **counts, "total_commits": len(ahead), "files": self._changes(new[0])}
        told |= {"url": f"{self.url}/compare/{span}", "diff_url": f"{where['html_url']}.diff"}
        told |= {"patch_url": f"{where['html_url']}.patch", "commits": [self._shown(sha) for sha in ahead]}
        return Reply({**told, "base_commit": self._shown(old[0]), "merge_base_commit": self._shown(shared)})

    def _changes(self, sha: str) -> list[dict[str, Any]]:
        """The files that a commit changes since the newest tag behind it, with their lines counted."""
        rows = []
        for one in self._files(sha):
            added, gone = (sum(line.startswith(sign) for line in one["patch"].splitlines()) for sign in "+-")
            links = dict.fromkeys(("blob_url", "raw_url", "contents_url"), f"{self.url}/contents/{one['filename']}")
            rows.append({**one, "sha": sha, "additions": added, "deletions": gone, "changes": added + gone, **links})
        return rows

    async def _list_own_statuses(self, call: Call) -> Reply:
        self._admit(call)
        return page(call, self._said(self._resolve(call.match["ref"])))

    async def _list_statuses(self, call: Call) -> Reply:
        """The newest of each context, and all together: a red one makes it red, a missing one pending."""
        self._admit(call)
        sha = self._resolve(call.match["ref"])
        newest = {one["context"]: one for one in reversed(self._said(sha))}
        found = {one["state"] for one in newest.values()}
        whole = (
            "failure" if found & {"failure", "error"} else "pending" if "pending" in found or not found else "success"
        )
        some = page(call, list(newest.values()), "statuses")
        about = {"state": whole, "sha": sha, "url": f"{self.url}/commits/{sha}/status"}
        about["commit_url"] = f"{self.url}/commits/{sha}"
        repository = shapes.repository(self._repository, self._base, self.api, self._stage.clock.now())
        return Reply({**some.body, **about, "repository": repository}, headers=some.headers)

    def _said(self, sha: str) -> list[dict[str, Any]]:
        """The statuses of a commit, newest first."""
        standing = [self._status(sha, name, state) for name, state in self.rules.statuses.items()]
        return [*reversed(self._statuses.get(sha, [])), *standing]

    def _status(self, sha: str, context: str, state: str, words: str = "", link: str = "") -> dict[str, Any]:
        at = rfc3339(self._stage.clock.now())
        number = 70_000 + sum(len(some) for some in self._statuses.values())
        told = {"url": f"{self.url}/statuses/{sha}", "id": number, "node_id": f"S_{number}", "avatar_url": None}
        told |= {"state": state, "context": context, "description": words or None, "target_url": link or None}
        return {**told, "created_at": at, "updated_at": at, "creator": shapes.user(AUTHOR, self.api)}

    async def _create_status(self, call: Call) -> Reply:
        self._admit(call)
        sha, body = call.match["sha"], call.body if isinstance(call.body, dict) else {}
        if sha not in self._parents:
            raise invalid(f"No commit found for SHA: {sha}")
        if body.get("state") not in _STATES:
            raise invalid("Validation Failed", resource="Status", field="state", code="custom")
        words = str(body.get("description") or "")
        if len(words) > _LONGEST_STATUS:
            raise invalid("Validation Failed", resource="Status", field="description", code="custom")
        context = str(body.get("context") or "default")
        made = self._status(sha, context, str(body["state"]), words, str(body.get("target_url") or ""))
        self._statuses.setdefault(sha, []).append(made)
        return Reply(made, 201, summary=f"status {context} of {sha[:12]}: {made['state']}")

    def _git_commit(self, sha: str) -> dict[str, Any]:
        words, at = self._made.get(sha, ("", 0.0))
        parents = [one for one in (self._parents[sha], self._merged.get(sha, "")) if one]
        return shapes.git_commit(sha, parents, words, at, self.url)

    def _shown(self, sha: str) -> dict[str, Any]:
        return shapes.commit(self._git_commit(sha), shapes.user(AUTHOR, self.api), self.url)

    def _commit(self, word: str, parent: str) -> str:
        sha = super()._commit(word, parent)
        self._made.setdefault(sha, (word, self._stage.clock.now()))
        return sha

    def _history(self, sha: str) -> list[str]:
        """The commit and all before it, on both sides of every merge, newest first."""
        found = super()._history(sha)
        for one in [*found]:
            if other := self._merged.get(one, ""):
                found += [more for more in self._history(other) if more not in found]
        return found


def not_found() -> Refusal:
    """404 for whatever is not there, or not for this token."""
    body = {"message": "Not Found", "documentation_url": DOCS, "status": "404"}
    return Refusal(Reply(body, 404, refused="Not Found"))


def invalid(message: str, **error: str) -> Refusal:
    """422, with the field that is wrong where one is."""
    body = {"message": message, "errors": [error] if error else [], "documentation_url": DOCS, "status": "422"}
    return Refusal(Reply(body, 422, refused=error.get("message", message)))
