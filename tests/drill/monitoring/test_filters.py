"""Monitoring's filter language, as far as it is understood."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.drill.monitoring.filters import FilterError, parse_filter

SERVED = {"metric.type": "m", "resource.labels.service_name": "payments-api", "resource.labels.location": "r"}


def test_terms_and_lists_are_understood() -> None:
    """Spaces, both spellings of labels, and one_of."""
    one_of = 'resource.label.service_name = one_of( "payments-api","b" )'
    text = f'metric.type="m" AND {one_of}AND resource.labels.location= "r"'
    wanted = parse_filter(text)
    assert wanted.metric_types == frozenset({"m"})
    assert wanted.admits(SERVED)
    assert not wanted.admits({**SERVED, "resource.labels.service_name": "c"})
    assert wanted.admits({"metric.type": "m"})  # what is not known yet stands open


NAME, CODE, CLASS = "resource.labels.service_name", "metric.labels.response_code", "metric.labels.response_code_class"


@pytest.mark.parametrize(
    ("text", "admitted"),
    [
        (f'{NAME} = starts_with("pay")', True),
        (f'{NAME} != starts_with("pay")', False),
        (f'{NAME} = ends_with("-api")', True),
        (f'{NAME} = has_substring("ments")', True),
        (f'{NAME} : "ments"', True),
        (f'{NAME} = monitoring.regex.full_match("pay.*|cart")', True),
        (f'{NAME} = monitoring.regex.full_match("pay")', False),
        (f'{NAME} != one_of("cart", "search")', True),
        (f"{NAME} = payments-api", None),
        (f"{CLASS} = 5xx", True),
        (f'{CLASS} = "4xx" OR {CLASS} = "5xx"', True),
        (f'NOT {CLASS} = "5xx"', False),
        (f'-{CLASS} = "5xx"', False),
        (f"{CODE} >= 500", True),
        (f"{CODE} < 500", False),
        (f'{CLASS} = "5xx" {NAME} = "cart"', False),
        # OR binds tighter than AND: the first would be true if it did not
        (f'{CLASS} = "5xx" OR {CLASS} = "4xx" AND {NAME} = "cart"', False),
        (f'{CLASS} = "5xx" OR ({CLASS} = "4xx" AND {NAME} = "cart")', True),
    ],
)
def test_operators(text: str, admitted: bool | None) -> None:
    """Each operator and function says what Google's reference says; a bare word with a hyphen is no value."""
    labels = {**SERVED, CODE: "503", CLASS: "5xx"}
    if admitted is None:
        with pytest.raises(FilterError):
            parse_filter(text)
    else:
        assert parse_filter(text).admits(labels) is admitted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('metric.type = "m" AND', "a label is expected"),
        ('metric.type = "m" AND (project = "p"', "')' is expected"),
        ('metric.type "m"', "a comparison is expected"),
        ('metric.type = starts_with("a", "b")', "takes one text"),
        (f'{NAME} = monitoring.regex.full_match("(")', "is no regular expression"),
        (f"{CODE} > many", "is no number"),
        ('resource.labels.zone = "z"', "do not have"),
        ("NOT " * 40 + 'project = "p"', "nested too deeply"),
        ("(" * 40 + 'project = "p"' + ")" * 40, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_told(text: str, words: str) -> None:
    """The place, and what was expected there."""
    with pytest.raises(FilterError, match=re.escape(words)):
        parse_filter(text)


def test_only_a_type_outside_of_or_and_not_counts() -> None:
    """A metric that is named in an OR or a NOT is not the one metric that a query must name."""
    assert parse_filter('metric.type = "a" AND (project = "p" OR project = "q")').metric_types == frozenset({"a"})
    for text in ('metric.type = "a" OR project = "p"', 'NOT metric.type = "a"', 'metric.type = starts_with("a")'):
        assert parse_filter(text).metric_types is None


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=40))
def test_any_quoted_text_comes_through(name: str) -> None:
    """Quotes, backslashes and the word AND inside of a value are text."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    wanted = parse_filter(f'metric.type = "{quoted}" AND resource.labels.service_name = one_of("{quoted}", "x AND y")')
    assert wanted.metric_types == frozenset({name})
    for told, admitted in ((name, True), ("x AND y", True), (f"{name}!", False)):
        assert wanted.admits({"metric.type": name, "resource.labels.service_name": told}) is admitted


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_nonsense_is_refused_and_never_crashes(text: str) -> None:
    """Anything else is a FilterError."""
    with pytest.raises(FilterError):
        parse_filter(text)
