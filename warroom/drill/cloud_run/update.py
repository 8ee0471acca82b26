"""Checks an UpdateService request as Cloud Run does, and works out what it asks for."""

import re
from random import Random
from typing import NoReturn

import grpc
from google.protobuf import field_mask_pb2

from warroom.clock import clock_time
from warroom.drill.cloud_run.not_ready import CAUSES, START, Cause
from warroom.drill.cloud_run.revisions import BuiltRevision
from warroom.drill.cloud_run.state import CloudState, RunService
from warroom.drill.wire.grpc import Refused
from warroom.drill.wire.proto import LATEST, REVISION, Message

_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_LONGEST_NAME = 63
_LONGEST_TAGGED = 46  # TAG---SERVICE-HASH-REGION is one DNS label
_SHORTEST_TAG = 3
_CONSONANTS = "bcdfghjklmnpqrstvwxz"

READY_AFTER = 0.6
"""The part of an operation that starting a revision takes; routing traffic takes the rest."""

OUTPUT_ONLY = frozenset({
    "uid", "generation", "create_time", "update_time", "delete_time", "expire_time", "creator", "last_modifier", "urls",
    "observed_generation", "terminal_condition", "conditions", "latest_ready_revision", "latest_created_revision",
    "traffic_statuses", "uri", "satisfies_pzs", "reconciling", "etag", "name", "threat_detection_enabled",
})  # fmt: skip
"""Fields of a Service that a client may send and Cloud Run does not take over."""


def planned(
    state: CloudState,
    service: RunService,
    request: Message,
    now: float,
) -> tuple[Message, BuiltRevision | None]:
    """What the service would be asked for: the new spec, and the new revision if the template changes.

    Raises Refused with Cloud Run's status: ABORTED for a stale etag, INVALID_ARGUMENT, ALREADY_EXISTS, NOT_FOUND.
    """
    wanted = request.service
    current = service.spec
    if wanted.etag and wanted.etag != current.etag:
        raise Refused(
            grpc.StatusCode.ABORTED,
            f"Conflict for resource '{service.ref.name}': version '{wanted.etag}' was specified but current version is "
            f"'{current.etag}', last modified by {current.last_modifier} at "
            f"{clock_time(current.update_time.seconds)}.",
        )
    spec = type(current)()
    spec.CopyFrom(current)
    _mask(request).MergeMessage(wanted, spec, replace_message_field=True, replace_repeated_field=True)
    if not spec.traffic:  # Cloud Run says itself what that means
        spec.traffic.add(type_=LATEST, percent=100)
    revision = _new_revision(state, service, spec, now)
    _check_traffic(service, spec, revision.name if revision else "")
    return spec, revision


def _mask(request: Message) -> Message:
    """The fields to take over; without a mask all of them, as Google's APIs have it."""
    descriptor = request.service.DESCRIPTOR
    mask = field_mask_pb2.FieldMask(paths=list(request.update_mask.paths) or list(descriptor.fields_by_name))
    for path in mask.paths:
        if not field_mask_pb2.FieldMask(paths=[path]).IsValidForDescriptor(descriptor):
            _invalid(f"update_mask: '{path}' is not a field of a service")
    kept = [path for path in mask.paths if path.partition(".")[0] not in OUTPUT_ONLY]
    return field_mask_pb2.FieldMask(paths=kept)


def _new_revision(state: CloudState, service: RunService, spec: Message, now: float) -> BuiltRevision | None:
    if spec.template == service.spec.template:
        return None
    template = type(spec.template)()
    template.CopyFrom(spec.template)
    container = ingress(template)
    generation = int(service.spec.generation) + 1
    name = template.revision or _generated_name(state, service, len(service.revisions) + 1)
    if not name.startswith(f"{service.ref.name}-"):
        _invalid(f"template.revision: '{name}' must begin with '{service.ref.name}-'")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        _invalid(f"template.revision: '{name}' must be a lowercase name of at most {_LONGEST_NAME} characters")
    template.revision = name
    existing = service.revisions.get(name)
    if existing is not None:
        if existing.template == template:
            return None
        message = f"Revision named '{name}' with different configuration already exists."
        raise Refused(grpc.StatusCode.ALREADY_EXISTS, message)
    image = str(container.image)
    cause = _cause(service, image)
    return BuiltRevision(
        name=name,
        template=template,
        image=image,
        generation=generation,
        created_at=now,
        settled_at=now + READY_AFTER * state.world.scenario.operation_seconds,
        failure=_failure(name, service, template, image, cause) if cause else "",
        cause=cause,
    )


def ingress(template: Message) -> Message:
    """The container that takes requests: the only one, or the one with ports. Raises Refused where it can't be told."""
    containers = list(template.containers)
    if not containers or not all(container.image for container in containers):
        _invalid("template.containers: a container with an image is needed")
    listening = [container for container in containers if container.ports] if len(containers) > 1 else containers
    if len(listening) != 1:
        _invalid("template.containers: of several containers exactly one must have ports")
    return listening[0]


def _cause(service: RunService, image: str) -> Cause | None:
    """Why a revision of `image` does not get ready; None where it does."""
    candidate = service.place.plan.candidate
    if not service.place.is_new(image):
        return None
    return CAUSES.get(candidate.not_ready) or (START if candidate.fails_to_start else None)


def _generated_name(state: CloudState, service: RunService, number: int) -> str:
    """As Cloud Run names revisions: a number that grows and three consonants, e.g. payments-api-00042-kol."""
    numbers = [int(found[1]) for name in service.revisions if (found := re.search(r"-(\d{5})-[a-z]{3}$", name))]
    number = max([number - 1, *numbers]) + 1
    random = Random(f"{state.world.scenario.seed}:{service.ref.path}:{number}")
    return f"{service.ref.name}-{number:05}-{''.join(random.choices(_CONSONANTS, k=3))}"


def _failure(name: str, service: RunService, template: Message, image: str, cause: Cause) -> str:
    """What Cloud Run says of the revision for good."""
    words = cause.words.format(
        project=service.ref.project, image=image, account=template.service_account, logs=service.log_url(name)
    )
    return f"Revision '{name}' is not ready and cannot serve traffic. {words}"


def _check_traffic(service: RunService, spec: Message, created: str) -> None:
    """Raises Refused unless the traffic is one that Cloud Run would take."""
    tags = [target.tag for target in spec.traffic if target.tag]
    for tag in tags:
        if tags.count(tag) > 1:
            _invalid(f"traffic: tag '{tag}' is used more than once")
        if len(tag) + len(service.ref.name) > _LONGEST_TAGGED:
            _invalid(
                f"traffic.tag: tag '{tag}' and service '{service.ref.name}' are too long together. They cannot exceed "
                f"{_LONGEST_TAGGED} characters"
            )
        if len(tag) < _SHORTEST_TAG or "---" in tag or not _NAME.fullmatch(tag):
            _invalid(f"traffic.tag: '{tag}' is not a valid tag")
    for target in spec.traffic:
        if not 0 <= target.percent <= 100:
            _invalid(f"traffic: {target.percent} is not a percent")
        if target.type_ == LATEST:
            if target.revision:
                _invalid("traffic: an entry that follows the latest revision may not name one")
        elif target.type_ != REVISION or not target.revision:
            _invalid("traffic: an entry needs a type, and a revision's name unless it follows the latest")
        elif target.revision != created and target.revision not in service.revisions:
            message = f"Revision '{target.revision}' of service '{service.ref.name}' does not exist."
            raise Refused(grpc.StatusCode.NOT_FOUND, message)
    total = sum(target.percent for target in spec.traffic)
    if total != 100:
        _invalid(f"traffic: the percents must total 100, they total {total}")


def _invalid(message: str) -> NoReturn:
    raise Refused(grpc.StatusCode.INVALID_ARGUMENT, f"Violation in UpdateServiceRequest.service.{message}.")
