"""Running an action without a board: open the incident, see to what it reaches, ask by options, answer."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from warroom.actions.answer import Answer, DryRun, Misused
from warroom.actions.catalogue import BY_ID
from warroom.actions.flow import flow
from warroom.actions.model import Reach
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.headless.choose import incident_of
from warroom.headless.options import Options
from warroom.headless.order import Order
from warroom.headless.reading import Patience
from warroom.incident import clocks
from warroom.incident.roles.silence import silent
from warroom.services.errors import ServiceError
from warroom.workspace import Room

WAITS = (Reach.TEST, Reach.CHANGE, Reach.BACK)


async def run(room: Room, action: str, order: Order, emulated: bool, say: Callable[[str], None]) -> Answer:
    """Do an action. `say` gets one line of progress at a time, `emulated`: the clients reach no Google.

    Raises Misused, Refused, JournalError, ServiceError.
    """
    goes = BY_ID[action].reach
    reads_on = goes is Reach.TEST or (order.yes and not order.dry_run)
    patience = Patience(room.clock, say, order.wait, reads_on=reads_on)
    async with AsyncExitStack() as held:
        if goes in WAITS:
            await held.enter_async_context(patience.telling())
        conductor = await held.enter_async_context(_opened(room, order.incident, emulated, goes))
        try:
            answer = await flow(action)(conductor, Options(room, conductor, order, patience))
        except DryRun as dry:
            return dry.answer
        if not clocks.over(conductor.incident):  # where no board is open, nobody else would see it
            for one in silent(conductor.incident.roles, conductor.config.protocol, conductor.moment):
                say(one.words)
        if goes not in WAITS and conductor.recorder.unwritten:
            raise Refused(f"Not written: {conductor.recorder.trouble}", "Free the journal, then run it again.")
        return answer


@asynccontextmanager
async def _opened(room: Room, wanted: str, emulated: bool, goes: Reach) -> AsyncIterator[Conductor]:
    """The room with the incident `wanted`, or the only one. Raises Misused, JournalError, Refused."""
    async with room.opened(partial(incident_of, wanted=wanted)) as conductor:
        drill = conductor.incident.declared.drill
        if goes is Reach.LOOK and reach.apart(conductor) is None and (emulated or not drill):
            with suppress(ServiceError):  # what can't be reached stops nothing
                clients = await room.connected(conductor)
                await conductor.look(clients.run)
                await conductor.read(clients.monitoring)
        if goes not in (Reach.WRITE, Reach.LOOK):
            _acts(conductor, emulated, back=goes is Reach.BACK)
        yield conductor


def _acts(conductor: Conductor, emulated: bool, *, back: bool) -> None:
    """Raise Misused or Refused where nothing of this incident can be acted on from here.

    A way back says so itself, with the way without warroom.
    """
    incident = conductor.incident
    if incident.declared.drill and not emulated:
        raise Misused(
            f"{incident.id} is a drill, and nothing here leads to its cloud",
            "Export what its board shows under gcloud, CLOUD_RUN_EMULATOR_HOST and CLOUD_MONITORING_EMULATOR_HOST.",
        )
    if not back:
        reach.check(conductor)
