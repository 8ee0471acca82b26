"""Commands that write into an incident and change nothing outside: declare, hold, tick, note, resolve."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments import options
from warroom.cli.arguments.completion import item_names, service_names, severity_names, trigger_names

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from warroom.conductor.conductor import Conductor
    from warroom.headless.answer import Answer


def shared(command: Any) -> Any:  # noqa: ANN401
    """The options of everything that writes into an incident."""
    for option in (options.actor, options.journal, options.config, twin.drill, twin.as_json, twin.yes, twin.incident):
        command = option(command)
    return command


@click.command(cls=twin.Twin)
@click.argument("title")
@click.option(
    "--service",
    "services",
    metavar="NAME",
    multiple=True,
    help="A service; several are several options.",
    shell_complete=service_names,
)
@click.option("--project", default="", help="The project of a service that services.toml does not name.")
@click.option("--region", default="", help="The region of a service that services.toml does not name.")
@click.option("--severity", default="", help="How bad; else what the trigger proposes.", shell_complete=severity_names)
@click.option("--trigger", default="", help="Which criterion of the protocol is met.", shell_complete=trigger_names)
@click.option("--impact", default="", help="What it does to users.")
@click.option("--issue", default="", help="A link to the ticket.")
@click.option("--minutes-ago", "minutes", type=float, default=0.0, help="When it was detected.")
@click.option("--personal-data", is_flag=True, help="Personal data may be affected.")
@click.option("--reason", metavar="TEXT", default="", help="Why it can't wait, where the severity goes into a release.")
@click.option("--drill", "of_drill", is_flag=True, help="A drill, in the drills' journal.")
@click.option("--yes", is_flag=True, help="Taken as on the other commands; nothing asks for it here.")
@twin.as_json
@options.config
@options.journal
@options.actor
def declare(as_json: bool, yes: bool, **typed: Any) -> None:  # noqa: ANN401
    """Declare an incident: TITLE says what is wrong.

    Answers with its number; the roster's primaries take the core roles.
    """
    config, journal, actor = (typed.pop(name) for name in ("config_directory", "journal", "actor"))

    def work() -> "Answer":
        from warroom.headless.write import Declaration, declare

        wanted = Declaration(drill=typed.pop("of_drill"), **typed)
        return twin.run(declare(twin.room(config, journal, actor, wanted.drill, begin=True), wanted))

    twin.answered(as_json, work)


@click.command(cls=twin.Twin)
@click.option("--resume", is_flag=True, help="Let the ladder go on.")
@click.option("--reason", metavar="TEXT", default="", help="Why it is held.")
@twin.service
@shared
def hold(resume: bool, reason: str, service: str, **common: Any) -> None:  # noqa: ANN401
    """Stop the ladder where it is; judging goes on."""
    from warroom.headless import write

    write_down(common, lambda conductor: write.hold(conductor, service, reason, resume=resume))


@click.command(cls=twin.Twin)
@click.argument("step", shell_complete=item_names)
@click.option("--off", is_flag=True, help="Untick it.")
@shared
def tick(step: str, off: bool, **common: Any) -> None:  # noqa: ANN401
    """Tick a step or checklist item.

    STEP is its id in the protocol. Ticking what is ticked changes nothing.
    """
    from warroom.headless import write

    write_down(common, lambda conductor: write.tick(conductor, step, off=off))


@click.command(cls=twin.Twin)
@click.argument("text")
@shared
def note(text: str, **common: Any) -> None:  # noqa: ANN401
    """Write TEXT into the timeline."""
    from warroom.headless import write

    write_down(common, lambda conductor: write.note(conductor, text))


@click.command(cls=twin.Twin)
@click.argument("text", default="")
@shared
def resolve(text: str, **common: Any) -> None:  # noqa: ANN401
    """Resolve the incident: phase 5 is verified.

    TEXT goes into the timeline. Needs --yes.
    """
    from warroom.headless import write

    write_down(common, lambda conductor: write.resolve(conductor, text, yes=common["yes"]))


def write_down(common: dict[str, Any], write: "Callable[[Conductor], Awaitable[Answer]]") -> None:
    """Open the incident, let `write` add to it, and answer."""

    def work() -> "Answer":
        from warroom.headless.write import written

        place = (common["config_directory"], common["journal"], common["actor"], common["of_drill"])
        return twin.run(written(twin.room(*place, begin=False), common["incident"], write))

    twin.answered(common["as_json"], work)
