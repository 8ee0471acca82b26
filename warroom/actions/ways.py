"""The ways back as somebody chooses from them: what is known of each revision, the best first, and why it is that."""

from collections.abc import Sequence

from warroom.actions.ask import Choice, Known, Line
from warroom.clock import ago, far
from warroom.conductor.conductor import Conductor
from warroom.conductor.traffic import going_back
from warroom.incident.lane.ways_back import HEALTHY, Way, proposed
from warroom.incident.state import Lane
from warroom.rollout.traffic import Revision

OLD_SECONDS = 2 * 3600.0
"""What was read of the days before so long ago is said to be old."""


def known(at: Conductor, service: str) -> Known:
    """What there is to choose from by now, and what there is to know of it. Asks nobody."""
    lane = at.lane(service)
    return choices(at, lane, at.watching.revisions.get(service, ())), _about(at, lane)


def choices(at: Conductor, lane: Lane, listed: Sequence[Revision]) -> Sequence[Choice]:
    """Each revision in two lines: whether it is Ready, its age and share; when it served, and how well in the end."""
    by_name, now = {one.name: one for one in listed}, at.clock.now()
    return tuple((way.revision, _words(way, by_name.get(way.revision), now)) for way in going_back.ways(at, lane))


def _words(way: Way, listed: Revision | None, now: float) -> str:
    reason = f": {listed.reason}" if listed is not None and listed.reason else ""
    health = "Ready" if way.ready else f"not Ready{reason}"
    made_at = listed.created_at if listed is not None and listed.created_at else way.made_at
    old = f"made {far(now - made_at)} ago" if made_at else "age not known"
    share = f", takes {way.percent} %" if way.percent else ""
    if way.seen_at is None:
        rate = "error rate not known"
    elif way.by_its_past:
        rate = f"{way.measured} in its last hours"
    else:
        rate = f"{way.measured}, {ago(way.seen_at, now)} ago"
    return f"{way.revision}   {health}, {old}{share}\n   {way.history(now)}; {rate}"


def _about(at: Conductor, lane: Lane) -> tuple[Line, ...]:
    """Why the first of the list stands there, or that nothing speaks for any; how old what is known is."""
    found = going_back.ways(at, lane)
    if not found:
        return ()
    now, best = at.clock.now(), proposed(found)
    first = Line("None of these is known to help: any takes a reason.", "watch")
    if best is not None:
        more = " Any other takes a reason." if len(found) > 1 else ""
        first = Line(f"First: {best.revision}, {best.why(now)}.{more}", "" if best.rank == HEALTHY else "watch")
    stale = "cloud-run" in at.incident.lost or lane.ref.name not in at.watching.looks
    seen = (Line("Cloud Run is not being read: these are as they were seen before.", "watch"),) if stale else ()
    return (first, *seen, *_of_the_past(at, lane, now))


def _of_the_past(at: Conductor, lane: Lane, now: float) -> tuple[Line, ...]:
    """What is missing of the days before, or old; nothing where it is there."""
    trouble = at.past.trouble.get(lane.ref.name, "")
    if lane.past is None:
        return (
            (Line(f"When they served can't be read: {trouble}", "watch"),)
            if trouble
            else (Line("When they served is being read …", "dim"),)
        )
    if now - lane.past.until > OLD_SECONDS:
        why = f": {trouble}" if trouble else ""
        return (Line(f"When they served was read {far(now - lane.past.until)} ago{why}", "watch"),)
    return ()
