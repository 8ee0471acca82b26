"""What is still open when somebody wants to resolve: shown first, and one reason is asked for all of it. Pure."""

from warroom.clock import ago, duration
from warroom.incident import clocks, mitigation
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol
from warroom.rollout.evidence import Grade


def unfinished(incident: Incident, protocol: Protocol, now: float) -> tuple[str, ...]:
    """A phrase for each thing that is not done or not shown, the gravest first. `now` is Unix seconds."""
    found: list[str] = []
    if incident.mitigated_at is None:
        found.append(f"not mitigated: {_burns(incident)}")
    else:
        found += [words for lane in incident.lanes.values() if (words := _not_passing(lane, protocol, now))]
    verified = protocol.of_kind("verification")
    todo = [step for phase in verified for step in steps_of(phase, incident) if step.id not in incident.ticks]
    # What resolving itself ticks is no reason not to.
    found += [f"{step.title}: not done" for step in todo if step.native != "resolve"]
    titles = {role.id: role.title for role in protocol.roles}
    for role, holder in incident.roles.items():
        if holder.paged_at is not None and not holder.answered:
            found.append(f"{titles.get(role, role)} {holder.person} was paged and has not answered")
    due = clocks.update_due(incident, protocol, now)
    if due < 0:
        found.append(f"an update is overdue by {duration(-due)}")
    return tuple(found)


def _burns(incident: Incident) -> str:
    if incident.relief is None:
        return "nothing was done yet that could help"
    found = mitigation.measured(incident)
    return found.words if found is not None else "a hotfix is still on its way"


def _not_passing(lane: Lane, protocol: Protocol, now: float) -> str:
    verdict = mitigation.serving_verdict(lane)
    if verdict is None:
        return f"{lane.ref.name}: what serves is not judged"
    if verdict.grade is not Grade.PASS:
        return f"{lane.ref.name}: {verdict.grade}, {verdict.words}"
    old = now - verdict.at > protocol.gate.stale_seconds
    return f"{lane.ref.name}: PASS is {ago(verdict.at, now)} old" if old else ""
