"""Lines 1 and 2: where we are, and one sentence of what is happening, what is next, who leads and what is due."""

from msgspec.structs import replace

from warroom.board import trouble
from warroom.board.lane_rows import elsewhere, place
from warroom.board.leading import leader, waiting_level
from warroom.board.view import View
from warroom.board.words import GRADE_TONE, short
from warroom.clock import ago, duration
from warroom.incident import clocks, mitigation
from warroom.incident.change import BACK, Ended
from warroom.incident.lane import pinned, retreats, serving, ways_back
from warroom.incident.lane.bake import bake, until_verdict
from warroom.incident.place import kind
from warroom.incident.state import Incident, Ladder, Lane, Staging
from warroom.marks import key, press, unnamed
from warroom.protocol.model import Protocol
from warroom.rollout.evidence import Grade
from warroom.rollout.ladder import next_rung
from widgets.data import Header, Sentence, Text, Tone


def header(incident: Incident, lane: Lane, view: View) -> Header:
    """Line 1."""
    ref = lane.ref
    which = place(incident, lane)
    return Header(
        drill=kind(incident.declared) == "drill",
        emulator=kind(incident.declared) == "emulator",
        observer=bool(view.elsewhere),
        severity=incident.severity,
        incident=incident.id,
        title=incident.title,
        place=" · ".join(part for part in (ref.name, which, ref.region, ref.project) if part),
    )


def sentence(
    incident: Incident, lane: Lane, protocol: Protocol, now: float, view: View, behind: float = 0.0
) -> Sentence:
    """Line 2. `behind` is by how much the clock stands before what is written.

    A retreat that did not happen goes before all else: what answers it needs neither journal nor reads.
    """
    if view.elsewhere:
        journal = f" JOURNAL: {view.trouble}." if view.trouble else ""
        alarm = f"LOOKING ONLY: {view.elsewhere}{journal} {trouble.repaired(incident)}".rstrip()
        alarm = " ".join(part for part in (alarm, trouble.clock(incident, behind)) if part)
        told = (replace(part, text=unnamed(part.text)) for part in _state(incident, lane, now, view))
        return Sentence(alarm=alarm, parts=(*(part for part in told if part.text), *elsewhere(incident, lane)))
    if missed := trouble.missed(incident, lane):
        return Sentence(alarm=" ".join(part for part in (missed, trouble.clock(incident, behind)) if part))
    if view.trouble:
        owed = f"{view.unwritten} events are not written" if view.unwritten else "nothing new can be read"
        return Sentence(alarm=f"JOURNAL: {view.trouble}; {owed}. Retreat works; nothing goes forward.")
    if view.fault:
        return Sentence(alarm=f"WARROOM: {view.fault}. It tries again; the log has the details. Retreat works.")
    if repaired := trouble.repaired(incident):
        first = f"{repaired} Look at what is served, then {key('note', verb='press')} to say what you found."
        return Sentence(alarm=" ".join(part for part in (first, trouble.clock(incident, behind)) if part))
    lost = incident.lost.get("cloud-run")
    if lost is not None:
        since = ago(lost.since, now)
        return Sentence(alarm=f"CLOUD RUN: {lost.title}, since {since}. {lost.remedy} Reads go on; writes may fail.")
    state = [*_state(incident, lane, now, view), *elsewhere(incident, lane)]
    parts = [*state, *waiting_level(incident, protocol, now), *_who_and_due(incident, protocol, now, view.operator)]
    return Sentence(tuple(parts), trouble.clock(incident, behind))


def _state(incident: Incident, lane: Lane, now: float, view: View) -> list[Text]:
    climbing = lane.ladder
    change = lane.in_flight
    if incident.resolved_at is not None and change is None:
        took = ago(incident.detected_at, incident.resolved_at)
        todo = f" {press('report')} for the report." if incident.reported_at is None else ""
        full = climbing is not None and climbing.ended == Ended.COMPLETE
        stays = f" {pinned.next_in_short()}." if lane.changes and lane.un_pinned_at is None else ""
        if full and not pinned.why_stays(lane):
            stays = f" {press('un-pin')} to un-pin traffic." if incident.un_pinned_at is None else ""
        burning = mitigation.measured(incident)
        if burning is not None and burning.burning:
            hurt = f"Resolved {took} after detection, but {burning.words}."
            return [Text(hurt, Tone.BAD), Text(f"{trouble.ways_out(incident, now)}.{todo}", Tone.BAD)]
        unshown = "" if incident.mitigated_at is not None else " Not measured to be better."
        tone = Tone.GOOD if incident.mitigated_at is not None else Tone.WATCH
        return [Text(f"Resolved {took} after detection.{unshown}{stays}{todo}", tone)]
    if change is not None:
        where = view.progress.get(lane.ref.name, "")
        words = f"{_doing(change.action, change.candidate_percent)} for {ago(change.intended_at, now)}"
        if change.unknown:
            how = "Look before you act" if change.action not in BACK else retreats.again(change.action)
            return [Text(f"{words}: outcome unknown, re-reading. {how}.", Tone.BAD)]
        return [Text(f"{words}{': ' + where if where else ''}.", Tone.ACCENT)]
    if asked := trouble.drift(lane):
        return asked
    on_it = climbing is not None and not climbing.taken_back
    if not on_it and (failed := trouble.deploy_again(lane)):
        return failed
    if climbing is None:
        if not view.connected and not view.elsewhere:
            return [Text("Connecting to Cloud Run and Monitoring …", Tone.DIM)]
        if incident.relief is not None:
            return [Text("No hotfix on the ladder."), *trouble.relief(incident, now)]
        return [
            _staging(lane.staging, now)
            or Text(f"No hotfix on the ladder. {press('deploy')} to deploy it at 0 %, {key('roll-back')} to roll back.")
        ]
    if climbing.taken_back:
        return [_back(lane, climbing), *_after(incident, now)]
    return _climbing(incident, lane, climbing, now)


def _staging(staged: Staging | None, now: float) -> Text | None:
    """How far staging is, before anything is on the ladder; None when there is nothing to say of it."""
    if staged is None or staged.failed:
        return (
            Text(f"Staging did not take the hotfix: {staged.failed}. {key('stage')} tries again.", Tone.BAD)
            if staged
            else None
        )
    if staged.percent is None:
        return Text(f"Deploying the hotfix to staging for {ago(staged.asked_at, now)}.", Tone.ACCENT)
    if staged.percent == 0:
        return Text(
            "Staging is pinned, the hotfix takes 0 % there: give it the traffic by name, then run its smoke test.",
            Tone.WATCH,
        )
    if staged.tested is None and staged.detail:
        return Text(f"The smoke test in staging can't tell: {staged.detail}.", Tone.WATCH)
    if staged.tested is None:
        return Text("The hotfix is in staging and not tested there yet.", Tone.ACCENT)
    if staged.tested:
        return Text(f"Staging answers well: tick the validation, then {key('deploy')} deploys to production at 0 %.")
    return Text(f"Staging answers badly: {staged.detail}. {key('stage')} stages again.", Tone.BAD)


def _back(lane: Lane, climbing: Ladder) -> Text:
    """Where traffic is after a retreat: what is seen to serve, which need not be where the ladder began."""
    done = "Aborted" if climbing.ended == Ended.ABORTED else "Rolled back"
    if serving.is_back(lane) or not serving.shares(lane):
        where = serving.told(lane) or short(next(iter(climbing.target), "stable"), lane.ref.name)
        return Text(f"{done}: traffic is back on {where}.", Tone.WATCH)
    return Text(f"Traffic is on {serving.told(lane)}.", Tone.WATCH)


def _after(incident: Incident, now: float) -> list[Text]:
    """What comes after a retreat: whether it helped, unless other services are still on their way."""
    climbs = mitigation.climbing(incident.lanes.values())
    return [Text("Other services are still on their way.", Tone.WATCH)] if climbs else trouble.relief(incident, now)


def _climbing(incident: Incident, lane: Lane, climbing: Ladder, now: float) -> list[Text]:
    percent, verdict = climbing.percent or 0, lane.step_verdict
    following = next_rung(climbing.rungs, percent)
    if percent == 0:
        if verdict is not None and verdict.grade is Grade.FAIL:
            ends = key("abort", options="--yes", then=" then y")
            return [Text(f"Hotfix is deployed at 0 % and FAILS: {verdict.words}. {ends} ends it.", Tone.BAD)]
        return [Text(f"Hotfix is deployed and takes no traffic. {press('advance')} for {following} %.", Tone.ACCENT)]
    grade = verdict.grade if verdict else Grade.NO_DATA
    words = verdict.words if verdict else "no verdict yet"
    here = Text(f"Hotfix takes {percent} %,")
    told = f"{grade}: {words}" if grade in (Grade.FAIL, Grade.WEAK) else words
    how = Text(told + ".", GRADE_TONE[grade] if grade is not Grade.PASS else Tone.PLAIN)
    if following is None and grade is not Grade.FAIL:
        return [here, how, *_after(incident, now)]
    if grade is Grade.FAIL:
        return [here, how, *_retreat(lane, now)]
    return [here, how, _next(climbing, grade, following, until_verdict(lane, now), now)]


def _retreat(lane: Lane, now: float) -> list[Text]:
    """The way back, and where that leads to what fails as well: the revision to go to in its place."""
    back = Text(f"{press('abort', '--yes', ' then y')} to go back.", Tone.BAD)
    verdict = lane.step_verdict
    if verdict is None or not verdict.stable_fails:
        return [back]
    way = ways_back.instead(lane, verdict)
    if way is None:
        return [back, Text("Stable fails too: no revision is known to help.", Tone.BAD)]
    return [back, Text(f"Stable fails too: {trouble.better(lane, way, now)}.", Tone.BAD)]


def _next(climbing: Ladder, grade: Grade, following: int | None, verdict_in: float, now: float) -> Text:
    if climbing.held_since is not None:
        return Text(f"Held {ago(climbing.held_since, now)}; {key('hold', options='--resume')} goes on.", Tone.WATCH)
    _, left = bake(climbing, now)
    if verdict_in > left:
        return Text(f"Next rung {following} % with its first verdict, in {duration(verdict_in)}.")
    if left > 0:
        by_itself = " by itself" if climbing.auto and grade is Grade.PASS else ""
        return Text(f"Next rung {following} %{by_itself} in {duration(left)}.")
    if grade is Grade.PASS:
        return Text(f"{press('advance')} for {following} %.", Tone.ACCENT)
    asks = "one more confirmation" if grade is Grade.WEAK else "a reason"
    return Text(f"Going to {following} % asks {asks}.", Tone.WATCH)


def _who_and_due(incident: Incident, protocol: Protocol, now: float, operator: str) -> list[Text]:
    parts = [leader(incident, protocol, now, operator)]
    if incident.resolved_at is None:
        due = clocks.update_due(incident, protocol, now)
        if due >= 0:
            parts.append(Text(f"Next update due in {duration(due)}."))
        else:
            owner = protocol.role(protocol.updates.role)
            parts.append(Text(f"Update overdue by {duration(-due)} ({owner.short or owner.title}).", Tone.WATCH))
    return parts


def _doing(action: str, percent: int) -> str:
    doing = {
        "deploy": "Deploying the hotfix at 0 %",
        "advance": f"Taking the hotfix to {percent} %",
        "abort": "Aborting: traffic goes back",
        "roll-back": "Rolling back",
        "un-pin": "Un-pinning traffic",
        "restore": "Putting our split back",
    }
    return doing.get(action, action)
