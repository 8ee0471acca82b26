"""Somebody else at work on the same service: moves traffic, deploys, deletes a revision. Each raises wire.Refused."""

import hashlib

import grpc
from google.cloud import run_v2

from warroom.drill.cloud_run.state import CloudState, RunService
from warroom.drill.cloud_run.update import ingress, planned
from warroom.drill.scenario.faults import Fault
from warroom.drill.wire.grpc import Refused
from warroom.drill.wire.proto import REVISION, Message

STRANGER = "night-deploy@elsewhere.example"
"""Who it is unless the fault says otherwise."""

_Request = run_v2.UpdateServiceRequest.pb()


def touch(state: CloudState, service: RunService, now: float) -> None:
    """Change a label and with it the etag, nothing else."""
    request = _request(service)
    request.service.labels["touched"] = str(service.spec.generation)
    _change(state, service, request, "labels", now, STRANGER)


def act(state: CloudState, service: RunService, fault: Fault, now: float) -> str:
    """Do what the fault says on the service, and say what that was."""
    by = fault.by or STRANGER
    match fault.kind:
        case "stranger-traffic":
            return _traffic(state, service, fault, now, by)
        case "stranger-deploy":
            return _deploy(state, service, now, by)
        case "stranger-delete":
            return _delete(state, service, fault.revision, now, by)
    raise ValueError(f"no stranger does {fault.kind}")


def _traffic(state: CloudState, service: RunService, fault: Fault, now: float, by: str) -> str:
    """Give `percent` to one revision, all others keeping the rest by their order; tags stay where they are."""
    chosen = fault.revision or _idle(service)
    request = _request(service)
    left = 100 - fault.percent
    others = [(name, share) for name, share in service.split().items() if name != chosen]
    whole = sum(share for _, share in others)
    if not whole:
        left, others = 0, []
    shares = {name: share * left // whole for name, share in others}
    shares[chosen] = 100 - sum(shares.values())
    del request.service.traffic[:]
    for name, share in shares.items():
        if share:
            request.service.traffic.add(type_=REVISION, revision=name, percent=share)
    for target in service.spec.traffic:
        if target.tag:
            kept = request.service.traffic.add()
            kept.CopyFrom(target)
            kept.percent = 0
    _change(state, service, request, "traffic", now, by)
    return f"{by} moved {shares[chosen]} % of {service.ref.name} to {chosen}"


def _deploy(state: CloudState, service: RunService, now: float, by: str) -> str:
    """A new revision as `gcloud run deploy --image` makes it: live at once where traffic follows the latest."""
    request = _request(service)
    template = request.service.template
    template.revision = ""
    container = ingress(template)
    repository = container.image.partition("@")[0]
    digest = hashlib.sha256(f"{service.ref.path}:{service.spec.generation}".encode()).hexdigest()
    container.image = f"{repository}@sha256:{digest}"
    _change(state, service, request, "template", now, by)
    return f"{by} deployed {service.latest_created}"


def _delete(state: CloudState, service: RunService, revision: str, now: float, by: str) -> str:
    """One revision and the tags on it. As with Google, none that serves or is the latest can be deleted."""
    name = revision or _idle(service)
    if name not in service.revisions:
        raise Refused(grpc.StatusCode.NOT_FOUND, f"Revision '{name}' of {service.ref.name} does not exist.")
    asked = {service.name_of(target) for target in service.spec.traffic if target.percent}
    if name in asked | set(service.split()) | {service.latest_created, service.latest_ready}:
        words = f"Revision '{name}' serves traffic or is the latest: it cannot be deleted."
        raise Refused(grpc.StatusCode.FAILED_PRECONDITION, words)
    if any(target.tag and service.name_of(target) == name for target in service.spec.traffic):
        request = _request(service)
        kept = [target for target in service.spec.traffic if service.name_of(target) != name]
        del request.service.traffic[:]
        request.service.traffic.extend(kept)
        _change(state, service, request, "traffic", now, by)
        service.serving = tuple(target for target in service.serving if service.name_of(target) != name)
    del service.revisions[name]
    return f"{by} deleted {name}"


def _idle(service: RunService) -> str:
    """The newest revision that serves nothing and is not the latest."""
    busy = {*service.split(), service.latest_created, service.latest_ready}
    idle = [name for name in service.revisions if name not in busy]
    if not idle:
        words = f"Every revision of {service.ref.name} serves: name one with --revision."
        raise Refused(grpc.StatusCode.FAILED_PRECONDITION, words)
    return idle[-1]


def _request(service: RunService) -> Message:
    request = _Request()
    request.service.CopyFrom(service.spec)
    return request


def _change(state: CloudState, service: RunService, request: Message, path: str, now: float, by: str) -> None:
    request.update_mask.paths.append(path)
    spec, revision = planned(state, service, request, now)
    state.accept(service, spec, revision, now, by)
