"""What one look at a service says of the rollout to come. Pure."""

from collections.abc import Iterator, Sequence

from warroom.doctor.finding import Finding
from warroom.incident.lane import pinned
from warroom.rollout import gcloud, naming, split
from warroom.rollout.traffic import Revision, Service, ServiceRef
from warroom.services.ports import Permission, ProbeResult
from warroom.services.refusals import standing

SKEW_SECONDS = 5.0
"""More than this between two clocks makes ages and bakes wrong enough to mention."""

SKEW_MOST_SECONDS = 60.0
"""More than a sample period: evidence would be looked for in the wrong minute, and tokens be refused soon."""

_TURNED_AWAY = {
    False: 'Set probe = "identity", with roles/run.invoker for these credentials, or probe = "off"',
    True: 'Run warroom inside of its network, or set probe = "off" in services.toml',
}
"""What helps a probe that is turned away, by whether the service's ingress is internal."""

_SYNCHRONISE = "Switch on time synchronisation, e.g.: timedatectl set-ntp true"


def permissions(ref: ServiceRef, missing: Sequence[str]) -> Iterator[Finding]:
    """What the operator may do to the service."""
    for permission in missing:
        yield Finding(
            "permissions",
            "failure",
            f"you may not {permission}",
            "Ask for roles/run.developer, and roles/iam.serviceAccountUser on its runtime account",
            ref,
        )
    if not missing:
        yield Finding("permissions", "ok", "you may read and update it", service=ref)


def of_project(project: str, missing: Sequence[Permission]) -> Iterator[Finding]:
    """What the operator may do in the project."""
    for one in missing:
        what = f"you may not {one.name} in {project}: {one.without}"
        yield Finding("permissions", one.state, what, f"Ask for {one.role} there")
    if not missing:
        yield Finding("permissions", "ok", f"you may read metrics, logs and alerts in {project}")


def look(service: Service) -> Iterator[Finding]:
    """Ready, traffic, session affinity, minimum of instances."""
    ref = service.ref
    if service.settled:
        yield Finding("ready", "ok", "Ready", service=ref)
    else:
        known = standing(service.condition, service.reasons)
        what = f"not Ready: {service.condition or 'a change is under way'}"
        if known is not None:
            what = f"not Ready: {known.title}{f' ({service.condition})' if service.condition else ''}"
        remedy = known.remedy if known else "Wait until it has settled, or mend it, before the first rung"
        yield Finding("ready", "failure", what, remedy, ref)
    yield traffic(service)
    yield from _names(service)
    yield from _affinity(service)
    yield from _instances(service)


def stable(service: Service) -> str:
    """The revision that serves most, "" when none does."""
    shares = split.percents(service.serving, service.latest_ready) if service.serving else {}
    return max(shares, key=lambda name: shares[name], default="")


def traffic(service: Service, check: str = "traffic") -> Finding:
    """Whether one revision serves alone, and whether the next ordinary deploy would serve."""
    ref = service.ref
    shares = split.percents(service.serving, service.latest_ready) if service.serving else {}
    if not shares:
        return Finding(check, "failure", "no revision serves", "Deploy it the ordinary way first", ref)
    if len(shares) > 1:
        words = ", ".join(f"{name} {percent} %" for name, percent in shares.items())
        remedy = "Finish that rollout first: abort would go back to this very split"
        return Finding(check, "warning", f"several revisions serve: {words}", remedy, ref)
    (alone,) = shares
    if any(share.latest and share.percent for share in service.spec) or not service.spec:
        return Finding(check, "ok", f"{alone} serves alone, and traffic follows the latest", service=ref)
    newest = service.latest_created or service.latest_ready
    newer = f", and the latest one is {newest}" if newest != alone else ""
    # Whether that one was taken back, or is good and waits, is not seen from here: nothing is to put it live unasked.
    follows = split.latest_serves(service.serving, service.latest_ready, service.latest_created)
    remedy = gcloud.unpin_command(ref, "") if follows else pinned.next_release(ref)
    return Finding(check, "warning", f"pinned to {alone}{newer}: the next ordinary deploy gets 0 %", remedy, ref)


def revisions(service: Service, known: Sequence[Revision]) -> Finding:
    """Whether abort has somewhere to go: the revision that serves is in the list, and Ready."""
    ref, name = service.ref, stable(service)
    found = next((revision for revision in known if revision.name == name), None)
    ready = sum(revision.ready for revision in known)
    if found is not None and found.ready:
        return Finding("revisions", "ok", f"{ready} of {len(known)} are Ready, {name} among them", service=ref)
    why = "is not in the list of revisions" if found is None else f"is not Ready: {found.reason or 'no reason given'}"
    cause = standing(found.reason, found.reasons) if found is not None else None
    remedy = "Deploy a revision that is Ready first: abort would have nowhere to go"
    remedy = f"{cause.title}. {cause.remedy}: until then abort would have nowhere to go" if cause else remedy
    return Finding("revisions", "failure", f"{name or 'what serves'} {why}", remedy, ref)


def health(service: Service, probe: str, result: ProbeResult, works: str = "") -> Finding:
    """Whether the probe has something to judge by.

    `probe` is how services.toml has it sent, `works` another setting by which it is answered well ("" for none known).
    """
    ref = service.ref
    if result.ok:
        how = "with an identity token, " if probe == "identity" else ""
        return Finding("health", "ok", f"{how}{result.detail} in {result.seconds:.1f} s", service=ref)
    words = f"answers {result.detail}" if result.reached else result.detail
    if works:
        remedy = f'Set probe = "{works}" in services.toml: that is answered well from here'
        return Finding("health", "warning", f'{words} to probe = "{probe}"', remedy, ref)
    if result.cause is not None:
        return Finding("health", "warning", words, f'{result.cause[1]}; or set probe = "off" in services.toml', ref)
    if result.refused:
        inside = "its ingress is internal" if service.internal else "it is private"
        what = f"{words}: {inside}, and the probe can't tell how it is"
        return Finding("health", "warning", what, _TURNED_AWAY[service.internal], ref)
    return Finding("health", "warning", words, "Set health_path in services.toml to what answers 200 from here", ref)


def unprobed(ref: ServiceRef) -> Finding:
    """That services.toml wants no probes."""
    return Finding("health", "ok", "not asked: services.toml switches its probes off, metrics alone judge", service=ref)


def reserved(ref: ServiceRef, path: str, why: str) -> Finding:
    """A health path that may never reach the service."""
    return Finding("health", "warning", f"{path}: {why}", "Serve the page under another path, and set health_path", ref)


def clock(result: ProbeResult, sent_at: float) -> Iterator[Finding]:
    """How far this machine's clock is from the one behind the health URL; nothing where that did not say.

    `sent_at` is when the request went out by this machine's clock, in Unix seconds.
    """
    if result.server_at is None:
        return
    # A Date header is cut to whole seconds, and was written in about the middle of the request.
    ahead = sent_at + result.seconds / 2 - (result.server_at + 0.5)
    if abs(ahead) <= SKEW_SECONDS:
        yield Finding("clock", "ok", f"within {SKEW_SECONDS:.0f} s of the service's")
        return
    words = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the service's: ages and bakes are off by that"
    yield Finding("clock", "failure" if abs(ahead) > SKEW_MOST_SECONDS else "warning", words, _SYNCHRONISE)


def _affinity(service: Service) -> Iterator[Finding]:
    if not service.session_affinity:
        yield Finding("affinity", "ok", "no session affinity", service=service.ref)
        return
    what = "session affinity is on: clients stay with their revision, so a rung and a retreat take hold slowly"
    remedy = f"{gcloud.setting_command(service.ref, '--no-session-affinity')} (before the incident: a new revision)"
    yield Finding("affinity", "warning", what, remedy, service.ref)


def _instances(service: Service) -> Iterator[Finding]:
    if service.min_instances:
        yield Finding("instances", "ok", f"at least {service.min_instances} stand ready", service=service.ref)
        return
    what = "scales to zero: the hotfix starts cold at its first rung, and cold starts count as slow"
    # The service's own least, not the template's --min-instances: that would make a new revision, and serve it at once.
    yield Finding("instances", "warning", what, gcloud.setting_command(service.ref, "--min=1"), service.ref)


def _names(service: Service) -> Iterator[Finding]:
    """That a long name leaves no room for the hotfix's tag."""
    ref = service.ref
    if len(ref.name) > naming.TAG_AND_SERVICE_MOST - naming.TAG_LEAST:
        what = (
            f"its name has {len(ref.name)} characters: no tag fits beside it, so no probe reaches a hotfix below 100 %"
        )
        yield Finding("names", "warning", what, "Judge its rungs by metrics alone, or rename the service in time", ref)
