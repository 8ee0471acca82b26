"""Puts the slices together."""

from collections.abc import Callable
from functools import partial
from typing import Any

from warroom.board import signals
from warroom.board.checklist import first_open, phases
from warroom.board.clock_rows import clock_rows
from warroom.board.headline import header, sentence
from warroom.board.key_rows import keys
from warroom.board.people import roster, timeline
from warroom.board.traffic import traffic
from warroom.board.view import View
from warroom.incident import clocks
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol
from warroom.rollout.signals import JUDGED
from widgets.data import Board


def board(incident: Incident, protocol: Protocol, now: float, view: View) -> Board:
    """The whole board at `now` (Unix seconds, as the clock has it). Equal slices cost nothing to show again."""
    return Board(**{name: make() for name, make in slices(incident, protocol, now, view).items()})


def slices(incident: Incident, protocol: Protocol, now: float, view: View) -> dict[str, Callable[[], Any]]:
    """What makes each slice, by its name: one that can't be made must not take the others along.

    What `now` is for the incident, `moment` says.
    """
    behind, now = clocks.behind(incident, now), clocks.moment(incident, now)
    lane = focused(incident, view)
    return {
        "header": lambda: header(incident, lane, view),
        "sentence": lambda: sentence(incident, lane, protocol, now, view, behind),
        "phases": lambda: phases(incident, protocol, now, view.step or first_open(incident, protocol)),
        "traffic": lambda: traffic(incident, lane, now, view),
        **{one.id: partial(signals.pane, one, incident, lane, protocol, now, view.logs) for one in JUDGED},
        "clocks": lambda: clock_rows(incident, protocol, now),
        "roster": lambda: roster(incident, protocol, now, view.operator),
        "timeline": lambda: timeline(incident, protocol),
        "keys": lambda: keys(incident, lane, now),
    }


def focused(incident: Incident, view: View) -> Lane:
    """The lane that keys act on: the view's, else the first."""
    if view.service in incident.lanes:
        return incident.lanes[view.service]
    return next(iter(incident.lanes.values()))
