"""Whether users are measured to be better after something was done for them: the rule. Pure.

An act is no mitigation: going back may lead to a revision that fails as well. The incident is mitigated when every
service's serving revision was judged on evidence from after the act, against the absolute limits and by its probe, and
does not fail. What fails later takes that back. Where nothing can be measured a person may say so, with a reason.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.change import Ended
from warroom.incident.events import Event
from warroom.incident.fact import Mitigated, MitigationLost, Relieved
from warroom.incident.state import Incident, Lane, Relief
from warroom.rollout.evidence import Grade, Verdict
from warroom.rollout.signals import BY_ID

HOW = {
    "roll-back": "roll back",
    "full-traffic": "full traffic",
    "flag-off": "a feature turned off",
    "database-restore": "the database's restore",
    "by-hand": "what was done by hand",
}
"""What can end users' trouble, in words."""


WEAK_SECONDS = 4 * 60.0
"""So long a window speaks where traffic is too little for a PASS: what a bake of five minutes has closed by its end."""


class Found(Struct, frozen=True):
    """What is measured of one service, or of all. `state` is better, burning or unknown; `words` a phrase for it."""

    state: str
    words: str

    @property
    def burning(self) -> bool:
        """Whether users are measured to be hurt."""
        return self.state == "burning"


def since(lane: Lane, relief: Relief) -> float:
    """From when on the evidence counts (Unix seconds): what was done last for this service, else for any."""
    return relief.at if lane.relieved_at is None else lane.relieved_at


def of_lane(lane: Lane, relief: Relief) -> Found:
    """What is measured of one service's serving revision since the newest act."""
    begun = since(lane, relief)
    verdict = serving_verdict(lane)
    name = lane.ref.name
    if verdict is None or verdict.at < begun or (verdict.window is not None and verdict.window[0] < begun - 1.0):
        return Found("unknown", f"{name} is not measured since")
    who = verdict.candidate or name
    if verdict.grade is Grade.FAIL:
        return Found("burning", f"{who} fails: {verdict.words}")
    if verdict.grade is Grade.NO_DATA or verdict.window is None:
        return Found("unknown", f"{name}: {verdict.words}")
    judged = [one for one in verdict.clauses if one.signal in BY_ID]
    doubtful = [one for one in judged if one.fails_running or not one.n or (one.share or 0.0) > one.limit]
    if verdict.grade is Grade.WEAK and verdict.window[1] - verdict.window[0] < WEAK_SECONDS:
        doubtful = judged  # a few good answers show little: it takes as many minutes as a rung does
    if doubtful:
        return Found("unknown", f"{who}: {verdict.words}")
    return Found("better", f"{who} {verdict.grade}: {'; '.join(one.words for one in judged)}")


def serving_verdict(lane: Lane) -> Verdict | None:
    """The newest verdict on what serves: the top rung's, or the one on a revision that no ladder is about."""
    top = lane.step_verdict if lane.ladder is not None and lane.ladder.ended == Ended.COMPLETE else None
    known = [one for one in (top, lane.serving_verdict) if one is not None]
    return max(known, key=lambda one: one.at, default=None)


def measured(incident: Incident) -> Found | None:
    """What is measured of all services since the newest act; None where nothing was done, or a hotfix climbs."""
    relief = incident.relief
    if relief is None or climbing(incident.lanes.values()):
        return None
    found = [of_lane(lane, relief) for lane in incident.lanes.values()]
    burning = [one for one in found if one.burning]
    unknown = [one for one in found if one.state == "unknown"]
    told = burning or unknown or found
    state = "burning" if burning else "unknown" if unknown else "better"
    return Found(state, "; ".join(one.words for one in told))


def climbing(lanes: Iterable[Lane]) -> bool:
    """Whether any hotfix is still on its way."""
    return any(lane.ladder is not None and not lane.ladder.ended for lane in lanes)


def news(incident: Incident) -> list[Mitigated | MitigationLost]:
    """What the evidence says of the mitigation and is not written yet."""
    found = measured(incident)
    if found is None or incident.closed_at is not None:
        return []
    if incident.mitigated_at is None:
        assert incident.relief is not None
        # After the end it is only taken back: nobody works on it any more.
        better = found.state == "better" and incident.resolved_at is None
        return [Mitigated(incident.relief.how, found.words)] if better else []
    # Who said so by hand in the knowledge of these numbers is not contradicted by them.
    known = bool(incident.mitigated_reason and incident.mitigated_evidence)
    return [MitigationLost(found.words)] if found.burning and not known else []


def told(incident: Incident) -> str:
    """How it was mitigated, with what shows it, in a phrase; "" where it is not."""
    if incident.mitigated_at is None:
        return ""
    how = HOW.get(incident.mitigated_how, incident.mitigated_how.replace("-", " "))
    if incident.mitigated_reason:
        return f"by hand, not measured: {incident.mitigated_reason}"
    return f"{how}, not measured" if not incident.mitigated_evidence else f"{how}, measured"


def mitigated(incident: Incident, event: Event, fact: Mitigated) -> Incident:
    """Users are better. Who says so by hand tells of something that was done: like any act it is measured after."""
    if incident.mitigated_at is not None:
        return incident
    return replace(
        incident,
        mitigated_at=event.at,
        mitigated_how=fact.how,
        mitigated_evidence=fact.evidence,
        mitigated_reason=fact.reason,
        relief=incident.relief or Relief(fact.how, event.at),
        relapse="",
    )


def lost(incident: Incident, event: Event, fact: MitigationLost) -> Incident:
    """They are not any more, or never were."""
    return replace(
        incident,
        mitigated_at=None,
        mitigated_how="",
        mitigated_evidence="",
        mitigated_reason="",
        relapse=fact.words,
    )


def relieved(incident: Incident, event: Event, fact: Relieved) -> Incident:
    """Something was done for the users of every service."""
    lanes_after = {name: replace(lane, relieved_at=event.at) for name, lane in incident.lanes.items()}
    return replace(incident, relief=Relief(fact.how, event.at), lanes=lanes_after)


def moved(incident: Incident, lane: Lane, how: str, at: float) -> Incident:
    """All traffic of one service went somewhere: whether that helps its users is measured from then on."""
    after = replace(incident.lanes[lane.ref.name], relieved_at=at)
    return replace(incident, lanes={**incident.lanes, lane.ref.name: after}, relief=Relief(how, at))
