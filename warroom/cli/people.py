"""Commands about who does what: page, assign, acknowledge, handover, away, roster."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments.completion import role_names
from warroom.cli.writing import shared, write_down

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


@click.command(cls=twin.Twin)
@role
@click.argument("person")
@shared
def assign(role: str, person: str, **common: Any) -> None:  # noqa: ANN401
    """Give ROLE to PERSON."""
    from warroom.headless import people

    write_down(common, lambda conductor: people.assign(conductor, role, person))


@click.command(cls=twin.Twin)
@role
@click.option("--joined", is_flag=True, help="They do not only know, they are here.")
@shared
def acknowledge(role: str, joined: bool, **common: Any) -> None:  # noqa: ANN401
    """Say that who holds ROLE knows."""
    from warroom.headless import people

    write_down(common, lambda conductor: people.acknowledge(conductor, role, joined=joined))


@click.command(cls=twin.Twin)
@role
@click.argument("person")
@click.option("--accept", is_flag=True, help="PERSON takes what was offered to them.")
@shared
def handover(role: str, person: str, accept: bool, **common: Any) -> None:  # noqa: ANN401
    """Offer ROLE to PERSON, with a brief.

    It is theirs when they, or somebody on their behalf, run it again with --accept.
    """
    from warroom.headless import people

    write_down(common, lambda conductor: people.handover(conductor, role, person, accept=accept))


@click.command(cls=twin.Twin)
@click.option("--person", default="", help="Who; else you.")
@click.option("--back", is_flag=True, help="They are back.")
@shared
def away(person: str, back: bool, **common: Any) -> None:  # noqa: ANN401
    """Say that you are away, with all roles that you hold."""
    from warroom.headless import people

    write_down(common, lambda conductor: people.away(conductor, person, back=back))


@click.command(cls=twin.Twin)
@shared
def roster(**common: Any) -> None:  # noqa: ANN401
    """List the roles: who, in what state, since when."""
    from warroom.headless import people

    write_down(common, people.roster)
