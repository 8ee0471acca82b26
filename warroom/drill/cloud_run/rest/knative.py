"""Version 1 of Cloud Run's API, Knative's: how services and revisions look there, and what a replaced one asks for."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import grpc
from google.protobuf import json_format

from warroom.drill.cloud_run.rest.answers import invalid
from warroom.drill.cloud_run.state import RunService
from warroom.drill.wire.grpc import Refused
from warroom.drill.wire.proto import LATEST, REVISION, Message

API = "serving.knative.dev/v1"
_LOCATION = "cloud.googleapis.com/location"
_CLIENT = "run.googleapis.com/client-"
_SCALE = {
    "autoscaling.knative.dev/minScale": "min_instance_count",
    "autoscaling.knative.dev/maxScale": "max_instance_count",
}
_STATES = {"CONDITION_SUCCEEDED": "True", "CONDITION_FAILED": "False"}
_CONTAINER = {"name", "image", "ports", "env", "resources"}


def project_number(project: str) -> str:
    """The number that stands for a project's id in namespaces."""
    return str(100_000_000_000 + int(sha256(project.encode()).hexdigest()[:9], 16))


def service(found: RunService, message: Message, operation: str) -> dict[str, Any]:
    """A service; `message` is what version 2 says of it, `operation` the id of what was last begun, "" for none."""
    ref, told = found.ref, json_format.MessageToDict(message)
    annotations = {
        **dict(message.annotations),
        "run.googleapis.com/ingress": "all",
        "run.googleapis.com/ingress-status": "all",
        "run.googleapis.com/urls": json.dumps([message.uri]),
        "serving.knative.dev/creator": message.creator,
        "serving.knative.dev/lastModifier": message.last_modifier,
    }
    if message.client:
        annotations |= {f"{_CLIENT}name": message.client, f"{_CLIENT}version": message.client_version}
    if operation:
        annotations["run.googleapis.com/operation-id"] = operation
    return {
        "apiVersion": API,
        "kind": "Service",
        "metadata": {
            "name": ref.name,
            "namespace": project_number(ref.project),
            "selfLink": f"/apis/{API}/namespaces/{project_number(ref.project)}/services/{ref.name}",
            "uid": message.uid,
            "resourceVersion": message.etag.strip('"'),
            "generation": int(message.generation),
            "creationTimestamp": told["createTime"],
            "labels": {**dict(message.labels), _LOCATION: ref.region},
            "annotations": annotations,
        },
        "spec": {"template": template(message.template), "traffic": [_target(one) for one in message.traffic]},
        "status": {
            "observedGeneration": int(message.observed_generation),
            "conditions": [_condition(one) for one in (told["terminalCondition"], *told.get("conditions", ()))],
            "latestReadyRevisionName": found.latest_ready,
            "latestCreatedRevisionName": found.latest_created,
            "traffic": [
                {
                    **_target(one),
                    "revisionName": one.revision or found.latest_ready,
                    **({"url": one.uri} if one.uri else {}),
                }
                for one in message.traffic_statuses
            ],
            "url": message.uri,
            "address": {"url": message.uri},
        },
    }


def revision(found: RunService, message: Message, serves: bool) -> dict[str, Any]:
    """A revision; `serves` says whether it gets traffic."""
    ref, told = found.ref, json_format.MessageToDict(message)
    name = message.name.rpartition("/")[2]
    namespace, image = project_number(ref.project), message.containers[0].image
    labels = {"serving.knative.dev/service": ref.name, "serving.knative.dev/configuration": ref.name}
    labels |= {"serving.knative.dev/route": ref.name, _LOCATION: ref.region, **dict(message.labels)}
    active = {"type": "Active", "status": "True" if serves else "False", "severity": "Info"}
    active["lastTransitionTime"] = told["updateTime"]
    conditions = [_condition(one) for one in told.get("conditions", ())]
    return {
        "apiVersion": API,
        "kind": "Revision",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "selfLink": f"/apis/{API}/namespaces/{namespace}/revisions/{name}",
            "uid": message.uid,
            "resourceVersion": message.etag.strip('"'),
            "generation": 1,
            "creationTimestamp": told["createTime"],
            "labels": labels,
            "annotations": {**_scale(message), "serving.knative.dev/creator": found.spec.creator},
        },
        "spec": _spec(message),
        "status": {
            "observedGeneration": 1,
            "conditions": [*conditions, active],
            "logUrl": message.log_uri,
            "serviceName": ref.name,
            **({"imageDigest": image} if "@" in image else {}),
        },
    }


def template(told: Message) -> dict[str, Any]:
    """A revision's template."""
    annotations = {**dict(told.annotations), **_scale(told)}
    metadata = {"annotations": annotations, **({"labels": dict(told.labels)} if told.labels else {})}
    if told.revision:
        metadata["name"] = told.revision
    return {"metadata": metadata, "spec": _spec(told)}


def _spec(told: Message) -> dict[str, Any]:
    return {
        "containerConcurrency": int(told.max_instance_request_concurrency),
        "timeoutSeconds": int(told.timeout.seconds),
        "serviceAccountName": told.service_account,
        "containers": [
            {
                **({"name": one.name} if one.name else {}),
                "image": one.image,
                "ports": [{"name": port.name, "containerPort": int(port.container_port)} for port in one.ports],
                "env": [{"name": env.name, "value": env.value} for env in one.env],
                "resources": {"limits": dict(one.resources.limits)},
            }
            for one in told.containers
        ],
    }


def _scale(told: Message) -> dict[str, str]:
    counts = {key: getattr(told.scaling, field) for key, field in _SCALE.items()}
    return {key: str(count) for key, count in counts.items() if count}


def _target(one: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"percent": int(one.percent)} if one.percent else {}
    told |= {"latestRevision": True} if one.type_ == LATEST else {"revisionName": one.revision}
    return {**told, "tag": one.tag} if one.tag else told


def _condition(told: Mapping[str, Any]) -> dict[str, Any]:
    status = _STATES.get(told.get("state", ""), "Unknown")
    shown = {"type": told["type"], "status": status, "lastTransitionTime": told.get("lastTransitionTime", "")}
    if status != "True" and told.get("message"):
        shown |= {"message": told["message"], "reason": "RevisionFailed" if status == "False" else "Deploying"}
    return shown


def fill(message: Message, body: Mapping[str, Any]) -> None:
    """Change a Service message of version 2 into what a replaced service asks for. Raises Refused."""
    metadata, spec = _part(body, "metadata"), _part(body, "spec")
    version = str(metadata.get("resourceVersion") or "")
    message.etag = f'"{version.strip(chr(34))}"' if version else ""
    annotations = _part(metadata, "annotations")
    message.client = str(annotations.get(f"{_CLIENT}name") or "")
    message.client_version = str(annotations.get(f"{_CLIENT}version") or "")
    message.labels.clear()
    message.labels.update({key: str(value) for key, value in _part(metadata, "labels").items() if key != _LOCATION})
    if spec.get("template") is not None:
        _fill_template(message.template, _part(spec, "template"))
    del message.traffic[:]
    for one in spec.get("traffic") or ():
        if not isinstance(one, dict) or bool(one.get("latestRevision")) == bool(one.get("revisionName")):
            invalid("spec.traffic: an entry needs either revisionName or latestRevision.")
        kind, percent = LATEST if one.get("latestRevision") else REVISION, one.get("percent") or 0
        if not isinstance(percent, int):
            invalid(f"Invalid value at 'spec.traffic.percent' (TYPE_INT32), {percent!r}")
        name, tag = str(one.get("revisionName") or ""), str(one.get("tag") or "")
        message.traffic.add(type_=kind, revision=name, percent=percent, tag=tag)


def _fill_template(told: Message, asked: Mapping[str, Any]) -> None:
    """Only what differs is taken over, so that an unchanged template stays the same revision."""
    if _plain(template(told)) == _plain(asked):
        return
    metadata, spec = _part(asked, "metadata"), _part(asked, "spec")
    told.revision = str(metadata.get("name") or "")
    annotations = {key: str(value) for key, value in _part(metadata, "annotations").items()}
    for key, field in _SCALE.items():
        setattr(told.scaling, field, int(annotations.pop(key, "0") or 0))
    told.annotations.clear()
    told.annotations.update({key: value for key, value in annotations.items() if not key.startswith(_CLIENT)})
    told.max_instance_request_concurrency = int(spec.get("containerConcurrency") or 0)
    told.timeout.seconds = int(spec.get("timeoutSeconds") or 0)
    told.service_account = str(spec.get("serviceAccountName") or "")
    del told.containers[:]
    for one in spec.get("containers") or ():
        if unknown := sorted(set(one) - _CONTAINER):
            said = f"The embedded cloud does not take spec.template.spec.containers.{unknown[0]}."
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, said)
        made = told.containers.add(name=str(one.get("name") or ""), image=str(one.get("image") or ""))
        for port in one.get("ports") or ():
            made.ports.add(name=str(port.get("name") or ""), container_port=int(port.get("containerPort") or 0))
        for env in one.get("env") or ():
            made.env.add(name=str(env.get("name") or ""), value=str(env.get("value") or ""))
        made.resources.limits.update(_part(_part(one, "resources"), "limits"))


def _plain(asked: Mapping[str, Any]) -> dict[str, Any]:
    """A template without what says only which client wrote it."""
    metadata = dict(_part(asked, "metadata"))
    annotations = _part(metadata, "annotations")
    metadata["annotations"] = {key: value for key, value in annotations.items() if not key.startswith(_CLIENT)}
    return {"metadata": metadata, "spec": dict(_part(asked, "spec"))}


def _part(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = body.get(key) or {}
    if not isinstance(found, dict):
        invalid(f"Invalid value at '{key}': it must be an object.")
    return found
