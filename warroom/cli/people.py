"""The command that pages a role."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments.completion import role_names
from warroom.cli.writing import shared

if TYPE_CHECKING:
    from warroom.headless.answer import Answer

role = click.argument("role", shell_complete=role_names)
EPILOG = "Exit: 0 done, 1 refused by a guard, 2 usage, 3 the pager said no, 4 outcome unknown."


@click.command(cls=twin.Twin, epilog=EPILOG)
@role
@click.option("--person", default="", help="Whom; else who holds the role, else its primary.")
@click.option("--by-hand", is_flag=True, help="You did it: write that down, send nothing.")
@shared
def page(**typed: Any) -> None:  # noqa: ANN401
    """Page a role.

    By the pager where there is one, else by hand: then it says whom to call. Needs --yes; without it nothing is sent.
    """

    def work() -> "Answer":
        from warroom.headless import people
        from warroom.wiring import rooms

        names = ("config_directory", "journal", "actor", "of_drill")
        room = twin.room(*(typed[name] for name in names), begin=False)
        return twin.run(people.page(room, typed, rooms.emulated(room.config)))

    twin.answered(typed["as_json"], work)
