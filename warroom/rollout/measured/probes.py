"""What probes say that were turned away: of a service that turns away anybody, nothing. Pure."""

from collections.abc import Mapping

from msgspec.structs import replace

from warroom.rollout.evidence import Probe

ALIKE = 0.8
"""Two revisions are asked at the same moments: of a private service both refuse about as often, but for a few answers
that were lost on the way."""


def comparable(probes: Mapping[str, Probe]) -> dict[str, Probe]:
    """The probes of all revisions that were asked, without the refusals that they have in common.

    A private service refuses at its door, whatever stands behind: where every other revision refuses as well, refusals
    are neither sent nor failed, and `refused` says how many there were. Where only one does, that one fails by it.
    """
    return {
        name: _without(probe, shared=all(_as_often(probe, other) for key, other in probes.items() if key != name))
        for name, probe in probes.items()
    }


def _as_often(one: Probe, other: Probe) -> bool:
    return other.refused * one.sent >= ALIKE * one.refused * other.sent


def _without(probe: Probe, *, shared: bool) -> Probe:
    if not probe.refused or not shared:
        return replace(probe, refused=0)
    return replace(probe, sent=probe.sent - probe.refused, failed=probe.failed - probe.refused)
