"""The report of one incident as Markdown: the hotfix release block first, then the post-mortem as far as facts go."""

from collections.abc import Callable, Iterable

from warroom.clock import rfc3339
from warroom.incident import clocks
from warroom.incident.events import Event
from warroom.incident.progress.known import answer, known
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol
from warroom.report.history import History, gather
from warroom.report.safe import SHORT, bullets, inline
from warroom.report.sections import outward, record, release, tables
from warroom.report.sections.impact import Harm, harm
from warroom.report.sections.lessons import lessons
from warroom.rollout.evidence import Grade

TO_WRITE = "_To be written by the people who were there._"


def markdown(events: Iterable[Event], protocol: Protocol, now: float, plots: str = "") -> str:
    """The report at `now` (Unix seconds) of an incident's events, whole and in order.

    `plots` is put in the place of those made of characters. Raises FoldError when they make no incident.
    """
    history = gather(events)
    now = clocks.moment(history.incident, now)
    harms = harm(history, protocol, now)
    parts = [
        release.title(history),
        release.release(history, harms),
        "## Incident",
        release.facts(history, protocol),
        *release.clock(history, now),
        release.sla(history, protocol, now),
        "## Traffic and verdicts",
        tables.traffic_table(history),
        plots or tables.plots(history, protocol),
        "## Roles",
        tables.roles_table(history, protocol),
        "## Updates",
        tables.updates_table(history),
        "## Sent to other systems",
        outward.sends_table(history),
        "## Post-mortem",
        *_post_mortem(history, harms, protocol, now),
        "## Change record",
        record.section(history, protocol),
        "## Record",
        _record(history, now),
    ]
    return "\n\n".join(parts) + "\n"


def _post_mortem(history: History, harms: list[Harm], protocol: Protocol, now: float) -> list[str]:
    """The protocol's headings. Each is known by a word in it; one that we don't know is left to people."""
    learnt = lessons(history, protocol, now)
    sections: dict[str, Callable[[], str]] = {
        "timeline": lambda: tables.timeline_table(history, protocol),
        "root cause": lambda: _root_cause(history),
        "impact": lambda: bullets(_impact(history, harms), _no_metrics(history)),
        "well": lambda: bullets(learnt.well, TO_WRITE),
        "action": lambda: outward.actions_table(history, protocol, now),
        "process": lambda: _process(history, protocol),
        "improve": lambda: bullets(learnt.better, TO_WRITE),
    }
    parts = []
    for number, heading in enumerate(protocol.post_mortem, start=1):
        body = next((say for word, say in sections.items() if word in heading.lower()), lambda: TO_WRITE)
        parts += [f"### {number}. {inline(heading, SHORT)}", body()]
    return parts


def _root_cause(history: History) -> str:
    """What is known of it; the cause itself nobody but people can tell."""
    declared = history.incident.declared
    said = answer(history.incident, "root-cause")
    facts = [f"So far, by {inline(said.by, SHORT)}, {rfc3339(said.at)}: {inline(said.text)}"] if said else []
    facts += [f"Declared for: {inline(declared.trigger, SHORT)}."] if declared.trigger else []
    facts += [f"Issue: {inline(declared.issue, SHORT)}."] if declared.issue else []
    facts += [
        f"The hotfix at {turn.verdict.percent} % was judged FAIL: {inline(turn.verdict.words)}."
        for turn in history.turns
        if turn.verdict.grade is Grade.FAIL
    ]
    return "\n\n".join([part for part in (bullets(facts, ""), TO_WRITE) if part])


def _impact(history: History, harms: list[Harm]) -> list[str]:
    """What somebody answered, beside what was measured."""
    said = answer(history.incident, "impact")
    told = [f"By {inline(said.by, SHORT)}, {rfc3339(said.at)}: {inline(said.text)}"] if said and harms else []
    return [*told, *(release.felt(one) for one in harms)]


def _no_metrics(history: History) -> str:
    impact = known(history.incident, "impact")
    said = f"As people told it: {inline(impact)}. " if impact else ""
    return f"{said}No metrics were recorded while it lasted."


def _process(history: History, protocol: Protocol) -> str:
    """Where the protocol was not followed: its boxes that nobody ticked."""
    incident = history.incident
    boxes = [step for phase in protocol.phases for step in steps_of(phase, incident) if step.box]
    open_boxes = [step.title for step in boxes if step.id not in incident.ticks]
    # What writing this very report ticks is not told as open in it.
    written = ("fact:reported",)
    open_items = [
        item.title for item in protocol.checklist if item.id not in incident.ticks and item.ticked_by != written
    ]
    done = len(boxes) - len(open_boxes) + len(protocol.checklist) - len(open_items)
    sentences = [f"{done} of {len(boxes) + len(protocol.checklist)} boxes were ticked."]
    by_hand = [f"{step.title} ({incident.ticks[step.id].actor})" for step in boxes if _by_hand(incident, step.id)]
    if by_hand:
        sentences.append(f"Ticked by hand, on a person's word: {inline(', '.join(by_hand), 8 * SHORT)}.")
    if open_boxes:
        sentences.append(f"Never ticked in the phases: {inline(', '.join(open_boxes), 4 * SHORT)}.")
    if open_items:
        sentences.append(f"Never ticked in the release checklist: {inline(', '.join(open_items), 4 * SHORT)}.")
    return "\n\n".join((bullets(sentences, ""), TO_WRITE))


def _by_hand(incident: Incident, item: str) -> bool:
    return item in incident.ticks and incident.ticks[item].by_hand


def _record(history: History, now: float) -> str:
    """What this report was made from, so that it can be checked against the journal."""
    declared = history.incident.declared
    last = history.log[-1]
    return bullets(
        [
            f"Protocol: version {inline(declared.protocol_version, SHORT) or '_unknown_'}, "
            f"SHA-256 {inline(declared.protocol_hash, SHORT) or '_unknown_'}",
            f"Journal: {inline(last.incident, SHORT)}, {last.seq} events, head {inline(last.hash, SHORT) or '_none_'}",
            f"Written: {rfc3339(now)}",
        ],
        "",
    )
