"""What is allowed and probably not meant."""

import pytest
from msgspec.structs import replace

from warroom.protocol.checks.doubts import TAGGED_MOST, doubts, reserved_path
from warroom.protocol.integrations import Integrations
from warroom.protocol.load import load
from warroom.protocol.services import SmokeRequest
from warroom.resources import config_directory
from warroom.rollout.naming import TAG_AND_SERVICE_MOST, TAG_LEAST, tag

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


def _told(**changed: object) -> list[tuple[str, str]]:
    """Place and sentence of each doubt about the shipped service, changed."""
    service = replace(SHIPPED.services.services[0], **changed)
    found = doubts(replace(SHIPPED, services=replace(SHIPPED.services, services=(service,))))
    return [(one.path, one.sentence) for one in found]


def test_the_smoke_tests_paths_are_looked_at_as_the_health_path_is() -> None:
    """What never reaches the service fails a smoke test as well."""
    ((place, words),) = _told(smoke=(SmokeRequest(path="/health"), SmokeRequest(path="/healthz")))
    assert place == "services[payments-api].smoke[1].path" and "answers 404" in words


@pytest.mark.parametrize(("length", "told"), [(43, False), (44, True), (49, True)])
def test_a_name_beside_which_no_tag_fits_is_told(length: int, told: bool) -> None:
    """By Cloud Run's limit of tag and name together, as the deploy goes by it."""
    assert TAGGED_MOST == TAG_AND_SERVICE_MOST - TAG_LEAST
    found = _told(name="a" * length)
    assert bool(found) == told == (not tag("a" * length, "hotfix-", 0.0))
    assert all(place.endswith(".name") and f"has {length} characters" in words for place, words in found)


def test_a_schedule_without_a_pager_is_told() -> None:
    """Nobody could be asked who is on call in it; with a pager nothing is said."""
    directory = config_directory() / "examples" / "gitlab"
    config = load(directory)
    assert list(doubts(config)) == []
    found = list(doubts(replace(config, integrations=Integrations())))
    assert [one.path for one in found] == [
        "duties[engineer-on-call].primary.schedule",
        "duties[incident-manager].primary.schedule",
    ]
    assert all(one.file == "roster.toml" and "No pager says who is on call" in one.sentence for one in found)
