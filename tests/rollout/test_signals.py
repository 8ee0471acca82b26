"""The table of signals: every row holds what each layer takes from it."""

import pytest
from msgspec.structs import fields

from warroom.rollout.evidence import Clause, Grade, Histogram, Limits, Sample
from warroom.rollout.signals import BY_ID, JUDGED, SHOWN, SIGNALS, Judged, Signal, data_end, evidence
from widgets.data import Board

BEFORE = Sample("r", 0, 60, 100, 1, Histogram((100, 200, 400), (0, 90, 10, 0)))
NOTHING = Sample("r", 60, 120)
LIMITS = Limits(error_share=0.02, slow_share=0.05, slow_ms=300)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.id)
def test_a_row_is_whole(signal: Signal) -> None:
    """Metrics fill fields that a sample has, each measure is silent where nothing was measured, and words are there."""
    known = {field.name for field in fields(Sample)}
    assert {field.name for metric in signal.metrics for field in metric.fields} <= known
    assert signal.metrics
    assert [one.value((NOTHING,)) for one in signal.measures] == [None] * len(signal.measures)
    assert signal.title
    assert signal.told(NOTHING)


def test_no_two_rows_are_one() -> None:
    """Ids, measures, metrics and the fields that metrics fill are each one row's alone."""
    metrics = [metric for signal in SIGNALS for metric in signal.metrics]
    for names in (
        [signal.id for signal in SIGNALS],
        [one.name for signal in SIGNALS for one in signal.measures],
        [metric.name for metric in metrics],
        [field.name for metric in metrics for field in metric.fields],
    ):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("signal", JUDGED, ids=lambda signal: signal.id)
def test_what_is_judged_has_a_pane_and_a_clause(signal: Judged) -> None:
    """The board has a slice of its id; its line lies where its clause, or else the gate, says; its id finds it."""
    assert signal.id in {field.name for field in fields(Board)}
    assert BY_ID[signal.id] is signal
    count = signal.count((BEFORE,), LIMITS)
    assert (count.n, count.data_end) == (100, 60)
    assert 0 < signal.share(LIMITS) < 1
    clause = Clause(signal.id, "r", Grade.PASS, 100, limit=0.07, slow_ms=700 if signal.slow else 0.0)
    assert {signal.line(clause, LIMITS), signal.line(None, LIMITS)} <= {0.07, 0.02, 700, 300}
    assert signal.line(clause, LIMITS) != signal.line(None, LIMITS)


def test_the_two_that_are_judged() -> None:
    """Values, words and limits of errors and response time, as the board and the report show them."""
    told = [(one.id, one.value(BEFORE), one.told(BEFORE), one.label(one.line(None, LIMITS) or 0)) for one in JUDGED]
    assert told == [
        ("errors", 0.01, "errors 1 % of 100", "2 %"),
        ("latency", pytest.approx(300), "p95 300 ms", "300 ms"),
    ]
    assert [one.told(NOTHING) for one in JUDGED] == ["no requests", "no requests"]


def test_what_is_shown_stands_beside_what_is_judged() -> None:
    """Each is told in the pane of a judged signal, and fills no field of one."""
    judged = {field.name for signal in JUDGED for metric in signal.metrics for field in metric.fields}
    for signal in SHOWN:
        assert signal.beside in BY_ID
        assert not judged & {field.name for metric in signal.metrics for field in metric.fields}


def test_only_what_can_be_judged_makes_data_young() -> None:
    """A sample without a judged field is no evidence, and not the newest data."""
    assert evidence((BEFORE, NOTHING)) == (BEFORE,)
    assert (data_end((BEFORE, NOTHING)), data_end((NOTHING,))) == (60, None)
