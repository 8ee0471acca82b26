"""Why a revision of the embedded cloud does not get ready: Cloud Run's own reasons, each with words like Google's."""

from msgspec import Struct


class Cause(Struct, frozen=True):
    """`reason` and `revision_reason` are names of run.v2's Condition; `words` are filled with image and project."""

    words: str
    reason: str = ""
    revision_reason: str = ""


START = Cause(
    "The container failed to start and listen on port 8080 in time. Its logs may say why: {logs}",
    revision_reason="HEALTH_CHECK_CONTAINER_ERROR",
)

CAUSES: dict[str, Cause] = {  # by the scenario's word, candidate.not_ready
    "secret": Cause(
        "template.containers[0].env[1].value_source.secret_key_ref.secret: Permission denied on secret: "
        "projects/{project}/secrets/payment-key/versions/latest for Revision service account {account}.",
        "SECRETS_ACCESS_CHECK_FAILED",
    ),
    "no-secret": Cause(
        "template.containers[0].env[1].value_source.secret_key_ref.secret: Secret "
        "projects/{project}/secrets/payment-key/versions/7 was not found",
        "SECRETS_ACCESS_CHECK_FAILED",
    ),
    "unauthorized": Cause(
        "Container image '{image}' is not authorized by policy. Image denied by attestor "
        "projects/{project}/attestors/built-by-ci: no attestations found.",
        "CONTAINER_IMAGE_UNAUTHORIZED",
    ),
    "unreadable": Cause(
        "Google Cloud Run Service Agent service-1234567890@serverless-robot-prod.iam.gserviceaccount.com must have "
        "permission to read the image, {image}.",
        "CONTAINER_PERMISSION_DENIED",
    ),
    "missing": Cause("Image '{image}' not found.", "CONTAINER_MISSING"),
    "quota": Cause("Quota violated: CpuAllocPerProjectRegion requested: 60000 allowed: 20000"),
    "key": Cause(
        "The service agent may not use the key projects/{project}/locations/l/keyRings/r/cryptoKeys/k.",
        "ENCRYPTION_KEY_PERMISSION_DENIED",
    ),
    "network": Cause("VPC network projects/{project}/global/networks/inner was not found.", "VPC_NETWORK_NOT_FOUND"),
    "late": Cause("The revision was not ready within the deadline.", "PROGRESS_DEADLINE_EXCEEDED"),
    "instances": Cause(
        "The minimum number of instances was not provisioned.", revision_reason="MIN_INSTANCES_NOT_PROVISIONED"
    ),
}
