"""Whether an action may be done now, by what the incident shows, and if not, why and what to do instead. Pure.

The key bar's grey, the board's refusal, a script's exit 1 and `status --json` all ask here. What only a look at Cloud
Run, an answer or a plan can tell is refused where that is known: see `conductor`.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from warroom.incident import mitigation
from warroom.incident.change import BACK
from warroom.incident.lane import pinned
from warroom.incident.lane.words_drift import question
from warroom.incident.state import Incident, Ladder, Lane
from warroom.marks import key, press


class Why(Struct, frozen=True):
    """One reason against an action, and what to do about it: two parts of a sentence each."""

    title: str
    remedy: str = ""


Guard = Callable[[Incident, Lane], Iterator[Why]]


def refusals(action: str, incident: Incident, lane: Lane, place: Why | None = None) -> tuple[Why, ...]:
    """Why `action` may not be done on `lane` now, the gravest first; () when it may.

    `place` is why nothing of this incident can be acted on from here; it counts for what reaches the outside.
    """
    found = [place] if place is not None and action in OUTSIDE else []
    guard = GUARDS.get(action)
    return (*found, *(guard(incident, lane) if guard is not None else ()))


def touched(incident: Incident) -> list[str]:
    """The services that had a ladder in this incident and are not back yet, the newest ladder first."""
    climbing = [
        (lane.ladder.started_at, name)
        for name, lane in incident.lanes.items()
        if lane.ladder is not None and not lane.ladder.taken_back
    ]
    return [name for _, name in sorted(climbing, reverse=True)]


def _advance(_incident: Incident, lane: Lane) -> Iterator[Why]:
    yield from _drift(lane)
    ladder = lane.ladder
    if ladder is None:
        yield Why("Nothing is deployed to advance", f"{press('deploy')} to deploy the hotfix at 0 %.")
    elif ladder.taken_back:
        yield Why(f"The ladder was {ladder.ended}", "Deploy again to start a new one.")
    elif ladder.percent is None:
        yield Why(f"{ladder.candidate} is not deployed yet", "Wait until it is Ready.")
    elif ladder.percent >= 100:
        yield Why(f"{ladder.candidate} takes 100 % already", "Verify, then resolve.")
    yield from _under_way(lane)


def _skip(_incident: Incident, lane: Lane) -> Iterator[Why]:
    if _climbing(lane) is None:
        yield Why("No ladder is under way", "Skipping works between deploy and 100 %.")
    yield from _drift(lane)
    yield from _under_way(lane)


def _hold(_incident: Incident, lane: Lane) -> Iterator[Why]:
    if _climbing(lane) is None:
        yield Why("No ladder is under way", "Hold works between deploy and 100 %.")


def _auto_advance(_incident: Incident, lane: Lane) -> Iterator[Why]:
    if _climbing(lane) is None:
        yield Why("No ladder is under way", "Auto-advance is switched on per ladder.")


def _abort(_incident: Incident, lane: Lane) -> Iterator[Why]:
    if lane.ladder is None:
        yield Why(
            f"There is no ladder on {lane.ref.name} to abort", f"{press('roll-back')} to roll back to any revision."
        )
    elif not lane.ladder.target:
        yield Why("No revision was serving when the ladder started", f"{press('roll-back')} and choose a revision.")


def _roll_back_all(incident: Incident, _lane: Lane) -> Iterator[Why]:
    if not touched(incident):
        yield Why("Nothing was deployed in this incident that is not back already", "There is nothing to do.")


def _settle(_incident: Incident, lane: Lane) -> Iterator[Why]:
    if lane.drift is None:
        yield Why("Nobody else has changed anything", "There is no drift to resolve.")


def _deploy(incident: Incident, lane: Lane) -> Iterator[Why]:
    yield from _drift(lane)
    review = incident.work.review
    if review is not None and review.withdrawn and review.step not in incident.ticks:
        yield Why(
            f"The review of pull request {review.number} is not enough any more: {review.withdrawn}",
            "Have it reviewed again, or tick the review yourself.",
        )
    climbing = _climbing(lane)
    if climbing is not None:
        yield Why(f"{climbing.candidate} is on the ladder already", "Abort it first, then deploy again.")
    yield from _under_way(lane)


def _un_pin(_incident: Incident, lane: Lane) -> Iterator[Why]:
    yield from _drift(lane)
    if _climbing(lane) is not None:
        yield Why("The ladder is still under way", "Advance to 100 % or abort first.")
    elif why := pinned.why_stays(lane):
        yield Why(why, f"{pinned.next_release(lane.ref)}.")
    yield from _under_way(lane)


def _smoke(_incident: Incident, lane: Lane) -> Iterator[Why]:
    if lane.staging is None or lane.staging.percent is None:
        yield Why("Nothing is deployed to staging", f"{press('stage')} to deploy the hotfix there.")


def _resolve(incident: Incident, _lane: Lane) -> Iterator[Why]:
    if incident.resolved_at is not None:
        yield Why("Resolved already", "Phase 6 is what is left.")
    elif mitigation.climbing(incident.lanes.values()):
        yield Why("A hotfix is still on its way", "Take it to 100 %, or go back, first.")
    elif incident.relief is None and incident.mitigated_at is None:
        yield Why(
            "Not mitigated yet",
            f"Take the hotfix to 100 %, or roll back, first. {press('mitigated')} to say by hand how users got better.",
        )


def _mitigated(incident: Incident, _lane: Lane) -> Iterator[Why]:
    if incident.mitigated_at is not None:
        yield Why("Mitigated already", "A note tells what else is known.")
    elif mitigation.climbing(incident.lanes.values()):
        yield Why("A hotfix is still on its way", "Take it to 100 %, or go back, first.")


def _decide(incident: Incident, _lane: Lane) -> Iterator[Why]:
    if incident.closed_at is not None or incident.resolved_at is not None:
        yield Why("The incident is over", "Declare a new one.")


def _climbing(lane: Lane) -> Ladder | None:
    """The ladder that goes on."""
    return lane.ladder if lane.ladder is not None and not lane.ladder.ended else None


def _drift(lane: Lane) -> Iterable[Why]:
    """Nothing goes forward over a change of somebody else's that is not settled."""
    if lane.drift is not None:
        remedy = f"{press('settle')} and resolve the drift first: adopt, restore ours, or abort"
        yield Why(question(lane.drift), remedy)


def _under_way(lane: Lane) -> Iterable[Why]:
    """Nor beside a change that is under way. One of unknown outcome is nobody's to wait for, but for a retreat."""
    change = lane.in_flight
    if change is None or (change.unknown and change.action not in BACK):
        return
    if change.unknown:  # somebody wanted out: nothing goes forward over that before it is known
        yield Why(
            f"{change.actor} sent {change.action}, and what became of it is not known yet",
            f"Wait for the next look at the service, or {key('abort', verb='press')} to abort.",
        )
    else:
        doing = f"{change.action} by {change.actor or 'somebody'}"
        yield Why(f"Still under way: {doing}", f"Wait for it, or {key('abort', verb='press')} to abort.")


GUARDS: dict[str, Guard] = {
    "advance": _advance,
    "skip": _skip,
    "hold": _hold,
    "auto-advance": _auto_advance,
    "abort": _abort,
    "roll-back-all": _roll_back_all,
    "settle": _settle,
    "restore": _settle,
    "deploy": _deploy,
    "un-pin": _un_pin,
    "smoke": _smoke,
    "resolve": _resolve,
    "mitigated": _mitigated,
    "decide": _decide,
}
"""By the action's id. What is not here may be tried at any time."""

PER_SERVICE = frozenset(
    ("advance", "skip", "hold", "auto-advance", "abort", "roll-back", "settle", "deploy", "un-pin", "stage", "smoke")
)
"""What is done to one service of the incident."""

OUTSIDE = frozenset(
    ("advance", "skip", "auto-advance", "abort", "roll-back", "roll-back-all", "settle", "restore", "deploy", "un-pin",
     "stage", "smoke", "page", "escalate", "alert", "update", "run-step", "procedures")
)  # fmt: skip
"""What reaches a cloud, people or other systems; the rest only writes into the journal, or shows."""
