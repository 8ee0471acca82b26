"""When a rung's first verdict can come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.rollout.evidence import Freshness, Sample
from warroom.rollout.forecast import first_verdict_seconds
from warroom.rollout.measured.window import evidence_window, first_evidence_at


@pytest.mark.parametrize(
    ("delay", "period", "minutes", "seconds"),
    [(180, 60, 0, 270), (180, 60, 1, 270), (180, 60, 2, 330), (90, 60, 1, 180), (0, 10, 0, 15), (0, 10, 1, 65)],
)
def test_it_counts_with_delay_period_and_evidence(delay: float, period: float, minutes: float, seconds: float) -> None:
    """Google's 180 s and 60 s: half a minute before a bake of five ends, on the average."""
    assert first_verdict_seconds(delay, period, minutes) == seconds


@given(began=st.integers(0, 3599), phase=st.integers(0, 59), delay=st.sampled_from((0, 60, 90, 180, 300)))
def test_it_lies_within_half_a_period_of_what_happens(began: int, phase: int, delay: int) -> None:
    """Whenever a rung is applied and whenever periods end, the window opens within half a period of the forecast."""
    pace = Freshness(60, delay)
    last = Sample("r", phase - 60.0, float(phase))
    opens = first_evidence_at(began, pace, (last,))
    assert abs(opens - began - first_verdict_seconds(delay, 60)) <= 31
    assert evidence_window(began, opens, pace) is not None
