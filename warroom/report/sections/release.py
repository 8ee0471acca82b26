"""The head of the report: the hotfix release block, the facts of the incident, and how the SLA was kept. Markdown."""

from warroom.clock import duration, rfc3339
from warroom.incident import clocks, mitigation
from warroom.incident.change import BACK, Outcome
from warroom.incident.events import ClockSetBack, Declared
from warroom.incident.place import kind, title_mark
from warroom.incident.progress import known
from warroom.incident.progress.step_facts import version_shown
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol
from warroom.report.history import History, Made
from warroom.report.plot import percent
from warroom.report.safe import SHORT, inline, table
from warroom.report.sections.impact import Harm
from warroom.report.sections.lessons import FIX, outcome

UNKNOWN = "_not recorded_"


def title(history: History) -> str:
    """The report's first line. What is not production's says so there."""
    incident = history.incident
    return f"# {title_mark(incident.declared)}{inline(incident.id, SHORT)} {inline(incident.title, SHORT)}"


def release(history: History, harms: list[Harm]) -> str:
    """The protocol's hotfix release block, filled in."""
    incident = history.incident
    declared = incident.declared
    revisions = ", ".join(climb.candidate for climb in history.climbs) or "(none was deployed)"
    version = incident.work.values.get("version", "")
    heading = f"{version}, {revisions}" if version else revisions
    issue = incident.title if not declared.issue else f"{declared.issue}: {incident.title}"
    impact = [inline(text)] if (text := known.known(incident, "impact")) else []
    impact = [one.removesuffix(".") for one in impact] + [felt(harm) for harm in harms]
    cause = known.known(incident, "root-cause")
    return "\n".join(
        [
            f"## Hotfix Release {inline(heading, SHORT)}",
            "",
            f"- Version: {_version(incident)}",
            f"- Issue: {inline(issue)}",
            f"- Impact: {'; '.join(impact) or UNKNOWN}",
            *([f"- Root cause so far: {inline(cause)}"] if cause else []),
            f"- Fix: {_fix(history)}",
            f"- Deployed: {_deployed(history)}",
            f"- Verified: {_verified(incident)}",
        ]
    )


def _version(incident: Incident) -> str:
    """The hotfix's, and where it was seen: a number that was typed is told as that."""
    version = incident.work.values.get("version", "")
    if not version:
        return UNKNOWN
    where = version_shown(incident)
    return f"{inline(version, SHORT)}, {f'in {inline(where, SHORT)}' if where else '_as typed, seen in no code_'}"


def felt(harm: Harm) -> str:
    """What users felt of one service, in a sentence."""
    share = f" ({percent(harm.failed / harm.requests)})" if harm.requests else ""
    over, covered = round(harm.over_seconds / 60), round(harm.covered_seconds / 60)
    return (
        f"{inline(harm.service, SHORT)}: {harm.failed} of {harm.requests} requests failed{share}; "
        f"errors were over the limit of {percent(harm.limit)} in {over} of {covered} minutes with data, "
        f"{rfc3339(harm.start)} to {rfc3339(harm.end)}."
    )


def facts(history: History, protocol: Protocol) -> str:
    """Who, what and when, as a table."""
    incident = history.incident
    declared = incident.declared
    trigger = next((one.title for one in protocol.triggers if one.id == declared.trigger), declared.trigger)
    rated = clocks.severity(incident, protocol)
    severity = f"{incident.severity} {rated.title}" if rated else incident.severity
    if incident.severity != declared.severity:
        severity += f" (declared as {declared.severity})"
    refs = [lane.ref for lane in incident.lanes.values()]
    places = ", ".join(f"{ref.name} in {ref.region} of {ref.project}" for ref in refs)
    places += f"; taken off: {', '.join(incident.taken_off)}" if incident.taken_off else ""
    rows = [
        ("Severity", inline(severity, SHORT)),
        ("Trigger", inline(trigger, SHORT) or UNKNOWN),
        ("Services", inline(places) or UNKNOWN),
        ("Detected", rfc3339(incident.detected_at)),
        ("Declared", rfc3339(incident.declared_at)),
        *_where(declared),
        ("Mitigated", _mitigated(incident)),
        ("Resolved", _moment(incident.resolved_at)),
    ]
    if declared.private:
        rows.append(("Confidential", "yes, this was a security incident"))
    rows += [(f"{words[:1].upper()}{words[1:]}", inline(text)) for words, text in known.told(incident)]
    if incident.aware_at is not None:
        rows.append(("Personal data", f"at stake, known since {rfc3339(incident.aware_at)}; see the action items"))
    return table(("", ""), [(f"**{name}**", value) for name, value in rows])


def clock(history: History, now: float) -> list[str]:
    """That the clock was set back, where it was: what is told of times may be off by that."""
    steps = [event.fact.seconds for event in history.log if isinstance(event.fact, ClockSetBack)]
    far = max([*steps, clocks.behind(history.incident, now)])
    if not far:
        return []
    return [f"The clock that this was written by was set back by {duration(far)}: times may be off by that."]


def sla(history: History, protocol: Protocol, now: float) -> str:
    """Both limits: what was asked, what it took, and how it ended."""
    both = clocks.sla(history.incident, protocol, now)
    if both is None:
        return f"{inline(history.incident.severity, SHORT)} has no SLA."
    rows = []
    for name, clock in zip(
        (f"Detection to fix ({FIX[protocol.sla.fix_means]})", "Total resolution"), both, strict=True
    ):
        took = duration(clock.elapsed) if clock.met_at is not None else "open"
        rows.append((name, f"under {duration(clock.limit)}", took, outcome(clock)))
    return table(("SLA", "Limit", "Actual", "Outcome"), rows)


def _where(declared: Declared) -> list[tuple[str, str]]:
    """Where it was declared, where that is an emulator: a drill says so in the title, and needs no address."""
    if kind(declared) != "emulator":
        return []
    at = f" at {declared.address}" if declared.address else ""
    return [("Where", inline(f"on an emulator{at}: nothing of this touched production", SHORT))]


def _mitigated(incident: Incident) -> str:
    if incident.mitigated_at is None:
        return f"_not any more_: {inline(incident.relapse, SHORT)}" if incident.relapse else "_not measured_"
    return f"{rfc3339(incident.mitigated_at)}: {inline(mitigation.told(incident), SHORT)}"


def _verified(incident: Incident) -> str:
    """When users were measured to be better, and by what."""
    if incident.mitigated_at is not None and incident.mitigated_evidence:
        return f"{rfc3339(incident.mitigated_at)}, {inline(incident.mitigated_evidence)}"
    reason = incident.mitigated_reason
    return f"_by hand, not measured_: {inline(reason)}" if reason else "_not verified_"


def _moment(at: float | None) -> str:
    return "_not yet_" if at is None else rfc3339(at)


def _applied(history: History, *actions: str) -> list[Made]:
    return [one for one in history.made if one.change.outcome == Outcome.APPLIED and one.change.action in actions]


def _fix(history: History) -> str:
    deployed = _applied(history, "deploy")
    changed = known.known(history.incident, "changed")
    told = [inline(changed)] if changed else []
    review = history.incident.work.review
    told += [f"pull request {review.number}, {inline(review.title, SHORT)}"] if review is not None else []
    told += [f"image {inline(one.change.image, SHORT)} as {inline(one.change.revision, SHORT)}" for one in deployed]
    for one in _applied(history, *BACK):
        what = f"{one.service} was {BACK[one.change.action]} at {one.before} %"
        told.append(f"{inline(what, SHORT)}, {rfc3339(one.change.ended_at or one.change.intended_at)}")
    if deployed and not changed and review is None:
        told.append("_what was changed is not recorded_")
    return "; ".join(told) or UNKNOWN


def _deployed(history: History) -> str:
    incident = history.incident
    if incident.full_traffic_at is not None:
        return f"{rfc3339(incident.full_traffic_at)} (100 %)"
    climbed = _applied(history, "advance")
    if not climbed:
        return "_never took traffic_"
    most = max(climbed, key=lambda one: one.change.candidate_percent).change
    return f"never at 100 %; {most.candidate_percent} % at {rfc3339(most.ended_at or most.intended_at)}"
