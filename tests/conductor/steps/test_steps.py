"""Steps in other systems and by programs, on fakes: once each, with evidence; by another way where one is missing."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import OLD
from tests.conductor.rig import NAME, Rig
from tests.conductor.stepping import Code, LightSwitch, Program, Sql, declared, do, evidence
from warroom.conductor.evidence.judging import observed
from warroom.conductor.refusal import Refused
from warroom.conductor.steps import execute, review_gate, version
from warroom.incident import events
from warroom.incident.events import Ticked
from warroom.incident.lane.guards import refusals
from warroom.services.errors import Effect, ServiceError, Unreachable
from warroom.services.systems.ports import Added, Others

GREEN = {"unit": "success"}


async def test_branch_version_and_pull_request(rig: Rig) -> None:
    """From production's tag to a pull request with the prefix; each once, whatever is asked again."""
    code = Code()
    await declared(rig, Others(code=code))
    await execute.give(rig.conductor, "production_version", "1.4.2")
    assert (await do(rig, "create-branch")).words.startswith("hotfix/SHOP-7 stands on v1.4.2")
    assert code.of("branch") == [["hotfix/SHOP-7", "4f2c" * 10]]
    assert rig.incident.work.values["production_version"] == "1.4.2"
    assert evidence(rig, "create-branch") == "hotfix/SHOP-7 from v1.4.2"

    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step("bump-version"), NAME)
    assert (prepared.way, prepared.missing) == ("native", ("version",))
    await execute.give(rig.conductor, "version", "1.4.3")
    await do(rig, "bump-version")
    assert "bump-version" not in rig.incident.ticks  # it is typed, and in no code yet
    await version.follow(rig.conductor)
    code.diff["hotfix/SHOP-7"] = (Added("package.json", '  "version": "1.4.30",'), Added("NOTES", "not 11.4.3"))
    assert (await do(rig, "bump-version")).words.startswith("The hotfix is to become 1.4.3: it is ticked once")
    code.diff["hotfix/SHOP-7"] += (Added("package.json", '  "version": "1.4.3",'),)
    code.fails["added"] = [Unreachable("GitHub does not answer", "Check the way there.")]
    await version.follow(rig.conductor)
    await version.follow(rig.conductor)
    assert evidence(rig, "bump-version") == "version 1.4.3 in package.json of hotfix/SHOP-7"
    asked = len(code.of("added"))
    await version.follow(rig.conductor)
    assert len(code.of("added")) == asked

    await do(rig, "open-pr")
    await do(rig, "open-pr")
    ((title, head, body),) = code.of("open")
    assert (title, head) == ("HOTFIX: checkout answers 500", "hotfix/SHOP-7")
    assert "INC-0001, P0" in body and "From production's 1.4.2, becomes 1.4.3" in body and "Issue: SHOP-7" in body
    assert evidence(rig, "open-pr") == "pull request 7"


async def test_what_is_confidential_stays_out_of_the_pull_request(rig: Rig) -> None:
    """After a security trigger neither title nor impact is told; in a drill the text says so first."""
    code = Code()
    await declared(rig, Others(code=code), private=True, drill=True)
    await do(rig, "open-pr")
    ((title, _, body),) = code.of("open")
    assert title == "HOTFIX: DRILL: INC-0001"
    assert "checkout" not in body and body.startswith("DRILL: ") and "security review" in body


async def test_the_branch_starts_at_what_was_said_to_run(rig: Rig) -> None:
    """What the operator said production runs comes before the newest tag, which may not be deployed at all."""
    code = Code()
    await declared(rig, Others(code=code))
    await execute.give(rig.conductor, "production_version", "1.4.1")
    assert (await do(rig, "create-branch")).words.startswith("hotfix/SHOP-7 stands on v1.4.1")
    assert code.of("tag") == [["1.4.1"]]
    assert rig.incident.work.values["production_version"] == "1.4.1"


async def test_without_that_the_branch_starts_at_what_runs(rig: Rig) -> None:
    """The version of the revision that serves; where nothing tells it, it is asked, and never the newest tag taken."""
    code = Code()
    await declared(rig, Others(code=code))
    step = rig.conductor.config.protocol.step("create-branch")
    assert execute.prepare(rig.conductor, step, NAME).missing == ("production_version",)
    await rig.conductor.record(replace(observed(rig.lane), versions={OLD: "1.4.0"}))
    lines: list[str] = []
    done = await execute.do(rig.conductor.runs, execute.prepare(rig.conductor, step, NAME), lines.append)
    assert done.words.startswith("hotfix/SHOP-7 stands on v1.4.0")
    assert code.of("tag") == [["1.4.0"]]
    assert "production runs 1.4.0, payments-api serves it, by image tag or label" in " ".join(lines)
    assert rig.incident.work.values["production_version"] == "1.4.0"


async def test_the_review_is_followed_and_ticks_itself(rig: Rig) -> None:
    """Seen with names whenever it differs; lost and back are told; enough ticks it, by warroom."""
    code = Code()
    await declared(rig, Others(code=code))
    await review_gate.follow(rig.conductor)
    assert code.of("pull") == []  # nothing to look at yet
    await do(rig, "open-pr")
    await review_gate.follow(rig.conductor)
    await review_gate.follow(rig.conductor)
    assert rig.incident.work.review is not None and "review" not in rig.incident.ticks
    with pytest.raises(Refused, match="nobody approves yet; no check has reported yet"):
        await do(rig, "review")
    seen = [event for event in rig.incident.tail if event.fact.__class__.__name__ == "ReviewSeen"]
    assert len(seen) == 1

    code.fails["pull"] = [Unreachable("GitHub does not answer", "Check the way there.")]
    await review_gate.follow(rig.conductor)
    assert "github" in rig.incident.lost
    code.now = replace(code.now, approvals=("ann", "bob"), checks=GREEN)
    await review_gate.follow(rig.conductor)
    assert "github" not in rig.incident.lost
    assert evidence(rig, "review") == "pull request 7: title begins with HOTFIX:; approved by ann, bob; 1 check green"


async def test_two_looks_at_once_say_it_once(rig: Rig) -> None:
    """The step itself and the loop see the same approval: one line of what was seen, and one tick."""
    code = Code()
    await declared(rig, Others(code=code))
    await do(rig, "open-pr")
    code.now = replace(code.now, approvals=("ann", "bob"), checks=GREEN)
    await asyncio.gather(review_gate.follow(rig.conductor), review_gate.follow(rig.conductor))
    facts = [event.fact for event in rig.incident.tail]
    assert [fact.item for fact in facts if isinstance(fact, events.Ticked) and fact.item == "review"] == ["review"]
    assert sum(type(fact).__name__ == "ReviewSeen" for fact in facts) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"approvals": (), "stale": ("ann",), "sha": "def"}, "nobody approves yet (ann approved an older commit)"),
        ({"checks": {"unit": "failure"}}, "red: unit"),
        ({"approvals": ()}, "nobody approves yet"),
        ({"state": "closed"}, "it is closed"),
    ],
)
async def test_what_passed_is_looked_at_until_the_deploy(rig: Rig, change: dict[str, Any], why: str) -> None:
    """A push, a red check, a dismissed approval take the tick back and the deploy is refused; good again ticks."""
    code = Code()
    await declared(rig, Others(code=code))
    await do(rig, "open-pr")
    good = code.now = replace(code.now, approvals=("ann",), checks=GREEN)
    await review_gate.follow(rig.conductor)
    lane = next(iter(rig.incident.lanes.values()))
    assert "review" in rig.incident.ticks and not refusals("deploy", rig.incident, lane)
    code.now = replace(good, **change)
    await review_gate.follow(rig.conductor)
    assert "review" not in rig.incident.ticks
    (no,) = refusals("deploy", rig.incident, lane)
    assert no.title == f"The review of pull request 7 is not enough any more: {why}"
    await review_gate.follow(rig.conductor)
    assert sum(type(event.fact).__name__ == "Unticked" for event in rig.incident.tail) == 1
    code.now = good
    await review_gate.follow(rig.conductor)
    assert "review" in rig.incident.ticks and not refusals("deploy", rig.incident, lane)
    assert rig.agrees()


async def test_a_persons_tick_stays(rig: Rig) -> None:
    """Who ticked the review against the gate answers for it: it is not taken back, and the deploy may go on."""
    code = Code()
    await declared(rig, Others(code=code))
    await do(rig, "open-pr")
    good = code.now = replace(code.now, approvals=("ann",), checks=GREEN)
    await review_gate.follow(rig.conductor)
    code.now = replace(good, approvals=())
    await review_gate.follow(rig.conductor)
    await rig.conductor.recorder.record(Ticked("review"), actor=NAME)
    await review_gate.follow(rig.conductor)
    lane = next(iter(rig.incident.lanes.values()))
    assert "review" in rig.incident.ticks and not refusals("deploy", rig.incident, lane)


async def test_a_security_review_is_needed_after_a_security_trigger(rig: Rig) -> None:
    """And the Security Lead's approval is one."""
    code = Code()
    await declared(rig, Others(code=code), private=True)
    await do(rig, "open-pr")
    code.now = replace(code.now, approvals=("ann",), checks=GREEN)
    await review_gate.follow(rig.conductor)
    assert "review" not in rig.incident.ticks
    duty = rig.conductor.config.roster.duty("security-lead")
    assert duty is not None
    code.now = replace(code.now, approvals=("ann", duty.primary.handle.lstrip("@")))
    await review_gate.follow(rig.conductor)
    assert "review" in rig.incident.ticks and "security-review" in rig.incident.ticks


async def test_a_backup_is_awaited_and_its_id_kept(rig: Rig) -> None:
    """Over a lost line; the id is a value for the restore; asked again it is the same backup."""
    sql = Sql("ENQUEUED", "RUNNING", "?", "SUCCESSFUL")
    await declared(rig, Others(databases=sql))
    assert "101" in (await do(rig, "backup")).words
    assert evidence(rig, "backup") == "backup 101 SUCCESSFUL"
    assert rig.incident.work.backups == {"101": "SUCCESSFUL"}
    await do(rig, "backup")
    assert len(sql.texts) == 1
    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step("roll-back-database"), NAME)
    assert (prepared.way, prepared.typed, prepared.missing) == ("native", "101", ())


async def test_a_failed_backup_is_no_backup_and_is_taken_anew(rig: Rig) -> None:
    """It ticks nothing and can't be restored from."""
    sql = Sql("FAILED")
    await declared(rig, Others(databases=sql))
    with pytest.raises(ServiceError, match="Backup 101 ended as FAILED") as failed:
        await do(rig, "backup")
    assert failed.value.effect is Effect.FAILED
    assert "backup" not in rig.incident.ticks
    sql.statuses = ["SUCCESSFUL"]
    await do(rig, "backup")
    assert evidence(rig, "backup") == "backup 102 SUCCESSFUL"


async def test_a_restore_needs_the_id_typed_and_a_second_person(rig: Rig) -> None:
    """Then it is done, waited for, and written down with who agreed."""
    sql = Sql("SUCCESSFUL")
    await declared(rig, Others(databases=sql))
    await do(rig, "backup")
    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step("roll-back-database"), NAME)
    for typed, second in [("", "@cto"), ("102", "@cto"), ("101", ""), ("101", "@rm")]:
        with pytest.raises(Refused):
            execute.agreed(rig.conductor, prepared, typed, second)
    execute.agreed(rig.conductor, prepared, "101", "@cto")
    sql.statuses = ["PENDING", "RUNNING", "DONE"]
    await do(rig, "roll-back-database", second="@cto")
    assert sql.restored == ["101"]
    told = [event.fact.text for event in rig.incident.tail if hasattr(event.fact, "text")]
    assert "restore of backup 101 over the database, agreed by @cto" in told


@pytest.mark.parametrize("mitigates", [True, False])
async def test_a_feature_goes_off(rig: Rig, mitigates: bool) -> None:
    """Off in LaunchDarkly; mitigated by it where somebody says that it ended it."""
    flags = LightSwitch()
    await declared(rig, Others(flags=flags), drill=True)
    await execute.give(rig.conductor, "feature", "new-checkout")
    await do(rig, "disable-feature", mitigates=mitigates)
    assert flags.off == [("new-checkout", "DRILL: turned off by warroom in INC-0001")]
    assert rig.did == ("flag-off" if mitigates else "")


@pytest.mark.parametrize(
    ("step", "system", "argv"),
    [
        ("backup", "cloud-sql", ("./scripts/backup-production.sh",)),
        ("create-branch", "github", ("git", "checkout", "-b", "hotfix/SHOP-7", "v1.4.2")),
        ("disable-feature", "launchdarkly", ("./scripts/feature-flag.sh", "--disable=new-checkout")),
        ("roll-back-database", "cloud-sql", ("./scripts/rollback-database.sh", "--backup=17")),
    ],
)
async def test_without_the_system_its_script_is_run(rig: Rig, step: str, system: str, argv: tuple[str, ...]) -> None:
    """The document's own command, with the reason why warroom does not do it itself."""
    await declared(rig, Others(missing={system: "It is not configured: add a table."}))
    for name, value in (("production_version", "1.4.2"), ("feature", "new-checkout"), ("backup", "17")):
        await execute.give(rig.conductor, name, value)
    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step(step), NAME)
    assert (prepared.way, prepared.argv, prepared.why) == ("command", argv, "It is not configured: add a table.")
    program = Program()
    rig.conductor.runs.make = lambda: program
    done = await do(rig, step, second="@cto", mitigates=True)
    assert done.outcome == "done" and program.orders[0].argv == argv
    assert rig.did == ("flag-off" if step == "disable-feature" else "")


async def test_without_system_and_script_it_is_by_hand_with_its_text(rig: Rig) -> None:
    """The pull request: its title and body to copy."""
    await declared(rig, Others(missing={"github": "GITHUB_TOKEN is not set: export it."}))
    prepared = execute.prepare(rig.conductor, rig.conductor.config.protocol.step("open-pr"), NAME)
    assert (prepared.way, prepared.why) == ("manual", "GITHUB_TOKEN is not set: export it.")
    assert execute.to_copy(rig.conductor, prepared).startswith("HOTFIX: checkout answers 500\n")
    with pytest.raises(Refused, match="GITHUB_TOKEN is not set"):
        await do(rig, "open-pr")


async def test_the_review_is_looked_at_until_the_deploy_and_again_after_an_abort(rig: Rig) -> None:
    """Not while a hotfix of this incident is in production everywhere; when it was looked at last is known."""
    code = Code()
    await declared(rig, Others(code=code))
    await do(rig, "open-pr")
    assert not rig.conductor.review_seen_at
    await review_gate.follow(rig.conductor)
    assert rig.conductor.review_seen_at == rig.clock.now()
    await rig.fire(rig.conductor.plan("deploy", NAME, image="example.test/x@sha256:1"))
    looks = len(code.of("pull"))
    await review_gate.follow(rig.conductor)
    assert len(code.of("pull")) == looks
    await rig.fire(rig.conductor.plan("abort", NAME))
    await review_gate.follow(rig.conductor)
    assert len(code.of("pull")) == looks + 1


async def test_a_deployment_looks_at_the_review_once_more(rig: Rig) -> None:
    """What was pushed a second ago is not deployed as reviewed; a code host that is silent is not waited for long."""
    code = Code()
    await declared(rig, Others(code=code))
    await do(rig, "open-pr")
    code.now = replace(code.now, approvals=("@qa",), checks=GREEN)
    await review_gate.follow(rig.conductor)
    assert "review" in rig.incident.ticks
    plan = rig.conductor.plan("deploy", NAME, image="example.test/x@sha256:1")
    code.now = replace(code.now, approvals=(), stale=("@qa",), sha="def")
    sent = len(rig.run.sent)
    with pytest.raises(Refused, match="not enough any more"):
        await rig.fire(plan)
    assert len(rig.run.sent) == sent and "review" not in rig.incident.ticks
