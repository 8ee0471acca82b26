"""What line 2 says where it is not as planned: somebody else's change, one that did not hold, users still hurt."""

from warroom.board.words import short
from warroom.clock import duration
from warroom.incident import mitigation
from warroom.incident.change import Action, Outcome
from warroom.incident.lane import ways_back
from warroom.incident.lane.ways_back import Way
from warroom.incident.lane.words_drift import question, traffic_now
from warroom.incident.place import kind
from warroom.incident.state import Incident, Lane
from warroom.marks import TIMELINE, key, only_board
from widgets.data import Text, Tone


def missed(incident: Incident, lane: Lane) -> str:
    """The alarm that a retreat does not hold, of `lane` or else of another service; "" where none is missed."""
    everywhere = (lane, *(other for other in incident.lanes.values() if other.ref.name != lane.ref.name))
    found = next((one for one in everywhere if one.missed is not None), None)
    if found is None or found.missed is None:
        return ""
    change = found.missed.change
    what = {"abort": "ABORT", "roll-back": "ROLLBACK"}[change.action]
    here = found.ref.name == lane.ref.name
    of, where = ("", "") if here else (f" OF {found.ref.name}", only_board("next-service", " goes there, then "))
    how = "DOES NOT HOLD" if change.outcome == Outcome.SUPERSEDED else "DID NOT HAPPEN"
    serving = traffic_now(found.serving, True, found.ref.name).removeprefix("traffic is now ")
    now = f"; {serving} now" if serving else ""
    again = key(change.action, options="--yes")
    return f"{what}{of} {how}: {where}{again} again. {change.title[:1].upper()}{change.title[1:]}{now}."


def repaired(incident: Incident) -> str:
    """That events of a repaired journal were lost, which is so until somebody writes a note; "" otherwise."""
    lost = incident.lost.get("journal")
    return f"JOURNAL {lost.title}." if lost is not None else ""


def drift(lane: Lane) -> list[Text]:
    """Line 2 while somebody else's change is not settled; nothing otherwise."""
    if lane.drift is None:
        return []
    return [
        Text(f"{question(lane.drift)}.", Tone.BAD),
        Text(f"The ladder holds: {key('settle')} resolves it.", Tone.WATCH),
    ]


def failed(lane: Lane) -> str:
    """How the last change ended, if it did not hold, and what is served after it; "" otherwise."""
    last = lane.last_change
    if last is None or last.outcome in (Outcome.OPEN, Outcome.APPLIED):
        return ""
    after = traffic_now(last.serving, last.moved, lane.ref.name)
    return f"{last.action} {last.outcome}: {last.title}{'; ' + after if after else ''}"


def deploy_again(lane: Lane) -> list[Text]:
    """Line 2 after a deployment that did not hold, while nothing else is on the ladder."""
    last = lane.last_change
    if last is None or last.action != Action.DEPLOY or not failed(lane):
        return []
    words = failed(lane)
    logs = f" Its logs: see {TIMELINE}." if last.link else ""
    return [
        Text(f"{words[0].upper()}{words[1:]}.{logs}", Tone.BAD),
        Text(f"{key('deploy')} deploys again, as a new revision."),
    ]


def clock(incident: Incident, behind: float) -> str:
    """What stands before line 2 while the clock stands `behind` what is written; "" where it does not."""
    if not behind:
        return ""
    far = duration(behind)
    if kind(incident.declared) == "production":
        return f"CLOCK: it went back, the newest event is {far} ahead: check NTP; times may be off by that."
    return f"CLOCK: the newest event is {far} ahead of this terminal's clock: export its cloud's WARROOM_CLOCK."


def relief(incident: Incident, now: float) -> list[Text]:
    """Nothing before something was done for them, and while a hotfix is on its way."""
    found = mitigation.measured(incident)
    if incident.mitigated_at is not None:
        how = f"Mitigated: {mitigation.told(incident)}."
        tone = Tone.GOOD if incident.mitigated_evidence else Tone.WATCH
        if found is not None and found.burning:  # somebody says so all the same
            return [Text(how, Tone.WATCH), Text(f"But {_briefly(incident, found.words)}.", Tone.BAD)]
        return [Text(how, tone), Text(f"Verify, then {key('resolve')} resolves.", tone)]
    if found is None:
        return []
    if found.burning:
        again = "No longer mitigated" if incident.relapse else "NOT mitigated"
        return [
            Text(f"{again}: {_briefly(incident, found.words)}.", Tone.BAD),
            Text(f"{ways_out(incident, now)}.", Tone.BAD),
        ]
    return [Text(f"Not measured to be better yet: {found.words}.", Tone.WATCH)]


def ways_out(incident: Incident, now: float) -> str:
    """What can be done for a service whose serving revision fails: the revision to go to, or what else there is."""
    several, relief = len(incident.lanes) > 1, incident.relief
    for lane in incident.lanes.values():
        verdict = mitigation.serving_verdict(lane)
        if relief is None or verdict is None or not mitigation.of_lane(lane, relief).burning:
            continue
        if way := ways_back.instead(lane, verdict):
            of = f" of {lane.ref.name}" if several else ""
            return f"{better(lane, way, now, of)}; or {key('deploy')} for another fix, or a flag"
    return f"No better revision known: {key('deploy')} for a fix, or a flag"


def better(lane: Lane, way: Way, now: float, of: str = "") -> str:
    """The key that goes back, the revision, and what speaks for it."""
    because = way.why(now).replace(way.before, short(way.before, lane.ref.name)) if way.before else way.why(now)
    return f"{key('roll-back')}{of} to {short(way.revision, lane.ref.name)}, {because}"


def _briefly(incident: Incident, words: str) -> str:
    """What is measured without the service's name where there is only one: 80 columns must show the way out too."""
    lane, *others = incident.lanes.values()
    return words if others else words.replace(f"{lane.ref.name}-", "")
