"""The code host for anyone's client: what the repository has beside its branches and pull requests is its releases."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from warroom.clock import rfc3339
from warroom.drill.scenario.directory import PREFIXES
from warroom.drill.scenario.model import Review
from warroom.drill.systems.anyone import github_shapes as shapes
from warroom.drill.systems.anyone.github_pulls import PullRequests
from warroom.drill.systems.anyone.github_refs import invalid, not_found
from warroom.drill.systems.github_rules import AUTHOR, page
from warroom.drill.systems.mount import Call, Reply, Route, Stage

_FIRST = 5_001


class CodeHost(PullRequests):
    """The repository with its releases."""

    def __init__(self, stage: Stage, review: Review) -> None:
        super().__init__(stage, review)
        self.releases: dict[int, dict[str, Any]] = {}

    def routes(self) -> Sequence[Route]:
        """The releases, and all that the repository has."""
        releases = PREFIXES["github"] + "/repos/{owner}/{name}/releases"
        return (
            ("GET", releases, self._list_releases),
            ("POST", releases, self._create_release),
            ("GET", releases + "/latest", self._latest),
            ("GET", releases + "/tags/{tag:.+}", self._of_tag),
            ("GET", releases + "/{id:\\d+}", self._show_release),
            ("PATCH", releases + "/{id:\\d+}", self._edit_release),
            ("DELETE", releases + "/{id:\\d+}", self._delete_release),
            *super().routes(),
        )

    async def _list_releases(self, call: Call) -> Reply:
        self._admit(call)
        return page(call, list(reversed(self.releases.values())))

    async def _latest(self, call: Call) -> Reply:
        self._admit(call)
        full = [one for one in self.releases.values() if not one["draft"] and not one["prerelease"]]
        if not full:
            raise not_found()
        return Reply(full[-1])

    async def _of_tag(self, call: Call) -> Reply:
        self._admit(call)
        for one in self.releases.values():
            if one["tag_name"] == call.match["tag"] and not one["draft"]:
                return Reply(one)
        raise not_found()

    async def _show_release(self, call: Call) -> Reply:
        self._admit(call)
        return Reply(self._release(call))

    def _release(self, call: Call) -> dict[str, Any]:
        if (found := self.releases.get(int(call.match["id"]))) is None:
            raise not_found()
        return found

    async def _create_release(self, call: Call) -> Reply:
        self._admit(call)
        body = call.body if isinstance(call.body, dict) else {}
        tag, target = str(body.get("tag_name") or ""), str(body.get("target_commitish") or self._base)
        if not tag:
            raise invalid('Invalid request.\n\n"tag_name" wasn\'t supplied.')
        if any(one["tag_name"] == tag for one in self.releases.values()):
            raise invalid("Validation Failed", resource="Release", code="already_exists", field="tag_name")
        draft = bool(body.get("draft"))
        if tag not in self._tags and not draft:
            if target not in self.branches and target not in self._parents:
                raise invalid("Validation Failed", resource="Release", code="invalid", field="target_commitish")
            self._tags[tag] = self._resolve(target)
        number, at = _FIRST + len(self.releases), rfc3339(self._stage.clock.now())
        url, site = f"{self.url}/releases/{number}", f"{self.api}/{self._repository}"
        self.releases[number] = {
            "url": url,
            "assets_url": f"{url}/assets",
            "upload_url": f"{url}/assets{{?name,label}}",
            "html_url": f"{site}/releases/tag/{tag}",
            "id": number,
            "node_id": f"RE_{number}",
            "tag_name": tag,
            "target_commitish": target,
            "name": body.get("name") or tag,
            "body": str(body.get("body") or ""),
            "draft": draft,
            "prerelease": bool(body.get("prerelease")),
            "created_at": at,
            "published_at": None if draft else at,
            "author": shapes.user(AUTHOR, self.api),
            "assets": [],
            "tarball_url": f"{self.url}/tarball/{tag}",
            "zipball_url": f"{self.url}/zipball/{tag}",
        }
        return Reply(self.releases[number], 201, summary=f"release {tag}")

    async def _edit_release(self, call: Call) -> Reply:
        self._admit(call)
        found, body = self._release(call), call.body if isinstance(call.body, dict) else {}
        found |= {key: body[key] for key in ("name", "body", "draft", "prerelease") if key in body}
        if not found["draft"] and found["published_at"] is None:
            found["published_at"] = rfc3339(self._stage.clock.now())
            self._tags.setdefault(found["tag_name"], self._resolve(found["target_commitish"]))
        return Reply(found, summary=f"release {found['tag_name']} changed")

    async def _delete_release(self, call: Call) -> Reply:
        self._admit(call)
        tag = self._release(call)["tag_name"]
        del self.releases[int(call.match["id"])]
        return Reply(None, 204, summary=f"release {tag} deleted")

    async def _show_tag(self, call: Call) -> Reply:
        reply = await super()._show_tag(call)
        at = rfc3339(self._stage.clock.now())
        tagger = {"name": AUTHOR, "email": shapes.BOT_MAIL, "date": at}
        told, sha = reply.body, reply.body["object"]["sha"]
        about = {"node_id": f"T_{told['tag']}", "message": told["tag"], "url": f"{self.url}/git/tags/{told['sha']}"}
        what = {**told["object"], "url": f"{self.url}/git/commits/{sha}"}
        return replace(reply, body={**told, **about, "object": what, "tagger": tagger})
