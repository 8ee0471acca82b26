"""google.longrunning.Operations."""

import grpc
from google.longrunning import operations_pb2

from warroom.clock import Clock
from warroom.drill.cloud_run.messages import operation_message
from warroom.drill.cloud_run.state import CloudState
from warroom.drill.wire.grpc import Method, page, service_handler
from warroom.drill.wire.proto import Message, get_seconds

LONGEST_WAIT_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.5


class OperationsApi:
    """Answers how far accepted changes are."""

    def __init__(self, state: CloudState, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """For a gRPC server."""
        methods = {
            "GetOperation": Method(operations_pb2.GetOperationRequest, operations_pb2.Operation, self.get, self._about),
            "WaitOperation": Method(
                operations_pb2.WaitOperationRequest, operations_pb2.Operation, self.wait, self._about
            ),
            "ListOperations": Method(
                operations_pb2.ListOperationsRequest, operations_pb2.ListOperationsResponse, self.list_operations
            ),
        }
        return (service_handler("google.longrunning.Operations", methods, self._state.faults),)

    def _about(self, request: Message) -> str:
        return self._state.operation(request.name).service.ref.path

    def _look(self, name: str) -> operations_pb2.Operation:
        now = self._clock.now()
        self._state.settle(now)
        return operation_message(self._state.operation(name), self._state.base_url, now)

    async def get(self, request: Message) -> operations_pb2.Operation:
        """One operation as it is now."""
        return self._look(request.name)

    async def wait(self, request: Message) -> operations_pb2.Operation:
        """One operation when it is done, or as it is after the request's timeout."""
        asked = get_seconds(request.timeout)
        until = self._clock.now() + min(asked or LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)
        while not (operation := self._look(request.name)).done and self._clock.now() < until:
            await self._clock.sleep(_LOOK_EVERY_SECONDS)
        return operation

    async def list_operations(self, request: Message) -> operations_pb2.ListOperationsResponse:
        """The operations of one project and region, newest first."""
        now = self._clock.now()
        self._state.settle(now)
        shown, token = page(self._state.operations(request.name), request.page_size, request.page_token, largest=100)
        messages = [operation_message(operation, self._state.base_url, now) for operation in shown]
        return operations_pb2.ListOperationsResponse(operations=messages, next_page_token=token)
