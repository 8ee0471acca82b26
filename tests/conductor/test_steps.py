"""Steps in other systems and by programs, on fakes: once each, with evidence; by another way where one is missing."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import IMAGE, OLD, PAY
from tests.conductor.parties import FakeCode
from tests.conductor.rig import NAME, Rig, declaration, until
from warroom.conductor import definitions, doing, reviewing
from warroom.conductor.conductor import Clients
from warroom.conductor.doing import Done
from warroom.conductor.owner import this_process
from warroom.conductor.plans import Consent
from warroom.conductor.refusal import Refused
from warroom.incident.commands import CommandEnded, CommandStarted, newest_run
from warroom.rollout.traffic import ServiceRef
from warroom.services.errors import Effect, NotFound, ServiceError, Unreachable
from warroom.services.others import Others, Posted, PullRequest
from warroom.steps.runner import Ended, Order, Simulated

GREEN = {"unit": "success"}


class Code(FakeCode):
    """GitHub in memory: one tag, branches, one pull request that a test changes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = PullRequest(7, "HOTFIX: checkout answers 500", "https://github.test/7", "hotfix/SHOP-7", "abc")

    async def production_tag(self) -> tuple[str, str]:
        """What runs."""
        self.note("tag")
        return "v1.4.2", "4f2c" * 10

    async def create_branch(self, name: str, sha: str) -> Posted:
        """A branch."""
        self.note("branch", name, sha)
        return Posted(name, f"https://github.test/tree/{name}")

    async def open_pull(self, title: str, head: str, body: str) -> Posted:
        """The pull request."""
        self.note("open", title, head, body)
        return Posted("7", "https://github.test/7")

    async def pull(self, number: int) -> PullRequest:
        """As it is now."""
        self.note("pull", str(number))
        return self.now


class Sql:
    """Cloud SQL in memory: `statuses` are given one after the other, the last again and again."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = list(statuses)
        self.texts: list[str] = []
        self.restored: list[str] = []

    def _next(self) -> str:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    async def back_up(self, description: str) -> Posted:
        """One more."""
        self.texts.append(description)
        return Posted(str(100 + len(self.texts)))

    async def backup_status(self, backup: str) -> str:
        """The next one; "?" is a lost line."""
        status = self._next()
        if status == "?":
            raise Unreachable("Cloud SQL does not answer", "Check the way there.")
        return status

    async def restore(self, backup: str) -> Posted:
        """Begun."""
        self.restored.append(backup)
        return Posted("op-1")

    async def restore_status(self, operation: str) -> str:
        """The next one."""
        return self._next()

    async def close(self) -> None:
        """Nothing to close."""


class LightSwitch:
    """Feature flags in memory."""

    def __init__(self) -> None:
        self.off: list[tuple[str, str]] = []

    async def turn_off(self, flag: str, comment: str) -> Posted:
        """Off; there is only one."""
        if flag != "new-checkout":
            raise NotFound("LaunchDarkly knows nothing of that", "Check the flag's key.")
        self.off.append((flag, comment))
        return Posted(flag, "https://flags.test")

    async def close(self) -> None:
        """Nothing to close."""


class Program:
    """Runs what a test says: writes `lines`, waits for `gate` where there is one, ends with `code`."""

    simulated = False

    def __init__(self, code: int = 0, lines: tuple[str, ...] = ("working",), gate: asyncio.Event | None = None) -> None:
        self.code, self.lines, self.gate = code, lines, gate
        self.orders: list[Order] = []

    async def run(self, order: Order, on_line: Callable[[str], None], stop: asyncio.Event) -> Ended:
        """As Runner.run."""
        self.orders.append(order)
        for line in self.lines:
            on_line(line)
        if self.gate is not None:
            waiting = [asyncio.ensure_future(one.wait()) for one in (self.gate, stop)]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in waiting:
                one.cancel()
        if stop.is_set():
            return Ended("cancelled", 143)
        return Ended("done" if self.code == 0 else "failed", self.code, "/logs/x.log")


async def declared(
    rig: Rig, others: Others, *, issue: str = "SHOP-7", drill: bool = False, private: bool = False
) -> None:
    """An incident, connected to these others."""
    first = declaration(rig.clock.now(), *rig.refs)
    await rig.conductor.declare(replace(first, issue=issue, drill=drill, private=private))
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others=others))
    await rig.look()


async def do(rig: Rig, step_id: str, second: str = "", mitigates: bool = False) -> Done:
    """Do a step as a key or command does, its values being known."""
    prepared = doing.prepare(rig.conductor, rig.conductor.config.protocol.step(step_id), NAME)
    return await doing.do(rig.conductor, prepared, lambda words: None, second=second, mitigates=mitigates)


def evidence(rig: Rig, step: str) -> str:
    """What ticked a step."""
    return rig.incident.ticks[step].evidence


async def test_branch_version_and_pull_request(rig: Rig) -> None:
    """From production's tag to a pull request with the prefix; each once, whatever is asked again."""
    code = Code()
    await declared(rig, Others(code=code))
    assert (await do(rig, "create-branch")).words.startswith("hotfix/SHOP-7 stands on v1.4.2")
    assert code.of("branch") == [["hotfix/SHOP-7", "4f2c" * 10]]
    assert rig.incident.work.values["production_version"] == "1.4.2"
    assert evidence(rig, "create-branch") == "hotfix/SHOP-7 from v1.4.2"

    prepared = doing.prepare(rig.conductor, rig.conductor.config.protocol.step("bump-version"), NAME)
    assert (prepared.way, prepared.missing) == ("native", ("version",))
    await doing.give(rig.conductor, "version", "1.4.3")
    await do(rig, "bump-version")
    assert evidence(rig, "bump-version") == "version 1.4.3"

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


async def test_the_review_is_followed_and_ticks_itself(rig: Rig) -> None:
    """Seen with names whenever it differs; lost and back are told; enough ticks it, by warroom."""
    code = Code()
    await declared(rig, Others(code=code))
    await reviewing.follow(rig.conductor)
    assert code.of("pull") == []  # nothing to look at yet
    await do(rig, "open-pr")
    await reviewing.follow(rig.conductor)
    await reviewing.follow(rig.conductor)
    assert rig.incident.work.review is not None and "review" not in rig.incident.ticks
    with pytest.raises(Refused, match="nobody approves yet; no check has reported yet"):
        await do(rig, "review")
    seen = [event for event in rig.incident.tail if event.fact.__class__.__name__ == "ReviewSeen"]
    assert len(seen) == 1

    code.fails["pull"] = [Unreachable("GitHub does not answer", "Check the way there.")]
    await reviewing.follow(rig.conductor)
    assert "github" in rig.incident.lost
    code.now = replace(code.now, approvals=("ann", "bob"), checks=GREEN)
    await reviewing.follow(rig.conductor)
    assert "github" not in rig.incident.lost
    assert evidence(rig, "review") == "pull request 7: title begins with HOTFIX:; approved by ann, bob; 1 check green"
    asked = len(code.of("pull"))
    await reviewing.follow(rig.conductor)
    assert len(code.of("pull")) == asked  # enough is enough


async def test_a_security_review_is_needed_after_a_security_trigger(rig: Rig) -> None:
    """And the Security Lead's approval is one."""
    code = Code()
    await declared(rig, Others(code=code), private=True)
    await do(rig, "open-pr")
    code.now = replace(code.now, approvals=("ann",), checks=GREEN)
    await reviewing.follow(rig.conductor)
    assert "review" not in rig.incident.ticks
    duty = rig.conductor.config.roster.duty("security-lead")
    assert duty is not None
    code.now = replace(code.now, approvals=("ann", duty.primary.handle.lstrip("@")))
    await reviewing.follow(rig.conductor)
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
    prepared = doing.prepare(rig.conductor, rig.conductor.config.protocol.step("roll-back-database"), NAME)
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
    prepared = doing.prepare(rig.conductor, rig.conductor.config.protocol.step("roll-back-database"), NAME)
    for typed, second in [("", "@cto"), ("102", "@cto"), ("101", ""), ("101", "@rm")]:
        with pytest.raises(Refused):
            doing.agreed(rig.conductor, prepared, typed, second)
    doing.agreed(rig.conductor, prepared, "101", "@cto")
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
    await doing.give(rig.conductor, "feature", "new-checkout")
    await do(rig, "disable-feature", mitigates=mitigates)
    assert flags.off == [("new-checkout", "DRILL: turned off by warroom in INC-0001")]
    assert rig.incident.mitigated_how == ("flag-off" if mitigates else "")


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
        await doing.give(rig.conductor, name, value)
    prepared = doing.prepare(rig.conductor, rig.conductor.config.protocol.step(step), NAME)
    assert (prepared.way, prepared.argv, prepared.why) == ("command", argv, "It is not configured: add a table.")
    program = Program()
    rig.conductor.runs.make = lambda: program
    done = await do(rig, step, second="@cto", mitigates=True)
    assert done.outcome == "done" and program.orders[0].argv == argv
    assert rig.incident.mitigated_how == ("flag-off" if step == "disable-feature" else "")


async def test_without_system_and_script_it_is_by_hand_with_its_text(rig: Rig) -> None:
    """The pull request: its title and body to copy."""
    await declared(rig, Others(missing={"github": "GITHUB_TOKEN is not set: export it."}))
    prepared = doing.prepare(rig.conductor, rig.conductor.config.protocol.step("open-pr"), NAME)
    assert (prepared.way, prepared.why) == ("manual", "GITHUB_TOKEN is not set: export it.")
    assert doing.to_copy(rig.conductor, prepared).startswith("HOTFIX: checkout answers 500\n")
    with pytest.raises(Refused, match="GITHUB_TOKEN is not set"):
        await do(rig, "open-pr")


async def test_a_program_is_written_down_before_and_after(rig: Rig) -> None:
    """Intent, exit code, time, the log's end; exit 0 ticks, a later failure unticks, and again ticks anew."""
    await declared(rig, Others())
    program = Program(lines=("one", "two"))
    rig.conductor.runs.make = lambda: program
    program_step = "critical-tests"
    assert (await do(rig, program_step)).words == "done, exit 0"
    started, ended = rig.facts(CommandStarted)[0], rig.facts(CommandEnded)[0]
    assert (started.argv, started.simulated) == (("npm", "run", "test:critical"), False)
    assert (ended.outcome, ended.exit_code, ended.tail, ended.log) == ("done", 0, "one\ntwo", "/logs/x.log")
    assert evidence(rig, program_step).startswith("exit 0 after")
    program.code = 2
    assert (await do(rig, program_step)).words == "failed with exit 2"
    assert program_step not in rig.incident.ticks
    program.code = 0
    await do(rig, program_step)
    assert program_step in rig.incident.ticks
    assert rig.agrees()


async def test_one_at_a_time_and_retreat_beside_it(rig: Rig) -> None:
    """A second start is refused, an abort is not; cancel ends it."""
    await rig.deployed()
    program = Program(gate=asyncio.Event())
    rig.conductor.runs.make = lambda: program
    running = asyncio.ensure_future(do(rig, "critical-tests"))
    await until(lambda: bool(program.orders))
    with pytest.raises(Refused, match="is running already"):
        await do(rig, "critical-tests")
    await rig.fire(rig.conductor.plan("abort", NAME))
    assert rig.run.percent(OLD) == 100
    rig.conductor.runs.cancel("critical-tests")
    assert (await running).outcome == "cancelled"
    with pytest.raises(Refused, match="Nothing is running"):
        rig.conductor.runs.cancel("critical-tests")


async def test_a_run_whose_warroom_was_killed_is_unknown(rig: Rig) -> None:
    """Its process is gone: nobody will ever say how it ended, so that is what is written down."""
    await declared(rig, Others())
    gone = CommandStarted("r1", "critical-tests", ("npm",), 600.0, "no-such-host/1")
    own = this_process().rpartition("/")[0]
    await rig.conductor.record(gone, CommandStarted("r2", "security-scan", ("npm",), 600.0, f"{own}/{2**22 + 1}"))
    await rig.conductor.runs.settle()
    here = newest_run(rig.incident.work, "security-scan")
    assert here is not None and here.outcome == "unknown"
    run = newest_run(rig.incident.work, "critical-tests")
    assert run is not None and run.outcome == ""  # another host's may live
    rig.clock.advance(600 + 121)
    await rig.conductor.runs.settle()
    run = newest_run(rig.incident.work, "critical-tests")
    assert run is not None and run.outcome == "unknown"


async def test_a_drill_runs_nothing_real(rig: Rig) -> None:
    """What would is refused; the simulated one ticks, and says so."""
    await declared(rig, Others(), drill=True)
    program = Program()
    rig.conductor.runs.make = lambda: program
    with pytest.raises(Refused, match="This is a drill"):
        await do(rig, "critical-tests")
    assert program.orders == []
    rig.conductor.runs.make = lambda: Simulated(rig.clock)
    rig.conductor.runs._runner = None
    await do(rig, "critical-tests")
    assert evidence(rig, "critical-tests").endswith("simulated in a drill")


async def test_a_locked_journal_starts_no_program_but_a_way_back(rig: Rig) -> None:
    """What is not written down is not started; undoing a rollout is."""
    await declared(rig, Others())
    program = Program()
    rig.conductor.runs.make = lambda: program
    rig.journal.broken = True
    with pytest.raises(Refused, match="Not started"):
        await do(rig, "critical-tests")
    assert program.orders == []
    assert (await do(rig, "undo-kubernetes")).outcome == "done"
    assert program.orders[0].argv == ("kubectl", "rollout", "undo", "deployment/payments-api")


async def test_needs_and_values_are_checked(rig: Rig) -> None:
    """What must be done before; a value that could be an option; one that no step knows."""
    await declared(rig, Others())
    with pytest.raises(Refused, match="first Fast-track review"):
        doing.needs(rig.conductor, rig.conductor.config.protocol.step("critical-tests"))
    for name, value in (("feature", "--all"), ("issue", ""), ("colour", "blue"), ("version", "1\n2")):
        with pytest.raises(Refused):
            await doing.give(rig.conductor, name, value)
    assert rig.incident.work.values == {}


def lies(path: Path) -> tuple[str, int, int]:
    """What is in a file, its mode and its folder's."""
    return path.read_text(), stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)


async def test_definitions_are_saved_before_the_first_change(rig: Rig, tmp_path: Path) -> None:
    """Once for a service, for its owner alone; traffic goes back to it by a plan; a failure hinders nothing."""
    asked: list[ServiceRef] = []

    async def definition(ref: ServiceRef) -> str:
        asked.append(ref)
        return '{"name": "x"}'

    await rig.declared()
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, definition=definition))
    with pytest.raises(Refused, match="No definition"):
        definitions.restore(rig.conductor, NAME)
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    await rig.look()
    await rig.fire(rig.conductor.plan("advance", NAME, to=10), Consent(reason="set up"))
    await rig.look()
    assert asked == [PAY]
    saved = rig.incident.work.saved[NAME]
    assert lies(Path(saved.path)) == ('{"name": "x"}', 0o600, 0o700)
    assert Path(saved.path).parent == tmp_path / "definitions"
    assert saved.serving == {OLD: 100}
    plan = definitions.restore(rig.conductor, NAME)
    assert plan.retreat and plan.target == {OLD: 100}
    await rig.fire(plan)
    assert rig.run.percent(OLD) == 100


async def test_what_can_not_be_saved_is_noted_and_hinders_nothing(rig: Rig) -> None:
    """Neither a lost line nor a full disk stops the hotfix."""

    async def definition(ref: ServiceRef) -> str:
        raise Unreachable("Cloud Run does not answer", "Wait.")

    await rig.declared()
    rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, definition=definition))
    await rig.fire(rig.conductor.plan("deploy", NAME, image=IMAGE))
    assert rig.ladder.candidate
    assert rig.incident.work.saved == {}
    notes = [event.fact for event in rig.incident.tail if "not saved" in getattr(event.fact, "text", "")]
    assert len(notes) == 1
