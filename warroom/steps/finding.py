"""Where a step's program is: never where the shell happens to stand."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def program(name: str, directory: Path, environ: Mapping[str, str], mode: int = os.F_OK | os.X_OK) -> str | None:
    """The absolute path of a program that gives `mode`, as shutil.which has it; None where there is none.

    A name with a slash counts from `directory`, the configuration's; a bare one is looked up in PATH, whose relative
    and empty entries would lead to where the shell stands, and are left out.
    """
    if os.sep in name:
        return shutil.which(placed(name, directory), mode)
    entries = environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which(name, mode, os.pathsep.join(entry for entry in entries if os.path.isabs(entry)))  # noqa: PTH117


def placed(name: str, directory: Path) -> str:
    """The absolute path of a name with a slash, whether anything is there or not."""
    return str(directory.absolute() / name)
