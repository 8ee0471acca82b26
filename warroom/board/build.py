"""Puts the slices together."""

from warroom.board import signals
from warroom.board.checklist import first_open, phases
from warroom.board.clock_rows import clock_rows
from warroom.board.headline import header, sentence
from warroom.board.key_rows import keys
from warroom.board.people import roster, timeline
from warroom.board.traffic import traffic
from warroom.board.view import View
from warroom.incident.state import Incident, Lane
from warroom.protocol.model import Protocol
from widgets.data import Board


def board(incident: Incident, protocol: Protocol, now: float, view: View) -> Board:
    """The whole board at `now` (Unix seconds). Equal inputs give equal slices, which cost nothing to show again."""
    lane = focused(incident, view)
    return Board(
        header=header(incident, lane, view),
        sentence=sentence(incident, lane, protocol, now, view),
        phases=phases(incident, protocol, now, view.step or first_open(incident, protocol)),
        traffic=traffic(incident, lane, now, view),
        errors=signals.errors(incident, lane, protocol, now),
        latency=signals.latency(incident, lane, protocol, now),
        clocks=clock_rows(incident, protocol, now),
        roster=roster(incident, protocol, now, view.operator),
        timeline=timeline(incident, protocol),
        keys=keys(incident, lane, now),
    )


def focused(incident: Incident, view: View) -> Lane:
    """The lane that keys act on: the view's, else the first."""
    if view.service in incident.lanes:
        return incident.lanes[view.service]
    return next(iter(incident.lanes.values()))
