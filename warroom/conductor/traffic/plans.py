"""What an action would do, worked out before anything is sent: split, gcloud command, and what its guard asks."""

import re
from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from warroom.conductor.refusal import Refused
from warroom.incident.change import Action, Asked
from warroom.incident.lane import pinned, ways_back
from warroom.incident.lane.bake import bake
from warroom.incident.state import Ladder, Lane
from warroom.marks import LOOK, THEN_AGAIN, key, press
from warroom.protocol.model import LadderRules
from warroom.rollout import gcloud, ladder, naming, split, verdict
from warroom.rollout.evidence import Grade, Verdict
from warroom.rollout.ladder import Need
from warroom.rollout.traffic import Service
from warroom.text import plain

_NO_TEXT = re.compile("[\ud800-\udfff\ufffd]")

NO_TAG = "No tag fits beside so long a service's name: the hotfix has no address of its own, and no probe below 100 %."

RETREAT = (Action.ABORT, Action.ROLL_BACK)


class Plan(Asked, frozen=True, kw_only=True):
    """One change to production, ready to be sent.

    `need` is what the guard asks beyond arming, `why` says it in words. `basis` is the look that it was made from.
    `target` is where retreat goes, revision → percent, `chosen` what speaks for it where it is the one proposed.
    `warning` says what the operator should know before firing, `forecast` when the first verdict on it can come.
    """

    words: str
    basis: Service
    need: Need = Need.NONE
    why: str = ""
    grade: str = ""
    evidence: str = ""
    target: dict[str, int] = field(default_factory=dict)
    warning: str = ""
    forecast: str = ""
    chosen: str = ""

    @property
    def retreat(self) -> bool:
        """True for what must never wait."""
        return self.action in RETREAT


class Consent(Struct, frozen=True):
    """What the operator gave beyond firing: one more confirmation, or a typed reason."""

    again: bool = False
    reason: str = ""


def enough(plan: Plan, consent: Consent) -> None:
    """Raise Refused unless `consent` gives what the plan's guard asks."""
    if plan.need is Need.REASON and not consent.reason.strip():
        raise Refused(f"This needs a typed reason: {plan.why}", "Type why it is right all the same.")
    if plan.need is Need.CONFIRM and not (consent.again or consent.reason.strip()):
        raise Refused(f"This needs one more confirmation: {plan.why}", "Confirm the weak evidence, or wait for more.")


def unchanged(basis: Service, found: Service) -> bool:
    """Whether nothing that a plan was made from is another by now: the split asked for, and the newest revisions."""
    return split.same(found.spec, basis.spec, found.latest_ready) and (
        (found.latest_ready, found.latest_created) == (basis.latest_ready, basis.latest_created)
    )


def named(image: str) -> None:
    """Raise Refused unless something is named that can be an image's name."""
    if not image.strip():
        raise Refused("No image to deploy", "Give the hotfix image, by digest where you can.")
    # What a byte that is no UTF-8 becomes on a command line, and on the board.
    if _NO_TEXT.search(image):
        raise Refused(f"No image is called {plain(image)}: it is no UTF-8 text", "Copy its name anew.")


def deploy(lane: Lane, service: Service, image: str, rules: LadderRules, now: float) -> Plan:
    """A new revision of `image` at 0 %, tagged, with everything else pinned where it is. Raises Refused."""
    named(image)
    if why := naming.why_not_service(service.ref.name):
        raise Refused(f"The service's name {why}", "Check its name in services.toml.")
    tag = naming.tag(service.ref.name, rules.tag_prefix, now)
    revision = naming.revision(service.ref.name, rules.tag_prefix, now)
    kept = split.without_dead(service.spec, _dead(lane, service))
    return Plan(
        action=Action.DEPLOY,
        service=service.ref,
        words=f"Deploy the hotfix at 0 %, as {revision}",
        split=split.without_traffic(kept, service.latest_ready, revision, tag),
        gcloud=gcloud.deploy_command(service.ref, image, tag),
        basis=service,
        revision=revision,
        image=image.strip(),
        tag=tag,
        warning="" if tag else NO_TAG,
    )


def advance(lane: Lane, service: Service, now: float, to: int | None = None) -> Plan:
    """The candidate to the next rung, or to `to` percent. Raises Refused."""
    climbing = lane.ladder
    assert climbing is not None and climbing.percent is not None  # see incident.lane.guards
    following = ladder.next_rung(climbing.rungs, climbing.percent)
    percent = following or 100 if to is None else to
    if not climbing.percent < percent <= 100:
        raise Refused(
            f"{climbing.candidate} takes {climbing.percent} %: an advance goes up, to 100 % at most",
            f"{press('advance')} for the next rung, {key('abort')} to go back.",
        )
    judged = lane.step_verdict
    grade = judged.grade if judged else Grade.NO_DATA
    _, left = bake(climbing, now)
    need, why = ladder.need(climbing.rungs, climbing.percent, percent, left <= 0, grade)
    if need is Need.CONFIRM and judged is not None:
        why = f"{grade}: {'; '.join(one.words for one in judged.clauses if one.grade is grade)}"
    if held := _held(climbing):
        need, why = Need.REASON, f"{held}; {why}" if need is not Need.NONE else held
    return Plan(
        action=Action.ADVANCE,
        service=service.ref,
        words=_step(climbing, percent),
        split=split.shifted(service.spec, service.latest_ready, climbing.candidate, percent),
        gcloud=gcloud.shift_command(service.ref, climbing.tag or climbing.candidate, percent),
        basis=service,
        candidate_percent=percent,
        need=need,
        why=why,
        grade=grade,
        evidence=judged.words if judged else "no verdict yet",
        revision=climbing.candidate,
        tag=climbing.tag,
        warning=_scaled(service, climbing.candidate, percent),
    )


def _scaled(service: Service, candidate: str, percent: int) -> str:
    """That several revisions give up their traffic in proportion, with what each takes then; "" for one or none."""
    before = split.percents(service.spec, service.latest_ready)
    others = {name: share for name, share in before.items() if name != candidate}
    if len(others) < 2 or percent == 100:
        return ""
    after = split.percents(split.shifted(service.spec, service.latest_ready, candidate, percent), service.latest_ready)
    told = ", ".join(f"{name} {share} % → {after.get(name, 0)} %" for name, share in others.items())
    return f"several revisions serve beside it, and are scaled: {told}"


def still_advances(lane: Lane, plan: Plan, now: float) -> Plan:
    """An advance that was agreed to, as it was, but for the verdict, which is that of this moment.

    A reason or a confirmation was given for what stood there: for a worse verdict, or a hold, it counts for nothing.
    Raises Refused where it is another step by now, or asks for more than was given.
    """
    climbing = lane.ladder
    assert climbing is not None  # see incident.lane.guards
    if _step(climbing, plan.candidate_percent) != plan.words:
        raise Refused(
            f"Meanwhile {climbing.candidate} takes {climbing.percent} %, and this was to {_small(plan.words)}",
            f"{LOOK}, then {THEN_AGAIN}.",
        )
    held, fresh = _held(climbing), advance(lane, plan.basis, now, plan.candidate_percent)
    if held and held not in plan.why:
        raise Refused(f"Meanwhile {held}", f"Look at why, then {THEN_AGAIN}.")
    more = [*Need].index(fresh.need) > [*Need].index(plan.need)
    if more or (fresh.need is not Need.NONE and fresh.grade != plan.grade):
        raise Refused(f"Meanwhile {fresh.why}", f"Look at the evidence, then {THEN_AGAIN}.")
    return replace(plan, grade=fresh.grade, evidence=fresh.evidence)


def abort(lane: Lane, service: Service) -> Plan:
    """All traffic back to where it was when the ladder started. Raises Refused when there is no such place."""
    climbing = lane.ladder
    assert climbing is not None  # see incident.lane.guards
    return _back(lane, service, climbing.target, Action.ABORT, f"Abort: all traffic back to {_places(climbing.target)}")


def roll_back(lane: Lane, service: Service, revision: str) -> Plan:
    """All traffic to a revision of the operator's choice."""
    return _back(lane, service, {revision: 100}, Action.ROLL_BACK, f"Roll back: all traffic to {revision}")


def back_to(lane: Lane, service: Service, target: Mapping[str, int], words: str) -> Plan:
    """Traffic to several revisions by percent, told as `words`."""
    return _back(lane, service, target, Action.ROLL_BACK, words)


def un_pin(lane: Lane, service: Service) -> Plan:
    """Let traffic follow the latest ready revision again, and drop the hotfix tag.

    Raises Refused where that would move traffic: after a retreat to what was taken back.
    """
    climbing = lane.ladder
    drop_tag = climbing.tag if climbing else ""
    if not split.latest_serves(service.serving, service.latest_ready, service.latest_created):
        newest = service.latest_created or service.latest_ready
        raise Refused(
            f"The latest revision, {newest}, is not what serves all traffic", f"{pinned.next_release(service.ref)}."
        )
    return Plan(
        action=Action.UN_PIN,
        service=service.ref,
        words=f"Un-pin: traffic follows the latest ready revision ({service.latest_ready})",
        split=split.unpinned(service.spec, service.latest_ready, drop_tag),
        gcloud=gcloud.unpin_command(service.ref, drop_tag),
        basis=service,
        candidate_percent=100 if climbing and service.latest_ready == climbing.candidate else 0,
    )


def _step(climbing: Ladder, percent: int) -> str:
    return f"Take {climbing.candidate} from {climbing.percent} % to {percent} %"


def _small(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"


def _held(climbing: Ladder) -> str:
    """That the ladder is held, and why; "" while it is not."""
    if climbing.held_since is None:
        return ""
    return "the ladder is held" + (f": {climbing.held_reason}" if climbing.held_reason else "")


def _dead(lane: Lane, service: Service) -> list[str]:
    """Revisions that we asked for and that never became ready.

    The latest ready one is none, though the list of revisions was last read before it came up.
    """
    alive = {service.latest_ready, lane.ladder.candidate if lane.ladder else ""}
    return [name for name in lane.own if name not in alive and not lane.ready.get(name)]


def _back(lane: Lane, service: Service, target: Mapping[str, int], action: Action, words: str) -> Plan:
    judged = lane.verdict
    climbing = lane.ladder
    return Plan(
        action=action,
        service=service.ref,
        words=words,
        split=split.restored(service.spec, service.latest_ready, dict(target)),
        gcloud=gcloud.restore_command(service.ref, dict(target)),
        basis=service,
        grade=judged.grade if judged else "",
        evidence=judged.words if judged else "",
        revision=next(iter(target)) if len(target) == 1 else "",
        candidate_percent=target.get(climbing.candidate, 0) if climbing else 0,
        target=dict(target),
        # Of what served before, and of nothing else that is gone back to.
        warning=_broken(lane, judged) if judged and judged.stable in target else "",
    )


def _broken(lane: Lane, judged: Verdict) -> str:
    """That going back leads to what fails as well, and which revision would be the better one; "" where it helps."""
    told = verdict.retreat_words(judged)
    if not told:
        return ""
    way = ways_back.instead(lane, judged)
    if way is None:
        return f"{told}; no revision is known to help"
    return f"{told}; another way back is {way.revision}, {way.why(judged.at)}"


def _places(target: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {percent} %" if len(target) > 1 else name for name, percent in target.items())
