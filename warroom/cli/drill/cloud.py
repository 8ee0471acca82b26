"""How commands reach the running drill's cloud, over its HTTP side."""

import json
import os
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, NoReturn

from warroom.drill.wire.discovery import VARIABLE, known, own_token
from warroom.failing import fail

if TYPE_CHECKING:
    from warroom.incident.place import Place

TIMEOUT_SECONDS = 10.0


def address_of(at: str | None) -> str:
    """Where the cloud is to be found. Leaves with a sentence when there is none, or none on this machine."""
    from warroom.resources import state_path
    from warroom.services.errors import ServiceError
    from warroom.services.google.endpoints import Endpoint

    address = at or os.environ.get(VARIABLE, "")
    if not address:
        found = known(state_path() / "drills")
        if found is None:
            fail("no drill is running. Start one with: warroom drill, or name an emulator with --at HOST:PORT.")
        address = found.http
    try:
        return Endpoint(address.strip()).address
    except ServiceError as error:
        fail(f"{error.title}. An embedded cloud is on this machine: give 127.0.0.1:PORT.", 2)


def place_of(address: str) -> "Place":
    """What every answer of that cloud begins with: a drill that this machine remembers, else an emulator."""
    from warroom.incident.place import Place
    from warroom.resources import state_path

    found = known(state_path() / "drills")
    return Place("drill" if found is not None and found.http == address else "emulator", address)


def ask(address: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request to the cloud. Leaves with a sentence when it is refused or not answered."""
    connection = HTTPConnection(address, timeout=TIMEOUT_SECONDS)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {_token(address)}"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if not isinstance(said, dict):
            raise ValueError
    except OSError:
        fail(f"no drill answers at {address}. Start one with: warroom drill, or warroom emulator.")
    except (HTTPException, ValueError):
        _no_cloud(address)
    finally:
        connection.close()
    if "error" in said:
        fail(f"refused: {safe(said['error']).rstrip('.')}.")
    if answer.status != 200:
        _no_cloud(address)
    return said


def _token(address: str) -> str:
    """The token of the cloud at that address; "" where this user has none, which the cloud then says."""
    from warroom.resources import runtime_path, state_path

    return own_token(address, os.environ, state_path() / "drills", runtime_path())


def _no_cloud(address: str) -> NoReturn:
    fail(f"what answers at {address} is no embedded cloud. Give the HTTP address that warroom emulator prints.")


def safe(text: object) -> str:
    """One line for people, whatever the cloud said."""
    from warroom.text import plain

    return plain(str(text), 500)
