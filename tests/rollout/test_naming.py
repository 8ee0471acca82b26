"""Names for tags and revisions that Cloud Run takes, however long the service's own name is."""

import re

import pytest

from warroom.protocol.checks import people
from warroom.rollout import naming

MOMENT = 1_796_000_000.0
FORM = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


@pytest.mark.parametrize("length", range(1, 50))
@pytest.mark.parametrize("prefix", ["hotfix-", "h", "emergency-release-of-the-shop-"])
def test_every_service_gets_names_that_fit(length: int, prefix: str) -> None:
    """A tag of 3 characters or more, 46 with the service at most, or none; revisions of 63 at most, staging's too."""
    service = "s" * length
    tag = naming.tag(service, prefix, MOMENT)
    assert bool(tag) == (length <= 43)
    if tag:
        assert len(tag) >= naming.TAG_LEAST
        assert len(tag) + length <= naming.TAG_AND_SERVICE_MOST
        assert FORM.fullmatch(tag)
        assert "---" not in tag
    for name in (naming.revision(service, prefix, MOMENT), naming.revision(service, "stage-", MOMENT, "a1b2")):
        assert len(name) <= naming.LABEL_MOST
        assert name.startswith(f"{service}-")
        assert FORM.fullmatch(name)


def test_a_short_service_keeps_the_whole_moment() -> None:
    """Day and time stay readable where they fit, and the revision ends as the tag."""
    tag = naming.tag("payments", "hotfix-", MOMENT)
    assert re.fullmatch(r"hotfix-\d{4}-\d{6}", tag)
    assert naming.revision("payments", "hotfix-", MOMENT) == f"payments-{tag}"


def test_revisions_of_two_seconds_differ() -> None:
    """Also where only the end of the moment fits: Cloud Run takes no revision's name twice."""
    service = "s" * naming.SERVICE_MOST
    names = {naming.revision(service, "hotfix-", MOMENT + second) for second in range(3600)}
    assert len(names) == 3600


def test_a_name_that_no_service_has() -> None:
    """Fifty characters are one too many, and `check` knows the same number."""
    assert not naming.why_not_service("s" * 49)
    assert "49 at most" in naming.why_not_service("s" * 50)
    assert people._NAME_MOST == naming.SERVICE_MOST
