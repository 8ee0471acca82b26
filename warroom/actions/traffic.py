"""What moves traffic, and what is said about moving it: each written once, whoever asks for it."""

from collections.abc import Sequence
from functools import partial

from msgspec import to_builtins
from msgspec.structs import replace

from warroom.actions.answer import NOTHING, Answer, Misused, Partly, told
from warroom.actions.ask import Ask, Choice, Line, Shown
from warroom.actions.plan import facts as plan_facts
from warroom.clock import ago
from warroom.conductor import reach
from warroom.conductor.conductor import Conductor
from warroom.conductor.evidence.judging import limits_for
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic import definitions
from warroom.conductor.traffic.rollback_all import plans_for_all, roll_back_all
from warroom.incident.lane.guards import touched
from warroom.incident.lane.ways_back import HEALTHY, Way, proposed, ways_back
from warroom.incident.lane.words_drift import question
from warroom.incident.state import Lane, Staging
from warroom.incident.timeline import shares
from warroom.marks import LOOK, THEN_AGAIN, either, key
from warroom.rollout.traffic import Revision

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
    """All traffic to one revision."""
    service = ask.service
    reach.check_back(at, [service], ask.told("revision"))
    await ask.look(service, back=True)
    ways, usual = partial(_revisions, at, service), partial(_where_back, at, at.lane(service))
    revision = await ask.choice(
        "revision",
        "Roll back to which revision?",
        ways,
        about=_proposal(at, service),
        empty="No other revision to go back to.",
        usual=usual,
    )
    known = at.lane(service).ready
    if known and revision not in known:
        raise Misused(f"{service} has no revision {revision}", f"Choose one of: {', '.join(known)}.")
    return await ask.fire(at.plan("roll-back", service, revision=revision))


async def _revisions(at: Conductor, service: str) -> Sequence[Choice]:
    """The ways back, the best first, as the last look had them: a way back waits for nobody.

    Only where no look has shown any is Cloud Run asked. Raises ServiceError, Refused.
    """
    lane = at.lane(service)
    listed = at.watching.revisions.get(service, ())
    if not lane.ready:
        listed = listed or await at.revisions(service)
        lane = replace(lane, ready={one.name: one.ready for one in listed})
    known, now = {one.name: one for one in listed}, at.clock.now()
    return [(way.revision, _way_words(way, known.get(way.revision), now)) for way in _ways(at, lane)]


def _ways(at: Conductor, lane: Lane) -> tuple[Way, ...]:
    gate, config = at.config.protocol.gate, at.service_config(lane.ref)
    return ways_back(lane, limits_for(lane, gate, config, at.incident.detected_at))


def _way_words(way: Way, listed: Revision | None, now: float) -> str:
    """One revision: its health, how old it is, and what was measured of it last, with the age of that."""
    reason = f": {listed.reason}" if listed is not None and listed.reason else ""
    health = "Ready" if way.ready else f"not Ready{reason}"
    old = f"made {ago(listed.created_at, now)} ago" if listed is not None and listed.created_at else "age not known"
    rate = f"{way.measured}, {ago(way.seen_at, now)} ago" if way.seen_at is not None else "error rate not known"
    return f"{way.revision}   {health}, {old}   {rate}"


def _proposal(at: Conductor, service: str) -> tuple[Line, ...]:
    """Why the first of the list stands there, or that nothing speaks for any; () where there is nothing to choose."""
    ways = _ways(at, at.lane(service))
    best = proposed(ways)
    first = Line("None of these is known to help.", "watch")
    if best is not None:
        first = Line(f"First: {best.revision}, {best.why(at.clock.now())}.", "" if best.rank == HEALTHY else "watch")
    stale = "cloud-run" in at.incident.lost or service not in at.watching.looks
    seen = (Line("Cloud Run is not being read: these are as they were seen before.", "watch"),) if stale else ()
    return (first, *seen) if ways else ()


def _where_back(at: Conductor, lane: Lane) -> str:
    """The one revision that served when the ladder started; anything else is for the operator to name."""
    target = list(lane.ladder.target) if lane.ladder else []
    if len(target) != 1:
        told = ((way, way.why(at.clock.now()) or ("Ready" if way.ready else "not Ready")) for way in _ways(at, lane))
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
    """Test staging's revision once more."""
    service = ask.service
    await ask.read(f"{service} in staging", partial(at.smoke, service))
    return _staged(at, service)


def _untested(staged: Staging, *, off: bool) -> tuple[str, str]:
    """Why a revision in staging has not passed its smoke test, and what to do instead."""
    if staged.tested is False:
        return f"its smoke test failed: {staged.detail}", "Production asks for a reason now."
    if staged.detail:
        return f"its smoke test can't tell: {staged.detail}", "Look at probe in services.toml, or test it by hand."
    if off and staged.percent == 100:
        return "services.toml switches its probes off: warroom has not tested it", "Test it by hand."
    return f"takes {staged.percent} % there, untested", "Un-pin it, stage again."


def _staged(at: Conductor, service: str) -> Answer:
    """What staging makes of the image by now. Raises Refused where its smoke test did not pass."""
    lane = at.lane(service)
    staged = lane.staging
    assert staged is not None  # both ways here begin with it
    if not staged.tested:
        why, now = _untested(staged, off=at.service_config(lane.ref).probe == "off")
        remedy = either(now, "Mend that, then: warroom smoke.", "Production asks for a reason then.")
        raise Refused(f"{staged.revision} is in staging, and {why}", remedy)
    lines = (
        f"Staging ({staged.project}) gives {staged.revision} {staged.percent} %.",
        f"  smoke test passed: {staged.detail}",
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
    }
    notice = f"Staging answers well. Tick the validation's boxes, then {key('deploy')} deploys to production."
    return Answer(lines, data, notice=notice)
