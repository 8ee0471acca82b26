"""The command that pages an escalation level."""

from typing import Any

import click

from warroom.cli import twin
from warroom.cli.writing import shared, write_down


@click.command(cls=twin.Twin)
@click.argument("level", type=click.IntRange(1, 9), required=False)
@click.option("--raise-cap", is_flag=True, help="Let it reach LEVEL; the Incident Commander's to allow, with --reason.")
@twin.reason
@shared
def escalate(level: int | None, raise_cap: bool, reason: str, **common: Any) -> None:  # noqa: ANN401
    """Page the people of an escalation level.

    Without LEVEL those of every level that was reached and waits. Shows the pages; --yes sends them, or records that
    you called where no pager does it.
    """
    from warroom.headless import triage

    if raise_cap:
        write_down(common, lambda conductor: triage.raise_cap(conductor, level or 0, reason))
        return
    write_down(common, lambda conductor: triage.escalate(conductor, level or 0, yes=common["yes"]), looks=True)
