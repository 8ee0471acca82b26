"""What hours of requests say of a revision: when it served, and how it ended."""

from warroom.rollout.evidence import Sample
from warroom.rollout.measured.past import Served, served

HOUR = 3600.0


def hour(revision: str, number: int, requests: int, errors: int = 0) -> Sample:
    """One hour, counted from the beginning."""
    return Sample(revision, number * HOUR, (number + 1) * HOUR, requests, errors)


def test_a_service_is_told_by_its_hours_and_judged_by_its_last() -> None:
    """From the first hour with requests to the last; the rate is that of the last six, whatever was before."""
    hours = [hour("one", number, 1000, 900 if number < 4 else 1) for number in range(10)]
    hours += [hour("two", number, 2000) for number in range(10, 12)]
    found = served(hours)
    assert found["one"] == Served(0.0, 10 * HOUR, 6000, 6)
    assert found["two"] == Served(10 * HOUR, 12 * HOUR, 4000)


def test_a_few_requests_by_a_tags_address_are_no_service() -> None:
    """Under one of a hundred of an hour's requests a revision was tried out, and served nobody."""
    found = served([hour("live", 0, 10_000), hour("tried", 0, 99)])
    assert set(found) == {"live"}
    assert set(served([hour("live", 0, 10_000), hour("canary", 0, 500)])) == {"live", "canary"}


def test_the_share_is_that_of_its_last_hours() -> None:
    """Of all that the service was asked in those hours."""
    assert served([hour("live", 0, 750), hour("canary", 0, 250)])["canary"].share == 0.25
    assert served([]) == {}
