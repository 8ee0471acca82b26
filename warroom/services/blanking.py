"""What of a service's definition is kept on this machine: what a restore needs. The rest may be secret, and is blanked.

Kept are names, references (to secrets, images, accounts, networks), sizes, scaling, traffic and other settings: texts
whose keys are in KEPT, and numbers. Blanked are all texts that people write freely: the values of env variables, of
probes' headers, of the build's variables and of arguments, and texts whose keys nobody has judged yet. Annotations and
labels are kept where they are short and look like no secret.
"""

import json
import re
from typing import Any

from warroom.rollout.traffic import ServiceRef

BLANKED = "[blanked]"

KEPT = frozenset(
    """
    accelerator baseImage baseImageUri bucket client clientVersion connector createTime creator customAudiences
    deleteTime dependsOn egress encryptionKey encryptionKeyRevocationAction encryptionKeyShutdownDuration etag
    executionEnvironment executionReason expireTime functionTarget generation image imageUri ingress instances
    lastModifier lastTransitionTime latestCreatedRevision latestReadyRevision launchStage medium mesh mountPath
    multiRegionId name network object observedGeneration policy reason regions revision revisionReason scalingMode
    secret server service serviceAccount severity sizeLimit state subPath subnetwork tag tags timeout type uid
    updateTime uri urls version workerPool workingDir
    """.split()  # noqa: SIM905
)
"""Keys whose texts are names, references, times, or words of Cloud Run's own."""

JUDGED = frozenset(
    {"value", "args", "command", "environmentVariables", "message", "description", "path", "mountOptions"}
    | {"breakglassJustification", "sourceLocation", "labels", "annotations", "limits"}
)
"""Keys whose texts are looked at one by one, or blanked."""

_LONGEST = 200
_SECRET_NAME = re.compile(r"pass|secret|token|credential|private|auth|api.?key|last-applied", re.IGNORECASE)
_FLAG = re.compile(r"--[A-Za-z][A-Za-z0-9._-]*|-[A-Za-z]")
_PROGRAM = re.compile(r"[A-Za-z0-9_./-]{1,100}")
_CREDENTIALS = re.compile(r"://[^/@\s]*@")


def kept(text: str, ref: ServiceRef) -> str:
    """The definition (JSON) as it may lie on a disk; as it was where nothing is blanked. Raises ValueError for no JSON.

    What was blanked, why, and where it can be had stands in it under "warroom", which also keeps Cloud Run from taking
    the file as it is.
    """
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("a definition is a JSON object")
    blanks: list[str] = []
    whole = {key: _value(key, value, key, blanks) for key, value in found.items()}
    if not blanks:
        return text
    place = f"--region {ref.region} --project {ref.project}"
    about = {
        "blanked": blanks,
        "why": "Literal values may be secrets, and are not kept on this machine.",
        "to have them back": "Cloud Run keeps them with each revision. Traffic back to a revision needs none of them: "
        f"gcloud run services update-traffic {ref.name} --to-revisions REVISION=100 {place}",
        "to read them": f"gcloud run revisions describe REVISION --format yaml {place}",
    }
    return json.dumps({"warroom": about, **whole}, indent=2, ensure_ascii=False)


def _value(key: str, value: Any, path: str, blanks: list[str]) -> Any:  # noqa: ANN401
    """What is kept of a value that stands under `key`; what is blanked of it is added to `blanks`, by its path."""
    if isinstance(value, dict):
        one = _entry if key in ("labels", "annotations", "limits", "environmentVariables") else _field
        return {name: one(key, name, item, f"{path}.{name}", blanks) for name, item in value.items()}
    if isinstance(value, list):
        return [_value(key, item, f"{path}[{_index(item, number)}]", blanks) for number, item in enumerate(value)]
    if not isinstance(value, str) or not value:
        return value
    return _noted(value, _text(key, value, path), path, blanks)


def _text(key: str, value: str, path: str) -> str:
    """What is kept of a text; of arguments their flags' names, of a command also its program."""
    if key in KEPT:
        return _CREDENTIALS.sub(f"://{BLANKED}@", value)
    if key in ("args", "command", "mountOptions"):
        name, equals, _ = value.partition("=")
        if _FLAG.fullmatch(name) or (key == "mountOptions" and name.replace("-", "").isalpha()):
            return f"{name}={BLANKED}" if equals else value
        return value if key == "command" and path.endswith("[0]") and _PROGRAM.fullmatch(value) else BLANKED
    if key == "path":  # of a probe, a file or a share: what follows a question mark may hold a key
        before, mark, _ = value.partition("?")
        return f"{before}?{BLANKED}" if mark else value
    if key in ("description", "sourceLocation"):
        return _short("", value)
    return BLANKED


def _field(_: str, name: str, item: Any, path: str, blanks: list[str]) -> Any:  # noqa: ANN401
    return _value(name, item, path, blanks)


def _entry(key: str, name: str, value: Any, path: str, blanks: list[str]) -> Any:  # noqa: ANN401
    """What is kept of one label, annotation, size, or variable of the build."""
    if not isinstance(value, str) or not value or key == "limits":
        return value
    return _noted(value, BLANKED if key == "environmentVariables" else _short(name, value), path, blanks)


def _short(name: str, value: str) -> str:
    """The text where it is short and looks like no secret: whole manifests stand in annotations, too."""
    secret = len(value) > _LONGEST or _SECRET_NAME.search(name) or _CREDENTIALS.search(value)
    return BLANKED if secret or value.lstrip()[:1] in ("{", "[") else value


def _noted(before: str, after: str, path: str, blanks: list[str]) -> str:
    if after != before:
        blanks.append(path)
    return after


def _index(item: Any, number: int) -> str:  # noqa: ANN401
    """How one of a list is named in a path: by its own name where it has one."""
    return str(item["name"]) if isinstance(item, dict) and isinstance(item.get("name"), str) else str(number)
