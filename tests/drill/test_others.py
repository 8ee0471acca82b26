"""Statuspage, GitHub, Cloud SQL and LaunchDarkly of the embedded cloud, asked by hand: they refuse as the real ones do."""

# ruff: noqa: E501 — a case is a row of a table, and rows are not folded.

from typing import Any

import httpx
import pytest

from tests.services.outsides import Outside, outside

SCHEMES = {"statuspage": "OAuth ", "github": "Bearer ", "cloud-sql": "Bearer ", "launchdarkly": ""}
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
PAGE, REPO, DB = "/pages/shoppage1234", "/repos/shop/payments-api", "/v1/projects/shop-prod/instances/shop-db"
FLAG = "/api/v2/flags/shop/card-form-v2"
OFF = {"environmentKey": "production", "instructions": [{"kind": "turnFlagOff"}]}

Row = tuple[str, str, str, Any, int, str]


def told(**values: Any) -> dict[str, Any]:
    """An incident of the status page."""
    return {"incident": {"name": "n", "status": "identified", "body": "b", **values}}


REFUSED: dict[str, tuple[Row, ...]] = {
    "statuspage": (
        ("statuspage", "POST", "/pages/other/incidents", told(), 404, "Not found"),
        ("statuspage", "PATCH", PAGE + "/incidents/none", told(), 404, "Not found"),
        ("statuspage", "POST", PAGE + "/incidents", {"name": "n"}, 400, "incident is missing"),
        ("statuspage", "POST", PAGE + "/incidents", told(name=""), 422, "Name can't be blank"),
        ("statuspage", "POST", PAGE + "/incidents", told(name="n" * 256), 422, "maximum is 255"),
        ("statuspage", "POST", PAGE + "/incidents", told(body="b" * 25_001), 422, "maximum is 25000"),
        ("statuspage", "POST", PAGE + "/incidents", told(status="open"), 422, "Status is not included"),
        ("statuspage", "POST", PAGE + "/incidents", told(impact_override="huge"), 422, "not included"),
        ("statuspage", "POST", PAGE + "/incidents", told(deliver_notifications="no"), 422, "not a boolean"),
        ("statuspage", "POST", PAGE + "/incidents", told(component_ids=["other"]), 422, "does not belong"),
        ("statuspage", "POST", PAGE + "/incidents", told(components={"cmp-payments": "ill"}), 422, "Component status"),
    ),
    "github": (
        ("github", "POST", "/repos/shop/other/pulls", {}, 404, "Not Found"),
        ("github", "POST", REPO + "/git/refs", {"ref": "refs/heads/x"}, 422, '"sha" wasn'),
        ("github", "POST", REPO + "/git/refs", {"ref": "x", "sha": "0"}, 422, "not a valid ref name"),
        ("github", "POST", REPO + "/git/refs", {"ref": "refs/heads/a b", "sha": "0"}, 422, "not a valid ref name"),
        ("github", "POST", REPO + "/git/refs", {"ref": "refs/heads/main", "sha": "0"}, 422, "already exists"),
        ("github", "POST", REPO + "/git/refs", {"ref": "refs/heads/x", "sha": "0"}, 422, "Object does not exist"),
        ("github", "POST", REPO + "/pulls", {"title": "t", "head": "x"}, 422, '"base" wasn'),
        ("github", "POST", REPO + "/pulls", {"title": "t", "head": "x", "base": "main"}, 422, "Validation Failed"),
        ("github", "POST", REPO + "/pulls", {"title": "t", "head": "main", "base": "main"}, 422, "No commits between"),
        ("github", "POST", REPO + "/issues/1/comments", {}, 422, '"body" wasn'),
        ("github", "POST", REPO + "/issues/9999/comments", {"body": "b"}, 404, "Not Found"),
        ("github", "POST", REPO + "/issues/1/comments", {"body": "b" * 65_537}, 422, "maximum is 65536"),
    ),
    "cloud-sql": (
        ("cloud-sql", "POST", "/v1/projects/other/instances/shop-db/backupRuns", {}, 403, "not authorized"),
        ("cloud-sql", "POST", "/v1/projects/shop-prod/instances/other/backupRuns", {}, 404, "instance does not exist"),
        ("cloud-sql", "POST", DB + "/restoreBackup", {}, 400, "backupRunId is required"),
        (
            "cloud-sql",
            "POST",
            DB + "/restoreBackup",
            {"restoreBackupContext": {"backupRunId": "7"}},
            404,
            "does not exist",
        ),
    ),
    "launchdarkly": (
        ("launchdarkly", "PATCH", "/api/v2/flags/other/card-form-v2", OFF, 404, "Unknown project"),
        ("launchdarkly", "PATCH", "/api/v2/flags/shop/other", OFF, 404, "Unknown flag key"),
        ("launchdarkly", "PATCH", FLAG, {**OFF, "environmentKey": "test"}, 400, "environmentKey"),
        ("launchdarkly", "PATCH", FLAG, {**OFF, "instructions": []}, 400, "instructions"),
        ("launchdarkly", "PATCH", FLAG, {**OFF, "instructions": [{"kind": "explode"}]}, 400, "instructions"),
    ),
}


async def ask(web: httpx.AsyncClient, out: Outside, row: Row, **headers: str) -> httpx.Response:
    """The row's request, with the token of its system unless another is given."""
    system, method, path, body, _, _ = row
    typed = {"Content-Type": SEMANTIC} if system == "launchdarkly" else {}
    sent = {"Authorization": SCHEMES[system] + out.secrets[system], **typed, **headers}
    out.clock.advance(1.0)
    return await web.request(method, out.url(system) + path, json=body, headers=sent)


@pytest.mark.parametrize("system", REFUSED)
async def test_bad_requests_are_refused_with_their_reason(system: str) -> None:
    """Status and words are the real ones'; nothing comes of them, and each stands in the ledger as refused."""
    async with outside() as out, httpx.AsyncClient(trust_env=False) as web:
        for row in REFUSED[system]:
            answer = await ask(web, out, row)
            assert (answer.status_code, row[5] in answer.json().__repr__()) == (row[4], True), (row, answer.text)
        wrong = await ask(web, out, REFUSED[system][-1], Authorization="Bearer stolen")
        assert wrong.status_code == 401
        page = await ask(web, out, REFUSED[system][-1], Origin="https://evil.example")
        assert page.status_code == 403
        ledger = out.sent(system)
        assert len(ledger) == len(REFUSED[system]) + 1
        assert all(one.refused and one.status >= 400 for one in ledger)


async def test_limits_and_wants_of_their_own() -> None:
    """A second request within the second is 420; without a semantic patch, or a User-Agent, nothing is done."""
    async with outside() as out, httpx.AsyncClient(trust_env=False) as web:
        post = ("statuspage", "POST", PAGE + "/incidents", told(), 201, "")
        assert (await ask(web, out, post)).status_code == 201
        out.clock.advance(-0.5)
        assert (await ask(web, out, post)).status_code == 420
        plain = ("launchdarkly", "PATCH", FLAG, OFF, 400, "")
        assert (await ask(web, out, plain, **{"Content-Type": "application/json"})).status_code == 400
        nobody = ("github", "GET", REPO, None, 403, "")
        assert (await ask(web, out, nobody, **{"User-Agent": ""})).status_code == 403
        assert (await web.get(out.url("github") + "/nowhere")).status_code == 404


async def test_one_operation_at_a_time_on_the_database() -> None:
    """A second backup while one runs is a conflict; then it is taken."""
    async with outside() as out, httpx.AsyncClient(trust_env=False) as web:
        post = ("cloud-sql", "POST", DB + "/backupRuns", {"description": "DRILL"}, 200, "")
        assert (await ask(web, out, post)).json()["status"] == "PENDING"
        assert (await ask(web, out, post)).status_code == 409
        out.clock.advance(60)
        assert (await ask(web, out, post)).status_code == 200
        assert [one.status for one in out.sent("cloud-sql")] == [200, 409, 200]
