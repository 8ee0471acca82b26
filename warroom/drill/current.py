"""Where the running drill can be reached: a variable for whoever was told, a file for whoever was not."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from warroom.drill.addresses import Addresses

VARIABLE = "WARROOM_DRILL"
PATH = "/_warroom/faults"
"""Where the HTTP side of an embedded cloud takes faults."""


SENT_PATH = "/_warroom/sent"
"""Where it tells what the other systems were sent."""


class Current(Struct, frozen=True):
    """The drill that began last: its cloud's HTTP address and its scenario."""

    http: str
    scenario: str


def tell(folder: Path, addresses: Addresses, scenario: str) -> None:
    """Write down in `folder` where a drill can be reached. A disk that refuses stops no drill."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = folder / f".current-{os.getpid()}"
        fresh.write_bytes(msgspec.json.encode(Current(addresses.http, scenario)))
        fresh.replace(folder / "current.json")
    except OSError:
        return


def forget(folder: Path, addresses: Addresses) -> None:
    """Take it back, unless a newer drill has written there since."""
    found = known(folder)
    if found is not None and found.http == addresses.http:
        (folder / "current.json").unlink(missing_ok=True)


def known(folder: Path) -> Current | None:
    """What stands there, or None."""
    try:
        return msgspec.json.decode((folder / "current.json").read_bytes(), type=Current)
    except (OSError, msgspec.MsgspecError):
        return None
