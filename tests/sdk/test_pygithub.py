"""PyGithub on the embedded code host: from the branch of a hotfix to its release, and the refusals on the way."""

import re
from typing import Any

import httpx
import pytest
from github import Auth, Github, GithubException, UnknownObjectException
from github.Repository import Repository

from tests.sdk.conftest import Cloud

REPOSITORY = "shop/payments-api"


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> Github:
    """As anyone would build it, but for the address; without its waits between requests."""
    auth = Auth.Token(cloud.secrets["github"])
    return Github(
        auth=auth, base_url=cloud.url("github"), seconds_between_requests=None, seconds_between_writes=None, retry=None
    )


@pytest.fixture(scope="module")
def repo(client: Github) -> Repository:
    """The drill's repository."""
    return client.get_repo(REPOSITORY)


def refused(call: Any, status: int) -> str:
    """The message that a call is refused with."""
    with pytest.raises(GithubException) as told:
        call()
    assert told.value.status == status and told.value.data["documentation_url"].startswith("https://docs.github.com")
    return str(told.value.data["message"])


def test_a_hotfix_from_branch_to_release(client: Github, repo: Repository, cloud: Cloud) -> None:
    """Branch, pull request, reviews, checks, merge, comparison, release: each answer is one that the client reads."""
    assert client.get_user().login == "hotfix-author" and client.get_rate_limit().rate.remaining
    tag = next(one for one in repo.get_tags() if re.fullmatch(r"v?1\.4\.2", one.name))
    repo.create_git_ref("refs/heads/hotfix/sdk", tag.commit.sha)
    branch = repo.get_branch("hotfix/sdk")
    assert not branch.protected and {one.name for one in repo.get_branches()} == {"main", "hotfix/sdk"}
    pull = repo.create_pull(base="main", head="hotfix/sdk", title="HOTFIX: mend it", body="why")
    assert (pull.state, pull.merged, pull.user.login) == ("open", False, "hotfix-author")
    assert [one.sha for one in pull.get_commits()] == [branch.commit.sha] and pull.get_files()[0].status == "modified"
    assert 'Required status check "' in refused(pull.merge, 405)
    pull.create_issue_comment("10 % and well")
    assert [one.body for one in pull.get_issue_comments()] == ["10 % and well"]
    pull.create_review(body="a question", event="COMMENT")
    cloud.clock.advance(3600)
    reviews = list(pull.get_reviews())
    assert "APPROVED" in {one.state for one in reviews} and reviews[0].body == "a question"
    commit = repo.get_commit(branch.commit.sha)
    assert {one.conclusion for one in commit.get_check_runs()} == {"success"}
    commit.create_status("success", "https://ci.example.com", "all green", "smoke")
    assert commit.get_combined_status().state == "success"
    assert [one.context for one in commit.get_statuses()] == ["smoke"]
    assert refused(lambda: pull.merge(sha="0" * 40), 409).startswith("Head branch was modified")
    done = pull.merge(merge_method="merge")
    assert done.merged and pull.update() and pull.is_merged() and pull.merged
    compared = repo.compare(tag.commit.sha, "main")
    assert (compared.status, done.sha in [one.sha for one in compared.commits]) == ("ahead", True)
    assert len(repo.get_commit(done.sha).parents) == 2
    release = repo.create_git_release("v9.9.9", "9.9.9", "what is new", target_commitish="main")
    assert repo.get_latest_release().id == release.id == repo.get_release("v9.9.9").id
    assert repo.get_git_ref("tags/v9.9.9").object.sha == done.sha
    assert release.update_release("9.9.9", "more", prerelease=True).prerelease
    repo.get_git_ref("heads/hotfix/sdk").delete()
    assert [one.summary for one in cloud.emulator.stage.ledger.all("github")][-1] == "deletes head hotfix/sdk"


def test_pages_are_walked_by_their_links(client: Github, cloud: Cloud) -> None:
    """The client follows Link headers of lists and of those with total_count."""
    auth = Auth.Token(cloud.secrets["github"])
    small = Github(auth=auth, base_url=cloud.url("github"), per_page=2, seconds_between_requests=None)
    repo = small.get_repo(REPOSITORY)
    names = [one.name for one in repo.get_tags()]
    assert len(names) == len(set(names)) >= 4 and repo.get_tags().totalCount == len(names)
    assert [one.name for one in repo.get_tags().reversed] == names[::-1]
    assert len(list(repo.get_commits())) >= 5


def test_refusals(client: Github, repo: Repository, cloud: Cloud) -> None:
    """404, 422, 405 and 401 with GitHub's words, and with documentation_url as ever."""
    with pytest.raises(UnknownObjectException):
        client.get_repo("shop/other")
    sha = repo.get_branch("main").commit.sha
    table: tuple[tuple[Any, int, str], ...] = (
        (lambda: repo.get_branch("none"), 404, "Branch not found"),
        (lambda: repo.get_pull(1).title, 404, "Not Found"),
        (lambda: repo.get_release("v0.0.0"), 404, "Not Found"),
        (lambda: repo.get_commit("f" * 40).commit.message, 422, "No commit found for SHA"),
        (lambda: repo.compare("main", "none"), 404, "Not Found"),
        (lambda: repo.create_git_ref("refs/heads/main", sha), 422, "Reference already exists"),
        (lambda: repo.create_git_ref("refs/tags/x", "0" * 40), 422, "Object does not exist"),
        (lambda: repo.create_pull(base="main", head="none", title="t"), 422, "Validation Failed"),
        (lambda: repo.create_pull(base="main", head="main", title="t"), 422, "Validation Failed"),
        (lambda: repo.merge("main", "none"), 404, "Head does not exist"),
        (lambda: repo.get_commit(sha).create_status("well"), 422, "Validation Failed"),
        (lambda: repo.create_git_release("v1", "n", "m", target_commitish="none"), 422, "Validation Failed"),
    )
    for call, status, words in table:
        assert words in refused(call, status)
    assert repo.merge("main", "main") is None
    other = Github(auth=Auth.Token("ghp_wrong"), base_url=cloud.url("github"), retry=None)
    assert refused(lambda: other.get_repo(REPOSITORY), 401) == "Bad credentials"


def test_what_is_not_there_is_not_found(cloud: Cloud) -> None:
    """An unknown path is GitHub's 404, and for a wrong token its 401."""
    url = f"{cloud.url('github')}/repos/{REPOSITORY}/traffic/views"
    for token, status in ((cloud.secrets["github"], 404), ("ghp_wrong", 401)):
        assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == status
    assert httpx.get(url).json()["message"] == "Not Found"


def test_a_move_is_a_fast_forward_unless_forced(repo: Repository) -> None:
    """A branch goes back only by force, as git has it."""
    newest = repo.get_branch("main").commit.sha
    old = repo.get_commit(newest).parents[0].sha
    repo.create_git_ref("refs/heads/moving", newest)
    ref = repo.get_git_ref("heads/moving")
    assert refused(lambda: ref.edit(old), 422) == "Update is not a fast forward"
    ref.edit(old, force=True)
    assert repo.get_branch("moving").commit.sha == repo.get_commit(old).sha


def test_nobody_approves_their_own(repo: Repository, cloud: Cloud) -> None:
    """The token is the author's: it may ask others for reviews and comment, and close what it opened."""
    repo.create_git_ref("refs/heads/own", repo.get_branch("main").commit.sha)
    pull = repo.create_pull(base="main", head="own", title="HOTFIX: own")
    assert refused(lambda: pull.create_review(body="b", event="APPROVE"), 422).startswith("Can not approve your own")
    assert "collaborators" in refused(lambda: pull.create_review_request(["stranger"]), 422)
    cloud.clock.advance(3600)
    who = next(iter(pull.get_reviews())).user.login
    pull.create_review_request([who])
    assert [one.login for one in pull.get_review_requests()[0]] == [who]
    assert [one.number for one in repo.get_pulls(head="shop:own")] == [pull.number]
    pull.edit(state="closed")
    assert not list(repo.get_pulls(head="shop:own")) and list(repo.get_pulls(state="closed", head="shop:own"))
