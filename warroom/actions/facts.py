"""What is known of the incident: what people answer, kept and corrected."""

from warroom.actions.answer import Answer, Misused, told
from warroom.actions.ask import Ask
from warroom.clock import rfc3339
from warroom.conductor.conductor import Conductor
from warroom.conductor.triage import answers
from warroom.incident.progress.known import known
from warroom.incident.triage.answers import PASSING
from warroom.protocol.names import TOPICS


async def answer(at: Conductor, ask: Ask) -> Answer:
    """An answer, the correction of one, or all of them."""
    topic = ask.told("topic")
    if not topic and not ask.dialogs:
        return _answers(at)
    incident = at.incident
    choices = [
        (one, f"{words[:1].upper()}{words[1:]}   {known(incident, one)}".rstrip()) for one, words in TOPICS.items()
    ]
    topic = await ask.choice("topic", "What is known now?", choices)
    if topic not in TOPICS:
        raise Misused(f"{topic} is no topic", f"Give one of {', '.join(TOPICS)}.")
    words, passing = TOPICS[topic], topic in PASSING
    taken_back = bool(ask.flag("none"))
    hint = "empty: taken back" if passing else ""
    text = (
        "" if taken_back else await _words(ask, topic, f"{words[:1].upper()}{words[1:]}?", hint, known(incident, topic))
    )
    await answers.keep(at, topic, text, ask.told("by"))
    said = f"{words}: {text.strip() or 'taken back'}"
    return told(at.incident, said, notice=f"Kept: {said}", topic=topic, text=text.strip())


async def _words(ask: Ask, topic: str, title: str, hint: str, value: str) -> str:
    """The answer itself. Raises Misused where a line gives none."""
    text = await ask.text("text", title, hint=hint, value=value, required=topic not in PASSING)
    if not ask.dialogs and not text.strip():
        raise Misused("No answer given", f"warroom answer {topic} TEXT" + (", or --none." if topic in PASSING else "."))
    return text


def _answers(at: Conductor) -> Answer:
    """All topics, each with what is known of it, by whom and since when."""
    found, lines, rows = at.incident.steering.answers, [], {}
    for topic, words in TOPICS.items():
        said, text = found.get(topic), known(at.incident, topic)
        whose = f" ({said.by}, {rfc3339(said.at)})" if said else " (not answered; from the declaration)" if text else ""
        lines.append(f"{topic:<13} {words}: {text or 'not answered yet'}{whose}")
        rows[topic] = {"text": text, "by": said.by if said else "", "at": said.at if said else None}
    return Answer(tuple(lines), {"incident": at.incident.id, "answers": rows})


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
