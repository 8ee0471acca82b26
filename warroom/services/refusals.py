"""Why Cloud Run does not take a deployment, or does not get its revision ready, told for what it is. Cheap to import.

A revision's condition names most reasons (run.v2: Condition.reason and revision_reason). A service's own condition and
an operation's error have words only, and a refused UpdateService nothing else: they are known by what they must name.
"""

import re

from msgspec import Struct

from warroom.services.errors import Denied, NotFound, ServiceError

_READER = "roles/artifactregistry.reader on its repository"


class Cause(Struct, frozen=True):
    """What to say of one reason, and what mends it. `id` is the row's name in docs and tests."""

    id: str
    title: str
    remedy: str
    kind: type[ServiceError] = ServiceError
    reasons: tuple[str, ...] = ()
    words: str = ""
    standing: bool = False
    """Whether it also says why a service that stands as it is was not made ready, not only a call's refusal."""


CAUSES = (
    Cause(
        "no-secret",
        "A secret that the revision names does not exist",
        "Make the secret or its version, or take it out of the template, then deploy again",
        NotFound,
        words=r"\bsecret\b.{0,300}?\b(was not found|not found|does not exist)",
        standing=True,
    ),
    Cause(
        "secret",
        "The revision may not read one of its secrets",
        "Grant the service's runtime account roles/secretmanager.secretAccessor on it, then deploy again",
        Denied,
        ("SECRETS_ACCESS_CHECK_FAILED",),
        r"permission denied on secret|secretmanager\.versions\.access",
        standing=True,
    ),
    Cause(
        "unauthorized",
        "Binary Authorization does not let this image run",
        "Have it attested as the policy asks; in an emergency `gcloud run deploy` takes --breakglass=REASON",
        Denied,
        ("CONTAINER_IMAGE_UNAUTHORIZED",),
        r"binary ?authorization|not authorized by policy|denied by attestor|denied by .{0,80}admission rule",
        standing=True,
    ),
    Cause(
        "unasked",
        "Binary Authorization could not be asked about this image",
        "Look at its policy and attestors, then deploy again",
        reasons=("CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED",),
        standing=True,
    ),
    Cause(
        "unreadable",
        "Cloud Run's service agent may not read the image",
        f"Grant service-PROJECT_NUMBER@serverless-robot-prod.iam.gserviceaccount.com {_READER}, then deploy again",
        Denied,
        ("CONTAINER_PERMISSION_DENIED",),
        r"service agent.{0,200}must have permission to read the image|serverless-robot-prod.{0,300}read the image",
        standing=True,
    ),
    Cause(
        "image-reader",
        "You may not read the image that is to be deployed",
        f"Ask for {_READER}, and check the image's name",
        Denied,
        words=r"must have permission to read the image|downloadArtifacts.{0,40}denied",
    ),
    Cause(
        "missing",
        "The image does not exist",
        "Check its name and digest, then deploy again",
        NotFound,
        ("CONTAINER_MISSING",),
        standing=True,
    ),
    Cause(
        "quota",
        "The region's CPU or memory quota does not allow this revision",
        "Lower max instances or CPU of the service, or ask for more: https://cloud.google.com/run/quotas",
        words=r"quota violated|alloc ?per ?project ?region|max instances must be set to|maxscale may not exceed"
        r"|quota exceeded for total allowable",
        standing=True,
    ),
    Cause(
        "key",
        "Cloud Run may not use the key that encrypts the image",
        "Grant its service agent roles/cloudkms.cryptoKeyEncrypterDecrypter on that key, then deploy again",
        Denied,
        ("ENCRYPTION_KEY_PERMISSION_DENIED", "ENCRYPTION_KEY_CHECK_FAILED"),
        standing=True,
    ),
    Cause(
        "network",
        "The VPC network of the template does not exist",
        "Mend the template's network or subnet, then deploy again",
        NotFound,
        ("VPC_NETWORK_NOT_FOUND",),
        standing=True,
    ),
    Cause(
        "late",
        "The revision was not ready in time",
        "Open its logs: it starts too slowly, or its startup probe never passes; then deploy again",
        reasons=("PROGRESS_DEADLINE_EXCEEDED",),
        standing=True,
    ),
    Cause(
        "instances",
        "The least number of instances could not be started",
        "Lower min instances of the service or wait for capacity, then deploy again",
        reasons=("MIN_INSTANCES_NOT_PROVISIONED",),
        standing=True,
    ),
    Cause(
        "revisions",
        "Too many revisions are active",
        "Remove tags from old revisions, which end them, then deploy again",
        reasons=("ACTIVE_REVISION_LIMIT_REACHED",),
        standing=True,
    ),
    Cause(
        "act-as",
        "You may not act as the service's runtime account",
        "Ask for roles/iam.serviceAccountUser on that account",
        Denied,
        words=r"iam\.serviceaccounts\.actas",
    ),
    Cause(
        "tag",
        "Tag and service name are too long together",
        "Shorten ladder.tag_prefix in protocol.toml: both may have 46 characters",
        words=r"\btag\b.{0,200}(too long|cannot exceed 46)",
    ),
)
"""The first that fits holds: those that must be known by their words stand before the reason that they share."""

_CODES = ("FAILED_PRECONDITION", "INTERNAL", "NOT_FOUND", "INVALID_ARGUMENT", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED")


def cause(code: str, message: str, reasons: tuple[str, ...] = ()) -> Cause | None:
    """What `message` and the condition's `reasons` say; None where neither is known, or `code` is no refusal."""
    if code not in _CODES:
        return None
    return _found(message, reasons)


def standing(message: str, reasons: tuple[str, ...] = ()) -> Cause | None:
    """The same of a service's or revision's own condition, which has no code."""
    found = _found(message, reasons)
    return found if found is not None and found.standing else None


def _found(message: str, reasons: tuple[str, ...]) -> Cause | None:
    for one in CAUSES:
        if one.words and re.search(one.words, message, re.IGNORECASE | re.DOTALL):
            return one
    return next((one for one in CAUSES if set(one.reasons) & set(reasons)), None)
