"""Values for the fields in braces: where they come from, and that each stays within its own argument."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.incident.story import CART, NEW, OLD, PAY, Story, declared, ladder, protocol
from warroom.incident.events import Observed
from warroom.incident.steps.steps import BackupSeen, ValueGiven
from warroom.protocol.model import ServiceConfig
from warroom.protocol.names import STEP_FIELDS
from warroom.rollout.traffic import Share
from warroom.steps import fields
from warroom.steps.fields import Unfilled

VALUES = {"service": "payments-api", "issue": "SHOP-7", "backup": "1764"}


@pytest.mark.parametrize(
    ("argv", "filled"),
    [
        (("git", "checkout", "-b", "hotfix/{issue}"), ("git", "checkout", "-b", "hotfix/SHOP-7")),
        (("x", "--backup={backup}", "{service}/{service}"), ("x", "--backup=1764", "payments-api/payments-api")),
        (("echo", "${HOME}", "{}", "{Service}"), None),
        (("echo", "${HOME}", "$(id)", ";", "a b"), ("echo", "${HOME}", "$(id)", ";", "a b")),
    ],
)
def test_fields_are_filled(argv: tuple[str, ...], filled: tuple[str, ...] | None) -> None:
    """Each in its place; what looks like a shell's business stays text; an unknown field is none of ours to guess."""
    if filled is None:
        with pytest.raises(Unfilled):
            fields.fill(argv, VALUES)
    else:
        assert fields.fill(argv, VALUES) == filled


@pytest.mark.parametrize(
    ("argument", "value", "why"),
    [
        ("{issue}", "", "is not known yet"),
        ("{issue}", "-rf", "begins with a hyphen"),
        ("{issue}", "a\nb", "line break"),
        ("--x={issue}", "a\x1b[2Jb", "control character"),
    ],
)
def test_what_does_not_fit_is_refused(argument: str, value: str, why: str) -> None:
    """Missing values, options in disguise, and what a terminal would obey."""
    with pytest.raises(Unfilled, match=why):
        fields.fill((argument,), {"issue": value})


def test_a_hyphen_within_an_argument_is_fine() -> None:
    """Where the argument begins otherwise it cannot be an option."""
    assert fields.fill(("--disable={feature}",), {"feature": "-new-"}) == ("--disable=-new-",)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(STEP_FIELDS)), st.text(min_size=1, max_size=20)))
def test_arguments_stay_as_many_as_they_are(values: dict[str, str]) -> None:
    """Whatever the values are, each shipped command keeps its number of arguments, or says what does not fit."""
    steps = [*protocol().procedures, *(step for phase in protocol().phases for step in phase.steps)]
    for step in steps:
        try:
            filled = fields.fill(step.argv, values)
        except Unfilled as unfit:
            assert unfit.name in fields.names_in(step.argv)
        else:
            assert len(filled) == len(step.argv)
            assert not any(name in "".join(filled) for name in ("{service}", "{issue}") if name[1:-1] in values)


def test_the_incident_knows_most_of_them() -> None:
    """Place and tag from the lane, the ticket's number out of its link, the newest good backup, what was told."""
    story = Story(declared(issue="https://tracker.example/browse/SHOP-123?x=1")).at(
        60, ladder(), BackupSeen("17", "SUCCESSFUL"), BackupSeen("18", "FAILED"), ValueGiven("feature", "new-checkout")
    )
    config = ServiceConfig(PAY.name, PAY.region, PAY.project, staging_project="shop-staging")
    known = fields.known(story.incident, story.lane, config)
    assert (known["service"], known["region"], known["project"]) == (PAY.name, PAY.region, PAY.project)
    assert (known["tag"], known["issue"], known["backup"], known["feature"]) == (
        "hotfix-1", "SHOP-123", "17", "new-checkout",
    )  # fmt: skip
    assert known["staging_project"] == "shop-staging"
    assert "production_version" not in known
    missing = fields.missing(protocol().step("create-branch"), known)
    assert missing == ("production_version",)
    assert "Which version runs in production" in fields.question("production_version")


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("SHOP-7", "SHOP-7"),
        ("https://x.example/issues/42/", "42"),
        ("https://x.example/a b;rm", "a-b-rm"),
        ("", ""),
        ("../..", ""),
    ],
)
def test_issue_numbers(link: str, number: str) -> None:
    """The last part of the link, fit for the name of a branch."""
    assert fields.issue(link) == number


def test_what_is_laid_ready() -> None:
    """The incident's number where there is no ticket, and the next version where production's is known."""
    story = Story().at(60, ValueGiven("production_version", "1.4.2"))
    assert fields.suggestion("issue", story.incident) == "INC-0001"
    assert fields.suggestion("version", story.incident) == "1.4.3"
    assert fields.suggestion("feature", story.incident) == ""


def test_the_version_that_runs_is_what_was_said_else_what_serves() -> None:
    """By the revision that serves, and by the one from before a hotfix; of services that differ none is taken."""
    look = Observed(PAY, (Share(OLD, 100),), latest_ready=OLD, versions={OLD: "1.4.2", NEW: "9.9.9"})
    story = Story().at(60, look)
    assert fields.known(story.incident, story.lane)["production_version"] == "1.4.2"
    assert fields.suggestion("version", story.incident) == "1.4.3"
    story.at(70, ladder(), Observed(PAY, (Share(NEW, 100),), latest_ready=NEW, versions=look.versions))
    assert fields.production_version(story.incident) == "1.4.2"
    assert fields.production_version(story.at(80, ValueGiven("production_version", "1.4.1")).incident) == "1.4.1"
    two = Story(declared("P0", PAY, CART)).at(60, look, replace(look, service=CART, versions={OLD: "2.0.0"}))
    assert fields.production_version(two.incident) == ""
