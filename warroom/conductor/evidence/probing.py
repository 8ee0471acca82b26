"""Which addresses are probed for an incident, and for which revision each of them speaks."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from warroom.conductor.evidence import judging
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import ServiceConfig
from warroom.rollout.evidence import Probe
from warroom.rollout.traffic import Service
from warroom.services import asking
from warroom.services.asking import Ask
from warroom.services.ports import Prober, ProbeResult


class Asked(Struct, frozen=True):
    """One address, and the revision that answers there; "" for the service's own, which belongs to none here."""

    lane: Lane
    revision: str
    look: Service
    to: Ask


def asked(
    incident: Incident, looks: Mapping[str, Service], own: Callable[[Lane], ServiceConfig | None]
) -> tuple[Asked, ...]:
    """The addresses of candidate and stable, and of what serves once something was done; none where probes are off."""
    found: list[Asked] = []
    for name, lane in incident.lanes.items():
        look = looks.get(name)
        if look is None:
            continue
        on_ladder = judging.concerns(lane) and incident.resolved_at is None
        if not on_ladder and (incident.relief is None or incident.closed_at is not None):
            continue
        config = own(lane) or ServiceConfig(lane.ref.name, lane.ref.region, lane.ref.project)
        urls = {revision: look.url_of(revision) for revision in judging.tagged(lane)} if on_ladder else {}
        if not on_ladder and len(serving := judging.serving_revisions(lane)) == 1:
            urls[serving[0]] = look.url  # which is what users meet
        # The service's own address tells a dead candidate from a dead line.
        for revision, url in (*urls.items(), ("", look.url)):
            to = asking.ask(config, look, url) if url else None
            if to is not None:
                found.append(Asked(lane, revision, look, to))
    return tuple(found)


async def ask(prober: Prober, one: Asked) -> ProbeResult:
    """Ask one of them."""
    return asking.seen_through(await prober.probe(one.to.url, one.to.audience), one.look)


def recent(lane: Lane, kept: Mapping[tuple[str, str], Iterable[ProbeResult]], since: float) -> dict[str, Probe]:
    """What the probes of a lane came to since `since` (Unix seconds); `kept` goes by service and revision."""
    probes: dict[str, Probe] = {}
    # A revision that is asked alone is compared with the service's own address: both refuse where that is private.
    for revision in ("", *dict.fromkeys((*judging.tagged(lane), *judging.serving_revisions(lane)))):
        found = [result for result in kept.get((lane.ref.name, revision), ()) if result.at >= since]
        if found:
            bad = [result for result in found if not result.ok]
            detail = bad[-1].detail if bad else ""
            refused = sum(result.refused for result in bad)
            probes[revision] = Probe(revision, len(found), len(bad), found[-1].at, detail, refused)
    if len(probes) > 2:
        probes.pop("", None)
    return probes
