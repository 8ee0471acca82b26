"""What moves traffic, and what is said about moving it: each written once, whoever asks for it."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from warroom.actions import ways
from warroom.actions.answer import NOTHING, Answer, Misused, Partly, Planned, told
from warroom.actions.ask import Ask, Choice, Line, Shown
from warroom.actions.plan import facts as plan_facts
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import definitions, going_back
from warroom.conductor.traffic.rollback_all import plans_for_all, roll_back_all
from warroom.incident.lane.guards import touched
from warroom.incident.lane.words_drift import question
from warroom.incident.state import Lane, Staging
from warroom.incident.timeline import shares
from warroom.incident.validation.facts import RequestResult
from warroom.marks import LOOK, THEN_AGAIN, either, key
from warroom.rollout import gcloud
from warroom.rollout.traffic import ServiceRef

HINT = "REGION-docker.pkg.dev/PROJECT/REPO/IMAGE@sha256:…"
DRIFT = (
    ("adopt", "Adopt: go on from what is there now; moves no traffic"),
    ("restore", "Restore ours: put back the split that we last applied"),
    ("abort", "Abort: all traffic back to stable, the ladder ends"),
)


async def deploy(at: Conductor, ask: Ask) -> Answer:
    """The hotfix at 0 %."""
    reach.check(at)
    service = ask.service
    to = f" to {service}" if len(at.incident.lanes) > 1 else ""
    image = await ask.text("image", f"Deploy which image{to}?", hint=HINT)
    await ask.look(service)
    return await ask.fire(at.plan("deploy", service, image=image))


async def advance(at: Conductor, ask: Ask) -> Answer:
    """The candidate to the next rung, or to the percent that was told."""
    service = ask.service
    await ask.look(service)
    return await ask.fire(at.plan("advance", service, to=int(ask.told("to") or 0) or None))


async def skip(at: Conductor, ask: Ask) -> Answer:
    """The candidate past the next rung."""
    reach.check(at)
    climbing = at.lane(ask.service).ladder
    assert climbing is not None  # see incident.lane.guards
    above = [rung for rung in climbing.rungs if rung > (climbing.percent or 0)][1:]
    choices = [(str(rung), f"{rung} %") for rung in above]
    rung = await ask.choice("to", "Skip to which rung?", choices, empty="No rung beyond the next one.")
    return await ask.fire(at.plan("advance", ask.service, to=int(rung)))


async def abort(at: Conductor, ask: Ask) -> Answer:
    """All traffic back to where the ladder began."""
    service = ask.service
    reach.check_back(at, [service])
    await ask.look(service, back=True)
    return await ask.fire(at.plan("abort", service))


async def roll_back(at: Conductor, ask: Ask) -> Answer:
    """All traffic to one revision. The list is there at once with what is known, and follows what is read meanwhile."""
    service = ask.service
    reach.check_back(at, [service], ask.told("revision"))
    await ask.look(service, back=True)
    if ask.dialogs:
        at.past.begin()
    known, usual = partial(ways.known, at, service), partial(_where_back, at, at.lane(service))
    revision = await ask.choice(
        "revision",
        "Roll back to which revision?",
        partial(_revisions, at, service),
        about=known()[1],
        empty="No other revision to go back to.",
        usual=usual,
        live=known,
    )
    there = at.lane(service).ready
    if there and revision not in there:
        raise Misused(f"{service} has no revision {revision}", f"Choose one of: {', '.join(there)}.")
    picked = ask.dialogs or bool(ask.told("revision"))
    return await ask.fire(at.plan("roll-back", service, revision=revision, usual=not picked))


async def _revisions(at: Conductor, service: str) -> Sequence[Choice]:
    """The ways back, the best first, as the last look had them: a way back waits for nobody.

    Only where no look has shown any is Cloud Run asked. Raises ServiceError, Refused.
    """
    if not at.lane(service).ready:
        listed = at.watching.revisions.get(service, ()) or await at.revisions(service)
        return ways.choices(at, replace(at.lane(service), ready={one.name: one.ready for one in listed}), listed)
    return ways.known(at, service)[0]


def _where_back(at: Conductor, lane: Lane) -> str:
    """The one revision that served when the ladder started; anything else is for the operator to name."""
    target = list(lane.ladder.target) if lane.ladder else []
    if len(target) != 1:
        now = at.clock.now()
        told = ((way, way.why(now) or way.against()) for way in going_back.ways(at, lane))
        listed = ", ".join(f"{way.revision} ({words})" for way, words in told)
        raise Misused(f"No one revision served {lane.ref.name} before", f"Name it with --to: {listed or 'none seen'}.")
    return target[0]


async def everything_back(at: Conductor, ask: Ask) -> Answer:
    """Every service of the incident, newest ladder first, behind the strongest guard: number, second person, yes."""
    number, names = at.incident.id, touched(at.incident)
    if not ask.dialogs and not ask.told("incident"):
        raise Misused("--all needs --incident", "Name the incident: that is its guard.")
    reach.check_back(at, names)
    for name in names:
        await ask.look(name, back=True)
    plans = tuple(plans_for_all(at))
    typed = await ask.text("incident", f"Roll back ALL services. Type {number}", hint=number)
    second = await ask.text("second", "Who agrees? A second person's handle", hint="@handle")
    lines = tuple(Line(f"{plan.service.name}: {plan.words}") for plan in plans)
    facts = {"plans": [plan_facts(number, plan) for plan in plans]}
    shown = Shown(
        "Roll back, in this order?", lines, facts=facts, consents="--yes, and --second HANDLE", plans=plans, dry=True
    )
    await ask.agree(shown)

    async def work() -> Answer:
        results = await ask.all_back(partial(roll_back_all, at, typed, second))
        told = tuple(f"{one.service} {'is back on' if one.back else 'is NOT BACK:'} {one.words}" for one in results)
        failed = [f"{one.service} ({one.words})" for one in results if not one.back]
        answer = Answer(told, {"incident": number, "done": not failed, "results": to_builtins(results)})
        if failed:
            remedy = f"Look at each, then {THEN_AGAIN}: it takes what is left."
            raise Partly(f"Not back: {', '.join(failed)}", remedy, answer)
        return replace(answer, notice=f"All {len(results)} services are back.")

    return await ask.beside(work(), "roll back all", f"{LOOK}, then {key('abort', verb='press')} on each service.")


async def un_pin(at: Conductor, ask: Ask) -> Answer:
    """Traffic follows the latest ready revision again."""
    service = ask.service
    await ask.look(service)
    return await ask.fire(at.plan("un-pin", service))


async def restore_definition(at: Conductor, ask: Ask) -> Answer:
    """Traffic back as it was saved before the first change."""
    service = ask.service
    await ask.look(service, back=True)
    return await ask.fire(definitions.restore(at, service))


async def settle(at: Conductor, ask: Ask) -> Answer:
    """What somebody else changed: go on from it, put ours back, or end the ladder."""
    service = ask.service
    await ask.look(service)
    drift = at.lane(service).drift
    at.check("settle", service)
    assert drift is not None  # see incident.lane.guards
    about = (
        Line(f"{question(drift)}.", "bad"),
        Line(f"ours: {shares(drift.before)}", "dim"),
        Line(f"now:  {shares(drift.after)}", "dim"),
    )
    answer = await ask.choice(
        "answer",
        "Somebody else changed the service",
        DRIFT,
        about=about,
        keys="↑ ↓ choose   Enter takes it   Esc leaves it, the ladder stays held",
    )
    return await (_adopt(at, ask, service) if answer == "adopt" else ask.fire(at.plan(answer, service)))


async def _adopt(at: Conductor, ask: Ask, service: str) -> Answer:
    """Moves no traffic, so that whoever has chosen it is asked no more."""
    drift = at.lane(service).drift
    assert drift is not None  # see incident.lane.guards
    words = f"{question(drift)}; adopt it"
    facts = {"service": service, "action": "adopt", "words": words}
    lines = (
        Line(f"ours: {shares(drift.before)}"),
        Line(f"now: {shares(drift.after)}"),
    )
    known = {"incident": at.incident.id, **facts, "stranger": to_builtins(drift)}
    shown = Shown(f"{question(drift)}.", lines, facts=known, unsent="Nothing was written.")
    await ask.agree(shown, chosen=True)
    await at.adopt(service)
    said = "Adopted: the ladder goes on from what is there."
    return Answer((*shown.told, said), {"incident": at.incident.id, "done": True, **facts}, notice=said)


async def hold(at: Conductor, ask: Ask) -> Answer:
    """Stop the ladder where it is, or let it go on; a script that says which leaves one that is so as it is."""
    service = ask.service
    ladder, resume = at.lane(service).ladder, ask.flag("resume")
    held = ladder is not None and ladder.held_since is not None
    if resume is None:
        resume = held
    if held == resume or ladder is None or ladder.ended:
        await at.hold(service, ask.told("reason"))
    words = "goes on" if resume else "is held"
    return told(at.incident, f"the ladder of {service} {words}", service=service, held=not resume)


async def auto_advance(at: Conductor, ask: Ask) -> Answer:
    """Switch it on or off for this ladder."""
    reach.check(at)
    climbing = at.lane(ask.service).ladder
    lines = (
        Line("On PASS, when the bake is over, it advances by itself."),
        Line("On anything else it waits for you."),
    )
    if climbing is not None and not climbing.auto:
        await ask.agree(Shown("Switch auto-advance on for this ladder?", lines))
    await at.auto_advance(ask.service)
    return NOTHING


async def stage(at: Conductor, ask: Ask) -> Answer:
    """The hotfix to staging, and its smoke test there."""
    reach.check(at)
    service = ask.service
    image = await ask.text("image", "Deploy which image to staging?", hint=HINT)
    plan = await ask.read(f"{service} in staging", partial(at.plan_stage, service, image))
    return await ask.fire(plan, partial(_staged, at, service))


async def smoke(at: Conductor, ask: Ask) -> Answer:
    """Test staging's revision once more, or the candidate, or what serves."""
    service, where = ask.service, ask.told("where") or "staging"
    if where == "staging":
        await ask.read(f"{service} in staging", partial(at.smoke, service))
        return _staged(at, service)
    await ask.read(service, partial(at.smoke, service, where))
    seen = at.lane(service).smokes[where]
    lines = tuple(_requests(seen.results))
    if not seen.ok:
        raise Planned(
            f"The smoke test of {seen.revision} failed: {seen.detail}",
            "Nothing was changed: look at it, then decide.",
            Answer(lines, _smoked(at, service, where)),
        )
    told_so = f"smoke test of {seen.revision} passed: {seen.detail}"
    return Answer((told_so, *lines), _smoked(at, service, where), notice=told_so)


def _smoked(at: Conductor, service: str, where: str) -> dict[str, Any]:
    seen = at.lane(service).smokes[where]
    return {
        "incident": at.incident.id,
        "service": service,
        "where": where,
        "done": seen.ok,
        "revision": seen.revision,
        "requests": to_builtins(seen.results),
    }


def _requests(results: Sequence[RequestResult]) -> Iterator[str]:
    """Each request of a smoke test and what came of it."""
    for one in results:
        yield f"  {'✔' if one.ok else '✘'} {one.request}: {one.got}{'' if one.ok else f', expected {one.expected}'}"


def _untested(service: str, lane: Lane, staged: Staging, *, off: bool) -> tuple[str, str]:
    """Why a revision in staging has not passed its smoke test, and what to do instead."""
    if staged.tested is False:
        remedy = either("Production asks for a reason now.", "Mend that, then: warroom smoke.")
        return f"its smoke test failed: {staged.detail}", remedy
    if staged.detail:
        return f"its smoke test can't tell: {staged.detail}", "Look at probe in services.toml, or test it by hand."
    if off and staged.percent == 100:
        return "services.toml switches its probes off: warroom has not tested it", "Test it by hand."
    ref = ServiceRef(service, lane.ref.region, staged.project)
    to_serve = f"Give it staging's traffic: {gcloud.shift_command(ref, staged.revision, 100)}"
    test = either(", then smoke-test it.", ", then: warroom smoke.", ".")
    return f"takes {staged.percent} % there, untested", f"{to_serve}{test}"


def _staged(at: Conductor, service: str) -> Answer:
    """What staging makes of the image by now. Raises Refused where its smoke test did not pass."""
    lane = at.lane(service)
    staged = lane.staging
    assert staged is not None  # both ways here begin with it
    if not staged.tested:
        failed = staged.tested is False
        why, remedy = _untested(service, lane, staged, off=at.service_config(lane.ref).probe == "off")
        if failed:
            answer = Answer(tuple(_requests(staged.results)), {"requests": to_builtins(staged.results)})
            raise Planned(f"{staged.revision} is in staging, and {why}", remedy, answer)
        raise Refused(f"{staged.revision} is in staging, and {why}", remedy)
    lines = (
        f"Staging ({staged.project}) gives {staged.revision} {staged.percent} %.",
        f"  smoke test passed: {staged.detail}",
        *(f"  {one}" for one in _requests(staged.results) if len(staged.results) > 1),
        "  validated" if staged.image in lane.validated else "  left: the boxes of the testing phase",
    )
    data = {
        "incident": at.incident.id,
        "service": service,
        "done": True,
        "revision": staged.revision,
        "image": staged.image,
        "project": staged.project,
        "percent": staged.percent,
        "validated": staged.image in lane.validated,
        "requests": to_builtins(staged.results),
    }
    notice = f"Staging answers well. Tick the validation's boxes, then {key('deploy')} deploys to production."
    return Answer(lines, data, notice=notice)
