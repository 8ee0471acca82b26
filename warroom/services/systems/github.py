"""GitHub over its REST API: the hotfix's branch, its pull request with reviews and checks, comments."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from msgspec import Struct, field

from warroom import versions
from warroom.services.errors import Conflict, Denied, Effect, Invalid, NotFound, ServiceError
from warroom.services.systems.github_review import A_PAGE, SYSTEM, Pull, Review, read
from warroom.services.systems.ports import Added, Posted, PullRequest
from warroom.services.systems.wire.answers import retold, segment, shaped
from warroom.services.systems.wire.web import Web

URL = "https://api.github.com"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_DEEPEST_TAG = 5

T = TypeVar("T")


class _Object(Struct):
    type: str
    sha: str


class _Ref(Struct):
    object: _Object
    ref: str = ""


class _Made(Struct):
    html_url: str = ""
    number: int = 0
    id: int = 0


class _Changed(Struct):
    filename: str
    patch: str = ""


class _Comparison(Struct):
    status: str
    files: list[_Changed] = []


class _Permissions(Struct):
    push: bool = True


class _Repository(Struct):
    full_name: str
    permissions: _Permissions = field(default_factory=_Permissions)


class GitHubApi:
    """One repository (OWNER/NAME). Hotfixes start at production's `tag_prefix` tag and go back into `base`."""

    def __init__(self, repository: str, base: str, tag_prefix: str, token: str, url: str = "") -> None:
        self._web = Web(SYSTEM, url or URL, {"Authorization": f"Bearer {token}", **_HEADERS})
        self._repository = repository
        self._owner, _, name = repository.partition("/")
        self._path = f"/repos/{segment(self._owner)}/{segment(name)}"
        # People look at github.com, or at the host whose API lies below /api/v3.
        site = url.rstrip("/").removesuffix("/api/v3") if url else "https://github.com"
        self._pages_url = f"{site}/{self._owner}/{segment(name)}"
        self._base = base
        self._tag_prefix = tag_prefix

    async def production_tag(self, version: str = "") -> tuple[str, str]:
        """The tag of `version` and the commit it stands on; without one the newest of the common schemes (versions.py).

        A pre-release is not production's. Raises NotFound where no tag is a version, or none is that one.
        """
        wanted = f"{self._tag_prefix}{version.removeprefix(self._tag_prefix)}"
        found: dict[tuple[int, ...], _Ref] = {}
        async for ref in self._rows(f"/git/matching-refs/tags/{segment(self._tag_prefix)}", _Ref):
            if version and ref.ref == f"refs/tags/{wanted}":
                return wanted, await self._commit(ref.object)
            numbers = versions.order(ref.ref.removeprefix(f"refs/tags/{self._tag_prefix}"))
            if numbers:
                found[numbers] = ref
        if version:
            raise NotFound(
                f"{self._repository} has no tag {wanted}, of the version that was said to run in production",
                "Correct production_version, or tag what production runs.",
            )
        if not found:
            raise NotFound(
                f"{self._repository} has no version tag like {self._tag_prefix}1.2.3",
                "Check github.tag_prefix in integrations.toml, or tag what production runs.",
            )
        newest = found[max(found)]
        return newest.ref.removeprefix("refs/tags/"), await self._commit(newest.object)

    async def create_branch(self, name: str, sha: str, *, ours: bool = False) -> Posted:
        """Make the branch on a commit. One that is there is taken, with its work, where it is `ours`, made from that.

        Raises Conflict where it is not, or stands elsewhere.
        """
        posted = Posted(name, f"{self._pages_url}/tree/{_path_of(name)}")
        try:
            try:
                await self._make(name, sha)
            except ServiceError as error:
                if error.effect is not Effect.UNKNOWN:
                    raise
                ours = True  # what stands there now under this name is what has just been asked for
                await self._make(name, sha)
        except Invalid as error:
            if not await self._is_made_from(name, sha, error):
                raise Conflict(
                    f"Branch {name} is there already and was not made from {sha[:12]}",
                    "Look at it on GitHub: delete it, or take another name.",
                    detail=error.detail,
                    link=posted.link,
                ) from error
            if not ours:
                raise Conflict(
                    f"Branch {name} is there already, and this journal did not make it",
                    "Look whose it is: tick the step if the hotfix goes there, else give another issue.",
                    link=posted.link,
                ) from error
        return posted

    async def _make(self, name: str, sha: str) -> None:
        await self._ask("POST", "/git/refs", {"ref": f"refs/heads/{name}", "sha": sha})

    async def open_pull(self, title: str, head: str, body: str) -> Posted:
        """Open a pull request into the base branch; one that is open for `head` is taken as it is."""
        asked = {"title": title, "head": head, "base": self._base, "body": body}
        try:
            made = shaped(SYSTEM, await self._ask("POST", "/pulls", asked, again=True), _Made, Effect.UNKNOWN)
        except Invalid as error:
            query = {"head": f"{self._owner}:{head}", "base": self._base, "state": "open"}
            there = shaped(SYSTEM, await self._ask("GET", "/pulls", query=query), list[_Made])
            if not there:
                if "no commits" in error.detail.lower():
                    title, remedy = f"{head} has no commit that {self._base} has not", "Push the fix, then try again."
                    raise Invalid(title, remedy, detail=error.detail) from error
                title = f"GitHub opens no pull request from {head} into {self._base}"
                raise Invalid(title, "Check that both branches are there.", detail=error.detail) from error
            made = there[0]
        return Posted(str(made.number), made.html_url)

    async def pull(self, number: int) -> PullRequest:
        """The pull request as the gate sees it: people's latest reviews, and the checks of its newest commit."""
        with retold(
            NotFound,
            f"GitHub shows no pull request {number} of {self._repository}: not there, or hidden from the token",
            "Look on GitHub; the token needs pull requests: read.",
        ):
            pull = shaped(SYSTEM, await self._ask("GET", f"/pulls/{number}"), Pull)
        reviews = [one async for one in self._rows(f"/pulls/{number}/reviews", Review)]
        return await read(pull, reviews, lambda path: self._ask("GET", path), self._pages)

    async def added(self, head: str) -> tuple[Added, ...]:
        """The lines that a branch adds since it left the base: GitHub shows up to 300 files, and no binary ones."""
        with retold(NotFound, f"{self._repository} has no branch {head} to compare", "Push it, then look again."):
            span = f"/compare/{_path_of(self._base)}...{_path_of(head)}"
            found = shaped(SYSTEM, await self._ask("GET", span, query={"per_page": "1"}), _Comparison)
        return tuple(
            Added(one.filename, line[1:])
            for one in found.files
            for line in one.patch.splitlines()
            if line.startswith("+")
        )

    async def comment(self, number: int, text: str) -> Posted:
        """Write a comment; `ref` is its id."""
        with retold(
            NotFound,
            f"GitHub shows nothing numbered {number} in {self._repository}: not there, or hidden from the token",
            "Check its number; the token needs issues and pull requests: write.",
        ):
            answer = await self._ask("POST", f"/issues/{number}/comments", {"body": text})
        made = shaped(SYSTEM, answer, _Made, Effect.UNKNOWN)
        return Posted(str(made.id), made.html_url)

    async def check(self) -> str:
        """The repository that the token may write to, in words. Changes nothing; raises ServiceError."""
        known = shaped(SYSTEM, await self._ask("GET", ""), _Repository)
        scopes = self._web.scopes  # only classic tokens have them; of the others the permissions below tell
        if scopes and not scopes & {"repo", "public_repo"}:
            raise Denied(f"The token has no scope repo, only {', '.join(sorted(scopes))}", "Make one that has it.")
        if not known.permissions.push:
            raise Denied(
                f"The token may only read {known.full_name}",
                "Give it write access to contents and pull requests.",
            )
        return f"repository {known.full_name}"

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def _commit(self, at: _Object) -> str:
        """The commit beneath a tag; an annotated one is an object of its own, and may stand on another tag."""
        for _ in range(_DEEPEST_TAG):
            if at.type != "tag":
                return at.sha
            at = shaped(SYSTEM, await self._ask("GET", f"/git/tags/{segment(at.sha)}"), _Ref).object
        raise ServiceError("The newest version tag leads to no commit", "Look at it on GitHub.", detail=at.sha)

    async def _is_made_from(self, branch: str, sha: str, refused: Invalid) -> bool:
        """Whether the branch stands on the commit or goes on from it. Raises `refused` where there is no branch."""
        try:
            there = shaped(SYSTEM, await self._ask("GET", f"/git/ref/heads/{_path_of(branch)}"), _Ref)
            if there.object.sha == sha:
                return True
            compared = await self._ask("GET", f"/compare/{segment(sha)}...{segment(there.object.sha)}")
        except NotFound:
            title = f"GitHub makes no branch {branch} on {sha[:12]}"
            remedy = "Check that the commit is there and that the name is one of a branch."
            raise Invalid(title, remedy, detail=refused.detail) from refused
        return shaped(SYSTEM, compared, _Comparison).status in ("identical", "ahead")

    async def _rows(self, path: str, kind: type[T]) -> AsyncIterator[T]:
        """All rows of a list, page after page."""
        before: Any = None
        async for page in self._pages(path):
            # Some lists know no pages and answer everything each time.
            if page == before:
                return
            before = page
            rows = shaped(SYSTEM, page, list[Any])
            for row in rows:
                yield shaped(SYSTEM, row, kind)
            if len(rows) < A_PAGE:
                return

    async def _pages(self, path: str) -> AsyncIterator[Any]:
        number = 0
        while True:
            number += 1
            yield await self._ask("GET", path, query={"per_page": str(A_PAGE), "page": str(number)})

    async def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401
        *,
        query: dict[str, str] | None = None,
        again: bool = False,
    ) -> Any:  # noqa: ANN401
        with (
            retold(
                NotFound,
                f"GitHub knows no such thing in {self._repository}, or hides it from the token",
                "Check github.repository in integrations.toml, and what the token may see.",
            ),
        ):
            return await self._web.ask(method, self._path + path, body, query=query, again=again)


def _path_of(branch: str) -> str:
    """A branch's name in a path: its slashes are slashes there too."""
    return "/".join(map(segment, branch.split("/")))
