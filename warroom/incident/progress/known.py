"""What is known of the incident that nothing measures: people's answers, else what declaring and triage asked. Pure."""

from warroom.clock import clock_time
from warroom.incident.state import Incident
from warroom.incident.triage.answers import Said
from warroom.incident.triage.triage import ANSWERS
from warroom.protocol.names import TOPICS

SHOWN = 80
"""So many characters of an answer stand beside the step that it ticks."""


def answer(incident: Incident, topic: str) -> Said | None:
    """What somebody answered, the newest of it; None where nobody did."""
    return incident.steering.answers.get(topic)


def known(incident: Incident, topic: str) -> str:
    """An answer, else what the incident was declared with, or triage was told; "" for nothing."""
    if (said := answer(incident, topic)) is not None:
        return said.text
    match topic:
        case "services":
            return ", ".join(incident.lanes)
        case "impact":
            return incident.declared.impact
        case "data-at-risk":
            personal = "personal data is or may be breached" if incident.aware_at is not None else ""
            change = incident.steering.data_change
            return "; ".join(part for part in (personal, ANSWERS.get(change, "") if change != "no" else "") if part)
    return ""


def shown_by(said: Said) -> str:
    """What a step that asks is ticked by, cut to a line."""
    text = said.text if len(said.text) <= SHOWN else f"{said.text[:SHOWN]}…"
    return f"the answer of {said.by}: {text}"


def eta(incident: Incident) -> str:
    """When somebody thinks that it is mended, and when they thought so; "" where nobody said, and once it is over."""
    said = answer(incident, "eta")
    if said is None or incident.resolved_at is not None:
        return ""
    return f"{said.text} (as of {clock_time(said.at)})"


def doing(incident: Incident) -> str:
    """What is being done, as somebody said in this very phase; of another phase it is over."""
    said, phase = answer(incident, "doing"), incident.phases.get(incident.phase)
    if said is None or incident.resolved_at is not None or (phase is not None and said.at < phase.started_at):
        return ""
    return said.text


def told(incident: Incident) -> list[tuple[str, str]]:
    """Every topic that something is known of, in words, with what is known and by whom; services only as answered."""
    found = []
    for topic, words in TOPICS.items():
        said = answer(incident, topic)
        text = known(incident, topic) if said is not None or topic != "services" else ""
        if text:
            found.append((words, f"{text} ({said.by}, {clock_time(said.at)})" if said is not None else text))
    return found
