"""Escalation: each boundary is written down once, and its people are called when somebody says so."""

from msgspec import Struct
from msgspec.structs import replace

from warroom.clock import duration
from warroom.conductor import reach
from warroom.conductor.people import paging
from warroom.conductor.people.paging import PagePlan
from warroom.conductor.refusal import Forestalled, Refused
from warroom.conductor.session import Session
from warroom.incident import clocks, escalation
from warroom.incident.triage.triage import CapRaised, LevelCalled
from warroom.marks import TIMELINE
from warroom.protocol.model import EscalationLevel
from warroom.services.errors import ServiceError


class Call(Struct, frozen=True):
    """What calling a level's people would do: a page for each, ready to send. `level` is the highest of `levels`."""

    levels: tuple[EscalationLevel, ...]
    pages: tuple[PagePlan, ...]
    nobody: tuple[str, ...] = ()

    @property
    def level(self) -> int:
        """The number of the highest level."""
        return max(one.level for one in self.levels)


async def keep(session: Session) -> None:
    """Write down the boundaries that the clock has passed: right after a restart too, and one process for all."""
    now = session.clock.now()
    crossed = escalation.unwritten(session.incident, session.config.protocol, now)
    if crossed:
        await session.recorder.once(*crossed, actor="warroom")


def call(session: Session, level: int = 0) -> Call:
    """The pages for `level`, or for all levels that were reached and wait (0). Raises Refused where none does."""
    reach.check(session)
    incident, protocol = session.incident, session.config.protocol
    now = session.clock.now()
    open_levels = escalation.open_to_hand(incident, protocol)
    if level:
        _within_cap(session, level)
        levels = tuple(one for one in open_levels if one.level == level)
        if not levels:
            raise Refused(f"Level {level} was called already", "Page single people by their role.")
    else:
        levels = escalation.unanswered(incident, protocol, now)
        if not levels:
            raise Refused("No level waits for a call", "Choose a level, or wait until the clock reaches the next one.")
    pages, nobody = [], []
    for one in levels:
        for role in one.roles:
            try:
                plan = paging.plan(session, protocol.role(role), by_hand=one.by_hand)
            except Refused:
                nobody.append(protocol.role(role).title)
                continue
            pages.append(_worded(plan, one, clocks.since_detection(incident, now)))
    return Call(levels, tuple(pages), tuple(nobody))


async def carry_out(session: Session, wanted: Call) -> str:
    """Page everybody of the call, and write down that the level has its answer.

    Whoever is not reached stops nobody else: that stands in the journal, and in what is returned. Raises Refused when
    somebody else has called that level meanwhile, or nobody at all could be reached.
    """
    levels = session.incident.steering.levels
    if all(one.level in levels and levels[one.level].called_at is not None for one in wanted.levels):
        raise Refused(f"Level {wanted.level} was called meanwhile", f"Look at {TIMELINE} for whom.")
    done: list[PagePlan] = []
    failed = []
    for page in wanted.pages:
        try:
            await paging.page(session, page)
            done.append(page)
        except Forestalled:
            done.append(page)  # by another hand, in this very moment
        except (Refused, ServiceError) as error:
            failed.append(f"{page.person.handle} not reached: {error.title}")
    if not done:
        raise Refused("; ".join(failed) or "The roster names nobody for it", "Call them by phone, then say so by hand.")
    for one in wanted.levels:
        to = tuple(page.person.handle for page in done if page.role.id in one.roles)
        how = "by-hand" if all(page.by_hand for page in done if page.role.id in one.roles) else "page"
        text = "; ".join([*failed, *(f"{title} has no name" for title in wanted.nobody)])
        await session.record(LevelCalled(one.level, to, how, text))
    people = ", ".join(page.person.handle for page in done)
    said = f"Level {wanted.level}: {people} {'called by hand' if all(one.by_hand for one in done) else 'paged'}."
    return " ".join([said, *(f"{one}." for one in failed)])


async def raise_cap(session: Session, level: int, reason: str, *, person: str = "") -> None:
    """Let this incident escalate up to `level`; the Incident Commander's to allow. Raises Refused."""
    incident, protocol = session.incident, session.config.protocol
    who, commander = person or session.recorder.actor, incident.roles.get(protocol.leader.id)
    if commander is None:
        raise Refused(
            f"There is no {protocol.leader.title}, who alone may raise the cap", "Give somebody that role first."
        )
    if who != commander.person:
        raise Refused(
            f"Only the {protocol.leader.title} ({commander.person}) may raise the cap", "Ask them, or hand over."
        )
    if level not in {one.level for one in protocol.escalation}:
        raise Refused(f"The protocol has no level {level}", "Choose one that it has.")
    if level <= escalation.cap(incident, protocol):
        raise Refused(f"Level {level} is within the cap already", "Nothing to raise.")
    if not reason.strip():
        raise Refused("Raising the cap needs a reason", "Say why it has to go higher.")
    await session.record(CapRaised(level, reason.strip()))
    await keep(session)


def _within_cap(session: Session, level: int) -> None:
    incident, protocol = session.incident, session.config.protocol
    if level not in {one.level for one in protocol.escalation}:
        raise Refused(f"The protocol has no level {level}", "Choose one that it has.")
    highest = escalation.cap(incident, protocol)
    if level > highest:
        raise Refused(
            f"{incident.severity} escalates to level {highest} at most",
            f"The {protocol.leader.title} may raise the cap.",
        )


def _worded(plan: PagePlan, level: EscalationLevel, elapsed: float) -> PagePlan:
    """The page, saying that it is an escalation."""
    text = f"{plan.text} Escalation level {level.level}, {duration(elapsed)} after detection."
    goes = tuple((where, text if what == plan.text else what) for where, what in plan.goes)
    return replace(plan, text=text, goes=goes)
