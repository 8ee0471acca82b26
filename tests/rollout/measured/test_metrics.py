"""What a response was: by its code, its class, or a gRPC call's own status."""

import pytest

from warroom.rollout.measured.metrics import Outcome, outcome


@pytest.mark.parametrize(
    ("code", "of_class", "expected"),
    [
        ("200", "2xx", Outcome.OK), ("302", "3xx", Outcome.OK), ("", "", Outcome.OK),
        ("500", "5xx", Outcome.FAILED), ("503", "", Outcome.FAILED), ("", "5xx", Outcome.FAILED),
        ("429", "4xx", Outcome.FAILED), ("429", "", Outcome.FAILED),
        ("404", "4xx", Outcome.REJECTED), ("401", "", Outcome.REJECTED), ("", "4xx", Outcome.REJECTED),
        ("499", "4xx", Outcome.CANCELLED),
    ],
)  # fmt: skip
def test_a_response_by_its_code(code: str, of_class: str, expected: Outcome) -> None:
    """429 has failed like 5xx: Cloud Run answers it where no instance is free. Who hung up has rejected himself."""
    assert outcome({"response_code": code, "response_code_class": of_class}) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("", Outcome.OK), ("0", Outcome.OK), ("OK", Outcome.OK), ("14", Outcome.FAILED),
        ("UNAVAILABLE", Outcome.FAILED),
        ("13", Outcome.FAILED), ("5", Outcome.REJECTED), ("NOT_FOUND", Outcome.REJECTED), ("1", Outcome.CANCELLED),
    ],
)  # fmt: skip
def test_a_grpc_call_by_its_status(status: str, expected: Outcome) -> None:
    """Where the metric tells the status of a gRPC call, which always answers 200, that is what counts."""
    assert outcome({"response_code": "200", "response_code_class": "2xx", "grpc_status_code": status}) is expected
