"""Commands that speak to the outside: updates, the alert, the ticket."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.writing import shared
from warroom.protocol.integrations import CHAT_CHANNEL, PAGE_CHANNEL

if TYPE_CHECKING:
    from warroom.headless.answer import Answer
    from warroom.workspace import Room

PLAIN = {"chat": CHAT_CHANNEL, "status-page": PAGE_CHANNEL}
"""The same channels by what they are for, whatever product is behind them."""

CHANNELS = click.Choice([CHAT_CHANNEL, "stakeholders", PAGE_CHANNEL, "by-hand", *PLAIN])
EPILOG = (
    "Exit: 0 done, 1 refused by a guard, 2 usage, 3 another system said no, 4 outcome unknown. What arrived is not "
    "sent a second time."
)
anew = click.option("--anew", is_flag=True, help="Also send what may have arrived already: you looked there.")


@click.command(cls=twin.Twin, epilog=EPILOG)
@click.option("--template", metavar="ID", default="", help="Which template; else the one that is due.")
@click.option(
    "--text",
    metavar="FILE",
    default="",
    type=click.Path(allow_dash=True),
    help="The text from a file, - for standard input.",
)
@click.option("--channel", "to", type=CHANNELS, multiple=True, help="Where to; else everywhere that can be.")
@click.option("--approved-by", metavar="NAME", default="", help="The Incident Commander, who approves what goes out.")
@click.option("--notify", is_flag=True, help="Tell the status page's subscribers too; never in a drill.")
@click.option("--dry-run", is_flag=True, help="Show exactly what would go where; send nothing.")
@anew
@shared
def update(to: tuple[str, ...], **typed: Any) -> None:  # noqa: ANN401
    """Send an update to stakeholders.

    Refuses what is not filled in and what is not true. What goes to stakeholders or the status page needs the Incident
    Commander: as --as, or as --approved-by.
    """
    common = {name: typed.pop(name) for name in ("config_directory", "journal", "actor", "of_drill", "as_json")}

    def start(room: "Room", emulated: bool) -> Any:  # noqa: ANN401
        from warroom.headless import comms

        channels = tuple(dict.fromkeys(PLAIN.get(one, one) for one in to))
        return comms.update(room, comms.Wanted(to=channels, **typed), emulated)

    _spoken(common, start)


@click.command(cls=twin.Twin, epilog=EPILOG)
@anew
@shared
def alert(anew: bool, **common: Any) -> None:  # noqa: ANN401
    """Open the incident's channel and alert the team in it."""
    _one("alert", anew, common)


@click.command(cls=twin.Twin, epilog=EPILOG)
@anew
@shared
def ticket(anew: bool, **common: Any) -> None:  # noqa: ANN401
    """Put the report's summary into the ticket on the code host."""
    _one("comment", anew, common)


def _one(name: str, anew: bool, common: dict[str, Any]) -> None:
    def start(room: "Room", emulated: bool) -> Any:  # noqa: ANN401
        from warroom.headless import comms

        return getattr(comms, name)(room, common["incident"], emulated, yes=common["yes"], anew=anew)

    _spoken(common, start)


def _spoken(common: dict[str, Any], start: "Callable[[Room, bool], Any]") -> None:
    def work() -> "Answer":
        from warroom.wiring import rooms

        place = (common["config_directory"], common["journal"], common["actor"], common["of_drill"])
        room = twin.room(*place, begin=False)
        answer: Answer = twin.run(start(room, rooms.emulated(room.config)))
        return answer

    twin.answered(common["as_json"], work)
