"""How late Monitoring is, in words: what a plan may promise of its verdict, and that the delay itself is not known."""

from warroom.clock import duration
from warroom.conductor.recorder import Recorder
from warroom.incident import events
from warroom.incident.state import Incident
from warroom.rollout.evidence import Freshness
from warroom.rollout.forecast import first_verdict_seconds

UNKNOWN = "how late Monitoring is can't be read"


def forecast(known: Freshness | None) -> str:
    """When the verdict on a rung can come first; `known` is what the descriptors say, None before they were read."""
    pace = known or Freshness(assumed=True)
    after = duration(first_verdict_seconds(pace.ingest_delay, pace.sample_period))
    usual = ", as Google's usually does" if pace.assumed else ""
    return f"first verdict about {after} after it: Monitoring shows a period {duration(pace.ingest_delay)} late{usual}"


async def tell_assumed(recorder: Recorder, pace: Freshness) -> None:
    """Write down once an incident that nobody knows how late Monitoring is, and what is counted with."""
    words = (
        f"{UNKNOWN}: {duration(pace.ingest_delay)} is assumed, as Google's usually is; "
        "monitoring.metricDescriptors.get (in roles/monitoring.viewer) would tell"
    )

    def once(incident: Incident) -> list[events.AnyFact]:
        """Of several boards that see it, one says it."""
        noted = (event.fact for event in incident.tail if isinstance(event.fact, events.Noted))
        return [] if any(one.text.startswith(UNKNOWN) for one in noted) else [events.Noted(words)]

    await recorder.record_found(once, actor="warroom")
