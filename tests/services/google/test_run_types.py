"""Cloud Run's messages as the program's values, and back."""

from typing import Any

import pytest
from google.cloud import run_v2

from warroom.rollout.traffic import Service, ServiceRef, Share, Split
from warroom.services.google import run_types
from warroom.services.ports import Deployment

OK = run_v2.Condition.State.CONDITION_SUCCEEDED
BUSY = run_v2.Condition.State.CONDITION_RECONCILING
FAILED = run_v2.Condition.State.CONDITION_FAILED


def raw(**fields: Any) -> Any:
    """A raw Service at rest and ready."""
    made = run_v2.Service.pb()(generation=3, observed_generation=3, etag="e", **fields)
    made.terminal_condition.state = OK
    return made


def seen(spec: Split, serving: Split) -> Service:
    """A service whose latest ready revision is r2."""
    return Service(ServiceRef("s", "r", "p"), "e", spec, serving, "r2", "r2", True)


def test_statuses_and_names(ref: ServiceRef) -> None:
    """Full names become short, LATEST keeps no name, tags keep their URLs."""
    pb = raw(latest_ready_revision="projects/p/x/revisions/r2", latest_created_revision="projects/p/x/revisions/r3")
    pb.traffic.add(type_=1, percent=100)
    pb.traffic_statuses.add(type_=1, revision="r2", percent=90)
    pb.traffic_statuses.add(type_=2, revision="projects/p/x/revisions/r1", percent=10, tag="t", uri="https://t")
    service = run_types.to_service(ref, pb)
    assert service.spec == (Share("", 100),)
    assert service.serving == (Share("", 90), Share("r1", 10, "t", "https://t"))
    assert (service.latest_ready, service.latest_created) == ("r2", "r3")
    assert service.url_of("r1") == "https://t"


@pytest.mark.parametrize(
    ("reconciling", "observed", "state", "settled", "failed"),
    [
        (False, 3, OK, True, False),
        (True, 3, OK, False, False),
        (False, 2, OK, False, False),
        (False, 3, BUSY, False, False),
        (False, 3, FAILED, False, True),
        (True, 3, FAILED, False, False),
        (False, 2, FAILED, False, False),
    ],
)
def test_settled_and_failed(
    reconciling: bool, observed: int, state: int, settled: bool, failed: bool, ref: ServiceRef
) -> None:
    """Settled needs all three; an old failure counts for nothing while Cloud Run still works."""
    pb = raw(reconciling=reconciling)
    pb.observed_generation, pb.terminal_condition.state = observed, state
    assert run_types.to_service(ref, pb).settled is settled
    assert run_types.failed(pb) is failed


@pytest.mark.parametrize(
    ("spec", "serving", "shown"),
    [
        ((Share("r1", 100),), (Share("r1", 100),), True),
        ((Share("", 100),), (Share("r2", 100),), True),
        ((), (Share("", 100),), True),
        ((), (Share("r1", 100),), False),
        ((Share("r1", 90), Share("r2", 10)), (Share("r2", 10), Share("r1", 90)), True),
        ((Share("r1", 90), Share("r2", 10)), (Share("r1", 100),), False),
        ((Share("r1", 100), Share("r3", 0, "t")), (Share("r1", 100),), False),
        ((Share("r1", 100), Share("r3", 0, "t")), (Share("r1", 100), Share("r3", 0, "t", "https://t")), True),
        ((Share("r1", 100), Share("r3", 0)), (Share("r1", 100),), True),
        ((Share("r1", 50), Share("r1", 50, "t")), (Share("r1", 100, "t"),), True),
    ],
)
def test_whether_the_split_is_served(spec: Split, serving: Split, shown: bool) -> None:
    """What counts is percent per revision, LATEST resolved, and where each tag leads; order and empty entries don't."""
    assert run_types.shows_spec(seen(spec, serving)) is shown


def test_a_template_is_renewed_not_changed() -> None:
    """The container with ports gets the image, sidecars keep theirs, and the template that came stays as it was."""
    template = run_v2.RevisionTemplate.pb()(revision="s-old", service_account="me")
    template.containers.add(name="proxy", image="proxy:1")
    template.containers.add(name="app", image="app:1").ports.add(container_port=8080)
    made = run_v2.RevisionTemplate.pb(run_types.renewed(template, Deployment("s-new", "app:2", "t", ())))
    assert (made.revision, made.service_account) == ("s-new", "me")
    assert [container.image for container in made.containers] == ["proxy:1", "app:2"]
    assert (template.revision, template.containers[1].image) == ("s-old", "app:1")


def test_a_template_without_containers() -> None:
    """It gets one, so that the image is never lost silently."""
    made = run_types.renewed(run_v2.RevisionTemplate.pb()(), Deployment("s-new", "app:2", "t", ()))
    assert [container.image for container in made.containers] == ["app:2"]


def test_revisions() -> None:
    """Ready needs the Ready condition; the reason is its message, and no condition at all is not ready."""
    pb = run_v2.Revision.pb()(name="projects/p/revisions/r1", log_uri="https://logs")
    assert not run_types.to_revision(pb).ready
    pb.conditions.add(type_="Active", state=OK)
    ready = pb.conditions.add(type_="Ready", state=FAILED, message="no port")
    pb.create_time.seconds = 5
    pb.containers.add(image="app:1")
    revision = run_types.to_revision(pb)
    assert (revision.name, revision.ready, revision.reason, revision.image) == ("r1", False, "no port", "app:1")
    assert (revision.created_at, revision.log_url) == (5.0, "https://logs")
    ready.state = OK
    assert (run_types.to_revision(pb).ready, run_types.to_revision(pb).reason) == (True, "")


def test_text_from_outside_is_plain(hostile: str, ref: ServiceRef) -> None:
    """Conditions, modifiers and progress are one harmless line."""
    pb = raw(last_modifier=hostile)
    pb.terminal_condition.state, pb.terminal_condition.message = BUSY, hostile
    revision = run_v2.Revision.pb()()
    revision.conditions.add(type_="Ready", state=FAILED, message=hostile)
    service = run_types.to_service(ref, pb)
    said = (service.last_modifier, service.condition, run_types.progress(pb), run_types.to_revision(revision).reason)
    for text in said:
        assert "payload" in text
        assert len(text) <= 300
        assert not {"\x1b", "\n", "\u202e"} & set(text)


def test_no_progress_to_tell() -> None:
    """An empty service and one that is ready say nothing."""
    assert run_types.progress(run_v2.Service.pb()()) == ""
    assert run_types.progress(raw()) == ""
