"""What Cloud Run looks like when a drill begins: a service that follows LATEST, with its older revisions."""

import uuid

from google.cloud import run_v2

from warroom.drill.cloud_run.revisions import BuiltRevision
from warroom.drill.scenario.model import ServicePlan
from warroom.drill.wire.proto import LATEST, REVISION, Message, etag, timestamp
from warroom.rollout.traffic import ServiceRef

_ServiceMessage = run_v2.Service.pb()
_RevisionTemplate = run_v2.RevisionTemplate.pb()

_INGRESS = {
    "public": run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL,
    "private": run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL,
    "internal": run_v2.IngressTraffic.INGRESS_TRAFFIC_INTERNAL_ONLY,
}

STABLE_VERSION = "1-4-2"
"""What serves is labelled so, as a label can write it: one of the tags of the drill's repository."""

DEPLOYER = "deployer@warroom.example"
"""Who made the last change before the drill."""


def first_spec(ref: ServiceRef, plan: ServicePlan, origin: float, seed: int) -> Message:
    """The Service message as it was last asked for: LATEST 100 %, and the stable revision's tag if it has one."""
    generation = len(plan.previous) + 1
    uid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{seed}:{ref.path}"))
    spec = _ServiceMessage(
        name=ref.path,
        uid=uid,
        generation=generation,
        etag=etag(uid, generation),
        creator=DEPLOYER,
        last_modifier=DEPLOYER,
        ingress=_INGRESS[plan.access],
        template=_template(plan, plan.stable.revision, plan.stable.image, STABLE_VERSION),
    )
    created = min([plan.stable.hours_ago, *(previous.hours_ago for previous in plan.previous)])
    spec.labels["team"] = "shop"
    spec.create_time.CopyFrom(timestamp(origin - (created + 24) * 3600))
    spec.update_time.CopyFrom(timestamp(origin - plan.stable.hours_ago * 3600))
    spec.traffic.add(type_=LATEST, percent=100)
    if plan.stable.tag:
        spec.traffic.add(type_=REVISION, revision=plan.stable.revision, tag=plan.stable.tag)
    return spec


def first_revisions(plan: ServicePlan, origin: float) -> dict[str, BuiltRevision]:
    """The revisions by name, oldest first; all of them are ready."""
    known = [(old.hours_ago, old.revision, old.image) for old in plan.previous]
    known.append((plan.stable.hours_ago, plan.stable.revision, plan.stable.image))
    known.sort(key=lambda revision: -revision[0])
    return {
        name: BuiltRevision(
            name=name,
            template=_template(plan, name, image, STABLE_VERSION if name == plan.stable.revision else ""),
            image=image,
            generation=number,
            created_at=origin - hours * 3600,
            settled_at=origin - hours * 3600,
        )
        for number, (hours, name, image) in enumerate(known, start=1)
    }


def _template(plan: ServicePlan, revision: str, image: str, version: str) -> Message:
    template = _RevisionTemplate(
        revision=revision,
        service_account=f"{plan.name}@{plan.project}.iam.gserviceaccount.com",
        max_instance_request_concurrency=80,
    )
    if version:
        template.labels["version"] = version
    template.timeout.seconds = 60
    template.scaling.min_instance_count = 2
    template.scaling.max_instance_count = 40
    container = template.containers.add(name=plan.name, image=image)
    container.ports.add(name="http1", container_port=8080)
    container.env.add(name="LOG_LEVEL", value="info")
    container.resources.limits["cpu"] = "1"
    container.resources.limits["memory"] = "512Mi"
    return template
