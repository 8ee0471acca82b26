"""What is known of the incident: what people answer, kept and corrected, and which services it is about."""

from warroom.actions.answer import Answer, Misused, told
from warroom.actions.ask import Ask
from warroom.clock import rfc3339
from warroom.conductor.conductor import Conductor
from warroom.conductor.triage import answers
from warroom.conductor.triage import services as adding
from warroom.incident.lane import serving
from warroom.incident.lane.services import keeps
from warroom.incident.progress.known import known
from warroom.incident.triage.answers import PASSING
from warroom.protocol.names import TOPICS
from warroom.rollout.traffic import ServiceRef


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


async def services(at: Conductor, ask: Ask) -> Answer:
    """The services of the incident: listed, one more, or one less."""
    what, name = ask.told("what"), ask.told("name")
    incident = at.incident
    if not what and not ask.dialogs:
        lines = [f"{one.ref.name}  {one.ref.region}  {one.ref.project}" for one in incident.lanes.values()]
        off = [f"{one}  taken off" for one in incident.taken_off]
        return Answer((*lines, *off), {"incident": incident.id, "services": list(incident.lanes)})
    if not what:
        chosen = await ask.choice("which", "Which services is it about?", _candidates(at))
        what, _, name = chosen.partition(" ")
    if not name:
        raise Misused("No service named", f"warroom services {what} NAME")
    if what == "add":
        await adding.add(at, _reference(at, ask, name), ask.told("reason"))
        said = f"{name} is a service of the incident now: it is looked at and judged"
    else:
        lanes = [lane for lane in incident.lanes.values() if lane.ref.name == name]
        shown = serving.newest(lanes)
        measured = f" What is measured: {shown}." if shown else ""
        reason = await ask.text("reason", f"How do you know that {name} is not affected?{measured}")
        await adding.take_off(at, name, reason)
        said = f"{name} is taken off{f'; what was measured: {shown}' if shown else ''}"
    return told(at.incident, said, notice=f"{_capital(said)}.", services=list(at.incident.lanes))


def _candidates(at: Conductor) -> list[tuple[str, str]]:
    """Every service that can be added or is there to be taken off, and why one can't be."""
    lanes = at.incident.lanes
    known = dict.fromkeys(one.name for one in at.config.services.services if one.name not in lanes)
    found = [(f"add {name}", f"Add {name}") for name in known]
    for name, lane in lanes.items():
        why = keeps(at.incident, lane)
        found.append((f"remove {name}", f"Take {name} off{f'   (not now: {why})' if why else ''}"))
    return found


def _reference(at: Conductor, ask: Ask, name: str) -> ServiceRef:
    """The service as services.toml has it, or as region and project tell. Raises Misused."""
    region, project = ask.told("region"), ask.told("project")
    known = at.config.services.find(name, region, project)
    region, project = region or (known.region if known else ""), project or (known.project if known else "")
    if not region or not project:
        raise Misused(f"services.toml does not name {name}", "Add --project and --region.")
    if "/" in name + region + project or not name.strip():
        raise Misused(f"{name} in {region} of {project} is no service", "Give short names, without slashes.")
    return ServiceRef(name, region, project)
