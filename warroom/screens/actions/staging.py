"""The board's keys for staging: deploy there, test there."""

from typing import TYPE_CHECKING

from warroom.board.build import focused
from warroom.conductor import reach
from warroom.conductor.traffic.plans import Consent

if TYPE_CHECKING:
    from warroom.screens.board import BoardScreen


async def stage(board: "BoardScreen") -> None:
    """Ask for the image, show the plan, deploy to staging, test what came up."""
    from warroom.screens.dialogs.arm import ArmDialog
    from warroom.screens.dialogs.prompts import AskLine

    reach.check(board.conductor)
    service = focused(board.conductor.incident, board.view).ref.name
    prefill = board.app.room.exercise.images.get(service, "") if board.app.room.exercise else ""
    hint = "REGION-docker.pkg.dev/PROJECT/REPO/IMAGE@sha256:…"
    image = await board.app.push_screen_wait(AskLine("Deploy which image to staging?", hint=hint, value=prefill))
    if not image:
        return
    plan = await board.conductor.plan_stage(service, image)

    async def fire(_: Consent) -> None:
        await board.conductor.stage(service, plan)
        _tell(board, service)

    await board.app.push_screen_wait(
        ArmDialog(plan, lambda consent: board.app.go(fire(consent), "staging"), dry_run=board.conductor.dry_run)
    )


async def smoke(board: "BoardScreen") -> None:
    """Test staging's revision once more."""
    service = focused(board.conductor.incident, board.view).ref.name
    await board.conductor.smoke(service)
    _tell(board, service)


def _tell(board: "BoardScreen", service: str) -> None:
    staged = board.conductor.lane(service).staging
    if staged is None:
        return
    if staged.percent == 0:
        board.notice(f"Staging is pinned: {staged.revision} takes 0 % there, untested. Un-pin it, stage again.")
    elif staged.tested:
        board.notice("Staging answers well. Tick the validation's boxes, then d deploys to production.", good=True)
    elif staged.tested is False:
        board.notice(f"The smoke test in staging failed: {staged.detail}. Production asks for a reason now.")
