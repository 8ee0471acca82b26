"""google.cloud.run.v2 Services and Revisions."""

from dataclasses import replace

import grpc
from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2

from warroom.clock import Clock
from warroom.drill.cloud_run.messages import operation_message, revision_message, service_message
from warroom.drill.cloud_run.outsiders import touch
from warroom.drill.cloud_run.state import OPERATOR, CloudState
from warroom.drill.cloud_run.update import planned
from warroom.drill.wire.grpc import Method, Refused, page, service_handler
from warroom.drill.wire.proto import Message

_ServiceMessage = run_v2.Service.pb()
_RevisionMessage = run_v2.Revision.pb()
_ListServicesResponse = run_v2.ListServicesResponse.pb()
_ListRevisionsResponse = run_v2.ListRevisionsResponse.pb()

_UPDATE = "google.cloud.run.v2.Services/UpdateService"


class RunApi:
    """Answers the calls of Cloud Run clients from the state."""

    def __init__(self, state: CloudState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """For a gRPC server."""
        services = {
            "GetService": Method(run_v2.GetServiceRequest.pb(), _ServiceMessage, self.get_service),
            "ListServices": Method(run_v2.ListServicesRequest.pb(), _ListServicesResponse, self.list_services),
            "UpdateService": Method(run_v2.UpdateServiceRequest.pb(), operations_pb2.Operation, self.update_service),
            "TestIamPermissions": Method(
                iam_policy_pb2.TestIamPermissionsRequest,
                iam_policy_pb2.TestIamPermissionsResponse,
                self.test_iam_permissions,
            ),
        }
        revisions = {
            "GetRevision": Method(run_v2.GetRevisionRequest.pb(), _RevisionMessage, self.get_revision),
            "ListRevisions": Method(run_v2.ListRevisionsRequest.pb(), _ListRevisionsResponse, self.list_revisions),
        }
        return (
            service_handler("google.cloud.run.v2.Services", services, self._state.faults),
            service_handler("google.cloud.run.v2.Revisions", revisions, self._state.faults),
        )

    def _settled(self) -> float:
        """Now, with everything done that is due."""
        now = self._clock.now()
        self._state.settle(now)
        return now

    async def get_service(self, request: Message) -> Message:
        """One service."""
        now = self._settled()
        return service_message(self._state.find(request.name), self._state.base_url, now)

    async def list_services(self, request: Message) -> Message:
        """The services of one project and region, by name. As with Google, all regions at once can't be asked for."""
        now = self._settled()
        if request.parent.endswith("/locations/-"):
            words = f"Invalid parent '{request.parent}': the location must be a region and can't be the wildcard '-'."
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, words)
        prefix = f"{request.parent}/services/"
        found = [self._state.services[ref] for ref in sorted(self._state.services) if ref.path.startswith(prefix)]
        shown, token = page(found, request.page_size, request.page_token)
        messages = [service_message(service, self._state.base_url, now) for service in shown]
        return _ListServicesResponse(services=messages, next_page_token=token)

    async def update_service(self, request: Message) -> Message:
        """Take a change, or with validate_only say whether it would be taken."""
        name, faults = request.service.name, self._state.faults
        if request.validate_only:
            return self.change(request, OPERATOR)
        if faults.take("etag-race", _UPDATE, name):
            touch(self._state, self._state.find(name), self._settled())
        slow = faults.take("slow-operation", _UPDATE, name)
        failing = faults.take("failing-operation", _UPDATE, name)
        return self.change(request, OPERATOR, slow.seconds or 0.0 if slow else 0.0, failing.status if failing else "")

    def change(self, request: Message, modifier: str, longer_seconds: float = 0.0, failing: str = "") -> Message:
        """What UpdateService does, in the name of `modifier`. Raises Refused.

        It takes `longer_seconds` more than usual; with the name of a status as `failing` it ends so.
        """
        now = self._settled()
        if request.allow_missing:
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, "The embedded cloud creates no services.")
        service = self._state.find(request.service.name)
        spec, revision = planned(self._state, service, request, now)
        if request.validate_only:
            done = operations_pb2.Operation(name=self._state.operation_name(service.ref), done=True)
            done.metadata.Pack(spec)
            done.response.Pack(spec)
            return done
        failure = (int(grpc.StatusCode[failing].value[0]), "Injected: the change failed.") if failing else None
        if failing and revision is not None:
            revision = replace(revision, failure="Injected: the container failed to start.")
        operation = self._state.accept(
            service, spec, revision, now, modifier, longer_seconds=longer_seconds, failure=failure
        )
        return operation_message(operation, self._state.base_url, now)

    async def test_iam_permissions(self, request: Message) -> Message:
        """Grants whatever of Cloud Run's permissions is asked for."""
        self._state.find(request.resource)
        granted = [permission for permission in request.permissions if permission.startswith("run.")]
        return iam_policy_pb2.TestIamPermissionsResponse(permissions=granted)

    async def get_revision(self, request: Message) -> Message:
        """One revision."""
        now = self._settled()
        path, _, name = request.name.rpartition("/revisions/")
        service = self._state.find(path)
        revision = service.revisions.get(name)
        if revision is None:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Resource '{name}' of kind 'REVISION' does not exist.")
        return revision_message(service, revision, now)

    async def list_revisions(self, request: Message) -> Message:
        """The revisions of one service, newest first; of all services of the region where it is called -."""
        now = self._settled()
        parent, _, name = request.parent.rpartition("/")
        if name == "-":
            services = [one for ref, one in sorted(self._state.services.items()) if ref.path.startswith(f"{parent}/")]
        else:
            services = [self._state.find(request.parent)]
        found = [(service, revision) for service in services for revision in reversed(service.revisions.values())]
        if name == "-":
            found.sort(key=lambda pair: -pair[1].created_at)
        shown, token = page(found, request.page_size, request.page_token)
        messages = [revision_message(service, revision, now) for service, revision in shown]
        return _ListRevisionsResponse(revisions=messages, next_page_token=token)
