"""Where the running drill can be reached, and with what token: variables for whoever was told, files for others."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from warroom import files
from warroom.drill.wire.addresses import Addresses

VARIABLE = "WARROOM_DRILL"
TOKEN_VARIABLE = "WARROOM_DRILL_TOKEN_FILE"
"""Names the file that holds the token."""

PATH = "/_warroom/faults"
"""Where the HTTP side of an embedded cloud takes faults."""

SENT_PATH = "/_warroom/sent"
"""Where it tells what the other systems were sent."""


_held: dict[Path, int] = {}
"""The tokens of this process's clouds, by file: an open file each."""


class Current(Struct, frozen=True):
    """The drill that began last: its cloud's HTTP address and its scenario."""

    http: str
    scenario: str


def tell(folder: Path, addresses: Addresses, scenario: str) -> Path | None:
    """Write down in `folder` where a drill can be reached, and its token; the token's file, where there is one.

    A disk that refuses stops no drill.
    """
    kept = None
    with suppress(OSError):
        kept = keep_token(folder, addresses)
        files.put(folder / "current.json", msgspec.json.encode(Current(addresses.http, scenario)), own=True)
    return kept


def keep_token(folder: Path, addresses: Addresses) -> Path:
    """Write a cloud's token into a file of `folder` that is its owner's alone, and return its path. Raises OSError.

    This process holds it until `forget`. What processes that are gone have left behind there is taken away.
    """
    path = _token_file(folder, addresses.http)
    while True:  # another drill that sweeps just now may take away what is not held yet
        files.put(path, addresses.token, own=True)
        try:
            held = files.lock(path)
        except FileNotFoundError:
            continue
        if held is not None:
            break
    _let_go(path)
    _held[path] = held
    _sweep(folder)  # which is ours alone, or nothing could have been written there
    return path


def _sweep(folder: Path) -> None:
    """Take away the tokens in `folder` whose processes are gone: they did not end as they should."""
    for path in folder.glob("token-*"):
        with suppress(OSError):
            held = files.lock(path)
            if held is not None:
                files.remove(path)
                os.close(held)


def _let_go(path: Path) -> None:
    if path in _held:
        os.close(_held.pop(path))


def token_of(http: str, *folders: Path) -> str:
    """The token of the cloud at HOST:PORT, as the newest file in this user's `folders` has it; "" where none has."""
    found = sorted((_age(_token_file(folder, http)), read_token(_token_file(folder, http))) for folder in folders)
    return found[-1][1]


def own_token(http: str, environ: Mapping[str, str], *folders: Path) -> str:
    """The token of the cloud at HOST:PORT: from the file that `environ` names, else one in `folders`; "" where none."""
    named = environ.get(TOKEN_VARIABLE, "")
    return read_token(Path(named)) if named else token_of(http, *folders)


def read_token(path: Path) -> str:
    """The token in a file that is its owner's alone; "" for any other, and for none."""
    try:
        return files.read_private(path).strip()
    except (OSError, ValueError):
        return ""


def forget(folder: Path, addresses: Addresses) -> None:
    """Take it back, unless a newer drill has written there since."""
    path = _token_file(folder, addresses.http)
    if token_of(addresses.http, folder) == addresses.token:
        files.remove(path)
        _let_go(path)
    found = known(folder)
    if found is not None and found.http == addresses.http:
        files.remove(folder / "current.json")


def known(folder: Path) -> Current | None:
    """What stands there, or None."""
    try:
        return msgspec.json.decode((folder / "current.json").read_bytes(), type=Current)
    except (OSError, msgspec.MsgspecError):
        return None


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _token_file(folder: Path, http: str) -> Path:
    """Every cloud's own: several may run, and each has a port of its own."""
    return folder / f"token-{http.rpartition(':')[2]}"
