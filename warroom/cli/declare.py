"""Declaring an incident."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments import options
from warroom.cli.arguments.completion import service_names, severity_names, trigger_names

if TYPE_CHECKING:
    from warroom.actions.answer import Answer


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
        from warroom.headless.declare import Declaration, declare

        wanted = Declaration(drill=typed.pop("of_drill"), **typed)
        return twin.run(declare(twin.room(config, journal, actor, wanted.drill, begin=True), wanted))

    twin.answered(as_json, work)
