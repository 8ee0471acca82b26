"""How bad it is, what is known of the data, and which way out is taken."""

from warroom.actions.answer import Answer, Misused, told
from warroom.actions.ask import Ask, Line
from warroom.clock import duration
from warroom.conductor import loops
from warroom.conductor.conductor import Conductor
from warroom.conductor.triage import decision
from warroom.conductor.triage import severity as rating
from warroom.conductor.triage.decision import Choice, Waits
from warroom.incident import clocks
from warroom.incident.progress.open_needs import before_native
from warroom.incident.triage.triage import ANSWERS, CHOICES

SIGNS = {True: "✔", False: "✘", None: "?"}
WAYS = (
    ("roll-back", "Roll back: arms it, y fires"),
    ("hotfix", "Hotfix: go on with preparation"),
    ("wait", "Wait: a regular release has it; closes the incident"),
)


async def rate(at: Conductor, ask: Ask) -> Answer:
    """How bad it is, told anew: another severity, or personal data at stake."""
    incident, protocol = at.incident, at.config.protocol
    choices = [
        (one.id, f"{one.id} {one.title}: {one.example}") for one in protocol.severities if one.id != incident.severity
    ]
    left = clocks.gdpr_left(incident, protocol, at.clock.now())
    if incident.aware_at is None:
        choices.append(("data", "Personal data is at stake: the GDPR clock runs from when somebody knew"))
    else:
        if left is not None:
            choices.append(("notified", f"The authority was notified of the breach ({duration(left)} left)"))
        choices.append(("none", "No personal data is at stake after all"))
    chosen = await ask.choice("severity", f"It is {incident.severity}. What is it really?", choices)
    if chosen in ("data", "notified", "none"):
        return await personal_data(at, ask.knowing(**{chosen: "yes"}))
    return await severity(at, ask.knowing(severity=chosen))


async def severity(at: Conductor, ask: Ask) -> Answer:
    """Another severity, with the reason."""
    before, wanted = at.incident.severity, ask.told("severity")
    known = [one.id for one in at.config.protocol.severities]
    if wanted not in known:
        raise Misused(f"The protocol has no severity {wanted}", f"It has: {', '.join(known)}.")
    await rating.rerate(at, wanted, await ask.text("reason", f"Why {wanted} and not {before}?"))
    notice = f"It is {wanted} now; the clocks follow."
    return told(at.incident, f"severity {wanted}, was {before}", notice=notice, severity=wanted, before=before)


async def personal_data(at: Conductor, ask: Ask) -> Answer:
    """A breach is flagged, the flag is taken back, or the authority was notified."""
    none, notified = bool(ask.flag("none")), bool(ask.flag("notified"))
    if none and notified:
        raise Misused("Either --none or --notified", "Give one of them.")
    if notified:
        proof = await ask.text("reason", "Who was notified, and where is the proof?", required=False)
        duty = await rating.notified(at, proof)
        return told(at.incident, f"{duty.title}: the authority was notified", notified=True)
    if none:
        title, minutes, notice = "How do you know that no personal data is at stake?", 0.0, ""
    else:
        title, notice = "Which data, and whose?", "The GDPR clock runs; see the clocks."
        minutes = await ask.number("minutes", "How many minutes ago did somebody first know?", value="0")
    reason = await ask.text("reason", title, required=False)
    await rating.personal_data(at, at_stake=not none, reason=reason, minutes_ago=minutes)
    aware_at = at.incident.aware_at
    left = clocks.gdpr_left(at.incident, at.config.protocol, at.moment)
    words = "personal data is at stake" if aware_at is not None else "no personal data is at stake"
    return told(at.incident, words, notice=notice, aware_at=aware_at, left_seconds=left)


async def data_change(at: Conductor, ask: Ask) -> Answer:
    """Whether data or schema is changed."""
    choices = [(answer, f"{answer}: {words}") for answer, words in ANSWERS.items()]
    needs = before_native(at.incident, "data-change", at.config.protocol)
    about = _still_open(needs)
    answer = await ask.choice("answer", "Does the hotfix change data or schema?", choices, about=about)
    await decision.data_change(at, answer, ask.told("reason"))
    viable = decision.viability(at.incident)
    lines = [f"  {line.text}" for line in about]
    return told(at.incident, ANSWERS[answer], *lines, data_change=answer, rollback_viable=viable.viable)


async def decide(at: Conductor, ask: Ask) -> Answer:
    """Record the way out, with what was known. Going back is armed at a board; a script is told its commands."""
    await loops.clocks_and_numbers(at, at.watching)
    known = decision.choice(at)
    ways = [(name, f"{words}{_advised(known, name)}") for name, words in WAYS]
    ways = [ways[2], *ways[:2]] if known.regular_release else ways
    keys = "↑ ↓ choose   Enter takes it, then asks why   Esc leaves it"
    needs = before_native(at.incident, "decide", at.config.protocol)
    about = (*_known(known), *_still_open(needs))
    chosen = await ask.choice("choice", "Roll back, hotfix or wait?", ways, about=about, keys=keys)
    reason = await ask.text("reason", _why(known, chosen))
    waits = await _waits(at, ask, known) if chosen == "wait" else decision.NOTHING
    plans = decision.ways_back(at, known.viability) if ask.dialogs and chosen == "roll-back" else []
    fact = await decision.decide(at, chosen, reason, waits)
    for plan in plans:
        await ask.fire(plan)
    known = decision.choice(at)
    lines = [f"  matrix, {known.row.scenario}: {fact.advice}"] if known.row is not None else []
    lines += [f"  rollback: {fact.viability}", *(f"  {one.service}: {one.words}" for one in known.measured)]
    lines += [f"  {line.text}" for line in _still_open(needs)]
    back = []
    if chosen == "roll-back":
        back = [f"warroom rollback {name} --to {to} --yes" for name, to in known.viability.targets.items() if to]
        lines += [f"  next: {command}" for command in back]
    duty = clocks.running_duty(at.incident, at.config.protocol, at.moment) if chosen == "wait" else ""
    lines += [f"  still open: {duty}"] if duty else []
    shipped = f"{waits.owner.strip()} ships it by {waits.due.strip()}"
    lines += [f"  regular release: {shipped}"] if chosen == "wait" else []
    notices = {
        "wait": f"Recorded and closed: {shipped}.{f' Still open: {duty}.' if duty else ''}",
        "hotfix": "Recorded: preparation is next.",
    }
    return told(
        at.incident,
        f"decided: {CHOICES[chosen]}",
        *lines,
        notice=notices.get(chosen, ""),
        decision=fact,
        measured=list(known.measured),
        next=back,
        closed=at.incident.closed_at is not None,
    )


async def _waits(at: Conductor, ask: Ask, known: Choice) -> Waits:
    """Who ships it in a regular release, by when; and more where the matrix says that nothing so severe can wait."""
    owner = await ask.text("owner", "Who ships it in the regular release?", hint="@handle", required=ask.dialogs)
    due = await ask.text("due", "By which day?", hint="YYYY-MM-DD", required=ask.dialogs)
    override = ""
    if known.no_waiting:
        severity = at.incident.severity
        title = f"The matrix says that {severity} can't wait. Who answers for it, and what do users do until then?"
        override = await ask.text("override", title, required=ask.dialogs)
    return Waits(owner, due, override)


def _still_open(needs: str) -> tuple[Line, ...]:
    """What should have come first, as the report will list it."""
    return (Line(f"Still open: {needs}. The report lists that.", "watch"),) if needs else ()


def _known(known: Choice) -> tuple[Line, ...]:
    """The matrix's row, what going back would meet, how slow it is."""
    row, going_back, lines = known.row, known.viability, []
    if known.regular_release:
        lines.append(Line("This severity proposes a regular release: wait.", "watch"))
    if row is None:
        lines.append(Line("The trigger has no row in the decision matrix.", "dim"))
    else:
        advice = f"roll back {row.rollback}, hotfix {row.hotfix}, wait {row.wait}"
        lines.append(Line(f"{row.scenario}: {advice}. {row.note}"))
    verdict = "Going back can work:" if going_back.viable else "Going back can't be relied on:"
    lines.append(Line(verdict, "" if going_back.viable else "bad"))
    for holds, words in going_back.checks:
        lines.append(Line(f"  {SIGNS[holds]} {words}", "bad" if holds is False else "dim"))
    lines += [Line(f"{found.service}: {found.words}", "bad" if found.over else "dim") for found in known.measured]
    return tuple(lines)


def _advised(known: Choice, way: str) -> str:
    advice = known.advice(way)
    return f"   (matrix: {advice})" if advice else ""


def _why(known: Choice, chosen: str) -> str:
    if known.advice(chosen) == "no":
        return "The matrix says no to that. Why is it right all the same?"
    if chosen == "roll-back" and not known.viability.viable:
        return f"{known.viability.words}. Why roll back all the same?"
    if known.regular_release and chosen != "wait":
        return "This could wait for a regular release. Why not?"
    return f"Why {chosen.replace('-', ' ')}?"
