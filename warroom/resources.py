"""Where things lie: the shipped configuration, the user's own, and the state folder."""

import os
from pathlib import Path

from warroom.files import make_folder


def config_directory() -> Path:
    """The shipped `config` folder: inside the package in a wheel, beside it in a checkout.

    Raises FileNotFoundError when neither is there, which is a broken installation.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "config", package.parent / "config"):
        if (folder / "protocol.toml").is_file():
            return folder
    raise FileNotFoundError(f"No shipped configuration beside or inside {package}. Install warroom again.")


def find_config(explicit: Path | None = None) -> Path:
    """The configuration folder to use.

    `explicit` where given, else $WARROOM_CONFIG, else the user's configuration folder if a protocol lies in it, else
    the shipped one. The first two are taken at their word: whether anything is there is for the loader to say.
    """
    if explicit is not None:
        return explicit
    if named := os.environ.get("WARROOM_CONFIG"):
        return Path(named).expanduser()
    from platformdirs import user_config_path  # asked for only here, and not in a drill

    folder = user_config_path("warroom")
    return folder if (folder / "protocol.toml").is_file() else config_directory()


def state_directory() -> Path:
    """The folder for journals and reports, made for its owner alone (0700) where it is missing."""
    folder = state_path()
    make_folder(folder)
    return folder


def state_path() -> Path:
    """Where the folder for journals and reports is, or would be."""
    from platformdirs import user_state_path

    return user_state_path("warroom")


def runtime_path() -> Path:
    """Where the folder is, or would be, for what matters only as long as a program runs."""
    import tempfile

    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"warroom-{os.geteuid()}"
