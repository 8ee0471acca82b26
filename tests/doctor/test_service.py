"""What one look at a service says."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.doctor.healthy import PAY
from warroom.doctor import service
from warroom.rollout.traffic import Revision, Service, ServiceRef, Share
from warroom.services.ports import ProbeResult

OLD, NEW = "payments-00041-abc", "payments-00042-def"
LOOK = Service(
    PAY, "e1", spec=(Share("", 100),), serving=(Share("", 100),), latest_ready=NEW, latest_created=NEW, settled=True,
    min_instances=2,
)  # fmt: skip


def found(**changes: Any) -> dict[str, tuple[str, str, str]]:
    """What the look says with these changes: by check, state, words and remedy."""
    return {one.check: (one.state, one.what, one.remedy) for one in service.look(replace(LOOK, **changes))}


def test_nothing_to_find() -> None:
    """Four lines, all ok, none with a remedy."""
    assert {check: (state, remedy) for check, (state, _, remedy) in found().items()} == dict.fromkeys(
        ("ready", "traffic", "affinity", "instances"), ("ok", "")
    )


@pytest.mark.parametrize(
    ("change", "check", "state", "words", "remedy"),
    [
        ({"settled": False, "condition": "Image not found"}, "ready", "failure", "Image not found", "before the first"),
        (
            {"settled": False, "condition": "Permission denied on secret: x"},
            "ready", "failure", "may not read one of its secrets (Permission denied on secret: x)", "secretAccessor",
        ),
        ({"ref": ServiceRef("s" * 44, "r", "p")}, "names", "warning", "no tag fits", "metrics alone"),
        ({"settled": False}, "ready", "failure", "a change is under way", "before the first"),
        ({"session_affinity": True}, "affinity", "warning", "clients stay", "--no-session-affinity"),
        ({"min_instances": 0}, "instances", "warning", "starts cold", "--min=1"),
        ({"serving": ()}, "traffic", "failure", "no revision serves", "Deploy"),
        (
            {"serving": (Share(OLD, 60), Share(NEW, 40)), "spec": (Share(OLD, 60), Share(NEW, 40))},
            "traffic", "warning", f"{OLD} 60 %, {NEW} 40 %", "abort would go back",
        ),
        (
            {"serving": (Share(OLD, 100),), "spec": (Share(OLD, 100),)},
            "traffic", "warning", f"the latest one is {NEW}", "--to-revisions=payments-NAME=100",
        ),
        ({"serving": (Share(NEW, 100),), "spec": (Share(NEW, 100),)}, "traffic", "warning", "pinned", "--to-latest"),
    ],
)  # fmt: skip
def test_what_there_is_to_find(change: dict[str, Any], check: str, state: str, words: str, remedy: str) -> None:
    """Each with its words and the way to mend it."""
    what = found(**change)[check]
    assert what[0] == state
    assert words in what[1]
    assert remedy in what[2]


def test_stable_is_what_serves_most() -> None:
    """Also behind LATEST; nothing where nothing serves."""
    assert service.stable(LOOK) == NEW
    assert service.stable(replace(LOOK, serving=(Share(OLD, 60), Share(NEW, 40)))) == OLD
    assert service.stable(replace(LOOK, serving=())) == ""


@pytest.mark.parametrize(
    ("known", "state", "words"),
    [
        ((Revision(NEW, True), Revision(OLD, False)), "ok", f"1 of 2 are Ready, {NEW} among them"),
        ((Revision(NEW, False, reason="crashed"), Revision(OLD, True)), "failure", f"{NEW} is not Ready: crashed"),
        ((Revision(OLD, True),), "failure", "not in the list"),
        ((), "failure", "not in the list"),
    ],
)
def test_the_place_to_go_back_to(known: tuple[Revision, ...], state: str, words: str) -> None:
    """What serves must be Ready, as abort goes there."""
    one = service.revisions(LOOK, known)
    assert one.state == state
    assert words in one.what


def test_permissions() -> None:
    """A line for each that is missing, with whom to ask for what."""
    missing = list(service.permissions(PAY, ("run.services.update",)))
    assert [one.state for one in missing] == ["failure"]
    assert "run.services.update" in missing[0].what
    assert "roles/run.developer" in missing[0].remedy
    assert [one.state for one in service.permissions(PAY, ())] == ["ok"]


@pytest.mark.parametrize(
    ("server", "state"),
    [(1000.0, "ok"), (995.0, "ok"), (1004.0, "ok"), (990.0, "warning"), (1010.0, "warning"), (900.0, "failure")],
)
def test_clock_skew(server: float, state: str) -> None:
    """Some seconds are a warning, more than a sample period is a failure, and it says in which direction."""
    (one,) = service.clock(ProbeResult(7.0, True, True, "HTTP 200", 0.4, server), 1000.0)
    assert one.state == state
    if state != "ok":
        assert ("ahead of" in one.what) == (server < 1000)


def test_no_date_no_clock() -> None:
    """An answer without a date says nothing of the clock."""
    assert not list(service.clock(ProbeResult(1000.0, False, False, "no answer"), 1000.0))


@pytest.mark.parametrize(
    ("result", "state", "words"),
    [
        (ProbeResult(1.0, True, True, "HTTP 200", 0.1), "ok", "HTTP 200 in 0.1 s"),
        (ProbeResult(1.0, True, False, "HTTP 403 no"), "warning", "answers HTTP 403 no"),
        (ProbeResult(1.0, False, False, "no answer in 2 s"), "warning", "no answer in 2 s"),
    ],
)
def test_health(result: ProbeResult, state: str, words: str) -> None:
    """A probe that does not work from here is worth knowing beforehand."""
    one = service.health(LOOK, "anonymous", result)
    assert (one.state, one.what) == (state, words)
