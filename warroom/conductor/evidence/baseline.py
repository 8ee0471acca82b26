"""Response time against what is normal for the service: one of the triggers, worked out from Monitoring."""

from warroom.conductor.session import Session
from warroom.incident.state import Incident, Lane
from warroom.incident.triage.triage import Measured
from warroom.protocol.model import GateLimits
from warroom.rollout.measured.window import normal_ms, trigger_ratio

RECENT_SECONDS = 5 * 60.0  # so much of the newest data is what it takes now
NO_DATA = "NO DATA on response times"


def measure(lane: Lane, gate: GateLimits, detected_at: float, now: float, lost: str = "") -> Measured:
    """How many times its normal p95 a service takes, over its newest five minutes; normal is from before detection.

    Where that can't be told the words say why, and the factor is None: silence is not health.
    """
    name = lane.ref.name
    if lost:
        return Measured(name, None, f"{NO_DATA}: Monitoring can't be read ({lost})")
    timed = [sample for sample in lane.samples if sample.latency]
    if not timed:
        return Measured(name, None, f"{NO_DATA}: Monitoring shows none yet")
    newest, before = timed[-1].end, detected_at - gate.normal_gap_minutes * 60
    if now - newest > gate.stale_seconds:
        return Measured(name, None, f"{NO_DATA}: the newest are {(now - newest) / 60:.0f} min old")
    normal = normal_ms(timed, None, before)
    if normal is None:
        return Measured(name, None, f"{NO_DATA} from before the incident to compare with")
    since = max(newest - RECENT_SECONDS, before)
    factor = trigger_ratio(timed, None, before, since)
    if factor is None:
        return Measured(name, None, f"{NO_DATA}: too few requests in the last minutes")
    recent = [sample for sample in timed if sample.start >= since]
    least = "" if normal_ms(recent, None, newest) is not None else "at least "
    over = factor > gate.trigger_factor
    words = f"p95 is {least}{factor:.1f} × normal ({factor * normal:.0f} ms, normally {normal:.0f} ms)"
    against = f"over {gate.trigger_factor:g} ×, a trigger" if over else f"the trigger is over {gate.trigger_factor:g} ×"
    return Measured(name, factor, f"{words}; {against}", over)


def measured(session: Session) -> tuple[Measured, ...]:
    """Every service of the incident, measured now."""
    incident, gate = session.incident, session.config.protocol.gate
    now, lost = session.clock.now(), incident.lost.get("monitoring")
    why = lost.title if lost else ""
    return tuple(measure(lane, gate, incident.detected_at, now, why) for lane in incident.lanes.values())


async def keep(session: Session, *, asked: bool) -> None:
    """Write down the first number of each service, and when it passes the trigger, while the incident is assessed.

    `asked`: Monitoring has answered this process.
    """
    incident = session.incident
    if not _assessing(incident, session.config.protocol.phases[0].id):
        return
    if not asked and "monitoring" not in incident.lost:
        return  # nobody has asked Monitoring yet: that is no answer
    known = incident.steering.measured
    news = [found for found in measured(session) if _says_more(found, known.get(found.service))]
    if news:
        await session.recorder.once(*news, actor="monitoring")


def _assessing(incident: Incident, first_phase: str) -> bool:
    over = incident.resolved_at is not None or incident.closed_at is not None
    return not over and incident.mitigated_at is None and incident.phase in ("", first_phase)


def _says_more(found: Measured, known: Measured | None) -> bool:
    if known is None:
        return True
    if found.factor is None:
        return False
    return known.factor is None or (found.over and not known.over)
