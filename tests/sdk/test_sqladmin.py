"""google-api-python-client's sqladmin, from the discovery document that it brings, on the embedded database."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.sdk.conftest import Cloud

PROJECT, INSTANCE = "shop-prod", "shop-db"


def sqladmin(cloud: Cloud, token: str) -> Any:
    """As anyone would build it, but for the address."""
    options = {"api_endpoint": cloud.url("cloud-sql") + "/"}
    credentials = Credentials(token)  # type: ignore[no-untyped-call]
    return build("sqladmin", "v1", credentials=credentials, client_options=options, static_discovery=True)


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> Iterator[Any]:
    """With the drill's token."""
    with sqladmin(cloud, cloud.secrets["cloud-sql"]) as made:
        yield made


def refused(request: Any) -> tuple[int, str]:
    """Status and reason that a request is refused with."""
    with pytest.raises(HttpError) as told:
        request.execute()
    return told.value.status_code, told.value.error_details[0]["reason"]


def test_a_backup_and_its_restore(client: Any, cloud: Cloud) -> None:
    """Begun, polled, listed, restored, deleted; one operation at a time."""
    assert client.instances().get(project=PROJECT, instance=INSTANCE).execute()["state"] == "RUNNABLE"
    assert [one["name"] for one in client.instances().list(project=PROJECT).execute()["items"]] == [INSTANCE]
    runs, where = client.backupRuns(), {"project": PROJECT, "instance": INSTANCE}
    begun = runs.insert(**where, body={"description": "before the hotfix"}).execute()
    assert begun["status"] == "PENDING" and begun["targetId"] == INSTANCE
    assert refused(runs.insert(**where, body={})) == (409, "inProgress")
    cloud.clock.advance(3600)
    done = client.operations().get(project=PROJECT, operation=begun["name"]).execute()
    assert done["status"] == "DONE" and done["endTime"] >= done["startTime"]
    run = runs.get(**where, id=done["backupContext"]["backupId"]).execute()
    assert (run["status"], run["description"]) == ("SUCCESSFUL", "before the hotfix")
    body = {"restoreBackupContext": {"backupRunId": run["id"], "instanceId": INSTANCE}}
    client.instances().restoreBackup(**where, body=body).execute()
    cloud.clock.advance(3600)
    kinds = [one["operationType"] for one in client.operations().list(**where).execute()["items"]]
    assert kinds == ["RESTORE_VOLUME", "BACKUP_VOLUME"]
    runs.delete(**where, id=run["id"]).execute()
    assert refused(runs.get(**where, id=run["id"])) == (404, "backupRunDoesNotExist")


def test_lists_go_on_by_their_tokens(client: Any, cloud: Cloud) -> None:
    """list_next, the client's own way to the next page, finds every backup once."""
    runs, where = client.backupRuns(), {"project": PROJECT, "instance": INSTANCE}
    for count in range(3):
        runs.insert(**where, body={"description": f"number {count}"}).execute()
        cloud.clock.advance(3600)
    found, request = [], runs.list(**where, maxResults=2)
    while request is not None:
        answer = request.execute()
        found += [one["description"] for one in answer["items"]]
        request = runs.list_next(request, answer)
    assert found[:3] == ["number 2", "number 1", "number 0"]


def test_refusals(client: Any, cloud: Cloud) -> None:
    """401, 403, 404 and 400 with Google's reasons."""
    renewing = pytest.raises(RefreshError)  # the client takes 401 as a reason to renew its token, which it can't
    with sqladmin(cloud, "ya29.wrong") as wrong, renewing:
        wrong.instances().list(project=PROJECT).execute()
    assert refused(client.instances().get(project="other", instance=INSTANCE)) == (403, "notAuthorized")
    assert refused(client.instances().get(project=PROJECT, instance="none")) == (404, "instanceDoesNotExist")
    body: dict[str, Any] = {"restoreBackupContext": {}}
    assert refused(client.instances().restoreBackup(project=PROJECT, instance=INSTANCE, body=body)) == (400, "required")
    assert refused(client.databases().list(project=PROJECT, instance=INSTANCE)) == (404, "notFound")
