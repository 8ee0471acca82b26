"""Prints how many seconds the fold of a long mixed journal takes."""

import sys
import time

from tests.incident.story import HOSTILE, NEW, OLD, PAY, Story, applied, climbing, intended, judged, sample, split
from warroom.incident import events
from warroom.incident.fold import fold
from warroom.rollout.evidence import Grade


def long_log(count: int) -> Story:
    """A climb that never ends: each minute brings samples, verdicts, looks, ticks, changes, notes."""
    story = climbing(10)
    minute = 0
    while len(story.log) < count:
        minute += 1
        at, change = minute * 60.0, f"c{minute + 2}"
        story.at(
            at,
            events.Sampled(PAY, tuple(sample(at, revision, 1000, minute % 7) for revision in (OLD, NEW))),
            judged(Grade.WEAK if minute % 5 else Grade.PASS, 10, f"look {minute}"),
            events.Observed(PAY, split(10), split(10), NEW),
            events.ProbeChanged(PAY, NEW, minute % 2 == 0, HOSTILE[:80]),
            events.Ticked("backup"),
            events.Unticked("backup"),
            events.Noted(f"minute {minute}"),
            intended(change, "advance", 10),
            events.ChangeAccepted(change),
            applied(change, 10),
        )
    return story


if __name__ == "__main__":
    log = long_log(int(sys.argv[1])).log
    began = time.perf_counter()
    fold(log)
    print(time.perf_counter() - began)
