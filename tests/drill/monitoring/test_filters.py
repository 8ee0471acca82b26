"""Monitoring's filter language, as far as it is understood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.drill.monitoring.filters import FilterError, parse_filter


def test_terms_and_lists_are_understood() -> None:
    """Spaces, both spellings of labels, and one_of."""
    text = 'metric.type="m" AND resource.label.service_name = one_of( "a","b" )AND resource.labels.location= "r"'
    assert parse_filter(text) == {
        "metric.type": {"m"},
        "resource.labels.service_name": {"a", "b"},
        "resource.labels.location": {"r"},
    }


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=40))
def test_any_quoted_text_comes_through(name: str) -> None:
    """Quotes, backslashes and the word AND inside of a value are text."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    parsed = parse_filter(f'metric.type = "{quoted}" AND resource.labels.service_name = one_of("{quoted}", "x AND y")')
    assert parsed == {"metric.type": {name}, "resource.labels.service_name": {name, "x AND y"}}


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_nonsense_is_refused_and_never_crashes(text: str) -> None:
    """Anything else is a FilterError."""
    with pytest.raises(FilterError):
        parse_filter(text)
