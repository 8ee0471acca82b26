"""Cloud Run in JSON: what gcloud's `run services` asks for, and three of Google's clients that speak it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import run_v2
from google.cloud.run_v2.services.services.transports import ServicesRestTransport
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.drill.clients import pinned
from tests.patience import PATIENCE_SECONDS
from tests.sdk.conftest import Cloud
from warroom.drill.cloud_run.rest.knative import project_number

API = "/apis/serving.knative.dev/v1/namespaces"


@pytest.fixture(scope="module")
def names(cloud: Cloud) -> tuple[str, str, str]:
    """Project, region and name of the scenario's first service."""
    ref = cloud.emulator.world.scenario.services[0].ref
    return ref.project, ref.region, ref.name


@pytest.fixture(scope="module")
def gcloud(cloud: Cloud, names: tuple[str, str, str]) -> Iterator[httpx.Client]:
    """Sends what gcloud sends with `api_endpoint_overrides/run` http://run.localhost:PORT/: the region before the host.

    The name is not asked of a resolver here; that it stands in the Host header is what matters.
    """
    port = cloud.addresses.http.rpartition(":")[2]
    with httpx.Client(
        base_url=f"http://{cloud.addresses.http}", headers={"Host": f"{names[1]}-run.localhost:{port}"}
    ) as client:
        yield client


def got(answer: httpx.Response) -> Any:
    """The body of an answer that is none of refusal."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def serving(service: dict[str, Any]) -> dict[str, int]:
    """What each revision serves, as gcloud's printer reads it."""
    return {one["revisionName"]: one["percent"] for one in service["status"]["traffic"] if one.get("percent")}


def test_gcloud_describes_and_lists(gcloud: httpx.Client, names: tuple[str, str, str]) -> None:
    """describe, list with and without a region, revisions list and describe, regions list."""
    project, region, name = names
    service = got(gcloud.get(f"{API}/{project}/services/{name}"))
    assert (service["kind"], service["metadata"]["name"]) == ("Service", name)
    assert service["metadata"]["namespace"] == project_number(project)
    assert service["metadata"]["labels"]["cloud.googleapis.com/location"] == region
    assert service["metadata"]["generation"] == service["status"]["observedGeneration"]
    conditions = {one["type"]: one["status"] for one in service["status"]["conditions"]}
    assert conditions == {"Ready": "True", "ConfigurationsReady": "True", "RoutesReady": "True"}
    # An entry that follows the latest says so, and which revision that is.
    latest = service["spec"]["traffic"][0]
    assert latest == {"percent": 100, "latestRevision": True}
    shown = service["status"]["traffic"][0]
    assert shown == {**latest, "revisionName": service["status"]["latestReadyRevisionName"]}
    regional = got(gcloud.get(f"{API}/{project}/services"))["items"]
    everywhere = got(gcloud.get(f"/v1/projects/{project}/locations/-/services"))
    assert name in [one["metadata"]["name"] for one in regional] and everywhere["kind"] == "ServiceList"
    assert len(everywhere["items"]) >= len(regional) and everywhere["unreachable"] == []
    selector = {"labelSelector": f"serving.knative.dev/service = {name}"}
    revisions = got(gcloud.get(f"{API}/{project}/revisions", params=selector))["items"]
    assert {one["status"]["serviceName"] for one in revisions} == {name}
    first = revisions[0]
    again = got(gcloud.get(f"{API}/{project_number(project)}/revisions/{first['metadata']['name']}"))
    assert again == first and first["spec"]["containers"][0]["image"]
    active = {one["metadata"]["name"]: one["status"]["conditions"][-1]["status"] for one in revisions}
    assert [revision for revision, status in active.items() if status == "True"] == [shown["revisionName"]]
    places = got(gcloud.get(f"/v1/projects/{project}/locations"))["locations"]
    assert region in [one["locationId"] for one in places]


def test_gcloud_updates_traffic(gcloud: httpx.Client, names: tuple[str, str, str], cloud: Cloud) -> None:
    """update-traffic: the service is read, its traffic replaced, the operation waited for; no new revision comes."""
    project, region, name = names
    path = f"{API}/{project}/services/{name}"
    service = got(gcloud.get(path))
    stable = service["status"]["latestReadyRevisionName"]
    selector = {"labelSelector": f"serving.knative.dev/service in ({name}, none)"}
    revisions = [
        one["metadata"]["name"] for one in got(gcloud.get(f"{API}/{project}/revisions", params=selector))["items"]
    ]
    older = next(one for one in revisions if one != stable)
    service["metadata"]["annotations"] |= {"run.googleapis.com/client-name": "gcloud"}
    service["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/client-name"] = "gcloud"
    service["spec"]["traffic"] = [
        {"revisionName": stable, "percent": 90},
        {"revisionName": older, "percent": 10, "tag": "old"},
    ]
    replaced = got(gcloud.put(path, json=service))
    assert {one["type"]: one["status"] for one in replaced["status"]["conditions"]}["Ready"] == "Unknown"
    assert replaced["metadata"]["generation"] > replaced["status"]["observedGeneration"]
    operation = replaced["metadata"]["annotations"]["run.googleapis.com/operation-id"]
    where = f"/v1/projects/{project}/locations/{region}/operations/{operation}"
    assert "response" not in got(gcloud.get(where))
    done = got(gcloud.post(f"{where}:wait", json={"timeout": "10s"}))
    assert done["done"] and serving(done["response"]) == {stable: 90, older: 10}
    after = got(gcloud.get(path))
    assert serving(after) == {stable: 90, older: 10}
    assert after["status"]["latestCreatedRevisionName"] == stable
    tagged = next(one for one in after["status"]["traffic"] if one.get("tag") == "old")
    assert httpx.get(tagged["url"] + "/health").json()["revision"] == older
    # What was read before is now old: gcloud would be told of the conflict.
    service["spec"]["traffic"] = [{"latestRevision": True, "percent": 100}]
    conflict = gcloud.put(path, json=service)
    assert (conflict.status_code, conflict.json()["error"]["status"]) == (409, "ABORTED")
    service["metadata"]["resourceVersion"] = after["metadata"]["resourceVersion"]
    got(gcloud.put(path, json=service))
    cloud.pass_operation()
    assert serving(got(gcloud.get(path))) == {stable: 100}


def test_gcloud_deploys_a_new_revision(gcloud: httpx.Client, names: tuple[str, str, str], cloud: Cloud) -> None:
    """A changed template is a new revision, pinned traffic stays where it was; a dry run changes nothing."""
    project, _, name = names
    path = f"{API}/{project}/services/{name}"
    service = got(gcloud.get(path))
    stable = service["status"]["latestReadyRevisionName"]
    service["spec"]["traffic"] = [{"revisionName": stable, "percent": 100}]
    service["spec"]["template"]["metadata"]["name"] = f"{name}-gcloud"
    service["spec"]["template"]["spec"]["containers"][0]["image"] += "0"
    tried = got(gcloud.put(path, params={"dryRun": "all"}, json=service))
    assert tried["spec"]["template"]["metadata"]["name"] == f"{name}-gcloud"
    assert got(gcloud.get(path))["status"]["latestCreatedRevisionName"] == stable
    got(gcloud.put(path, json=service))
    cloud.pass_operation()
    after = got(gcloud.get(path))
    assert (after["status"]["latestReadyRevisionName"], serving(after)) == (f"{name}-gcloud", {stable: 100})


def test_gcloud_is_refused(gcloud: httpx.Client, names: tuple[str, str, str], cloud: Cloud) -> None:
    """404, 400, 501 as Google's JSON has errors; another region has no such service; web pages get nothing."""
    project, _, name = names
    path = f"{API}/{project}/services/{name}"
    service = got(gcloud.get(path))
    service["spec"]["traffic"] = [{"revisionName": "none", "percent": 100}]
    rows = (
        (gcloud.get(f"{API}/{project}/services/none"), 404, "NOT_FOUND"),
        (gcloud.get(f"{API}/none/services/{name}"), 404, "NOT_FOUND"),
        (gcloud.get(path, headers={"Host": "us-east9-run.localhost:80"}), 404, "NOT_FOUND"),
        (gcloud.get(f"{API}/{project}/revisions/none"), 404, "NOT_FOUND"),
        (gcloud.get(f"{API}/{project}/revisions?labelSelector=%21"), 400, "INVALID_ARGUMENT"),
        (gcloud.put(path, json=service), 404, "NOT_FOUND"),
        (gcloud.put(path, content="{"), 400, "INVALID_ARGUMENT"),
        (gcloud.delete(path), 501, "UNIMPLEMENTED"),
        (gcloud.get(f"/v1/projects/{project}/locations/x/operations/none"), 404, "NOT_FOUND"),
    )
    for answer, status, word in rows:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["status"]) == (status, status, word)
    for more in ({"Host": "run.example.com"}, {"Origin": "http://run.localhost"}):
        assert gcloud.get(path, headers=more).status_code == 403


def discovered(cloud: Cloud, version: str) -> Any:
    """google-api-python-client's run, from the discovery document that it brings."""
    options = {"api_endpoint": f"http://{cloud.addresses.http}/"}
    credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
    return build("run", version, credentials=credentials, client_options=options, static_discovery=True)


def test_the_discovery_client_of_version_2(cloud: Cloud) -> None:
    """GET, LIST, PATCH with updateMask and etag, revisions, operations and permissions."""
    with discovered(cloud, "v2") as client:
        api = client.projects().locations()
        service = api.services().get(name=cloud.path).execute()
        assert service["etag"] and service["generation"].isdigit()
        parent = cloud.path.partition("/services/")[0]
        request, found = api.services().list(parent=parent, pageSize=1), []
        while request is not None:
            answer = request.execute()
            found += [one["name"] for one in answer["services"]]
            request = api.services().list_next(request, answer)
        assert cloud.path in found
        revisions = api.services().revisions().list(parent=cloud.path).execute()["revisions"]
        name = revisions[-1]["name"].rpartition("/")[2]
        assert api.services().revisions().get(name=revisions[-1]["name"]).execute()["name"].endswith(name)
        every = api.services().revisions().list(parent=f"{parent}/services/-").execute()["revisions"]
        assert len(every) >= len(revisions)
        traffic = [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": name, "percent": 100}]
        body = {"etag": service["etag"], "traffic": traffic}
        begun = api.services().patch(name=cloud.path, updateMask="traffic", body=body).execute()
        assert not begun.get("done") and begun["metadata"]["reconciling"]
        done = api.operations().wait(name=begun["name"], body={"timeout": "20s"}).execute()
        assert done["response"]["trafficStatuses"] == traffic
        assert api.operations().get(name=begun["name"]).execute() == done
        assert begun["name"] in [one["name"] for one in api.operations().list(name=parent).execute()["operations"]]
        with pytest.raises(HttpError) as stale:
            api.services().patch(name=cloud.path, updateMask="traffic", body=body).execute()
        assert stale.value.status_code == 409
        with pytest.raises(HttpError) as unknown:
            api.services().patch(name=cloud.path, updateMask="traffic", body={"trafic": []}).execute()
        assert unknown.value.status_code == 400
        asked = {"permissions": ["run.services.get", "other.things.get"]}
        held = api.services().testIamPermissions(resource=cloud.path, body=asked).execute()
        assert held == {"permissions": ["run.services.get"]}
        with pytest.raises(HttpError) as wildcard:
            api.services().list(parent=parent.rpartition("/")[0] + "/-").execute()
        assert wildcard.value.status_code == 400


def test_the_discovery_client_of_version_1(cloud: Cloud, names: tuple[str, str, str]) -> None:
    """The same service as gcloud sees it, by namespace and by location."""
    project, region, name = names
    with discovered(cloud, "v1") as client:
        one = client.namespaces().services().get(name=f"namespaces/{project}/services/{name}").execute()
        parent = f"projects/{project}/locations/{region}"
        assert client.projects().locations().services().get(name=f"{parent}/services/{name}").execute() == one
        listed = client.projects().locations().services().list(parent=parent, limit=1).execute()
        assert len(listed["items"]) == 1


def test_the_rest_transport_of_google_cloud_run(cloud: Cloud) -> None:
    """google-cloud-run with transport REST: the same calls as over gRPC, and the same classes of errors."""
    transport = ServicesRestTransport(
        host=cloud.addresses.http,
        url_scheme="http",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
    )
    with run_v2.ServicesClient(transport=transport) as client:
        service = client.get_service(name=cloud.path)
        name = service.latest_ready_revision.rpartition("/")[2]
        service.traffic = [pinned(name, 100)]
        request = run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["traffic"]})
        operation: Any = client.update_service(request)
        cloud.pass_operation()
        assert operation.result(timeout=PATIENCE_SECONDS).traffic_statuses[0].revision == name
        with pytest.raises(exceptions.NotFound):
            client.get_service(name=f"{cloud.path}-none")
        with pytest.raises(exceptions.Conflict):
            client.update_service(request)
