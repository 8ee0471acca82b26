"""Drift: tells somebody else's changes from ours: what a look shows against what we last applied."""

from collections.abc import Mapping

from warroom.conductor.recorder import Recorder
from warroom.incident import events
from warroom.incident.state import Incident, Lane
from warroom.rollout import split
from warroom.rollout.traffic import NEVER, Service, Split

Fact = events.DriftSeen | events.DriftAnswered


async def check(recorder: Recorder, look: Service, now: float) -> None:
    """Write down what a look says of strangers. What others' processes wrote is read first: they are none."""
    if said(recorder.now, look, now) is None:
        return

    def found(incident: Incident) -> list[Fact]:
        fact = said(incident, look, now)
        return [fact] if fact is not None else []

    await recorder.record_found(found, actor="cloud-run")


def said(incident: Incident, look: Service, now: float) -> Fact | None:
    """What a look at `now` (Unix seconds) shows of strangers that is not written yet, or None.

    While a change of ours is open it can't be told whose a split is, and before a ladder and after un-pinning or
    resolution traffic is everybody's.
    """
    lane = incident.lanes.get(look.ref.name)
    if lane is None or lane.ladder is None or not lane.ours or lane.in_flight is not None:
        return None
    if lane.un_pinned_at is not None or incident.resolved_at is not None:
        return None
    if NEVER < look.moment < lane.landed:
        return None  # older than what we know to hold
    seen = difference(lane, look, now)
    asked = lane.drift
    if seen is None:
        return gone(lane, look, now) if asked is not None else None
    if asked is not None and (asked.created, asked.deleted) == (seen.created, seen.deleted):
        return None if split.same(asked.after, seen.after, look.latest_ready) else seen
    return seen


def difference(lane: Lane, look: Service, now: float) -> events.DriftSeen | None:
    """In what a look differs from what is ours, or None."""
    last = lane.last_change
    # What we asked for and Cloud Run could not do stands in its spec all the same.
    tried = [last.split] if last is not None and last.outcome in ("failed", "superseded") else []
    moved = not any(split.same(look.spec, one, look.latest_ready) for one in (lane.ours, *tried))
    there = {*lane.ready} | ({look.latest_created} if look.latest_created else set())
    created = tuple(sorted(there - lane.known - {*lane.own})) if lane.known else ()
    deleted = tuple(sorted(lane.known - there))
    if not (moved or created or deleted):
        return None
    ladder = lane.ladder
    needed = {ladder.candidate, *ladder.target} if ladder else set()
    words = [
        *([f"deployed {', '.join(_short(name, look) for name in created)}"] if created else []),
        *([f"deleted {', '.join(_short(name, look) for name in deleted)}"] if deleted else []),
        *([f"changed traffic: {moves(lane.ours, look)}"] if moved else []),
    ]
    return events.DriftSeen(
        service=look.ref,
        what=" and ".join(words),
        before=lane.ours,
        after=look.spec,
        by=look.last_modifier if moved or created else "",
        changed_at=look.updated_at if (moved or created) and look.updated_at else now,
        created=created,
        deleted=deleted,
        asks=moved or bool(created) or bool(needed & {*deleted}),
    )


def gone(lane: Lane, look: Service, now: float) -> events.DriftAnswered | None:
    """Traffic is ours again without us, and nothing else was changed."""
    percent = lane.ladder.percent or 0 if lane.ladder else 0
    return events.DriftAnswered(look.ref, "gone", lane.ours, percent, look.updated_at or now)


def moves(before: Split, look: Service) -> str:
    """From `before` to what a look asks for: "00041-kol 75 → 60 %"; tags where no percent differs."""
    old, new = (split.percents(one, look.latest_ready) for one in (before, look.spec))
    percents = [
        f"{_short(name, look)} {old.get(name, 0)} → {new.get(name, 0)} %"
        for name in dict.fromkeys((*old, *new))
        if old.get(name, 0) != new.get(name, 0)
    ]
    if percents:
        return ", ".join(percents)
    had, has = _tags(before), _tags(look.spec)
    return ", ".join(
        [f"tag {tag} put on {_short(has[tag] or 'LATEST', look)}" for tag in has if had.get(tag) != has[tag]]
        + [f"tag {tag} removed" for tag in had if tag not in has]
    )


def _tags(one: Split) -> Mapping[str, str]:
    return {share.tag: share.revision for share in one if share.tag}


def _short(revision: str, look: Service) -> str:
    return revision.removeprefix(f"{look.ref.name}-")
