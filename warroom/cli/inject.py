"""Faults for a running drill or emulator, over its HTTP side."""

import json
import os
from http.client import HTTPConnection, HTTPException
from typing import Any, NoReturn

import click

from warroom.drill.current import PATH, VARIABLE, known
from warroom.drill.faults import KINDS, STATUSES
from warroom.failing import fail

TIMEOUT_SECONDS = 10.0


def _kinds(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return [kind for kind in KINDS if kind.startswith(begun)]


@click.command()
@click.argument("kind", required=False, shell_complete=_kinds)
@click.option("--list", "list_only", is_flag=True, help="List the faults that hold now, and leave.")
@click.option("--clear", is_flag=True, help="End all faults that hold now.")
@click.option("--kinds", "kinds_only", is_flag=True, help="List the kinds of faults, and leave.")
@click.option("--method", help="Glob of the calls it hits, e.g. UpdateService, Get*, Health/GET.")
@click.option(
    "--status",
    type=click.Choice(STATUSES, case_sensitive=False),
    metavar="STATUS",
    help="The gRPC status of the answer.",
)
@click.option("--times", type=int, help="How many calls it hits; 0 for all, until --clear.")
@click.option("--seconds", type=float, help="How long, in seconds of the drill's clock.")
@click.option("--for", "lasts", type=float, metavar="SECONDS", help="It ends by itself after this long.")
@click.option("--share", type=float, help="The share of calls or points that it hits, above 0 and at most 1.")
@click.option("--service", help="The service it concerns; else any, for strangers the first.")
@click.option("--revision", help="For strangers: which revision; else the newest idle one.")
@click.option("--percent", type=int, help="For stranger-traffic: how much goes there (default 50).")
@click.option("--by", help="For strangers: who it was.")
@click.option(
    "--at", "at", metavar="HOST:PORT", help=f"The HTTP side of the cloud; else ${VARIABLE}, the last drill's."
)
def inject(
    kind: str | None, list_only: bool, clear: bool, kinds_only: bool, at: str | None, **given: str | float | None
) -> None:
    """Make the embedded cloud misbehave.

    KIND is one of those that --kinds lists, for example: warroom inject status --method UpdateService --status ABORTED
    """
    if kinds_only:
        for name, one in KINDS.items():
            click.echo(f"{name:<18} {one.words}.")
        return
    if sum((bool(kind), list_only, clear)) != 1:
        fail("give one KIND, or --list, or --clear. warroom inject --kinds lists the kinds.", 2)
    if kind and kind not in KINDS:
        fail(f"there is no fault {kind!r}. Known: {', '.join(KINDS)}.", 2)
    address = _address(at)
    if list_only:
        _show(_ask(address, "GET"))
    elif clear:
        click.echo(f"{_ask(address, 'DELETE')['cleared']} fault(s) cleared")
    else:
        fault = {"kind": kind, **{key: value for key, value in given.items() if value is not None}}
        click.echo(_safe(_ask(address, "POST", fault)["said"]))


def _address(at: str | None) -> str:
    """Where the cloud is to be found. Leaves with a sentence when there is none, or none on this machine."""
    from warroom.resources import state_directory
    from warroom.services.endpoints import Endpoint
    from warroom.services.errors import ServiceError

    address = at or os.environ.get(VARIABLE, "")
    if not address:
        found = known(state_directory() / "drills")
        if found is None:
            fail("no drill is running. Start one with: warroom drill, or name an emulator with --at HOST:PORT.")
        address = found.http
    try:
        return Endpoint(address.strip()).address
    except ServiceError as error:
        fail(f"{error.title}. Faults are for an embedded cloud on this machine: give 127.0.0.1:PORT.", 2)


def _ask(address: str, method: str, fault: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request to the cloud's switches. Leaves with a sentence when it is refused or not answered."""
    connection = HTTPConnection(address, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, PATH, json.dumps(fault) if fault else None, {"Content-Type": "application/json"})
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
        fail(f"refused: {_safe(said['error']).rstrip('.')}.")
    if answer.status != 200:
        _no_cloud(address)
    return said


def _no_cloud(address: str) -> NoReturn:
    fail(f"what answers at {address} is no embedded cloud. Give the HTTP address that warroom emulator prints.")


def _show(answer: dict[str, Any]) -> None:
    for one in answer["faults"]:
        click.echo(f"{one['number']:>3}  {_safe(one['words'])}, hit {one['hits']} time(s)")
    for words in answer["planned"]:
        click.echo(f"  -  planned: {_safe(words)}")
    if not answer["faults"] and not answer["planned"]:
        click.echo("no faults")


def _safe(text: object) -> str:
    from warroom.text import plain

    return plain(str(text), 500)
