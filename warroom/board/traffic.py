"""The traffic pane: who serves how much, where on the ladder, where abort would go."""

from warroom.board import trouble
from warroom.board.lane_rows import lane_rows, place
from warroom.board.view import View
from warroom.board.words import short, stable_of
from warroom.clock import duration
from warroom.incident.lane import serving as serves
from warroom.incident.lane.bake import bake, until_verdict
from warroom.incident.state import Incident, Lane
from warroom.marks import key
from warroom.rollout.split import percents
from widgets.data import RungRow, ShareRow, Text, Tone, Traffic


def traffic(incident: Incident, lane: Lane, now: float, view: View) -> Traffic:
    """The lane of one service, and a line for each other one."""
    return Traffic(
        service=lane.ref.name,
        shares=_shares(lane),
        rungs=_rungs(lane),
        bake=_bake(lane, now),
        retreat=_retreat(lane),
        note=_note(incident, lane, view),
        place=place(incident, lane),
        lanes=lane_rows(incident, lane, now),
    )


def _shares(lane: Lane) -> tuple[ShareRow, ...]:
    if lane.observed_at is None:
        return ()
    serving = percents(lane.serving, lane.latest_ready)
    # What is asked for: by us, or by whoever else keeps Cloud Run busy.
    asked = lane.in_flight.split if lane.in_flight else lane.serving if lane.settled else lane.spec
    wanted = percents(asked, lane.latest_ready)
    candidate = lane.ladder.candidate if lane.ladder else ""
    stable = stable_of(lane)
    role = "serves" if serves.instead(lane) else "stable"
    names = [name for name in (stable, candidate) if name]
    names += sorted(name for name in {*serving, *wanted} if name not in names)
    roles = {stable: role, candidate: "candidate"}
    tones = {role: Tone.PLAIN, "candidate": Tone.ACCENT}
    return tuple(
        ShareRow(
            role=roles.get(name, ""),
            revision=short(name, lane.ref.name),
            percent=serving.get(name, 0),
            wanted=wanted.get(name, 0),
            tone=tones.get(roles.get(name, ""), Tone.DIM),
        )
        for name in names
    )


def _rungs(lane: Lane) -> tuple[RungRow, ...]:
    climbing = lane.ladder
    if climbing is None:
        return ()
    at = climbing.percent or 0
    over = climbing.taken_back
    return tuple(
        RungRow(rung, "open" if over or rung > at else "now" if rung == at else "done") for rung in climbing.rungs
    )


def _bake(lane: Lane, now: float) -> Text:
    climbing = lane.ladder
    if climbing is None:
        return Text("no ladder yet", Tone.DIM)
    if climbing.taken_back:
        return Text(climbing.ended, Tone.WATCH)
    if not climbing.percent:
        return Text("no traffic yet", Tone.DIM)
    elapsed, left = bake(climbing, now)
    if lane.drift is not None:
        return Text("held: somebody changed it", Tone.WATCH)
    if climbing.held_since is not None:
        return Text(f"held at {duration(elapsed)}", Tone.WATCH)
    if climbing.percent == 100:
        return Text(f"judging goes on, {duration(elapsed)}", Tone.DIM)
    auto, verdict = "  auto" if climbing.auto else "", _first_verdict(lane, now)
    if left <= 0:
        return Text(f"baked {duration(elapsed)}{verdict}{auto}", Tone.WATCH if verdict else Tone.GOOD)
    return Text(f"bake {duration(elapsed)} of {duration(climbing.bake_seconds)}{verdict}{auto}")


def _first_verdict(lane: Lane, now: float) -> str:
    """How long the first verdict on this rung is still away, by Monitoring's delay; "" once it could be there."""
    left = until_verdict(lane, now)
    return f", verdict in {duration(left)}" if left else ""


def _retreat(lane: Lane) -> Text:
    climbing = lane.ladder
    if climbing is None:
        return Text("")
    if not climbing.target:
        return Text(f"abort has no place to go: {key('roll-back')} picks a revision", Tone.BAD)
    places = ", ".join(f"{short(name, lane.ref.name)} {part} %" for name, part in climbing.target.items())
    if climbing.taken_back:
        return Text("")
    help_words = "  (broken too)" if lane.verdict and lane.verdict.stable_fails else ""
    return Text(f"abort → {places}{help_words}", Tone.WATCH if help_words else Tone.DIM)


def _note(incident: Incident, lane: Lane, view: View) -> Text:
    if lane.in_flight is not None:
        return Text(view.progress.get(lane.ref.name, "") or "sent, waiting for Cloud Run", Tone.ACCENT)
    if view.elsewhere:
        return Text("as the journal has it", Tone.DIM)
    if not view.connected:
        return Text("connecting …", Tone.DIM)
    if lane.observed_at is None:
        lost = incident.lost.get("cloud-run")
        return Text(lost.title if lost else "reading the service …", Tone.BAD if lost else Tone.DIM)
    if lane.drift is not None:
        return Text(f"drift by {lane.drift.by or 'somebody'}: {key('settle')} resolves it", Tone.BAD)
    if not lane.settled and not lane.failure:
        return Text("Cloud Run is reconciling", Tone.WATCH)
    if failed := trouble.failed(lane):
        return Text(f"last {failed}", Tone.BAD)
    return Text(f"Cloud Run: {lane.failure}", Tone.BAD) if lane.failure else Text("")
