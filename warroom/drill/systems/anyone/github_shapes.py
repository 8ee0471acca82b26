"""How the embedded code host shows things to anyone's client: with the links that clients follow, and dates."""

from collections.abc import Mapping
from typing import Any

from warroom.clock import rfc3339

BOT_MAIL = "hotfix-author@example.com"


def user(login: str, api: str) -> dict[str, Any]:
    """Somebody; `api` is the root of the API."""
    number = sum(ord(letter) * (place + 1) for place, letter in enumerate(login))
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": "",
        "url": f"{api}/users/{login}",
        "html_url": f"{api}/{login}",
        "type": "User",
        "site_admin": False,
    }


def ref(name: str, kind: str, sha: str, repository: str) -> dict[str, Any]:
    """A reference `refs/…` to an object; `repository` is its URL of the API."""
    short = name.removeprefix("refs/")
    what = {"type": kind, "sha": sha, "url": f"{repository}/git/{kind}s/{sha}"}
    return {"ref": name, "node_id": f"REF_{short}", "url": f"{repository}/git/refs/{short}", "object": what}


def git_commit(sha: str, parents: list[str], words: str, at: float, repository: str) -> dict[str, Any]:
    """A commit as git's own API has it."""
    who = {"name": "hotfix-author", "email": BOT_MAIL, "date": rfc3339(at)}
    return {
        "sha": sha,
        "node_id": f"C_{sha[:12]}",
        "url": f"{repository}/git/commits/{sha}",
        "html_url": f"{repository}/commit/{sha}",
        "author": who,
        "committer": who,
        "message": words,
        "tree": {"sha": sha[::-1], "url": f"{repository}/git/trees/{sha[::-1]}"},
        "parents": [{"sha": one, "url": f"{repository}/git/commits/{one}", "html_url": ""} for one in parents],
        "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None},
    }


def commit(told: Mapping[str, Any], author: Mapping[str, Any], repository: str) -> dict[str, Any]:
    """A commit as the repository's lists have it, made of what `git_commit` told."""
    sha = told["sha"]
    inner = {key: told[key] for key in ("author", "committer", "message", "tree", "url", "verification")}
    parents = [{**one, "url": f"{repository}/commits/{one['sha']}"} for one in told["parents"]]
    return {
        "sha": sha,
        "node_id": told["node_id"],
        "url": f"{repository}/commits/{sha}",
        "html_url": told["html_url"],
        "comments_url": f"{repository}/commits/{sha}/comments",
        "commit": {**inner, "comment_count": 0},
        "author": dict(author),
        "committer": dict(author),
        "parents": parents,
    }


_PLACES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def repository(full_name: str, base: str, api: str, at: float) -> dict[str, Any]:
    """A repository with all that its official description requires; `at` is its last push (Unix seconds)."""
    owner, _, name = full_name.partition("/")
    url, html = f"{api}/repos/{full_name}", f"{api}/{full_name}"
    counts = ("forks", "open_issues", "stargazers", "watchers", "subscribers", "network")
    told: dict[str, Any] = {
        "id": 412_000,
        "node_id": "R_412000",
        "name": name,
        "full_name": full_name,
        "owner": {**user(owner, api), "type": "Organization"},
        "private": True,
        "visibility": "private",
        "description": None,
        "fork": False,
        "url": url,
        "html_url": html,
        "default_branch": base,
        "homepage": None,
        "language": "Python",
        "license": None,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "size": 108,
        "forks": 0,
        "open_issues": 0,
        "watchers": 0,
        "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
        **{f"has_{what}": what == "issues" for what in ("issues", "projects", "wiki", "pages", "discussions")},
        **{f"{what}_count": 0 for what in counts},
        **{f"{what}_url": f"{html}.git" for what in ("clone", "git", "ssh", "svn")},
        **{f"{what}_at": rfc3339(at) for what in ("created", "updated", "pushed")},
    }
    return told | {key: url + place for key, place in _PLACES.items()}
