"""A plan in words and as data, and what it asks before it may be carried out."""

from typing import Any

from msgspec import to_builtins

from warroom.actions.answer import Answer, Planned
from warroom.conductor.refusal import Refused
from warroom.conductor.traffic.plans import Consent, Plan
from warroom.rollout.ladder import Need
from warroom.rollout.split import percents
from warroom.rollout.traffic import Service


def planned(incident: str, plan: Plan) -> Answer:
    """Target, command, verdict and what is needed."""
    wanted = percents(plan.split, plan.basis.latest_ready)
    lines = [plan.words, f"  traffic: {places(wanted)}"]
    if plan.image:
        lines.append(f"  image: {plan.image}")
    if plan.grade or plan.evidence:
        lines.append(f"  verdict: {': '.join(part for part in (plan.grade, plan.evidence) if part)}")
    if plan.forecast:
        lines.append(f"  {plan.forecast}")
    if plan.chosen:
        lines.append(f"  proposed: {plan.chosen}")
    if plan.warning:
        lines.append(f"  warning: {plan.warning}")
    lines += [f"  needs: {_needs(plan)}", f"  $ {plan.gcloud}"]
    return Answer(tuple(lines), {"plan": facts(incident, plan)})


def facts(incident: str, plan: Plan) -> dict[str, Any]:
    """The plan as data: `traffic` is revision → percent as asked for, `split` the entries themselves."""
    return {
        "incident": incident,
        "service": plan.service.name,
        "region": plan.service.region,
        "project": plan.service.project,
        "action": plan.action,
        "words": plan.words,
        "traffic": percents(plan.split, plan.basis.latest_ready),
        "split": to_builtins(plan.split),
        "serving": served(plan.basis),
        "revision": plan.revision,
        "image": plan.image,
        "candidate_percent": plan.candidate_percent,
        "verdict": {"grade": plan.grade, "words": plan.evidence},
        "need": plan.need.value,
        "why": plan.why,
        "warning": plan.warning,
        "forecast": plan.forecast,
        "chosen": plan.chosen,
        "gcloud": plan.gcloud,
    }


def served(service: Service) -> dict[str, int]:
    """Revision → percent, by traffic_statuses."""
    return percents(service.serving, service.latest_ready)


def places(shares: dict[str, int]) -> str:
    """Who takes how much."""
    return ", ".join(f"{name} {percent} %" for name, percent in shares.items())


def enough(plan: Plan, answer: Answer, consent: Consent) -> None:
    """Raise Refused unless the flags give what the plan's guard asks."""
    if plan.need is Need.REASON and not consent.reason.strip():
        raise Planned(f"This needs a reason: {plan.why}", "Add --reason TEXT that says why it is right.", answer)
    if plan.need is Need.CONFIRM and not (consent.again or consent.reason.strip()):
        raise Planned(f"The evidence is weak: {plan.why}", "Add --accept-weak, or wait for more of it.", answer)


def confirmed(answer: Answer, yes: bool) -> None:
    """Raise Refused without --yes: a script consents in words, or not at all."""
    if not yes:
        raise Planned("refused: add --yes", "Nothing was sent.", answer)


def refuse_while_open(plan: Plan, doing: str) -> None:
    """Nothing goes forward on top of a change that somebody else has under way."""
    if doing and not plan.retreat:
        raise Refused(f"Still under way: {doing}", "Wait for its end, or abort.")


def _needs(plan: Plan) -> str:
    match plan.need:
        case Need.REASON:
            return f"--yes and --reason TEXT: {plan.why}"
        case Need.CONFIRM:
            return f"--yes and --accept-weak: {plan.why}"
    return "--yes"
