"""Faults for a running drill or emulator, over its HTTP side."""

from typing import Any

import click

from warroom.cli.drill.cloud import address_of, ask, place_of, safe
from warroom.drill.scenario.directory import SYSTEMS
from warroom.drill.scenario.faults import KINDS, STATUSES
from warroom.drill.wire.discovery import PATH, VARIABLE
from warroom.failing import fail


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
@click.option("--system", type=click.Choice(SYSTEMS), help="Another system that fails; else it is Google's.")
@click.option("--code", type=int, help="For http: the HTTP status of the answer (default 500).")
@click.option("--error", help="For http: the word that the system gives for it, e.g. missing_scope of slack.")
@click.option("--who", help="For responder-…: a role, role/backup, handle or e-mail address.")
@click.option(
    "--at", "at", metavar="HOST:PORT", help=f"The HTTP side of the cloud; else ${VARIABLE}, the last drill's."
)
def inject(
    kind: str | None, list_only: bool, clear: bool, kinds_only: bool, at: str | None, **given: str | float | None
) -> None:
    """Make the embedded cloud misbehave.

    KIND is one of those that --kinds lists, for example: warroom inject status --method UpdateService --status ABORTED

    Other systems fail with --system, for example: warroom inject http --system slack --code 429 --seconds 5

    Whoever was paged answers with: warroom inject responder-joins --who incident-commander
    """
    if kinds_only:
        for name, one in KINDS.items():
            click.echo(f"{name:<18} {one.words}.")
        return
    if sum((bool(kind), list_only, clear)) != 1:
        fail("give one KIND, or --list, or --clear. warroom inject --kinds lists the kinds.", 2)
    if kind and kind not in KINDS:
        fail(f"there is no fault {kind!r}. Known: {', '.join(KINDS)}.", 2)
    address = address_of(at)
    if list_only:
        answer = ask(address, "GET", PATH)
    elif clear:
        answer = ask(address, "DELETE", PATH)
    else:
        fault = {"kind": kind, **{key: value for key, value in given.items() if value is not None}}
        answer = ask(address, "POST", PATH, fault)
    click.echo(place_of(address).line)
    if list_only:
        _show(answer)
    else:
        click.echo(f"{answer['cleared']} fault(s) cleared" if clear else safe(answer["said"]))


def _show(answer: dict[str, Any]) -> None:
    for one in answer["faults"]:
        click.echo(f"{one['number']:>3}  {safe(one['words'])}, hit {one['hits']} time(s)")
    for words in answer["planned"]:
        click.echo(f"  -  planned: {safe(words)}")
    if not answer["faults"] and not answer["planned"]:
        click.echo("no faults")
