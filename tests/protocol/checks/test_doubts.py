"""What is allowed and probably not meant."""

import pytest
from msgspec.structs import replace

from warroom.protocol.checks.doubts import doubts, reserved_path
from warroom.protocol.load import load
from warroom.resources import config_directory

SHIPPED = load(config_directory())


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/health", ""),
        ("/health?z=z", ""),
        ("/healthz/live", ""),
        ("/healthz", "answers 404, whatever the service does"),
        ("/healthz?full=1", "answers 404, whatever the service does"),
        ("/statusz", "some paths that end in z"),
        ("/eventlog", "keeps this path"),
        ("/_ah/health", "keeps this path"),
    ],
)
def test_paths_that_google_keeps_for_itself(path: str, words: str) -> None:
    """By Google's own list of them; the query is no part of the path."""
    assert words in reserved_path(path)
    assert bool(reserved_path(path)) == bool(words)


def test_they_are_told_at_their_place_and_refuse_nothing() -> None:
    """What ships has none; one that has is a warning with file, key and remedy."""
    assert list(doubts(SHIPPED)) == []
    service = replace(SHIPPED.services.services[0], health_path="/healthz")
    (told,) = doubts(replace(SHIPPED, services=replace(SHIPPED.services, services=(service,))))
    assert (told.file, told.path) == ("services.toml", "services[payments-api].health_path")
    assert "under another path" in told.sentence
