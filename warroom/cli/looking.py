"""Commands that only look at the journal: status, incidents."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from warroom.cli import twin
from warroom.cli.arguments import options
from warroom.cli.arguments.completion import incident_names
from warroom.incident.change import Outcome

if TYPE_CHECKING:
    from warroom.actions.answer import Answer
    from warroom.incident.place import Elsewhere
    from warroom.status.model import Status

WRITTEN_SECONDS = 60.0
"""From this age on a line says how old its word of what is served is."""


@click.command(cls=twin.Twin)
@click.argument("number", metavar="[INCIDENT]", default="", shell_complete=incident_names)
@twin.incident
@twin.as_json
@twin.drill
@options.config
@options.journal
def status(
    number: str, incident: str, as_json: bool, of_drill: bool, config_directory: Path | None, journal: Path | None
) -> None:
    """Say how INCIDENT stands; without it the only open one.

    From the journal alone: what the board shows. With --json all of it, as docs/status-schema.md tells.
    """

    def work() -> "Answer":
        from warroom.actions.answer import Answer, Misused
        from warroom.board import View
        from warroom.conductor import reach
        from warroom.headless.choose import incident_of
        from warroom.incident.place import elsewhere
        from warroom.status.build import status

        if number and incident not in ("", number):
            raise Misused(f"{number} and {incident} are two incidents", "Name one.")
        room = twin.room(config_directory, journal, "", of_drill, begin=False, only_read=True)
        try:
            found = incident_of(room.journal, number or incident)
        finally:
            room.journal.close()
        apart = elsewhere(found, room.place) if room.place is not None else None
        where = apart.short if apart is not None else ""
        now = reach.clock(found.declared, room.clock).now()
        shown = status(found, room.config.protocol, now, View(operator=room.actor), where)
        from msgspec import to_builtins

        from warroom.wording import each, for_board

        keymap = room.config.keymap
        data = each(to_builtins(shown), lambda text: for_board(text, keymap))
        return Answer(tuple(_lines(shown, apart)), data, badged=True)

    twin.answered(as_json, work)


@click.command(cls=twin.Twin)
@click.option("--all", "also_over", is_flag=True, help="Those too that are resolved or closed.")
@twin.as_json
@twin.drill
@options.config
@options.journal
def incidents(
    also_over: bool, as_json: bool, of_drill: bool, config_directory: Path | None, journal: Path | None
) -> None:
    """List the open incidents, and those over that still owe something, newest first.

    A breach that nobody was notified of, a post-mortem without a date, actions that are overdue or nobody's.
    """

    def work() -> "Answer":
        from msgspec import to_builtins

        from warroom.actions.answer import Answer, Unread
        from warroom.conductor import reach
        from warroom.incident import clocks
        from warroom.incident.place import elsewhere
        from warroom.incident.progress.duties import duties
        from warroom.status.build import row

        room = twin.room(config_directory, journal, "", of_drill, begin=False, only_read=True)
        try:
            found = room.incidents()
        finally:
            room.journal.close()
        here, unread = room.place, room.unread
        assert here is not None
        across = {one.id: apart.short for one in found if (apart := elsewhere(one, here)) is not None}
        protocol = room.config.protocol
        now = {one.id: clocks.moment(one, reach.clock(one.declared, room.clock).now()) for one in found}
        owed = {one.id: tuple(duty.words for duty in duties(one, protocol, now[one.id])) for one in found}
        rows = [
            row(one, across.get(one.id, ""), clocks.gdpr_left(one, protocol, now[one.id]), owed[one.id])
            for one in found
        ]
        rows = [one for one in rows if also_over or one.state in ("open", "mitigated") or one.duties]
        lines = [
            f"{_badge(one.place)}{one.id} {one.severity} {one.state}: {one.title} ({', '.join(one.services)})"
            f"{'; ' + '; '.join(one.duties) if one.duties else ''}"
            for one in rows
        ]
        told_of = any(one.elsewhere for one in rows) or here.kind != "production"
        more = (f"This terminal leads to {here.words}.",) if told_of else ()
        data = {"incidents": to_builtins(rows), "place": here.kind, "address": here.address}
        if unread:
            first, *others = unread.values()
            told = "".join(f"; {other.title}" for other in others)
            part = Answer((*lines, *more), {**data, "unread": list(unread)}, badged=True)
            raise Unread(f"{first.title}{told}", first.remedy, part)
        none = "No incident yet." if also_over else "No open incident."
        return Answer((*(lines or (none,)), *more), data, badged=True)

    twin.answered(as_json, work)


def _lines(shown: "Status", apart: "Elsewhere | None") -> list[str]:
    """The board for people, without a screen."""
    from warroom.marks import unnamed
    from warroom.wording import for_scripts

    board, incident = shown.board, shown.incident
    alarm = (board.sentence.alarm,) if board.sentence.alarm else ()
    sentence = " ".join((*alarm, *(part.text for part in board.sentence.parts)))
    if apart is not None:
        sentence = unnamed(sentence)
    lines = [f"{_badge(incident.place)}{incident.id} {incident.severity} {incident.state}: {incident.title}", sentence]
    lines += [f"  {one.words}" for one in shown.silent]
    for lane in shown.lanes:
        serving = ", ".join(f"{name} {percent} %" for name, percent in lane.serving.items()) or "not read yet"
        lines.append(f"  {lane.service}  {lane.region}  {lane.project}: {serving}{_written(lane.observed_at, shown)}")
        if lane.ladder is not None:
            ladder = lane.ladder
            step = "deploying" if ladder.percent is None else f"{ladder.percent} %"
            back = ", ".join(f"{name} {percent} %" for name, percent in ladder.target.items()) or "nowhere"
            ended = f", {ladder.ended}" if ladder.ended else ", held" if ladder.held else ""
            lines.append(f"    ladder: {ladder.candidate} at {step}{ended}; abort goes back to {back}")
        if lane.missed is not None:
            missed = lane.missed.change
            how = "does not hold" if missed.outcome == Outcome.SUPERSEDED else "did not happen"
            lines.append(f"    {missed.action} by {missed.actor or 'somebody'} {how}: {missed.title}")
        if lane.verdict is not None:
            lines.append(f"    verdict: {lane.verdict.grade}: {lane.verdict.words}")
    clocks = (" ".join(part for part in (row.label, row.value, row.note) if part) for row in board.clocks.rows)
    if apart is not None:
        looks = incident.state in ("open", "mitigated")  # what is over nobody acts on, wherever this leads
        lines.append(f"  LOOKING ONLY: {apart.short}" if looks else f"  {apart.title}.")
    lines.append("  " + " · ".join(clock for clock in clocks if clock))
    return [for_scripts(line) for line in lines]


def _written(observed_at: float | None, shown: "Status") -> str:
    """How old the journal's word of what is served is, while somebody may act on it: nothing is read here."""
    if observed_at is None or shown.incident.state not in ("open", "mitigated"):
        return ""
    from warroom.clock import duration

    old = shown.at - observed_at
    return f", written down {duration(old)} ago" if old >= WRITTEN_SECONDS else ""


def _badge(place: str) -> str:
    """The word before what is not production's."""
    return "" if place == "production" else f"{place.upper()} "
