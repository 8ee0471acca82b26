"""Cloud Run of the embedded cloud, asked with Google's own client over the wire."""

import msgspec
import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2, operations_pb2_grpc

from tests.clocks import ManualClock
from tests.drill.clients import Cloud, latest, pinned
from tests.patience import PATIENCE_SECONDS
from warroom.drill.scenario.model import Candidate, Scenario
from warroom.drill.server.emulator import Emulator

STABLE = "payments-api-00041-kol"
HOTFIX = "payments-api-00042-fix"
SUCCEEDED = run_v2.Condition.State.CONDITION_SUCCEEDED
RECONCILING = run_v2.Condition.State.CONDITION_RECONCILING
FAILED = run_v2.Condition.State.CONDITION_FAILED


def shares(service: run_v2.Service) -> dict[tuple[str, str], int]:
    """What traffic_statuses say: percent by (revision, tag), LATEST as ""."""
    return {(status.revision, status.tag): status.percent for status in service.traffic_statuses}


async def test_the_service_begins_settled_and_following_latest(cloud: Cloud) -> None:
    """A drill begins as most services live: LATEST 100 %, the stable revision reachable by its own tag."""
    service = await cloud.service()
    assert shares(service) == {("", ""): 100, (STABLE, "live"): 0}
    assert service.latest_ready_revision.endswith(f"/revisions/{STABLE}")
    assert not service.reconciling
    assert service.observed_generation == service.generation
    assert service.terminal_condition.state == SUCCEEDED
    assert (
        service.traffic_statuses[1].uri == f"http://{cloud.addresses.http}/shop-prod/europe-west1/live---payments-api"
    )


async def test_a_deploy_without_traffic_reconciles_in_phases(cloud: Cloud) -> None:
    """One call makes a revision at 0 % with a tag; the service shows how far it is, then rests as asked."""
    accepted = await cloud.deploy(HOTFIX)
    assert not accepted.done
    service = await cloud.service()
    assert service.reconciling
    assert service.observed_generation == service.generation - 1
    assert service.terminal_condition.state == RECONCILING
    assert service.latest_created_revision.endswith(HOTFIX)
    assert service.latest_ready_revision.endswith(STABLE)
    assert shares(service) == {("", ""): 100, (STABLE, "live"): 0}
    starting = service.terminal_condition.message

    cloud.clock.advance(4.5)
    service = await cloud.service()
    assert service.reconciling
    assert service.terminal_condition.message != starting

    cloud.clock.advance(1.5)
    service = await cloud.service()
    assert not service.reconciling
    assert shares(service) == {(STABLE, ""): 100, (HOTFIX, "hotfix-1"): 0}
    assert service.latest_ready_revision.endswith(HOTFIX)
    revision = await cloud.revisions.get_revision(name=f"{cloud.path}/revisions/{HOTFIX}", timeout=PATIENCE_SECONDS)
    assert revision.conditions[0].state == SUCCEEDED


async def test_operation_carries_the_service_until_it_is_done(cloud: Cloud) -> None:
    """The operation's metadata is the service all along, its response at the end; unknown names are NOT_FOUND."""
    accepted = await cloud.shift(pinned(STABLE, 100))
    request = operations_pb2.GetOperationRequest(name=accepted.name)
    operation = await cloud.services.get_operation(request, timeout=PATIENCE_SECONDS)
    metadata = run_v2.Service.pb()()
    assert operation.metadata.Unpack(metadata)
    assert metadata.reconciling
    assert not operation.done
    cloud.pass_operation()
    operation = await cloud.services.get_operation(request, timeout=PATIENCE_SECONDS)
    assert operation.done
    assert operation.response.Unpack(metadata)
    assert not metadata.reconciling
    request.name += "x"
    with pytest.raises(exceptions.NotFound):
        await cloud.services.get_operation(request, timeout=PATIENCE_SECONDS)


async def test_waiting_for_an_operation_ends_when_it_is_done(cloud: Cloud) -> None:
    """WaitOperation answers with the finished operation, and the list knows it."""
    accepted = await cloud.shift(pinned(STABLE, 100))
    # The plain stub: the client's own wait_operation forgets to parse its answer.
    stub = operations_pb2_grpc.OperationsStub(cloud.run_channel)
    operation = await stub.WaitOperation(
        operations_pb2.WaitOperationRequest(name=accepted.name), timeout=PATIENCE_SECONDS
    )
    assert operation.done
    parent = accepted.name.rpartition("/operations/")[0]
    listed = await cloud.services.list_operations(
        operations_pb2.ListOperationsRequest(name=parent), timeout=PATIENCE_SECONDS
    )
    assert [found.name for found in listed.operations] == [accepted.name]


async def test_a_stale_etag_is_aborted(cloud: Cloud) -> None:
    """Whoever writes on an old look at the service is told of the conflict, and nothing changes."""
    old = await cloud.service()
    await cloud.shift(pinned(STABLE, 100))
    old.traffic = [latest(100)]
    with pytest.raises(exceptions.Aborted, match="Conflict"):
        await cloud.update(old, "traffic")
    assert (await cloud.service()).traffic[0].revision == STABLE


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ([pinned(STABLE, 90)], "total 100"),
        ([pinned(STABLE, 110), latest(-10)], "110"),
        ([pinned(STABLE, 50, "a"), latest(50), pinned(STABLE, 0, "a")], "more than once"),
        ([pinned(STABLE, 100, "Not-A-Tag")], "valid tag"),
        ([pinned("", 100)], "type"),
    ],
)
async def test_traffic_that_makes_no_sense_is_refused(
    cloud: Cloud, targets: list[run_v2.TrafficTarget], words: str
) -> None:
    """INVALID_ARGUMENT names what is wrong with the split."""
    with pytest.raises(exceptions.InvalidArgument, match=words):
        await cloud.shift(*targets)


async def test_traffic_to_an_unknown_revision_is_refused(cloud: Cloud) -> None:
    """A revision that does not exist is NOT_FOUND, and so is a service."""
    with pytest.raises(exceptions.NotFound):
        await cloud.shift(pinned("payments-api-00099-zzz", 100))
    with pytest.raises(exceptions.NotFound):
        await cloud.services.get_service(name=cloud.path + "x", timeout=PATIENCE_SECONDS)


async def test_an_unknown_mask_path_is_refused(cloud: Cloud) -> None:
    """The update mask may name fields of a service only."""
    with pytest.raises(exceptions.InvalidArgument, match="trafic"):
        await cloud.update(await cloud.service(), "trafic")


async def test_the_mask_decides_what_is_taken_over(cloud: Cloud) -> None:
    """With the mask `traffic`, a changed template in the same message is ignored."""
    service = await cloud.service()
    service.template.containers[0].image = "other"
    service.traffic = [pinned(STABLE, 100)]
    await cloud.update(service, "traffic")
    cloud.pass_operation()
    after = await cloud.service()
    assert after.template.containers[0].image != "other"
    assert after.latest_created_revision.endswith(STABLE)


async def test_an_echoed_revision_name_already_exists(cloud: Cloud) -> None:
    """A changed template under the name of an existing revision is refused, as Cloud Run does."""
    with pytest.raises(exceptions.AlreadyExists, match="different configuration"):
        await cloud.deploy(STABLE)


@pytest.mark.parametrize("name", ["checkout-00042-fix", "payments-api-UPPER", "payments-api-" + "x" * 60])
async def test_a_revision_name_must_fit_the_service(cloud: Cloud, name: str) -> None:
    """Revision names begin with the service's name and are valid names."""
    with pytest.raises(exceptions.InvalidArgument, match=r"template\.revision"):
        await cloud.deploy(name)


async def test_a_template_without_a_name_gets_one_and_latest_follows(cloud: Cloud) -> None:
    """An ordinary deploy on a service that follows LATEST goes live as soon as its revision is ready."""
    service = await cloud.service()
    service.template.revision = ""
    service.template.containers[0].image = "new-image"
    await cloud.update(service, "template")
    cloud.pass_operation()
    service = await cloud.service()
    name = service.latest_ready_revision.rpartition("/")[2]
    assert name.startswith("payments-api-00042-")
    assert cloud.emulator.state.find(cloud.path).split() == {name: 100}


async def test_a_dry_run_checks_and_changes_nothing(cloud: Cloud) -> None:
    """validate_only refuses what would be refused, accepts the rest, and leaves the service as it is."""
    before = await cloud.service()
    wanted = await cloud.service()
    wanted.traffic = [pinned(STABLE, 100)]
    accepted = await cloud.update(wanted, "traffic", validate_only=True)
    assert accepted.done
    wanted.traffic = [pinned(STABLE, 99)]
    with pytest.raises(exceptions.InvalidArgument):
        await cloud.update(wanted, "traffic", validate_only=True)
    cloud.pass_operation()
    assert await cloud.service() == before


async def test_the_newest_of_two_changes_wins(cloud: Cloud) -> None:
    """A change while another is under way is taken; its split comes to be, and both operations end."""
    await cloud.deploy(HOTFIX)
    cloud.pass_operation()
    first = await cloud.shift(pinned(STABLE, 90), pinned(HOTFIX, 10, "hotfix-1"))
    cloud.clock.advance(3)
    second = await cloud.shift(pinned(STABLE, 100), pinned(HOTFIX, 0, "hotfix-1"))
    cloud.clock.advance(3)
    assert (await cloud.service()).reconciling
    cloud.clock.advance(3)
    assert shares(await cloud.service()) == {(STABLE, ""): 100, (HOTFIX, "hotfix-1"): 0}
    for accepted in (first, second):
        request = operations_pb2.GetOperationRequest(name=accepted.name)
        assert (await cloud.services.get_operation(request, timeout=PATIENCE_SECONDS)).done


async def test_strangers_show_as_last_modifier(cloud: Cloud) -> None:
    """A change behind the operator's back makes their etag stale and says whose it was."""
    mine = await cloud.service()
    request = run_v2.UpdateServiceRequest(service=mine, update_mask={"paths": ["traffic"]})
    cloud.emulator.run.change(run_v2.UpdateServiceRequest.pb(request), "stranger@example.com")
    assert (await cloud.service()).last_modifier == "stranger@example.com"
    with pytest.raises(exceptions.Aborted, match=r"stranger@example\.com"):
        await cloud.update(mine, "traffic")


async def test_revisions_are_listed_newest_first_in_pages(cloud: Cloud) -> None:
    """All pages together hold every revision once."""
    await cloud.deploy(HOTFIX)
    pager = await cloud.revisions.list_revisions(
        run_v2.ListRevisionsRequest(parent=cloud.path, page_size=2), timeout=PATIENCE_SECONDS
    )
    pages = [[revision.name.rpartition("/")[2] for revision in page.revisions] async for page in pager.pages]
    assert [len(page) for page in pages] == [2, 2]
    assert pages[0] == [HOTFIX, STABLE]


async def test_both_projects_have_the_service(cloud: Cloud) -> None:
    """Staging holds the same service, healthy and on its own."""
    for project in ("shop-prod", "shop-staging"):
        parent = f"projects/{project}/locations/europe-west1"
        pager = await cloud.services.list_services(run_v2.ListServicesRequest(parent=parent), timeout=PATIENCE_SECONDS)
        assert [service.name async for service in pager] == [f"{parent}/services/payments-api"]


async def test_cloud_run_permissions_are_granted(cloud: Cloud) -> None:
    """The preflight finds what it needs, and nothing of other products."""
    request = iam_policy_pb2.TestIamPermissionsRequest(
        resource=cloud.path, permissions=["run.services.update", "sql.instances.get"]
    )
    answer = await cloud.services.test_iam_permissions(request, timeout=PATIENCE_SECONDS)
    assert list(answer.permissions) == ["run.services.update"]


class TestAHotfixThatDoesNotStart:
    """Deploying a revision whose container never listens."""

    @pytest.fixture
    def scenario(self, scenario: Scenario) -> Scenario:
        """The good hotfix, but it does not start."""
        plan = msgspec.structs.replace(scenario.services[0], candidate=Candidate(fails_to_start=True))
        return msgspec.structs.replace(scenario, services=(plan,))

    async def test_fails_the_operation_and_moves_no_traffic(self, cloud: Cloud) -> None:
        """The operation ends with an error that links to logs; traffic is as before; a way back stays open."""
        accepted = await cloud.deploy(HOTFIX)
        cloud.pass_operation()
        request = operations_pb2.GetOperationRequest(name=accepted.name)
        operation = await cloud.services.get_operation(request, timeout=PATIENCE_SECONDS)
        assert operation.error.code == 9
        assert HOTFIX in operation.error.message
        service = await cloud.service()
        assert not service.reconciling
        assert service.terminal_condition.state == FAILED
        assert service.latest_ready_revision.endswith(STABLE)
        assert shares(service) == {("", ""): 100, (STABLE, "live"): 0}
        revision = await cloud.revisions.get_revision(name=f"{cloud.path}/revisions/{HOTFIX}", timeout=PATIENCE_SECONDS)
        assert revision.conditions[0].state == FAILED
        assert HOTFIX in revision.log_uri

        await cloud.shift(pinned(HOTFIX, 100))
        cloud.pass_operation()
        assert (await cloud.service()).terminal_condition.state == FAILED
        await cloud.shift(pinned(STABLE, 100), pinned(HOTFIX, 0, "hotfix-1"))
        cloud.pass_operation()
        assert (await cloud.service()).terminal_condition.state == SUCCEEDED


async def test_a_port_in_use_is_refused(cloud: Cloud, clock: ManualClock) -> None:
    """Two clouds never share a port, which would give each of them half of the calls."""
    taken = [int(address.rpartition(":")[2]) for address in (cloud.addresses.run, cloud.addresses.http)]
    for ports in ((taken[0], 0, 0), (0, 0, taken[1])):
        other = Emulator(cloud.emulator.world.scenario, clock)
        with pytest.raises(OSError):
            await other.start(ports)


async def test_what_is_kept_stays_bounded(cloud: Cloud) -> None:
    """Thousands of changes leave a bounded number of revisions, operations and steps of the traffic's past."""
    service = await cloud.service()
    request = run_v2.UpdateServiceRequest(service=service, update_mask={"paths": ["template", "traffic"]})
    raw = run_v2.UpdateServiceRequest.pb(request)
    raw.service.etag = ""
    for number in range(2200):
        raw.service.template.revision = f"payments-api-{number:05}-bbb"
        raw.service.template.containers[0].image = f"image-{number}"
        cloud.emulator.run.change(raw, "load")
        cloud.pass_operation()
    kept = cloud.emulator.state.find(cloud.path)
    assert len(kept.revisions) <= 1000
    assert len(cloud.emulator.state.operations("projects/shop-prod/locations/europe-west1")) <= 1000
    assert len(list(kept.place.routes.values())) <= 500
