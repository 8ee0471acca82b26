"""The board's keys for staging: deploy there, test there."""

from warroom.board.build import focused
from warroom.conductor import reach
from warroom.conductor.traffic.plans import Consent
from warroom.marks import key
from warroom.screens.host import Host


async def stage(host: Host) -> None:
    """Ask for the image, show the plan, deploy to staging, test what came up."""
    from warroom.screens.dialogs.arm import ArmDialog
    from warroom.screens.dialogs.prompts import AskLine

    reach.check(host.conductor)
    service = focused(host.conductor.incident, host.view).ref.name
    prefill = host.room.exercise.images.get(service, "") if host.room.exercise else ""
    hint = "REGION-docker.pkg.dev/PROJECT/REPO/IMAGE@sha256:…"
    image = await host.ask(AskLine("Deploy which image to staging?", hint=hint, value=prefill))
    if not image:
        return
    plan = await host.conductor.plan_stage(service, image)

    async def fire(_: Consent) -> None:
        await host.conductor.stage(service, plan)
        _tell(host, service)

    await host.ask(
        ArmDialog(plan, lambda consent: host.spawn(fire(consent), "staging"), dry_run=host.conductor.dry_run)
    )


async def smoke(host: Host) -> None:
    """Test staging's revision once more."""
    service = focused(host.conductor.incident, host.view).ref.name
    await host.conductor.smoke(service)
    _tell(host, service)


def _tell(host: Host, service: str) -> None:
    staged = host.conductor.lane(service).staging
    if staged is None:
        return
    if staged.percent == 0:
        host.notice(f"Staging is pinned: {staged.revision} takes 0 % there, untested. Un-pin it, stage again.")
    elif staged.tested:
        host.notice(
            f"Staging answers well. Tick the validation's boxes, then {key('deploy')} deploys to production.", good=True
        )
    elif staged.tested is False:
        host.notice(f"The smoke test in staging failed: {staged.detail}. Production asks for a reason now.")
