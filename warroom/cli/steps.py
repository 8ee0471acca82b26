"""The command that does a step of the protocol: by warroom itself or by its program."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments import options
from warroom.cli.arguments.completion import step_names

if TYPE_CHECKING:
    from warroom.headless.answer import Answer

EPILOG = (
    "Exit: 0 done, 1 refused by a guard, 2 usage, 3 its program failed or the other system said no, "
    "4 outcome unknown, 130 cancelled by Ctrl-C."
)


@click.command(cls=twin.Twin, epilog=EPILOG)
@click.argument("step", default="", shell_complete=step_names)
@click.option("--set", "values", metavar="NAME=VALUE", multiple=True, help="A value that it needs, e.g. feature=cards.")
@click.option("--second", metavar="HANDLE", default="", help="The second person, for what cannot be undone.")
@click.option("--mitigated", is_flag=True, help="With a feature's flag: turning it off ends it for the users.")
@click.option("--list", "list_only", is_flag=True, help="List the steps that can be run, and leave.")
@options.actor
@options.journal
@options.config
@twin.drill
@twin.as_json
@twin.yes
@twin.service
@twin.incident
def run(step: str, values: tuple[str, ...], list_only: bool, **common: Any) -> None:  # noqa: ANN401
    """Do STEP of the protocol.

    STEP is its id. By warroom itself where it can, else by the step's program, whose output comes as it is written;
    exit 0 ticks the step. In a drill no program is run: it is simulated, and says so. What changes nothing needs no
    --yes; what cannot be undone needs --second too, and its subject named in full.
    """

    def work() -> "Answer":
        from warroom.headless.answer import Answer, Misused
        from warroom.headless.steps import Wanted
        from warroom.headless.steps import run as carry_out
        from warroom.wiring import rooms

        if list_only:
            return _listed(common)
        if not step:
            raise Misused("No step named", "See: warroom run --list")
        given: dict[str, str] = {}
        for one in values:
            name, sign, value = one.partition("=")
            if not sign:
                raise Misused(f"{one} is no NAME=VALUE", "Write it like --set feature=cards.")
            given[name.strip()] = value
        place = twin.room(
            common["config_directory"], common["journal"], common["actor"], common["of_drill"], begin=False
        )
        wanted = Wanted(
            step, common["incident"], common["service"], given, common["second"], common["mitigated"], common["yes"]
        )
        with twin.Progress(all_lines=True, err=common["as_json"]) as say:
            answer: Answer = twin.run(carry_out(place, wanted, rooms.emulated(place.config), say))
            return answer

    twin.answered(common["as_json"], work)


def _badged(common: dict[str, Any]) -> None:
    """Let the list say of which incident's cloud it is, where it is told or can be only one's."""
    from warroom.headless.answer import Misused
    from warroom.headless.choose import incident_of
    from warroom.incident.journal.errors import JournalError

    try:
        room = twin.room(
            common["config_directory"], common["journal"], common["actor"], common["of_drill"], begin=False
        )
        try:
            twin.about(incident_of(room.journal, common["incident"]))
        finally:
            room.journal.close()
    except (Misused, JournalError):
        if common["incident"]:
            raise


def _listed(common: dict[str, Any]) -> "Answer":
    """Every step that is not a person's alone."""
    from warroom.headless.answer import Answer
    from warroom.headless.steps import can_run
    from warroom.protocol.load import load
    from warroom.resources import find_config
    from warroom.wiring.rooms import here

    config = load(find_config(common["config_directory"]))
    twin.at(here(config.services.endpoints))
    _badged(common)
    protocol = config.protocol
    steps = [*(step for phase in protocol.phases for step in phase.steps), *protocol.procedures]
    shown = [step for step in steps if can_run(step)]
    lines = tuple(f"{step.id:<24} {step.title}{'   $ ' + ' '.join(step.argv) if step.argv else ''}" for step in shown)
    return Answer(lines, {"steps": [{"id": step.id, "title": step.title, "argv": list(step.argv)} for step in shown]})
