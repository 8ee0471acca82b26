"""Staging first: the hotfix in the staging project, its smoke test, and whether production may have the image."""

import os
from collections.abc import Callable

from warroom.clock import Clock, Stopwatch
from warroom.conductor.evidence.smoke import ask
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Plan, named
from warroom.incident import events
from warroom.incident.change import Action
from warroom.incident.progress.follow_ups import validation
from warroom.incident.state import Lane
from warroom.incident.validation.facts import in_a_line, untold
from warroom.marks import press
from warroom.protocol.model import Protocol, ServiceConfig
from warroom.rollout import gcloud, naming, split
from warroom.rollout.evidence import Grade
from warroom.rollout.traffic import Service, ServiceRef, Share
from warroom.services.errors import Conflict, ServiceError
from warroom.services.ports import CloudRun, Deployment, Prober

LATEST = (Share("", 100),)
Draw = Callable[[], str]


def draw() -> str:
    """Four hexadecimal digits by lot: what makes a revision's name one board's alone."""
    return os.urandom(2).hex()


def plan(lane: Lane, look: Service, image: str, now: float, lot: str) -> Plan:
    """What deploying `image` to staging would do; `look` is the staging service. Raises Refused.

    `lot` ends the revision's name.
    """
    named(image)
    # Two boards may stage within one second, and what is said of a revision there is known by its name.
    revision = naming.revision(look.ref.name, "stage-", now, lot)
    spec = look.spec or LATEST
    pinned = not any(share.latest and share.percent for share in spec)
    warning = ""
    if pinned:
        places = ", ".join(f"{name} {part} %" for name, part in split.percents(spec, look.latest_ready).items())
        serve = gcloud.shift_command(look.ref, revision, 100)
        warning = f"Staging is pinned to {places}: the new revision gets 0 %. After it: {serve}"
    return Plan(
        action=Action.STAGE,
        service=look.ref,
        words=f"Deploy the hotfix to staging ({look.ref.project}), as {revision}",
        split=spec,
        gcloud=gcloud.stage_command(look.ref, image.strip()),
        basis=look,
        revision=revision,
        image=image.strip(),
        warning=warning,
    )


async def carry_out(
    plan: Plan,
    lane: ServiceRef,
    run: CloudRun,
    recorder: Recorder,
    protocol: Protocol,
    clock: Clock,
    on_progress: Callable[[str], None] | None = None,
) -> Service:
    """Send the plan to staging and wait until it shows there. Raises Refused, or ServiceError with all written down.

    `on_progress` gets Cloud Run's own words, and that it does not answer. The validation's boxes are opened again: what
    was true of an earlier image says nothing of this one.
    """
    took = Stopwatch(clock)
    stale = [box for box in validation(protocol) if box in recorder.now.ticks]
    reopened = [events.Unticked(box, "another image goes to staging", by_evidence=True) for box in stale]
    asked = events.StagingAsked(lane, plan.service.project, plan.image, plan.revision, plan.gcloud)
    if not await recorder.record(*reopened, asked):
        raise Refused(f"Not sent: {recorder.trouble}", "Free the journal first.")
    try:
        deployment = Deployment(plan.revision, plan.image, "", plan.split)
        service = await run.finish(await run.deploy(plan.service, deployment, plan.basis.etag), on_progress)
    except ServiceError as error:
        if isinstance(error, Conflict):
            error = await _beaten(recorder, lane, plan, error)
        failed = events.StagingFailed(lane, plan.revision, error.title, error.remedy, error.detail, error.link)
        await recorder.record(failed)
        raise error
    percent = service.percent(plan.revision)
    await recorder.record(events.StagingDeployed(lane, plan.revision, percent, took.seconds))
    return service


async def _beaten(recorder: Recorder, lane: ServiceRef, plan: Plan, error: Conflict) -> Conflict:
    """The same conflict, told with who was first, where that was one of us."""
    await recorder.follow()
    known = recorder.now.lanes[lane.name]
    rivals = (one for one in (known.staging, known.staging_before) if one and one.revision != plan.revision)
    rival = next((one for one in rivals if not one.failed), None)
    if rival is None:
        return error
    return Conflict(f"not done: {rival.actor} was first", "Look at what stands in staging, then decide")


async def smoke(lane: Lane, service: Service, prober: Prober, own: ServiceConfig, recorder: Recorder) -> bool:
    """Ask staging's address, when the new revision is what answers there. Raises Refused where it is not.

    An answer that turns the probe away is no test: nobody knows then how the revision is.
    """
    _asked_at_all(lane, own)
    staged = lane.staging
    if staged is None or staged.percent is None:
        raise Refused("Nothing is deployed to staging", f"{press('stage')} to deploy the hotfix there.")
    percent = service.percent(staged.revision)
    if percent != staged.percent:  # somebody gave it traffic since, as they were told to
        await recorder.record(events.StagingDeployed(lane.ref, staged.revision, percent, 0.0))
    if percent < 100:
        raise Refused(
            f"Staging gives {staged.revision} {percent} %: a test would meet the old code",
            f"First: {gcloud.shift_command(service.ref, staged.revision, 100)}",
        )
    results = await ask(prober, service.url, own, service)
    well, told = all(one.ok for one in results), in_a_line(results)
    await recorder.record(events.StagingTested(lane.ref, staged.revision, well, told, results, untold=untold(results)))
    return well


def _asked_at_all(lane: Lane, own: ServiceConfig) -> None:
    """Raise Refused where services.toml switches the probes off."""
    if own.probe == "off":
        remedy = "Test it by hand, and say so in the reason."
        raise Refused(f"Probes of {lane.ref.name} are off: warroom can't test it", remedy)


async def smoke_production(
    lane: Lane, look: Service, where: str, prober: Prober, own: ServiceConfig, recorder: Recorder
) -> bool:
    """Ask the candidate's own address, or what serves ("candidate", "service"). Raises Refused where it has none."""
    _asked_at_all(lane, own)
    climbing = lane.ladder
    if where == "candidate":
        if climbing is None or climbing.taken_back:
            raise Refused("No candidate is in production", f"{press('deploy')} to deploy one.")
        revision, url = climbing.candidate, look.url_of(climbing.candidate)
    else:
        shares = split.percents(look.serving, look.latest_ready)
        revision, url = ", ".join(name for name, share in shares.items() if share), look.url
    if not url:
        raise Refused(f"{revision or lane.ref.name} has no address that could be asked", "Look at its tag and ingress.")
    results = await ask(prober, url, own, look)
    well = all(one.ok for one in results)
    await recorder.record(events.SmokeRan(lane.ref, where, revision, well, in_a_line(results), results))
    return well


def failed_smoke(lane: Lane) -> str:
    """That the candidate failed its smoke test in production; "" where it passed, or was not asked."""
    seen = lane.smokes.get("candidate")
    if seen is None or seen.ok or lane.ladder is None or seen.revision != lane.ladder.candidate:
        return ""
    return f"its smoke test {'can not tell' if untold(seen.results) else 'failed'}: {seen.detail}"


def why_not(lane: Lane, image: str, staging_project: str) -> str:
    """Why production should not have the image yet; "" when it may, or where there is no staging."""
    if not staging_project:
        return ""
    if image in lane.validated and "@sha256:" in image:
        return _since_validated(lane, image)
    if "@sha256:" not in image:
        return "the image is named by a tag, not by its digest: staging may have seen another"
    if lane.staging is None or lane.staging.image != image:
        return f"this image was never in staging ({staging_project})"
    if lane.staging.failed:
        return f"staging did not take this image: {lane.staging.failed}"
    if not lane.staging.tested:
        return "its smoke test in staging did not pass" if lane.staging.tested is False else "staging did not test it"
    return "the validation in staging has open boxes"


def _since_validated(lane: Lane, image: str) -> str:
    """What has gone wrong in staging after it had validated the image; "" for nothing."""
    staged = lane.staging
    if staged is None or staged.image != image:
        return ""
    if staged.tested is False:
        return f"its smoke test in staging fails since it was validated: {staged.detail}"
    if staged.verdict is not None and staged.verdict.grade is Grade.FAIL:
        return f"staging fails since it was validated: {staged.verdict.words}"
    return ""
