"""Whether somebody else could have written the configuration: it names programs, and they run as the operator."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from warroom.protocol.model import Distrust, Protocol


def of_configuration(directory: Path, protocol: Protocol, files: Iterable[str]) -> Distrust | None:
    """What speaks against the programs that `protocol` names; None where it names none, or only its owner may write.

    `files` are those of the directory that were read.
    """
    steps = (*(step for phase in protocol.phases for step in phase.steps), *protocol.procedures)
    if not any(step.argv for step in steps):
        return None
    return of_paths(directory, *(directory / name for name in files))


def of_program(directory: Path, program: Path) -> Distrust | None:
    """What speaks against a program that lies in the configuration's directory, or in a folder of it."""
    try:
        below = program.relative_to(directory)
    except ValueError:
        return None  # elsewhere: what lies there is for the operator to judge, as with any path that is written out
    # In a folder like /tmp anybody may add a name, and nobody take another's away: what lies on the way is safe there.
    way = (directory / part for part in reversed([below, *below.parents]))
    return of_paths(*(path for path in way if path in (directory, program) or not _keeps_apart(path)))


def of_paths(*paths: Path) -> Distrust | None:
    """What speaks against the first of `paths` that others may write to. One that is not there is left out.

    Nothing speaks against the operator, root, and the owner of warroom itself, who could change that as well.
    """
    trusted = {os.geteuid(), 0, Path(__file__).stat().st_uid}
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        again = "look at what it says, then start warroom again"
        if found.st_uid not in trusted:
            return Distrust(
                f"No programs are run: {path} belongs to another user (uid {found.st_uid})",
                f"Run: chown {os.geteuid()} {path}, {again}.",
            )
        if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and not _alone(found.st_gid)):
            who = "anybody" if found.st_mode & stat.S_IWOTH else "its group"
            return Distrust(f"No programs are run: {who} may write to {path}", f"Run: chmod go-w {path}, {again}.")
    return None


def _keeps_apart(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_ISVTX)
    except OSError:
        return False


def _alone(group: int) -> bool:
    """Whether a group is the operator's own: it has their name, as most systems make one, and nobody else in it."""
    import grp
    import pwd

    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
        found = grp.getgrgid(group)
    except KeyError:
        return False
    return found.gr_name == name and set(found.gr_mem) <= {name}
