"""What serves, as it was seen last: what is said of where traffic went goes by this, not by where it was sent."""

from collections.abc import Iterable

from warroom.incident.state import Lane
from warroom.rollout.signals import JUDGED, is_evidence
from warroom.rollout.split import percents


def shares(lane: Lane) -> dict[str, int]:
    """Revision → percent, most first; {} before the service was looked at."""
    if lane.observed_at is None and not lane.serving:
        return {}
    found = percents(lane.serving, lane.latest_ready)
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def is_back(lane: Lane) -> bool:
    """Whether traffic is where it was when the ladder began, and nowhere else."""
    return lane.ladder is not None and bool(found := shares(lane)) and found.keys() <= lane.ladder.target.keys()


def instead(lane: Lane) -> str:
    """After a hotfix was taken back: the revision that serves most, where that is neither the hotfix nor stable."""
    climbing = lane.ladder
    if climbing is None or not climbing.taken_back:
        return ""
    most = next(iter(shares(lane)), "")
    return "" if most == climbing.candidate or most in climbing.target else most


def version(lane: Lane) -> str:
    """The version that runs: of the revision that serves most, before a hotfix of this incident; "" where none is told.

    While and after a hotfix climbs it is the one that served when its ladder began.
    """
    target = lane.ladder.target if lane.ladder is not None else {}
    found = target or shares(lane)
    return lane.versions.get(max(found, key=lambda name: found[name], default=""), "")


def told(lane: Lane) -> str:
    """Who serves, in a phrase: "00041-kol", "00041-kol 60 %, 00040-wex 40 %"; "" where nobody knows."""
    found = {name.removeprefix(f"{lane.ref.name}-"): share for name, share in shares(lane).items()}
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{name} {share} %" for name, share in found.items())


def newest(lanes: Iterable[Lane]) -> str:
    """The newest points of what serves, in a phrase, judged by nobody: before anything was done there is no verdict."""
    found: list[str] = []
    for lane in lanes:
        for name in shares(lane):
            points = (one for one in reversed(lane.samples) if one.revision == name and is_evidence(one))
            if (last := next(points, None)) is not None:
                found.append(f"{name}: {', '.join(signal.told(last) for signal in JUDGED)}")
    return "; ".join(found)
