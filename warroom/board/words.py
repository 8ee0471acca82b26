"""Small words that several panes share."""

from warroom.incident.lane.serving import instead
from warroom.incident.state import Lane
from warroom.rollout.evidence import Grade
from widgets.data import Tone

GRADE_TONE = {Grade.PASS: Tone.GOOD, Grade.WEAK: Tone.WATCH, Grade.NO_DATA: Tone.WATCH, Grade.FAIL: Tone.BAD}


def short(revision: str, service: str) -> str:
    """A revision's name without the service's: payments-api-00041-kol → 00041-kol."""
    return revision.removeprefix(f"{service}-")


def stable_of(lane: Lane) -> str:
    """The revision that counts as stable: where abort goes back to, else what serves most; "" when nothing does.

    After a hotfix was taken back to another revision it is that one: it is what users meet.
    """
    if elsewhere := instead(lane):
        return elsewhere
    if lane.ladder and lane.ladder.target:
        return max(lane.ladder.target, key=lambda name: lane.ladder.target[name] if lane.ladder else 0)
    serving = [(share.percent, share.revision or lane.latest_ready) for share in lane.serving if share.percent]
    return max(serving, default=(0, ""))[1]


def percent(share: float) -> str:
    """A share (0–1) as percent with the digits that matter: 0.002 → 0.2 %, 0.31 → 31 %."""
    value = share * 100
    return f"{value:.0f} %" if value >= 10 or value == int(value) else f"{value:.1f} %"
