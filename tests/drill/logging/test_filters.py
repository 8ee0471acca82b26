"""Logging's query language, as far as the embedded cloud speaks it."""

import pytest

from tests.clocks import START
from warroom.drill.logging.entries import ERROR, INFO, REQUESTS, STDERR, Entry
from warroom.drill.logging.filters import FilterError, parse
from warroom.rollout.traffic import ServiceRef

REF = ServiceRef("payments-api", "europe-west1", "shop-prod")
FAILED = Entry(REF, "payments-api-00042-fix", REQUESTS, START, START + 2, ERROR, status=500, ms=80.0)
GOOD = Entry(REF, "payments-api-00041-kol", REQUESTS, START + 10, START + 12, INFO, status=200, ms=80.0, number=1)
LINE = Entry(REF, "payments-api-00042-fix", STDERR, START, START + 2, ERROR, text="Timeout after 5 s")

EVERY = {"failed": FAILED, "good": GOOD, "line": LINE}


@pytest.mark.parametrize(
    ("text", "through"),
    [
        ("", "failed good line"),
        ('resource.type="cloud_run_revision"', "failed good line"),
        ('resource.type = "gae_app"', ""),
        ('resource.labels.service_name=("payments-api" OR "orders-api")', "failed good line"),
        ('resource.label.revision_name="payments-api-00042-fix"', "failed line"),
        ('logName="projects/shop-prod/logs/run.googleapis.com%2Frequests"', "failed good"),
        ('log_id("run.googleapis.com/stderr")', "line"),
        ("severity>=ERROR", "failed line"),
        ("severity>=ERROR httpRequest.status=500", "failed"),
        ("httpRequest.status=200 OR httpRequest.status=500 AND severity>=ERROR", "failed"),
        ("NOT severity>=ERROR", "good"),
        ("-severity>=ERROR", "good"),
        ('textPayload:"timeout"', "line"),
        ('timestamp>="2025-11-24T16:00:05Z"', "good"),
        ('timestamp>="2025-11-24T16:00:00Z" AND timestamp<"2025-11-24T16:00:05.5Z"', "failed line"),
        ("(severity>=ERROR AND (httpRequest.status>=500))\n-- a comment\n", "failed"),
        ("sample(insertId, 1)", "failed good line"),
        ("sample(insertId, 0)", ""),
    ],
)
def test_what_a_filter_lets_through(text: str, through: str) -> None:
    """Comparisons, joined as Google joins them: OR binds more than AND, which a blank stands for as well."""
    query = parse(text)
    assert [name for name, one in EVERY.items() if query.holds(one)] == through.split()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", "failed good line"),
        ('severity>=ERROR AND timestamp>="2030-01-01T00:00:00Z"', "failed line"),
        ('log_id("run.googleapis.com/requests") AND sample(insertId, 0)', "failed good"),
        ('(severity<ERROR OR textPayload:"timeout") AND httpRequest.status>0', "failed good"),
        ('NOT (severity>=ERROR AND insertId="x")', "failed good line"),
        ('(textPayload:"x" AND severity<ERROR)', "failed good line"),
        ('severity>=ERROR OR timestamp>="2030-01-01T00:00:00Z"', "failed good line"),
    ],
)
def test_what_a_filter_says_of_a_kind(text: str, kinds: str) -> None:
    """Only what must hold and is alike for all of a kind: nothing that the filter lets through is left out by it."""
    query = parse(text)
    assert [name for name, one in EVERY.items() if query.kind(one)] == kinds.split()
    assert all(query.kind(one) for one in EVERY.values() if query.holds(one))


def test_the_moments_of_a_filter_bound_the_search() -> None:
    """Only where they must hold: one of an alternative, or of what is denied, bounds nothing."""
    both = 'timestamp>="2025-11-24T16:00:00Z" AND timestamp<="2025-11-24T16:01:00Z"'
    assert (parse(both).start, parse(both).end) == (START, START + 60)
    assert parse(f"severity>=ERROR OR {both.partition(' AND ')[0]}").start == float("-inf")
    assert parse(f"NOT {both.partition(' AND ')[0]}").start == float("-inf")


@pytest.mark.parametrize(
    "text",
    ["severity>=", "severity", 'color="red"', "(severity>=ERROR", "severity>=ERROR)", 'severity>="LOUD"',
             'timestamp>"yesterday"', "sample(labels, 0.5)", "sample(insertId, 2)", '"',
     "severity:ERROR", "x" * 20_001],
)  # fmt: skip
def test_what_cannot_be_read_is_said(text: str) -> None:
    """A filter that is misread would answer another question."""
    with pytest.raises(FilterError):
        parse(text)


def test_a_sample_is_the_same_share_of_entries_for_everybody() -> None:
    """About the share that was asked for, and always the same entries."""
    many = [Entry(REF, "r", REQUESTS, START, START, INFO, number=number) for number in range(4000)]
    taken = [one for one in many if parse("sample(insertId, 0.25)").holds(one)]
    assert 900 < len(taken) < 1100
    assert [one.number for one in taken] == [one.number for one in many if parse("sample(insertId, 0.25)").holds(one)]
