"""Which version a revision runs, by its image's tag or its label. Pure."""

import re
from collections.abc import Sequence

from warroom.rollout.traffic import Revision
from warroom.versions import is_version

_LABEL = re.compile(r"v?\d+(?:-\d+)+")
"""A label takes no dots: 1-4-2."""


def versions(revisions: Sequence[Revision]) -> dict[str, str]:
    """Version by revision, of those newest first that say one: 1.4.2, without the v.

    The image's tag goes before the label. A deployment keeps the template's labels, so that a label is only believed of
    the oldest image that carries it.
    """
    first: dict[str, str] = {}
    for one in reversed(revisions):
        first.setdefault(one.version, one.image)
    found: dict[str, str] = {}
    for one in revisions:
        labelled = one.version if first[one.version] == one.image else ""
        version = of_image(one.image) or _plain(labelled)
        if version:
            found[one.name] = version
    return found


def of_image(image: str) -> str:
    """The version that an image's tag is; "" for one by digest alone, or a tag that is none, as "latest"."""
    name, _, _ = image.partition("@")
    _, _, tag = name.rpartition("/")[2].partition(":")
    return tag.removeprefix("v") if is_version(tag) else ""


def _plain(label: str) -> str:
    if _LABEL.fullmatch(label):
        return label.removeprefix("v").replace("-", ".")
    return label.removeprefix("v") if is_version(label) else ""
