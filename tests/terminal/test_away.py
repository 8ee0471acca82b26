"""How long a terminal was away: noted where it goes, and of a stop that asked nobody never more than is certain."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.clocks import ManualClock
from warroom.terminal.away import BEAT_SECONDS, BLIND_SECONDS, Away


class World:
    """Real seconds that pass, and a clock that runs `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed, self.real = speed, 0.0
        self.clock = ManualClock()
        self.away = Away(self.clock, lambda: self.real)

    def passes(self, seconds: float) -> None:
        """Let real seconds pass in which nothing of ours runs."""
        self.real += seconds
        self.clock.advance(seconds * self.speed)

    def runs(self, beats: int) -> None:
        """Let so many beats pass."""
        for _ in range(beats):
            self.passes(BEAT_SECONDS)
            self.away.beat()


def told(sentence: str) -> int:
    """The figure in it, in seconds."""
    found = re.search(r"(?:(\d+):)?(\d+):(\d+),", sentence)
    assert found is not None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return (hours * 60 + minutes) * 60 + seconds


def test_the_time_counts_from_where_it_goes() -> None:
    """Whatever runs between that and the stop, or first after it, and if it is stopped again before it is back."""
    world = World()
    world.runs(4)
    world.away.goes()
    world.passes(60)
    world.away.goes()
    world.passes(30)
    world.away.beat()
    assert world.away.back() == ("Away for 1:30, since 16:00:01Z: this terminal looked at nothing and judged nothing.")
    assert world.away.back() == ""


def test_a_continue_without_a_stop_is_not_told() -> None:
    """Nobody was away; and a machine that was busy some time ago is none of it."""
    world = World()
    world.runs(3)
    assert world.away.back() == ""
    world.passes(20)
    world.runs(8)
    assert world.away.back() == ""


@given(
    speed=st.sampled_from([1.0, 10.0, 60.0]),
    late=st.floats(0, BLIND_SECONDS),
    seconds=st.floats(0, 50_000),
    beats_first=st.booleans(),
)
def test_at_least_is_never_more_than_it_was(speed: float, late: float, seconds: float, beats_first: bool) -> None:
    """Stopped at any moment between two beats, at any speed, whoever runs first afterwards; and hardly less."""
    world = World(speed)
    world.runs(2)
    world.passes(late)
    world.passes(seconds)
    if beats_first:
        world.away.beat()
    sentence = world.away.back()
    if sentence:
        assert sentence.startswith("Away for at least ")
        assert f"from soon after 16:00:{int(2 * BEAT_SECONDS * speed):02}Z" in sentence
        assert 1 <= told(sentence) <= seconds * speed + 1e-3
        assert told(sentence) > (seconds - BLIND_SECONDS) * speed - 1
    else:
        assert seconds <= BLIND_SECONDS + 1 / speed
