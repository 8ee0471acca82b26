"""What a log's text becomes before anybody sees it."""

import pytest

from warroom.services.logs import LINE, line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timeout after 5.0 s", "timeout after 5.0 s"),
        ("failed for jane.doe7@example.com from 198.51.100.7", "failed for [e-mail] from [address]"),
        ("GET https://shop.example/v1/orders?card=4111111111111111 failed", "GET [url] failed"),
        ("order 4711223344 of 6a711ae0-ecd5-ac31-98a4 is gone", "order [id] of [id] is gone"),
        ("two\nlines\x1b[31m red", "two lines red"),
        ("Bearer ya29.a0AfB_byExampleExampleExample", None),
    ],
)
def test_what_is_somebodys_is_left_out(text: str, said: str | None) -> None:
    """Tokens, addresses, URLs and long numbers are not shown; the kind of trouble is."""
    told = line(text)
    assert "\x1b" not in told and "ya29" not in told
    if said is not None:
        assert told.replace("[31m", "").replace("  ", " ") == said


def test_a_line_is_short() -> None:
    """However long the entry is, and where it is cut that is told."""
    assert len(line("word " * 50_000)) <= LINE and line("word " * 500).endswith("…")
