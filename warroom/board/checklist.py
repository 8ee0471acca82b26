"""The phases pane: budgets of all six, steps of the current one."""

from warroom.clock import ago, clock_time, duration
from warroom.incident import clocks
from warroom.incident.boxes.evidence import of_step
from warroom.incident.progress.step_scope import steps_of
from warroom.incident.state import Incident
from warroom.incident.steps.steps import newest_run
from warroom.protocol.model import Phase, Protocol, Step
from widgets.data import PhaseRow, Phases, StepRow, Text, Tone

_ORDER = ("bad", "unknown", "good")
_TONES = {"bad": Tone.BAD, "unknown": Tone.DIM, "good": Tone.GOOD}


def phases(incident: Incident, protocol: Protocol, now: float, selected: str) -> Phases:
    """All phases; the current one, and the one with the selected step, show their steps."""
    rows = []
    for phase in protocol.phases:
        expanded = phase.id == incident.phase or any(step.id == selected for step in phase.steps)
        rows.append(_row(incident, protocol, phase, now, selected, expanded))
    return Phases(rows=tuple(rows))


def steps_in_order(incident: Incident, protocol: Protocol) -> tuple[Step, ...]:
    """Every step that concerns the incident, in the order in which the cursor walks them."""
    return tuple(step for phase in protocol.phases for step in steps_of(phase, incident))


def first_open(incident: Incident, protocol: Protocol) -> str:
    """The step that the cursor starts on: the first open one of the current phase; "" when all are done."""
    for phase in protocol.phases:
        if phase.id == incident.phase:
            return next((step.id for step in steps_of(phase, incident) if step.id not in incident.ticks), "")
    return ""


def _row(incident: Incident, protocol: Protocol, phase: Phase, now: float, selected: str, expanded: bool) -> PhaseRow:
    times = incident.phases.get(phase.id)
    state, time, tone = "open", "", Tone.DIM
    if times is not None:
        used = clocks.phase_budget(incident, protocol, phase.id, now)
        over = used.over > 0
        if times.ended_at is None and phase.id == incident.phase and incident.closed_at is None:
            state, time, tone = "now", f"{duration(used.used)}/{used.most / 60:.0f}", Tone.ACCENT
        elif all(step.id in incident.ticks for step in steps_of(phase, incident)):
            state, time, tone = "done", duration(used.used), Tone.PLAIN
        else:
            # Passed by with steps left open: it keeps its time, and gets no tick.
            time = duration(used.used)
        tone = Tone.WATCH if over else tone
    return PhaseRow(
        end=_end(incident, protocol, phase, now) if state != "done" else "",
        id=phase.id,
        number=phase.number,
        title=phase.short or phase.title,
        state=state,
        time=time,
        tone=tone,
        steps=tuple(_step(incident, step, protocol, selected, now) for step in steps_of(phase, incident))
        if expanded
        else (),
    )


def _end(incident: Incident, protocol: Protocol, phase: Phase, now: float) -> str:
    """When a phase that is not over ends, if all from here on takes the least time: "~14:27", UTC."""
    order = {one.id: one.number for one in protocol.phases}
    if incident.closed_at is not None or phase.number < order.get(incident.phase, 0):
        return ""
    end = clocks.phase_budget(incident, protocol, phase.id, now).projected_end
    return "" if end is None else f"~{clock_time(end)[:5]}"


def _step(incident: Incident, step: Step, protocol: Protocol, selected: str, now: float) -> StepRow:
    done = step.id in incident.ticks
    waiting = any(need not in incident.ticks for need in step.needs)
    tick = incident.ticks.get(step.id)
    state = "done" if done else "open" if waiting else "now"
    text = step.short or step.title
    by_hand = tick is not None and tick.by_hand
    chosen = step.id == selected
    if tick is not None:
        # Against what was measured is more than by hand.
        against = Text("against it", Tone.WATCH)
        note = (against if tick.against else Text(f"by hand {tick.actor}", Tone.DIM)) if by_hand else Text("")
        return StepRow(id=step.id, text=text, state=state, box=step.box, selected=chosen, note=note, by_hand=by_hand)
    note, age = _shown(incident, step, protocol, now)
    note = note if note.text else _note(incident, step, now)
    return StepRow(id=step.id, text=text, state=state, box=step.box, selected=chosen, note=note, age=age)


def _shown(incident: Incident, step: Step, protocol: Protocol, now: float) -> tuple[Text, str]:
    """What was looked at for it, a number and its age: of several what speaks against it, else what is not known."""
    found = [one for one in of_step(incident, step, protocol) if one.short]
    worst = min(found, key=lambda one: _ORDER.index(one.state), default=None)
    if worst is None:
        return Text(""), ""
    return Text(worst.short, _TONES[worst.state]), ago(worst.at, now) if worst.at is not None else ""


def _note(incident: Incident, step: Step, now: float) -> Text:
    """How the step's program stands, or the review: a word beside it."""
    run = newest_run(incident.work, step.id)
    if run is not None:
        match run.outcome:
            case "":
                return Text(ago(run.started_at, now), Tone.ACCENT)
            case "failed" | "timed out":
                return Text("failed", Tone.BAD)
            case "unknown" | "cancelled":
                return Text(run.outcome, Tone.WATCH)
    review = incident.work.review
    if step.native == "gate" and review is not None:
        return Text(f"{len(review.approvals)} approve", Tone.ACCENT if review.approvals else Tone.DIM)
    return Text("")
