"""Asking Cloud Run whether it would take a plan: the same call as firing, with `validate_only`."""

from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Plan
from warroom.marks import LOOK, press
from warroom.rollout import split
from warroom.services.errors import ServiceError
from warroom.services.ports import CloudRun, Deployment


async def validate(run: CloudRun, plan: Plan) -> None:
    """Return if Cloud Run would take the plan as things are now; nothing changes and nothing is journaled.

    Like firing, it reads the service anew: a retreat is worked out on top of what is found, anything else is refused
    where traffic is not what the plan was made from. Raises Refused, and ServiceError when Cloud Run would say no.
    """
    try:
        found = await run.service(plan.service)
    except ServiceError as error:
        raise Refused(f"Not validated, for the service could not be read: {error.title}", error.remedy) from error
    basis = plan.basis
    if plan.retreat:
        try:
            wanted = split.restored(found.spec, found.latest_ready, plan.target)
        except ValueError as error:
            raise Refused(
                f"This split can't be worked out: {error}", f"{press('roll-back')} and choose a revision."
            ) from error
        await run.shift(plan.service, wanted, found.etag, dry_run=True)
        return
    if found.latest_ready != basis.latest_ready or not split.same(found.spec, basis.spec, found.latest_ready):
        raise Refused(
            f"{found.last_modifier or 'Somebody'} has changed {plan.service.name} since this was planned",
            f"{LOOK}, then plan it again.",
        )
    if plan.image:
        deployment = Deployment(plan.revision, plan.image, plan.tag, plan.split)
        await run.deploy(plan.service, deployment, found.etag, dry_run=True)
    else:
        await run.shift(plan.service, plan.split, found.etag, dry_run=True)
