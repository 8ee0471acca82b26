"""google-cloud-run's blocking clients on the embedded Cloud Run: looking, shifting, waiting, and what is refused."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport

from tests.drill.clients import latest, pinned
from tests.patience import PATIENCE_SECONDS
from tests.sdk.conftest import Cloud


@pytest.fixture(scope="module")
def channel(cloud: Cloud) -> Iterator[grpc.Channel]:
    """One plaintext channel serves all of them."""
    with grpc.insecure_channel(cloud.addresses.run) as made:
        yield made


@pytest.fixture(scope="module")
def services(channel: grpc.Channel) -> run_v2.ServicesClient:
    """As anyone would build it, but for the channel."""
    return run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=channel))


@pytest.fixture(scope="module")
def revisions(channel: grpc.Channel) -> run_v2.RevisionsClient:
    """The same for revisions."""
    return run_v2.RevisionsClient(transport=RevisionsGrpcTransport(channel=channel))


def test_traffic_is_shifted_and_the_operation_waited_for(services: run_v2.ServicesClient, cloud: Cloud) -> None:
    """The client's own waiting on an operation ends with the service as it was asked for."""
    service = services.get_service(name=cloud.path)
    old = service.latest_ready_revision.rpartition("/")[2]
    service.template.revision = f"{old[:20].rstrip('-')}-sdk"
    service.template.containers[0].image += "0"
    service.traffic = [pinned(old, 90), pinned(service.template.revision, 10, "sdk")]
    mask = {"paths": ["template", "traffic"]}
    operation: Any = services.update_service(run_v2.UpdateServiceRequest(service=service, update_mask=mask))
    assert operation.metadata.name == cloud.path and not operation.done()
    cloud.pass_operation()
    done = operation.result(timeout=PATIENCE_SECONDS)
    assert [(one.revision, one.percent, one.tag) for one in done.traffic_statuses] == [
        (old, 90, ""),
        (service.template.revision, 10, "sdk"),
    ]
    with pytest.raises(exceptions.Aborted):
        services.update_service(run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["traffic"]}))


def test_latest_is_shown_as_google_shows_it(services: run_v2.ServicesClient, cloud: Cloud) -> None:
    """An entry that follows the latest names no revision and has no URL without a tag; no traffic at all means it."""
    for asked in ([latest(100)], []):
        service = services.get_service(name=cloud.path)
        service.traffic = asked
        request = run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["traffic"]})
        operation: Any = services.update_service(request)
        cloud.pass_operation()
        done = operation.result(timeout=PATIENCE_SECONDS)
        assert list(done.traffic) == [latest(100)]
        (shown,) = done.traffic_statuses
        assert (shown.type_, shown.percent, shown.revision, shown.uri) == (latest(100).type_, 100, "", "")


def test_lists(services: run_v2.ServicesClient, revisions: run_v2.RevisionsClient, cloud: Cloud) -> None:
    """By pages of one; services/- are all revisions of the region, newest first; locations/- is refused."""
    parent = cloud.path.partition("/services/")[0]
    found = [one.name for one in services.list_services(request={"parent": parent, "page_size": 1})]
    assert cloud.path in found and len(found) == len(set(found))
    one = list(revisions.list_revisions(request={"parent": cloud.path, "page_size": 1}))
    every = list(revisions.list_revisions(parent=f"{parent}/services/-"))
    assert {rev.name for rev in one} <= {rev.name for rev in every}
    assert {rev.service for rev in every} == {name.rpartition("/")[2] for name in found}
    assert [rev.create_time for rev in every] == sorted((rev.create_time for rev in every), reverse=True)
    assert revisions.get_revision(name=one[0].name).name == one[0].name
    with pytest.raises(exceptions.InvalidArgument, match="wildcard"):
        list(services.list_services(parent=parent.rpartition("/")[0] + "/-"))


def test_refusals(services: run_v2.ServicesClient, revisions: run_v2.RevisionsClient, cloud: Cloud) -> None:
    """The classes of error that Google's own answers are raised as."""
    with pytest.raises(exceptions.NotFound):
        services.get_service(name=f"{cloud.path}-none")
    with pytest.raises(exceptions.NotFound):
        revisions.get_revision(name=f"{cloud.path}/revisions/none")
    service = services.get_service(name=cloud.path)
    service.traffic = [latest(99)]
    with pytest.raises(exceptions.InvalidArgument, match="total 100"):
        services.update_service(run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["traffic"]}))
    with pytest.raises(exceptions.MethodNotImplemented):
        services.delete_service(name=cloud.path)
