"""The client of Cloud SQL against the embedded cloud: a backup by the clock, a restore, and what refuses them."""

import pytest
from google.auth.credentials import AnonymousCredentials
from msgspec.structs import replace

from tests.drill.clients import SCENARIOS
from tests.services.outsides import Outside, outside
from warroom.drill.scenario.load import load_scenario
from warroom.drill.scenario.model import Database
from warroom.drill.systems.cloud_sql import CloudSql
from warroom.services.errors import Conflict, Denied, Effect, NotFound, ServiceError
from warroom.services.systems.cloud_sql import CloudSqlApi, GoogleToken, fixed
from warroom.services.systems.ports import Databases


def databases(out: Outside) -> Databases:
    """The drill's client."""
    assert out.others.databases is not None
    return out.others.databases


async def test_a_backup_goes_its_way_by_the_clock() -> None:
    """ENQUEUED, RUNNING, SUCCESSFUL; the id is there from the first answer."""
    async with outside() as out:
        posted = await databases(out).back_up("DRILL 2026-0007")
        seen = [await databases(out).backup_status(posted.ref)]
        for seconds in (5, 20):
            out.clock.advance(seconds)
            seen.append(await databases(out).backup_status(posted.ref))
        assert seen == ["ENQUEUED", "RUNNING", "SUCCESSFUL"]
        assert posted.ref.isdigit()
        assert [one.summary for one in out.sent("cloud-sql")] == [f"backup {posted.ref}: DRILL 2026-0007"]


async def test_an_operation_that_does_not_name_its_backup() -> None:
    """Then the newest backup of that description is it; before there is one, nobody says that nothing was done."""
    async with outside() as out:
        there = out.system(CloudSql)
        there.names_backups = False
        posted = await databases(out).back_up("DRILL b")
        assert posted.ref == there.works[-1].backup
        out.clock.advance(60)
        out.befall("cloud-sql", 400, "GET *")
        with pytest.raises(ServiceError) as caught:
            await databases(out).back_up("DRILL c")
        assert caught.value.effect is Effect.UNKNOWN


async def test_a_restore_overwrites_and_ends() -> None:
    """Its operation goes from PENDING over RUNNING to DONE; only one thing goes on at a time."""
    async with outside() as out:
        backup = (await databases(out).back_up("DRILL a")).ref
        with pytest.raises(Conflict, match="Another operation is running on shop-db in shop-prod"):
            await databases(out).back_up("DRILL b")
        with pytest.raises(ServiceError) as caught:
            await databases(out).restore(backup)
        assert "not successful" in caught.value.detail
        out.clock.advance(60)
        operation = (await databases(out).restore(backup)).ref
        seen = [await databases(out).restore_status(operation)]
        for seconds in (5, 60):
            out.clock.advance(seconds)
            seen.append(await databases(out).restore_status(operation))
        assert seen == ["PENDING", "RUNNING", "DONE"]
        assert out.sent("cloud-sql")[-1].summary == f"shop-db overwritten with backup {backup}"


async def test_what_ends_in_an_error() -> None:
    """A backup says FAILED; a restore's status raises with Google's words: accepted, then failed."""
    plan = replace(load_scenario("good-hotfix", SCENARIOS), database=Database(restore_fails=True))
    async with outside(plan) as out:
        backup = (await databases(out).back_up("DRILL")).ref
        out.clock.advance(60)
        operation = (await databases(out).restore(backup)).ref
        out.clock.advance(120)
        with pytest.raises(ServiceError, match="The restore failed") as caught:
            await databases(out).restore_status(operation)
        assert caught.value.effect is Effect.FAILED and "INTERNAL_ERROR" in caught.value.detail
    async with outside(replace(plan, database=Database(backup_fails=True))) as out:
        backup = (await databases(out).back_up("DRILL")).ref
        out.clock.advance(60)
        assert await databases(out).backup_status(backup) == "FAILED"


async def test_refusals_have_their_sentence() -> None:
    """What is not there, and what is not allowed."""
    async with outside() as out:
        with pytest.raises(NotFound, match="no backup 7 of shop-db"):
            await databases(out).restore("7")
        with pytest.raises(NotFound, match="no operation x"):
            await databases(out).restore_status("x")
        url = out.url("cloud-sql")
        for project, instance, token, kind, says in (
            ("shop-prod", "shop-db", "stolen", Denied, "may not do that with shop-db in shop-prod"),
            ("other", "shop-db", out.secrets["cloud-sql"], Denied, "may not do that"),
            ("shop-prod", "other-db", out.secrets["cloud-sql"], NotFound, "no instance other-db in shop-prod"),
        ):
            client = CloudSqlApi(project, instance, fixed(token), url)
            with pytest.raises(kind, match=says) as caught:
                await client.check()
            # Google keeps the permission to restore to the role Cloud SQL Admin.
            assert kind is not Denied or "roles/cloudsql.admin for a restore" in caught.value.remedy
            await client.close()


async def test_googles_token_is_renewed_beside_the_loop() -> None:
    """One that is valid is taken as it is; one that is not is renewed first."""

    class Renewed(AnonymousCredentials):
        """Credentials that count their renewals."""

        token, valid, count = "old", False, 0

        def refresh(self, request: object) -> None:
            """A new token."""
            self.token, self.valid, self.count = "new", True, self.count + 1

    renewed = Renewed()  # type: ignore[no-untyped-call]

    async def found() -> Renewed:
        return renewed

    token = GoogleToken(found)
    assert [await token(), await token(), renewed.count] == ["new", "new", 1]
