"""Prints the seconds that a tick of the board takes with one service and with a hundred, nothing having changed."""

import time
from statistics import median

from tests.bench.many import climbing, many
from tests.clocks import START
from tests.conductor.rig import CONFIG
from tests.incident.story import Story, judged
from warroom.board import View, board
from warroom.incident.events import Declared
from warroom.incident.state import Incident
from warroom.rollout.evidence import Grade


def incident(count: int) -> Incident:
    """So many services on the ladder, judged."""
    refs = tuple(plan.ref for plan in many(count).services)
    story = Story(Declared("bench", "P0", "payment-failure", refs, START))
    for number, ref in enumerate(refs):
        story.at(100.0, *climbing(ref, number, START + 100))
        story.at(200.0, judged(Grade.PASS, 10, service=ref))
    return story.incident


def tick(count: int) -> float:
    """Median seconds of one board."""
    one, took = incident(count), []
    for second in range(200):
        began = time.perf_counter()
        board(one, CONFIG.protocol, START + 300 + second, View())
        took.append(time.perf_counter() - began)
    return median(took[10:])


if __name__ == "__main__":
    print(tick(1), tick(100))
