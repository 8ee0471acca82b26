"""Commands that steer an incident: decide, data-change, severity, escalate, personal-data."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments.completion import severity_names
from warroom.cli.writing import shared, write_down

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from warroom.conductor.conductor import Conductor
    from warroom.headless.answer import Answer


@click.command(cls=twin.Twin)
@click.argument("choice", type=click.Choice(["roll-back", "hotfix", "wait"]))
@twin.reason
@shared
def decide(choice: str, reason: str, **common: Any) -> None:  # noqa: ANN401
    """Record the way out: roll back, hotfix or wait.

    Needs --reason. Keeps the matrix's row and whether going back can work beside it. roll-back tells which command does
    it; wait closes the incident, for a regular release has it.
    """
    from warroom.headless import triage

    _steer(common, lambda conductor: triage.decide(conductor, choice, reason))


@click.command("data-change", cls=twin.Twin)
@click.argument("answer", type=click.Choice(["yes", "no", "forward-only"]))
@twin.reason
@shared
def data_change(answer: str, reason: str, **common: Any) -> None:  # noqa: ANN401
    """Say whether data or schema is changed.

    forward-only: the old revision cannot run on it, and going back can't be relied on.
    """
    from warroom.headless import triage

    write_down(common, lambda conductor: triage.data_change(conductor, answer, reason))


@click.command(cls=twin.Twin)
@click.argument("severity", shell_complete=severity_names)
@twin.reason
@shared
def severity(severity: str, reason: str, **common: Any) -> None:  # noqa: ANN401
    """Re-rate the incident to SEVERITY.

    Needs --reason. SLA and escalation follow at once, counted from detection.
    """
    from warroom.headless import triage

    write_down(common, lambda conductor: triage.severity(conductor, severity, reason))


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
    _steer(common, lambda conductor: triage.escalate(conductor, level or 0, yes=common["yes"]))


@click.command("personal-data", cls=twin.Twin)
@click.option("--none", is_flag=True, help="None is at stake after all; needs --reason.")
@click.option("--notified", is_flag=True, help="The authority was notified: the clock stops.")
@click.option("--minutes-ago", "minutes", type=float, default=0.0, help="When somebody first knew.")
@twin.reason
@shared
def personal_data(none: bool, notified: bool, minutes: float, reason: str, **common: Any) -> None:  # noqa: ANN401
    """Flag a breach of personal data: 72 hours to notify.

    They run from the moment that somebody knew of it.
    """
    from warroom.headless import triage

    write_down(
        common,
        lambda conductor: triage.personal_data(conductor, reason, minutes, none=none, notified=notified),
    )


def _steer(common: dict[str, Any], work: "Callable[[Conductor], Awaitable[Answer]]") -> None:
    """With a look at what can be reached."""

    def answer() -> "Answer":
        from warroom.headless.triage import looked
        from warroom.wiring import rooms

        place = (common["config_directory"], common["journal"], common["actor"], common["of_drill"])
        room = twin.room(*place, begin=False)
        return twin.run(looked(room, common["incident"], rooms.emulated(room.config), work))

    twin.answered(common["as_json"], answer)
