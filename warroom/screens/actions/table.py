"""What each command does on the board: plan, ask what its guard asks, hand it to the conductor."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from contextlib import suppress

from warroom.board.build import focused
from warroom.board.lane_rows import place
from warroom.clock import ago
from warroom.commands import BY_ID, Breaks
from warroom.conductor import reach
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import ticks
from warroom.conductor.traffic import definitions, outdated
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident import events
from warroom.marks import LOOK, THEN_AGAIN
from warroom.protocol.model import Step
from warroom.rollout.signals import data_end
from warroom.screens.actions import comms, roles
from warroom.screens.actions.decision import data_change, decide
from warroom.screens.actions.escalation import escalate
from warroom.screens.actions.rollback_all import everything_back
from warroom.screens.actions.severity import rate
from warroom.screens.actions.staging import smoke, stage
from warroom.screens.actions.steps import do_step, procedures
from warroom.screens.host import Host
from warroom.services.errors import ServiceError

LOOK_AGAIN = f"{LOOK}, then {THEN_AGAIN}."

FIRST_LOOK_SECONDS = 10.0
"""How long a retreat waits for the first look; then it says that there is none."""

Handler = Callable[[Host], Awaitable[None]]


async def act(host: Host, command: str, step: str = "") -> None:
    """Run a command, or the step of that id. Raises Refused, ServiceError and JournalError."""
    if step:
        await run(host, host.conductor.config.protocol.step(step))
        return
    if BY_ID[command].breaks < Breaks.RETREAT:  # a retreat that is refused is told with the way without warroom
        host.conductor.check(command, _service(host))
    await HANDLERS[command](host)


def _service(host: Host) -> str:
    return focused(host.conductor.incident, host.view).ref.name


def _to(host: Host) -> str:
    """Which service is meant, where there are several to mistake it for."""
    return f" to {_service(host)}" if len(host.conductor.incident.lanes) > 1 else ""


async def _arm(host: Host, plan: Plan) -> None:
    """Show the panel; fire in a task of its own, so that the board answers meanwhile."""
    from warroom.screens.dialogs.arm import ArmDialog

    lane = host.conductor.lane(plan.service.name)
    newest = data_end(lane.samples)
    age = f"data {ago(newest, host.conductor.clock.now())} old" if newest is not None and plan.grade else ""

    async def fire(consent: Consent) -> None:
        try:
            await host.conductor.carry_out(plan, consent)
        finally:
            host.refresh_board()

    await host.ask(
        ArmDialog(
            plan,
            lambda consent: host.spawn(fire(consent), plan.action, LOOK_AGAIN),
            age,
            dry_run=host.conductor.dry_run,
            among=place(host.conductor.incident, lane),
            outdated=outdated.since(host.conductor, plan),
        )
    )


async def _advance(host: Host) -> None:
    await _arm(host, host.conductor.plan("advance", _service(host)))


async def _skip(host: Host) -> None:
    from warroom.screens.dialogs.prompts import Choose

    reach.check(host.conductor)
    climbing = host.conductor.lane(_service(host)).ladder
    assert climbing is not None  # see actions.guards
    above = [rung for rung in climbing.rungs if rung > (climbing.percent or 0)][1:]
    choices = [(str(rung), f"{rung} %") for rung in above]
    chosen = await host.ask(Choose("Skip to which rung?", choices, "No rung beyond the next one."))
    if chosen:
        await _arm(host, host.conductor.plan("advance", _service(host), to=int(chosen)))


async def _hold(host: Host) -> None:
    await host.conductor.hold(_service(host))


async def _first_look(host: Host, service: str) -> bool:
    """Wait for the first look at a service: a key that retreats is not lost for being pressed before it.

    False where the board is no longer on top by then: the key was pressed again, or another was.
    """
    conductor = host.conductor
    if service in conductor.watching.looks or "cloud-run" in conductor.incident.lost:
        return True
    words = f"Reading {service} …"
    host.notice(words, good=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(FIRST_LOOK_SECONDS):
            await conductor.first_look(service)
    host.unsay(words)
    return host.on_top


async def _abort(host: Host) -> None:
    service = _service(host)
    reach.check_back(host.conductor, [service])
    if await _first_look(host, service):
        await _arm(host, host.conductor.plan("abort", service))


async def _roll_back(host: Host) -> None:
    from warroom.screens.dialogs.prompts import Choose

    service = _service(host)
    reach.check_back(host.conductor, [service])
    if not await _first_look(host, service):
        return
    lane = host.conductor.lane(service)
    try:
        revisions = await host.conductor.revisions(service)
        choices = [
            (one.name, f"{one.name}   {'Ready' if one.ready else 'not Ready: ' + one.reason}   {one.image}")
            for one in revisions
        ]
    except ServiceError:
        # The list can't be had; what was seen last is better than nothing when it burns.
        choices = [
            (name, f"{name}   {'Ready' if ready else 'not Ready'} (seen before)") for name, ready in lane.ready.items()
        ]
    chosen = await host.ask(Choose("Roll back to which revision?", choices))
    if chosen:
        await _arm(host, host.conductor.plan("roll-back", service, revision=chosen))


async def _settle(host: Host) -> None:
    from warroom.screens.actions.drift import settle

    plan = await settle(host, _service(host))
    if plan is not None:
        await _arm(host, plan)


async def _deploy(host: Host) -> None:
    from warroom.screens.dialogs.prompts import AskLine

    reach.check(host.conductor)
    service = _service(host)
    prefill = host.room.exercise.images.get(service, "") if host.room.exercise else ""
    image = await host.ask(
        AskLine(
            f"Deploy which image{_to(host)}?", hint="REGION-docker.pkg.dev/PROJECT/REPO/IMAGE@sha256:…", value=prefill
        )
    )
    if image:
        await _arm(host, host.conductor.plan("deploy", service, image=image))


async def _un_pin(host: Host) -> None:
    await _arm(host, host.conductor.plan("un-pin", _service(host)))


async def _tick(host: Host) -> None:
    step = host.selected_step()
    if not step:
        raise Refused("Every step of this phase is done", "Use ↑ ↓ to reach others.")
    await ticks.tick(host.conductor, step)


async def _decide(host: Host) -> None:
    for plan in await decide(host):
        await _arm(host, plan)


async def _run_step(host: Host) -> None:
    step = host.conductor.config.protocol.find_step(host.selected_step())
    if step is None:
        raise Refused("Every step of this phase is done", "Use ↑ ↓ to reach others.")
    await run(host, step)


async def run(host: Host, step: Step) -> None:
    """Do a step: by its key where it has one. Raises Refused and ServiceError."""
    native = {
        "roll-back": _roll_back,
        "decide": _decide,
        "data-change": data_change,
        "stage": stage,
        "smoke": smoke,
        "deploy": _deploy,
        "ladder": _advance,
        "unpin": _un_pin,
        "report": _report,
        "resolve": _resolve,
        "alert": comms.alert,
        "update": comms.update_step,
        "status-page": comms.status_page,
        "ticket": comms.ticket,
        "post-mortem": comms.post_mortem,
    }
    if step.native in native:
        await native[step.native](host)
        return
    if step.native == "restore-definition":
        await _arm(host, definitions.restore(host.conductor, _service(host)))
        return
    await do_step(host, step)


async def _note(host: Host) -> None:
    from warroom.screens.dialogs.prompts import AskLine

    text = await host.ask(AskLine("Note for the timeline"))
    if text:
        await host.conductor.record(events.Noted(text))


async def _resolve(host: Host) -> None:
    from warroom.screens.dialogs.prompts import Confirm

    lines = ["The users are no longer hurt and phase 5 is verified.", "This stops the SLA clock; phase 6 is left."]
    if await host.ask(Confirm("Resolve the incident?", lines)):
        await host.conductor.resolve()


async def _auto(host: Host) -> None:
    from warroom.screens.dialogs.prompts import Confirm

    reach.check(host.conductor)
    climbing = host.conductor.lane(_service(host)).ladder
    lines = ["On PASS, when the bake is over, it advances by itself.", "On anything else it waits for you."]
    switching_on = climbing is not None and not climbing.auto
    if switching_on and not await host.ask(Confirm("Switch auto-advance on for this ladder?", lines)):
        return
    await host.conductor.auto_advance(_service(host))


async def _undo(host: Host) -> None:
    await ticks.undo(host.conductor)


async def _gcloud(host: Host) -> None:
    from warroom.screens.dialogs.prompts import Tell

    service = _service(host)
    lines = []
    for action in ("abort", "advance", "un-pin"):
        try:
            lines.append(f"{action}: {host.conductor.plan(action, service).gcloud}")
        except Refused as refused:
            lines.append(f"{action}: {refused}")
    done = [event.fact for event in host.conductor.incident.tail if isinstance(event.fact, events.ChangeIntended)]
    lines += ["", "Done so far:", *(f"{fact.action}: {fact.gcloud}" for fact in done)]
    told = host.conductor.clients.environment if host.conductor.clients else {}
    if told:
        lines += ["", "To act on this drill from another terminal, with warroom's commands and --drill:"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in told.items()]
    await host.ask(Tell("The same with gcloud, if warroom itself fails", lines))


async def _report(host: Host) -> None:
    path = await host.conductor.report(host.room.reports)
    host.notice(f"Report written: {path}", good=True)


async def _projector(host: Host) -> None:
    from warroom.screens.projector import ProjectorScreen

    await host.ask(ProjectorScreen(host))


async def _help(host: Host) -> None:
    from warroom.screens.help import HelpScreen

    await host.ask(HelpScreen())


async def _quit(host: Host) -> None:
    host.leave()


HANDLERS: dict[str, Handler] = {
    "advance": _advance,
    "hold": _hold,
    "abort": _abort,
    "roll-back": _roll_back,
    "roll-back-all": everything_back,
    "procedures": procedures,
    "settle": _settle,
    "deploy": _deploy,
    "stage": stage,
    "tick": _tick,
    "run-step": _run_step,
    "note": _note,
    "update": comms.update,
    "snooze": comms.snooze,
    "sends": comms.sends,
    "action": comms.action,
    "resolve": _resolve,
    "skip": _skip,
    "un-pin": _un_pin,
    "auto-advance": _auto,
    "acknowledge": roles.acknowledge,
    "roles": roles.roles,
    "contacts": roles.contacts,
    "page": roles.page,
    "escalate": escalate,
    "rate": rate,
    "undo": _undo,
    "gcloud": _gcloud,
    "report": _report,
    "projector": _projector,
    "help": _help,
    "quit": _quit,
}
