"""What the running drill's other systems were sent."""

import click

from warroom.cli.drill.cloud import address_of, ask, place_of, safe
from warroom.drill.scenario.directory import SYSTEMS
from warroom.drill.wire.discovery import SENT_PATH, VARIABLE


@click.command()
@click.option("--system", type=click.Choice(SYSTEMS), help="Of this system only.")
@click.option("--json", "as_json", is_flag=True, help="All of it, with the requests' bodies, as JSON.")
@click.option(
    "--at", "at", metavar="HOST:PORT", help=f"The HTTP side of the cloud; else ${VARIABLE}, the last drill's."
)
def sent(system: str | None, as_json: bool, at: str | None) -> None:
    """List what the running drill sent to other systems.

    All of it went to the embedded cloud: nothing left this machine.
    """
    address = address_of(at)
    answer = ask(address, "GET", f"{SENT_PATH}?system={system}" if system else SENT_PATH)
    place = place_of(address)
    if as_json:
        import json

        answer = {**answer, "place": place.kind, "address": place.address}
        click.echo(json.dumps(answer, indent=2, ensure_ascii=True))
        return
    from warroom.clock import clock_time

    click.echo(place.line)
    for one in answer["sent"]:
        refused = f"  (refused: {safe(one['refused'])})" if one["refused"] else ""
        click.echo(f"{clock_time(one['at'])}  {one['system']:<12}  {safe(one['summary'])}{refused}")
    if not answer["sent"]:
        click.echo("nothing was sent")
