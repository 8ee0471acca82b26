"""What each command does on the board: plan, ask what its guard asks, hand it to the conductor."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from warroom.board.build import focused
from warroom.board.lane_rows import place
from warroom.clock import ago
from warroom.conductor import reach
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import ticks
from warroom.conductor.traffic import definitions, outdated
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.incident import events
from warroom.protocol.model import Step
from warroom.screens.actions import comms, roles
from warroom.screens.actions.decision import data_change, decide
from warroom.screens.actions.escalation import escalate
from warroom.screens.actions.rollback_all import everything_back
from warroom.screens.actions.severity import rate
from warroom.screens.actions.staging import smoke, stage
from warroom.screens.actions.steps import do_step, procedures
from warroom.services.errors import ServiceError

if TYPE_CHECKING:
    from warroom.screens.board import BoardScreen

LOOK_AGAIN = "Look at the traffic pane, then press the key again."

FIRST_LOOK_SECONDS = 10.0
"""How long a retreat waits for the first look; then it says that there is none."""

Handler = Callable[["BoardScreen"], Awaitable[None]]


async def act(board: "BoardScreen", command: str, step: str = "") -> None:
    """Run a command, or the step of that id. Raises Refused, ServiceError and JournalError."""
    await (run(board, board.conductor.config.protocol.step(step)) if step else HANDLERS[command](board))


def _service(board: "BoardScreen") -> str:
    return focused(board.conductor.incident, board.view).ref.name


def _to(board: "BoardScreen") -> str:
    """Which service is meant, where there are several to mistake it for."""
    return f" to {_service(board)}" if len(board.conductor.incident.lanes) > 1 else ""


async def _arm(board: "BoardScreen", plan: Plan) -> None:
    """Show the panel; fire in a task of its own, so that the board answers meanwhile."""
    from warroom.screens.dialogs.arm import ArmDialog

    lane = board.conductor.lane(plan.service.name)
    newest = max((sample.end for sample in lane.samples), default=None)
    age = f"data {ago(newest, board.conductor.clock.now())} old" if newest is not None and plan.grade else ""

    async def fire(consent: Consent) -> None:
        try:
            await board.conductor.carry_out(plan, consent)
        finally:
            board.refresh_board()

    await board.app.push_screen_wait(
        ArmDialog(
            plan,
            lambda consent: board.app.go(fire(consent), plan.action, LOOK_AGAIN),
            age,
            dry_run=board.conductor.dry_run,
            among=place(board.conductor.incident, lane),
            outdated=outdated.since(board.conductor, plan),
        )
    )


async def _advance(board: "BoardScreen") -> None:
    await _arm(board, board.conductor.plan("advance", _service(board)))


async def _skip(board: "BoardScreen") -> None:
    from warroom.screens.dialogs.prompts import Choose

    reach.check(board.conductor)
    climbing = board.conductor.lane(_service(board)).ladder
    if climbing is None or climbing.ended:
        raise Refused("No ladder is under way", "Skipping works between deploy and 100 %.")
    above = [rung for rung in climbing.rungs if rung > (climbing.percent or 0)][1:]
    choices = [(str(rung), f"{rung} %") for rung in above]
    chosen = await board.app.push_screen_wait(Choose("Skip to which rung?", choices, "No rung beyond the next one."))
    if chosen:
        await _arm(board, board.conductor.plan("advance", _service(board), to=int(chosen)))


async def _hold(board: "BoardScreen") -> None:
    await board.conductor.hold(_service(board))


async def _first_look(board: "BoardScreen", service: str) -> bool:
    """Wait for the first look at a service: a key that retreats is not lost for being pressed before it.

    False where the board is no longer on top by then: the key was pressed again, or another was.
    """
    conductor = board.conductor
    if service in conductor.watching.looks or "cloud-run" in conductor.incident.lost:
        return True
    words = f"Reading {service} …"
    board.notice(words, good=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(FIRST_LOOK_SECONDS):
            await conductor.first_look(service)
    board.unsay(words)
    return board.app.screen is board


async def _abort(board: "BoardScreen") -> None:
    service = _service(board)
    reach.check_back(board.conductor, [service])
    if await _first_look(board, service):
        await _arm(board, board.conductor.plan("abort", service))


async def _roll_back(board: "BoardScreen") -> None:
    from warroom.screens.dialogs.prompts import Choose

    service = _service(board)
    reach.check_back(board.conductor, [service])
    if not await _first_look(board, service):
        return
    lane = board.conductor.lane(service)
    try:
        revisions = await board.conductor.revisions(service)
        choices = [
            (one.name, f"{one.name}   {'Ready' if one.ready else 'not Ready: ' + one.reason}   {one.image}")
            for one in revisions
        ]
    except ServiceError:
        # The list can't be had; what was seen last is better than nothing when it burns.
        choices = [
            (name, f"{name}   {'Ready' if ready else 'not Ready'} (seen before)") for name, ready in lane.ready.items()
        ]
    chosen = await board.app.push_screen_wait(Choose("Roll back to which revision?", choices))
    if chosen:
        await _arm(board, board.conductor.plan("roll-back", service, revision=chosen))


async def _settle(board: "BoardScreen") -> None:
    from warroom.screens.actions.drift import settle

    plan = await settle(board, _service(board))
    if plan is not None:
        await _arm(board, plan)


async def _deploy(board: "BoardScreen") -> None:
    from warroom.screens.dialogs.prompts import AskLine

    reach.check(board.conductor)
    service = _service(board)
    prefill = board.app.room.exercise.images.get(service, "") if board.app.room.exercise else ""
    image = await board.app.push_screen_wait(
        AskLine(
            f"Deploy which image{_to(board)}?", hint="REGION-docker.pkg.dev/PROJECT/REPO/IMAGE@sha256:…", value=prefill
        )
    )
    if image:
        await _arm(board, board.conductor.plan("deploy", service, image=image))


async def _un_pin(board: "BoardScreen") -> None:
    await _arm(board, board.conductor.plan("un-pin", _service(board)))


async def _tick(board: "BoardScreen") -> None:
    step = board.selected_step()
    if not step:
        raise Refused("Every step of this phase is done", "Use ↑ ↓ to reach others.")
    await ticks.tick(board.conductor, step)


async def _decide(board: "BoardScreen") -> None:
    for plan in await decide(board):
        await _arm(board, plan)


async def _run_step(board: "BoardScreen") -> None:
    step = board.conductor.config.protocol.find_step(board.selected_step())
    if step is None:
        raise Refused("Every step of this phase is done", "Use ↑ ↓ to reach others.")
    await run(board, step)


async def run(board: "BoardScreen", step: Step) -> None:
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
        await native[step.native](board)
        return
    if step.native == "restore-definition":
        await _arm(board, definitions.restore(board.conductor, _service(board)))
        return
    await do_step(board, step)


async def _note(board: "BoardScreen") -> None:
    from warroom.screens.dialogs.prompts import AskLine

    text = await board.app.push_screen_wait(AskLine("Note for the timeline"))
    if text:
        await board.conductor.record(events.Noted(text))


async def _resolve(board: "BoardScreen") -> None:
    from warroom.screens.dialogs.prompts import Confirm

    if board.conductor.incident.mitigated_at is None or board.conductor.incident.resolved_at is not None:
        await board.conductor.resolve()
    lines = ["The users are no longer hurt and phase 5 is verified.", "This stops the SLA clock; phase 6 is left."]
    if await board.app.push_screen_wait(Confirm("Resolve the incident?", lines)):
        await board.conductor.resolve()


async def _auto(board: "BoardScreen") -> None:
    from warroom.screens.dialogs.prompts import Confirm

    reach.check(board.conductor)
    climbing = board.conductor.lane(_service(board)).ladder
    lines = ["On PASS, when the bake is over, it advances by itself.", "On anything else it waits for you."]
    switching_on = climbing is not None and not climbing.ended and not climbing.auto
    if switching_on and not await board.app.push_screen_wait(Confirm("Switch auto-advance on for this ladder?", lines)):
        return
    await board.conductor.auto_advance(_service(board))


async def _undo(board: "BoardScreen") -> None:
    await ticks.undo(board.conductor)


async def _gcloud(board: "BoardScreen") -> None:
    from warroom.screens.dialogs.prompts import Tell

    service = _service(board)
    lines = []
    for action in ("abort", "advance", "un-pin"):
        try:
            lines.append(f"{action}: {board.conductor.plan(action, service).gcloud}")
        except Refused as refused:
            lines.append(f"{action}: {refused}")
    done = [event.fact for event in board.conductor.incident.tail if isinstance(event.fact, events.ChangeIntended)]
    lines += ["", "Done so far:", *(f"{fact.action}: {fact.gcloud}" for fact in done)]
    told = board.conductor.clients.environment if board.conductor.clients else {}
    if told:
        lines += ["", "To act on this drill from another terminal, with warroom's commands and --drill:"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in told.items()]
    await board.app.push_screen_wait(Tell("The same with gcloud, if warroom itself fails", lines))


async def _report(board: "BoardScreen") -> None:
    path = await board.conductor.report(board.app.room.reports)
    board.notice(f"Report written: {path}", good=True)


async def _projector(board: "BoardScreen") -> None:
    from warroom.screens.projector import ProjectorScreen

    await board.app.push_screen_wait(ProjectorScreen(board))


async def _help(board: "BoardScreen") -> None:
    from warroom.screens.help import HelpScreen

    await board.app.push_screen_wait(HelpScreen())


async def _quit(board: "BoardScreen") -> None:
    board.app.exit()


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
