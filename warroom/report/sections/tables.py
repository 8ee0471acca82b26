"""The report's tables: timeline, traffic and verdicts, roles, updates, actions. Markdown."""

from warroom.clock import duration, rfc3339
from warroom.incident.change import Outcome
from warroom.incident.events import Undone, UpdateSent
from warroom.incident.timeline import names, timeline
from warroom.protocol.model import Protocol
from warroom.report.history import History
from warroom.report.plot import error_plot
from warroom.report.safe import SHORT, fenced, inline, table
from warroom.report.sections.impact import limit_of
from warroom.rollout.signals import ERRORS, SHOWN


def timeline_table(history: History, protocol: Protocol) -> str:
    """Every event that tells something; what was taken back stays, struck out."""
    known = names(protocol, history.log, several=len(history.incident.lanes) > 1)
    told = {event.seq: said[0] for event in history.lines if (said := timeline(event, known))}
    rows = []
    for event in history.lines:
        text = told.get(event.seq, "")
        if isinstance(event.fact, Undone) and event.fact.seq in told:
            text = f"took back: {told[event.fact.seq]}"
        shown = inline(text)
        if event.seq in history.undone:
            shown = f"~~{shown}~~ (taken back)"
        rows.append((rfc3339(event.at), inline(event.actor, SHORT), shown))
    return table(("Time (UTC)", "Who", "What"), rows)


def traffic_table(history: History) -> str:
    """What was done to the traffic and what was known of it, in order."""
    rows = []
    for one in history.made:
        change = one.change
        outcome = change.outcome or ("unknown" if change.unknown else "open")
        took = f", {change.seconds:.1f} s" if change.outcome == Outcome.APPLIED else ""
        why = f": {change.reason}" if change.reason else ""
        rows.append(
            (
                change.ended_at or change.intended_at,
                one.service,
                f"{change.candidate_percent} %" if outcome == "applied" else f"asked for {change.candidate_percent} %",
                f"{change.action} {outcome}{took}",
                f"on {change.grade}{why}" if change.grade else change.reason,
            )
        )
    for turn in history.turns:
        verdict = turn.verdict
        words = f"verdict {verdict.grade.value}"
        rows.append((turn.at, turn.service, f"{verdict.percent} %", words, verdict.words))
    if not rows:
        return "No traffic was moved and nothing was judged."
    rows.sort(key=lambda row: row[0])
    cells = [(rfc3339(at), *(inline(text) for text in texts)) for at, *texts in rows]
    return table(("Time (UTC)", "Service", "Hotfix", "What", "Evidence"), cells)


def plots(history: History, protocol: Protocol) -> str:
    """For each service the error rate over time, in a code block of its own."""
    blocks = []
    for service, samples in history.samples.items():
        candidate = next((climb.candidate for climb in reversed(history.climbs) if climb.service == service), "")
        steps = [
            (one.change.ended_at or one.change.intended_at, one.change.candidate_percent)
            for one in history.made
            if one.service == service and one.change.outcome == Outcome.APPLIED
        ]
        plot = error_plot(samples, candidate, limit_of(ERRORS, history, protocol, service) or 0.0, sorted(steps))
        if plot:
            blocks.append(f"```text\n{ERRORS.title} of {fenced(service)}\n{plot}\n```")
        both = [("the hotfix", [one for one in samples if one.revision == candidate])]
        both += [("stable", [one for one in samples if one.revision != candidate])]
        for signal in SHOWN:
            most = [(whose, max(filter(None, map(signal.value, found)), default=None)) for whose, found in both]
            told = ", ".join(f"{whose} {value:g} at most" for whose, value in most if value is not None)
            blocks += [f"{signal.title} of {inline(service)}: {told}."] if told else []
    return "\n\n".join(blocks) or "No metrics were recorded."


def roles_table(history: History, protocol: Protocol) -> str:
    """Who held which role at the end."""
    titles = {role.id: role.title for role in protocol.roles}
    rows = [
        (
            inline(titles.get(role, role), SHORT),
            inline(holder.person, SHORT),
            rfc3339(holder.assigned_at),
            "no" if holder.acknowledged_at is None else rfc3339(holder.acknowledged_at),
        )
        for role, holder in history.incident.roles.items()
    ]
    return table(("Role", "Who", "Since", "Acknowledged"), rows) if rows else "Nobody was given a role."


def updates_table(history: History) -> str:
    """What stakeholders were told, where and when."""
    rows = []
    last = history.incident.declared_at
    for event in history.updates:
        assert isinstance(event.fact, UpdateSent)
        rows.append(
            (
                rfc3339(event.at),
                duration(max(0.0, event.at - last)),
                inline(event.actor, SHORT),
                inline(event.fact.channel, SHORT),
                inline(event.fact.text),
            )
        )
        last = event.at
    heads = ("Time (UTC)", "After", "Who", "Where", "Text")
    return table(heads, rows) if rows else "No update was recorded."
