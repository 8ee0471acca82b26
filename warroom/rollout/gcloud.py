"""The gcloud command that does the same as an action, ready to copy: the way out when warroom itself fails."""

import shlex
from collections.abc import Mapping

from warroom.rollout.traffic import ServiceRef


def deploy_command(ref: ServiceRef, image: str, tag: str, revision: str = "") -> str:
    """Deploy `image` at 0 % under `tag`; `revision` (`SERVICE-…`) becomes gcloud's revision suffix."""
    suffix = revision.removeprefix(f"{ref.name}-")
    named = [f"--revision-suffix={suffix}"] if suffix else []
    tagged = [f"--tag={tag}"] if tag else []
    return _line(ref, "deploy", f"--image={image}", *tagged, *named, "--no-traffic")


def stage_command(ref: ServiceRef, image: str) -> str:
    """Deploy `image` to staging's counterpart `ref`, where it goes live at once unless staging is pinned."""
    return _line(ref, "deploy", f"--image={image}")


def shift_command(ref: ServiceRef, tag_or_revision: str, percent: int) -> str:
    """Give a tag's or a revision's revision `percent` (0–100), the rest in proportion to the others.

    A name that begins with the service's own, as every revision's does, is taken for a revision.
    """
    flag = "--to-revisions" if tag_or_revision.startswith(f"{ref.name}-") else "--to-tags"
    return _line(ref, "services update-traffic", f"{flag}={tag_or_revision}={percent}")


def restore_command(ref: ServiceRef, target: Mapping[str, int]) -> str:
    """Put traffic on exactly `target` (revision → percent). It spells out any split between named revisions."""
    shares = ",".join(f"{revision}={percent}" for revision, percent in target.items())
    return _line(ref, "services update-traffic", f"--to-revisions={shares}")


def next_release_commands(ref: ServiceRef) -> tuple[str, str]:
    """Deploy the next release beside pinned traffic, and give it all of that: two commands with IMAGE and NAME to fill.

    A pinned service's new revision gets 0 %, so it takes both. Neither follows LATEST, which may be a bad one.
    """
    deploy = _line(ref, "deploy", "--image=IMAGE", "--revision-suffix=NAME")
    return deploy, shift_command(ref, f"{ref.name}-NAME", 100)


def unpin_command(ref: ServiceRef, drop_tag: str = "") -> str:
    """Let all traffic follow LATEST again, and remove `drop_tag` where one is given.

    Only for a service where the latest revision is what serves (`split.latest_serves`): else it moves traffic.
    """
    removal = [f"--remove-tags={drop_tag}"] if drop_tag else []
    return _line(ref, "services update-traffic", "--to-latest", *removal)


def setting_command(ref: ServiceRef, flag: str) -> str:
    """Change one setting of the service; one of the template's makes a new revision, one of the service's own none."""
    return _line(ref, "services update", flag)


def _line(ref: ServiceRef, command: str, *flags: str) -> str:
    words = ["gcloud", "run", *command.split(), ref.name, *flags, f"--project={ref.project}", f"--region={ref.region}"]
    return shlex.join(words)
