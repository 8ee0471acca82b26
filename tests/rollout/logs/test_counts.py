"""What is kept of request logs, and how it compares with Monitoring."""

import pytest

from warroom.rollout.logs.counts import CLIENT, GONE, OK, RATE, SERVER, Counts, Seen, class_of, compared


def counted(*requests: tuple[float, int, str]) -> Counts:
    """Counts of these requests (moment, status, key) to one revision, the first hundred seconds read whole."""
    counts = Counts()
    counts.cover(0, 100, 1.0)
    for at, status, key in requests:
        counts.take("pay", "pay-1", at, status, 100.0, key)
    return counts


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, OK), (302, OK), (404, CLIENT), (429, RATE), (499, GONE), (500, SERVER), (503, SERVER), (0, OK)],
)
def test_the_classes_of_status(status: int, kind: int) -> None:
    """5xx are errors; 429 and clients that left are told apart from other 4xx."""
    assert class_of(status) == kind


def test_an_entry_that_comes_twice_counts_once() -> None:
    """Also when it comes late, after others of later seconds."""
    counts = counted((5.1, 500, "a"), (6.2, 200, "b"), (5.1, 500, "a"), (5.4, 200, "c"))
    assert counts.seen("pay", "pay-1", 0, 10) == Seen(3, 1)
    assert counts.seen("pay", "pay-1", 6, 10) == Seen(1, 0)


def test_only_seconds_that_were_read_whole_count() -> None:
    """A hole is no health and no trouble: it is told as a hole, and nothing of it is counted."""
    counts = counted((5.1, 500, "a"), (50.2, 200, "b"))
    counts.spoil(49.5, 51)
    assert counts.covered(0, 49) and not counts.covered(45, 55)
    assert counts.seen("pay", "pay-1", 0, 100) == Seen(1, 1)


def test_the_response_times_are_kept_by_buckets() -> None:
    """As many as there were requests, in one bucket each."""
    counts = counted((5.1, 500, "a"), (6.2, 200, "b"))
    times = counts.times("pay", "pay-1", 0, 10)
    assert sum(times) == 2 and sorted(times)[-1] == 2


def test_what_is_old_is_forgotten() -> None:
    """Memory does not grow with the hours."""
    counts = counted(*((second + 0.5, 200, str(second)) for second in range(100)))
    counts.forget(50 + 15 * 60)
    assert counts.seen("pay", "pay-1", 0, 100) == Seen(50, 0)
    assert not counts._keys


def test_completeness_gives_a_sample_its_chance() -> None:
    """All of what Monitoring counted is 1; half is half; a sample may lack what chance holds back, and no more."""
    assert compared([]) is None
    assert compared([(1000, 1000.0, 1.0, 1000)]) == 1.0
    assert compared([(480, 480.0, 1.0, 1000)]) == 0.48
    sampled = compared([(92, 920.0, 0.1, 1000)])  # 92 of 100 expected: within chance
    assert sampled is not None and sampled > 0.95
    dropped = compared([(50, 500.0, 0.1, 1000)])
    assert dropped is not None and dropped < 0.95


def test_a_sample_is_projected() -> None:
    """What was read, and what that makes of all requests at the share that was asked for."""
    counts = Counts()
    counts.cover(0, 10, 0.25)
    for number in range(40):
        counts.take("pay", "pay-1", number / 4, 200, 10.0, str(number))
    assert counts.whole("pay", 0, 10) == (40, 160.0, 0.25)


def test_429_is_an_error_as_it_is_in_the_metrics() -> None:
    """Cloud Run's own answer where no instance is free: a candidate that turns users away so is not at 0 %."""
    counts = Counts()
    for number, status in enumerate((200, 429, 500, 404)):
        counts.take("pay", "pay-1", 1.0, status, 10.0, str(number))
    counts.cover(0, 10, 1.0)
    assert counts.seen("pay", "pay-1", 0, 10) == Seen(4, 2)
