"""Whether traffic may follow the latest revision again, and what makes the next release serve until it may. Pure.

After a retreat the latest revision is the one that was taken back: to follow it would put that live.
"""

from warroom.incident import mitigation
from warroom.incident.state import Lane
from warroom.rollout import gcloud
from warroom.rollout.evidence import Grade
from warroom.rollout.split import latest_serves, percents
from warroom.rollout.traffic import ServiceRef


def why_stays(lane: Lane) -> str:
    """Why following the latest revision would harm; "" where it is what serves, Ready, and does not FAIL."""
    newest = lane.latest_created or lane.latest_ready
    ladder = lane.ladder
    if ladder is not None and ladder.taken_back and newest in ("", ladder.candidate):
        return f"The latest revision is {ladder.candidate}, which was taken back"
    shares = percents(lane.serving, lane.latest_ready) if lane.serving else {}
    if shares and not latest_serves(lane.serving, lane.latest_ready, newest):
        return f"The latest revision is {newest}, which does not serve all traffic"
    if newest and not lane.ready.get(newest, True):
        return f"The latest revision, {newest}, is not Ready"
    verdict = mitigation.serving_verdict(lane)
    if verdict is not None and verdict.grade is Grade.FAIL and newest:
        return f"{newest} serves and FAILS: {verdict.words}"
    return ""


def next_release(ref: ServiceRef) -> str:
    """What makes the next release serve while traffic is pinned, and when to un-pin: a sentence without an end."""
    deploy, serve = gcloud.next_release_commands(ref)
    return f"Deploy the next release, `{deploy}`, give it the traffic, `{serve}`, and un-pin when it serves well"


def next_in_short() -> str:
    """The same for line 2."""
    return "Traffic stays pinned: un-pin when the next release serves"
