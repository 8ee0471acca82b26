"""The client of GitHub against the embedded cloud: tag, branch, pull request, reviews, checks, comments."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from aiohttp import web
from msgspec.structs import replace

from tests.drill.clients import SCENARIOS
from tests.services.outsides import Outside, outside
from warroom.drill.scenario.faults import Fault
from warroom.drill.scenario.load import load_scenario
from warroom.drill.scenario.model import Review
from warroom.drill.systems.github import GitHub
from warroom.services.errors import Conflict, Denied, Invalid, NotFound, ServiceError
from warroom.services.systems import github_review
from warroom.services.systems.github import GitHubApi
from warroom.services.systems.ports import CodeHost

BRANCH = "hotfix/2026-0007"


def code(out: Outside) -> CodeHost:
    """The drill's client."""
    assert out.others.code is not None
    return out.others.code


async def test_production_is_the_newest_version() -> None:
    """By number and not by letter, no pre-release, and an annotated tag leads to its commit."""
    async with outside() as out:
        tag, sha = await code(out).production_tag()
        there = out.system(GitHub)
        assert (tag, len(sha)) == ("v1.4.2", 40)
        assert sha in there._history(there.branches["main"])
        older = await code(out).production_tag("1.4.1")
        assert older[0] == "v1.4.1" and older[1] != sha
        with pytest.raises(NotFound, match=r"has no tag v9\.9\.9"):
            await code(out).production_tag("9.9.9")


async def test_a_branch_is_made_once() -> None:
    """One that goes on from the same commit is taken with its work; one that stands elsewhere is a conflict."""
    async with outside() as out:
        _, sha = await code(out).production_tag()
        made = await code(out).create_branch(BRANCH, sha)
        again = await code(out).create_branch(BRANCH, sha, ours=True)
        with pytest.raises(Conflict, match="this journal did not make it"):
            await code(out).create_branch(BRANCH, sha)
        assert made == again and made.ref == BRANCH and made.link.endswith(f"/shop/payments-api/tree/{BRANCH}")
        newest = out.system(GitHub).branches["main"]
        with pytest.raises(Conflict, match=f"Branch {BRANCH} is there already and was not made from {newest[:12]}"):
            await code(out).create_branch(BRANCH, newest)
        with pytest.raises(Invalid, match="makes no branch hotfix/x on 000000000000"):
            await code(out).create_branch("hotfix/x", "0" * 40)


async def test_a_lost_answer_makes_no_second_branch() -> None:
    """It is asked again, and what is there is taken."""
    async with outside() as out:
        _, sha = await code(out).production_tag()
        out.befall("github", 502, "POST *")
        assert (await code(out).create_branch(BRANCH, sha)).ref == BRANCH
        assert [one.status for one in out.sent("github")] == [502, 201]


async def test_what_a_branch_adds() -> None:
    """Its lines by file since it left the base, so also the version; nothing where there is nothing, or no branch."""
    async with outside() as out:
        _, sha = await code(out).production_tag()
        await code(out).create_branch(BRANCH, sha)
        added = await code(out).added(BRANCH)
        assert ("package.json", '  "version": "1.4.3",') in [(one.file, one.line) for one in added]
        assert await code(out).added("main") == ()
        with pytest.raises(NotFound, match="no branch hotfix/none to compare"):
            await code(out).added("hotfix/none")


async def test_a_pull_request_fares_by_the_clock() -> None:
    """Opened once; comments come before approvals and take none back; the checks run and turn green."""
    async with outside() as out:
        _, sha = await code(out).production_tag()
        await code(out).create_branch(BRANCH, sha)
        opened = await code(out).open_pull("HOTFIX: DRILL card form", BRANCH, "DRILL why")
        assert await code(out).open_pull("HOTFIX: DRILL card form", BRANCH, "DRILL why") == opened
        pull = await code(out).pull(int(opened.ref))
        assert (pull.title, pull.head, pull.merged) == ("HOTFIX: DRILL card form", BRANCH, False)
        assert (pull.approvals, pull.rejections) == ((), ())
        assert pull.checks == {"critical-path": "", "security-scan": "", "unit": ""}
        out.clock.advance(61)
        pull = await code(out).pull(int(opened.ref))
        assert pull.approvals == ("primary-qa",) and set(pull.checks.values()) == {"success"}
        out.clock.advance(60)
        assert (await code(out).pull(int(opened.ref))).approvals == ("primary-qa", "security-lead")
        await code(out).comment(int(opened.ref), "DRILL deployed")
        assert out.system(GitHub).comments == [(int(opened.ref), "DRILL deployed")]
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(opened.link)).json()["comments"] == ["DRILL deployed"]


async def test_a_check_that_stays_red() -> None:
    """It is told by its name."""
    plan = replace(load_scenario("good-hotfix", SCENARIOS), review=Review(red=("unit",)))
    async with outside(plan) as out:
        _, sha = await code(out).production_tag()
        await code(out).create_branch(BRANCH, sha)
        number = int((await code(out).open_pull("HOTFIX: DRILL", BRANCH, "")).ref)
        out.clock.advance(600)
        assert (await code(out).pull(number)).checks["unit"] == "failure"


async def test_refusals_have_their_sentence() -> None:
    """No branch, no commits, no pull request, another repository, another token, a limit that is used up."""
    async with outside() as out:
        with pytest.raises(Invalid, match="opens no pull request from hotfix/none into main"):
            await code(out).open_pull("HOTFIX: DRILL", "hotfix/none", "")
        with pytest.raises(Invalid, match="main has no commit that main has not"):
            await code(out).open_pull("HOTFIX: DRILL", "main", "")
        with pytest.raises(NotFound, match=r"shows no pull request 7 .*hidden from the token.*pull requests: read"):
            await code(out).pull(7)
        for repository, token, kind, says in (
            ("shop/payments-api", "stolen", Denied, "GitHub refuses the token"),
            ("shop/other", out.secrets["github"], NotFound, "in shop/other, or hides it"),
        ):
            client = GitHubApi(repository, "main", "v", token, out.url("github"))
            with pytest.raises(kind, match=says):
                await client.check()
            await client.close()
        lost = GitHubApi("shop/payments-api", "main", "release-", out.secrets["github"], out.url("github"))
        with pytest.raises(NotFound, match=r"no version tag like release-1\.2\.3"):
            await lost.production_tag()
        await lost.close()
        out.befall("github", 403)
        with pytest.raises(ServiceError, match="GitHub takes no more for now") as caught:
            await code(out).production_tag()
        assert not isinstance(caught.value, Denied)


async def opened(out: Outside) -> tuple[GitHub, int]:
    """The embedded repository, and a pull request that two people approved and whose checks are green."""
    _, sha = await code(out).production_tag()
    await code(out).create_branch(BRANCH, sha)
    number = int((await code(out).open_pull("HOTFIX: DRILL", BRANCH, "")).ref)
    out.clock.advance(600)
    return out.system(GitHub), number


async def test_only_an_approval_of_the_head_by_a_writer_counts() -> None:
    """A push makes approvals stale, a reader's and the author's count for nothing, a dismissed one is gone."""
    async with outside() as out:
        there, number = await opened(out)
        good = await code(out).pull(number)
        assert (good.approvals, good.state, good.mergeable) == (("primary-qa", "security-lead"), "open", True)
        there.rules.readers.add("primary-qa")
        pull = await code(out).pull(number)
        assert (pull.approvals, pull.uncounted) == (("security-lead",), ("primary-qa",))
        there.rules.dismissed.add("security-lead")
        assert (await code(out).pull(number)).approvals == ()
        there.rules.readers.clear()
        there.rules.dismissed.clear()
        there.push(BRANCH)
        pull = await code(out).pull(number)
        assert (pull.approvals, pull.stale) == ((), ("primary-qa", "security-lead"))
        assert set(pull.checks.values()) == {""} and pull.sha != good.sha


async def test_statuses_and_required_checks() -> None:
    """Commit statuses count as checks; protection and rulesets say what is required; what is hidden is told."""
    async with outside() as out:
        there, number = await opened(out)
        there.rules.statuses = {"ci/old": "pending", "ci/broken": "error"}
        pull = await code(out).pull(number)
        assert (pull.checks["ci/old"], pull.checks["ci/broken"]) == ("", "error")
        assert (pull.required, pull.unknown) == (("critical-path", "security-scan", "unit"), ())
        there.rules.required, there.rules.protected = ["unit"], ["audit"]
        assert (await code(out).pull(number)).required == ("audit", "unit")
        there.rules.hidden = True
        pull = await code(out).pull(number)
        why = "Resource not accessible by personal access token; to ask it takes administration: read"
        assert pull.required == ("unit",) and pull.unknown == (f"which checks the protection of main requires ({why})",)


async def test_what_is_not_found_may_be_hidden_from_the_token() -> None:
    """A token without a permission gets 404, too: then nobody knows, which is told with what it takes, and no approval.

    GitHub answers so for people, protection and rules alike.
    """

    async def get(path: str) -> Any:
        raise NotFound("GitHub knows no such thing", "Check the token", detail='{"message": "Not Found"}')

    async def pages(path: str) -> AsyncIterator[Any]:
        if "/rules/" in path:
            raise NotFound("GitHub knows no such thing", "Check the token")
        yield {"check_runs": []} if "check-runs" in path else {"statuses": []}

    pull = github_review.Pull(1, "t", "", github_review.Branch("b", "s"), github_review.Branch("main", "m"))
    found = await github_review.read(
        pull, [github_review.Review("APPROVED", github_review.User("ada"), "s")], get, pages
    )
    hidden = "not there, or hidden from the token; to ask it takes"
    assert found.approvals == ()
    assert found.unknown == (
        f"whether ada has write access ({hidden} write access to the repository)",
        f"which checks the protection of main requires ({hidden} administration: read)",
        f"which checks the rules of main require ({hidden} metadata: read)",
    )


@pytest.fixture
async def big() -> AsyncIterator[str]:
    """The URL of a repository with more of everything than stands on a page."""
    tags = [{"ref": f"refs/tags/v1.{n}.0", "object": {"type": "commit", "sha": f"{n:040}"}} for n in range(250)]
    people: list[Any] = [{"user": {"login": f"p{n}"}, "state": "APPROVED", "commit_id": "s"} for n in range(120)]
    people += [
        {"user": {"login": "p0"}, "state": "CHANGES_REQUESTED"},
        {"user": {"login": "p1"}, "state": "DISMISSED"},
        {"user": {"login": "p2"}, "state": "COMMENTED"},
        {"user": {"login": "robot", "type": "Bot"}, "state": "APPROVED"},
        {"user": None, "state": "APPROVED"},
    ]
    checks = [{"name": "same", "status": "completed", "conclusion": "success"} for _ in range(150)]
    statuses = [{"context": f"ci/{n}", "state": "success" if n < 129 else "error"} for n in range(130)]
    lists: dict[str, list[Any]] = {"tags/v": tags, "reviews": people, "check-runs": checks, "/status": statuses}
    keys = {"check-runs": "check_runs", "/status": "statuses"}

    async def answer(request: web.Request) -> web.Response:
        for end, rows in lists.items():
            if request.path.endswith(end):
                size, page = int(request.query["per_page"]), int(request.query["page"])
                some = rows[(page - 1) * size : page * size]
                return web.json_response({keys[end]: some} if end in keys else some)
        if request.path.endswith("/permission"):
            return web.json_response({"permission": "write"})
        if "/branches/" in request.path:
            return web.json_response([] if "/rules/" in request.path else {"protected": False})
        return web.json_response({"number": 1, "title": "t", "html_url": "", "head": {"ref": "b", "sha": "s"}})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def test_every_page_is_read(big: str) -> None:
    """The newest tag may stand on the last page, as may the review that takes an approval back.

    Robots and vanished accounts approve nothing, and of checks that share a name none hides another.
    """
    client = GitHubApi("o/r", "main", "v", "t", big)
    assert await client.production_tag() == ("v1.249.0", f"{249:040}")
    pull = await client.pull(1)
    assert (len(pull.approvals), pull.rejections, len(pull.checks)) == (118, ("p0",), 280)
    assert pull.checks["ci/129"] == "error"
    assert "p2" in pull.approvals and not {"p0", "p1", "robot"} & set(pull.approvals)
    await client.close()


@pytest.mark.parametrize(
    ("status", "words", "detail"),
    [
        (401, "", "Unauthorized"),
        (404, "", "Not Found"),
        (422, "", HTTPStatus(422).phrase),  # the standard's word for it has changed between Pythons
        (403, "Resource not accessible by integration", "Resource not accessible by integration"),
    ],
)
async def test_an_injected_refusal_says_what_its_status_says(status: int, words: str, detail: str) -> None:
    """No "server error" beside a refused token; and a 403 with words of its own is one of permissions, at once."""
    async with outside() as out:
        out.emulator.faults.add(Fault("http", "*", system="github", code=status, error=words, times=0))
        with pytest.raises(ServiceError) as caught:
            await code(out).production_tag()
        assert detail in caught.value.detail and not caught.value.passing
