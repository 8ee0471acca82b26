"""The written protocol's items that are data, each shown to work: boxes, triggers, rows, words, programs, people."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conductor.fakes import FakeProber
from tests.conductor.pager import FakePager
from tests.conductor.rig import CONFIG, NAME, Rig, declaration, rigged
from tests.incident.story import Story, applied, intended, judged, ladder
from warroom.conductor.people import escalation, page_responses, paging
from warroom.conductor.steps import execute, ticks
from warroom.conductor.triage import decision
from warroom.doctor import here
from warroom.headless.declare import Declaration
from warroom.headless.declare import declaration as typed
from warroom.incident import clocks, events
from warroom.incident.progress.follow_ups import follow_ups
from warroom.incident.roles.roles import Holder
from warroom.incident.steps.steps import CommandEnded, CommandStarted
from warroom.protocol.contacts import contacts, matching
from warroom.protocol.model import ChecklistItem
from warroom.rollout.evidence import Grade
from warroom.services.clients import Clients
from warroom.services.systems.ports import Others
from warroom.steps.runner import Ended, Order
from warroom.workspace import Room

PROTOCOL = CONFIG.protocol
BOXES = [step.id for phase in PROTOCOL.phases for step in phase.steps if step.box]
CORE = [role.id for role in PROTOCOL.roles if role.kind == "core"]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A conductor on fakes, nothing declared yet."""
    async with rigged(tmp_path / "journal.db") as rig:
        yield rig


def needed(step_id: str) -> list[str]:
    """All that a step needs, deepest first."""
    found: list[str] = []
    for need in PROTOCOL.step(step_id).needs:
        found += [one for one in [*needed(need), need] if one not in found]
    return found


@pytest.mark.parametrize("box", BOXES)
async def test_each_box_is_ticked_once_what_it_needs_is_done(rig: Rig, box: str) -> None:
    """Each of the 20: refused while a need is open, then kept with who ticked it, and open again on the second key."""
    await rig.declared()
    await rig.conductor.record()
    needs = [step for step in needed(box) if step not in rig.incident.ticks]
    if needs:
        with pytest.raises(Exception, match="Not yet: first"):
            await ticks.tick(rig.conductor, box)
    await rig.conductor.record(*(events.Ticked(step, evidence="set up") for step in needs))
    await ticks.tick(rig.conductor, box)
    assert rig.incident.ticks[box].actor == "@rm"
    assert [fact.item for fact in rig.facts(events.Ticked)].count(box) == 1
    await ticks.tick(rig.conductor, box)
    assert box not in rig.incident.ticks


EVIDENCE: dict[str, tuple[events.AnyFact, ...]] = {
    "fact:declared": (),
    "fact:roles-answered": tuple(
        fact for role in CORE for fact in (events.RoleAssigned(role, "@somebody"), events.RoleAcknowledged(role))
    ),
    "fact:deployed": (intended("c1", "deploy", revision="x"), applied("c1"), ladder()),
    "fact:ladder-started": (intended("c2", "advance", 10), applied("c2", 10)),
    "fact:judged": (ladder(), judged(Grade.PASS, 10)),
    "fact:update-sent": (events.UpdateSent("we know"),),
    "fact:resolved": (events.Mitigated("full-traffic"), events.Resolved()),
    "fact:reported": (events.Reported("INC-0001.md"),),
    "fact:channel-created": (events.SendIntended("s1", "slack", "open-channel"), events.SendDone("s1", "C1")),
}


@pytest.mark.parametrize("item", PROTOCOL.checklist, ids=[item.id for item in PROTOCOL.checklist])
def test_each_checklist_item_is_ticked_by_its_evidence(item: ChecklistItem) -> None:
    """Each of the 16: not before the last of what shows it is there, then by warroom, with that as its evidence."""
    story = Story()
    for name in item.ticked_by:
        if name != "fact:declared":
            assert item.id not in _ticked(story)
        story.at(100, *EVIDENCE.get(name, (events.Ticked(name, "seen"),)))
    assert _ticked(story)[item.id] == ", ".join(name.removeprefix("fact:") for name in item.ticked_by)
    taken_back = story.at(110, events.Ticked(item.id), events.Unticked(item.id, "a person knows better"))
    assert item.id not in _ticked(taken_back)


def _ticked(story: Story) -> dict[str, str]:
    """What follows by itself: items and their evidence."""
    return {
        fact.item: fact.evidence for fact in follow_ups(story.incident, PROTOCOL) if isinstance(fact, events.Ticked)
    }


@pytest.mark.parametrize(
    ("trigger", "severity", "scenario"),
    [
        ("active-exploitation", "P0", "security-breach"),
        ("zero-day", "P0", "security-breach"),
        ("exposed-data", "P0", "security-breach"),
        ("auth-bypass", "P0", "security-breach"),
        ("service-unavailable", "P0", "complete-outage"),
        ("database-corruption", "P0", "data-corruption"),
        ("data-loss", "P0", "data-corruption"),
        ("payment-failure", "P0", "payment-failure"),
        ("financial-calculation", "P0", "data-corruption"),
        ("spreading-corruption", "P0", "data-corruption"),
        ("compliance-violation", "P1", "data-corruption"),
        ("slow-responses", "P2", "performance-issue"),
        ("resources-exhausted", "P2", "performance-issue"),
        ("cascading-failures", "P1", "performance-issue"),
    ],
)
async def test_each_trigger_declares_as_it_proposes(
    rig: Rig, tmp_path: Path, trigger: str, severity: str, scenario: str
) -> None:
    """Its severity, confidential or not, personal data or not, and the row of the matrix that the decision shows."""

    async def connect() -> Clients:
        raise AssertionError("declaring needs no cloud")

    room = Room(CONFIG, rig.journal, rig.clock, "@rm", connect, tmp_path)
    await rig.conductor.declare(typed(room, Declaration("it fails", trigger=trigger)))
    assert rig.incident.severity == severity
    assert rig.incident.declared.private == (scenario == "security-breach")
    flagged = trigger in ("exposed-data", "compliance-violation")
    assert (clocks.gdpr_left(rig.incident, PROTOCOL, rig.clock.now()) == 72 * 3600) is flagged
    row = decision.choice(rig.conductor).row
    assert row is not None and row.id == scenario


def test_every_trigger_is_in_that_table() -> None:
    """A trigger that comes to the protocol comes here too."""
    marks = test_each_trigger_declares_as_it_proposes.pytestmark  # type: ignore[attr-defined]
    assert [row[0] for row in marks[0].args[1]] == [trigger.id for trigger in PROTOCOL.triggers]


@pytest.mark.parametrize(
    ("trigger", "rollback", "hotfix", "wait"),
    [
        ("zero-day", "maybe", "yes", "no"),
        ("database-corruption", "yes", "maybe", "no"),
        ("slow-responses", "maybe", "maybe", "maybe"),
        ("service-unavailable", "yes", "maybe", "no"),
        ("payment-failure", "yes", "maybe", "no"),
        ("", "maybe", "no", "yes"),
    ],
)
async def test_each_row_of_the_matrix_advises(rig: Rig, trigger: str, rollback: str, hotfix: str, wait: str) -> None:
    """What the document says of each way out stands beside it, and is kept with the decision.

    A P3 that meets no trigger is a feature's bug.
    """
    severity = "P0" if trigger else "P3"
    await rig.conductor.declare(replace(declaration(rig.clock.now()), trigger=trigger, severity=severity))
    choice = decision.choice(rig.conductor)
    assert (choice.advice("roll-back"), choice.advice("hotfix"), choice.advice("wait")) == (rollback, hotfix, wait)
    assert (await decision.decide(rig.conductor, "hotfix", "it is older")).advice == hotfix


@pytest.mark.parametrize(
    ("level", "handles"),
    [
        (1, ["@on-call-engineer"]),
        (2, ["@team-lead", "@primary-rm"]),
        (3, ["@engineering-manager", "@cto"]),
        (4, ["@ceo", "@board"]),
    ],
)
async def test_each_level_calls_its_people(rig: Rig, level: int, handles: list[str]) -> None:
    """Those of the document, by the roster, each with a number to call; that it was done is written down."""
    await rig.declared()
    call = escalation.call(rig.conductor, level)
    assert [page.person.handle for page in call.pages] == handles
    assert all(page.person.phone for page in call.pages)
    await escalation.carry_out(rig.conductor, call)
    assert rig.incident.steering.levels[level].called_at is not None


@pytest.mark.parametrize("role", CORE)
async def test_each_core_role_has_a_primary_and_a_backup_who_is_paged(rig: Rig, role: str) -> None:
    """The primary has it from the declaration, is paged by name, and after five silent minutes the backup stands in."""
    duty = CONFIG.roster.duty(role)
    assert duty is not None and duty.backup is not None
    await rig.declared()
    await rig.conductor.record()
    assert rig.incident.roles[role].person == duty.primary.handle
    pager = FakePager()
    rig.conductor.attach(Clients(rig.run, rig.monitoring, FakeProber(rig.clock), Others(pager=pager)))
    await paging.page(rig.conductor, paging.plan(rig.conductor, PROTOCOL.role(role)))
    rig.clock.advance(PROTOCOL.paging.acknowledge_minutes * 60)
    await page_responses.turn(rig.conductor)
    assert [email for email, _ in pager.asked] == [duty.primary.email, duty.backup.email]
    holder: Holder = rig.incident.roles[role]
    assert (holder.person, holder.stand_in_for) == (duty.backup.handle, duty.primary.handle)


@pytest.mark.parametrize(
    ("title", "slack"),
    [
        *[(role.title, True) for role in PROTOCOL.roles],
        ("GCP Support", False),
        ("Security Vendor", False),
        ("Legal Team", False),
    ],
)
def test_each_contact_is_found_with_phone_and_address(title: str, slack: bool) -> None:
    """Everybody of the document's tables: typed as it stands there, found with all the ways to reach them."""
    found = [one for one in matching(contacts(CONFIG.roster, PROTOCOL.roles), title) if one.title == title]
    assert found
    for one in found:
        assert one.person.phone and one.person.email
        assert bool(one.person.slack) is slack


class Program:
    """Takes down what it is told to run, and says that it went well."""

    simulated = False

    def __init__(self) -> None:
        self.orders: list[Order] = []

    async def run(self, order: Order, on_line: Callable[[str], None], stop: asyncio.Event) -> Ended:
        """As Runner.run."""
        self.orders.append(order)
        on_line("fine")
        return Ended("done", 0, "/logs/x.log")


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("critical-tests", "npm run test:critical"),
        ("security-scan", "npm run security:scan"),
        ("smoke-test-script", "./scripts/smoke-test.sh staging"),
        ("notify-release-script", "./scripts/notify-emergency-release.sh"),
        ("check-metrics-script", f"./scripts/check-metrics.sh --service={NAME}"),
        ("check-errors-script", "./scripts/check-errors.sh --threshold=1%"),
        ("emergency-backup", "./scripts/emergency/backup-production.sh"),
        ("roll-back-all", "./scripts/emergency/rollback-all.sh"),
        ("emergency-notify", "./scripts/emergency/notify-stakeholders.sh"),
        ("emergency-health", "./scripts/emergency/check-health.sh"),
        ("emergency-report", "./scripts/emergency/generate-report.sh"),
        ("undo-kubernetes", f"kubectl rollout undo deployment/{NAME}"),
        ("kubernetes-status", f"kubectl rollout status deployment/{NAME} --timeout=60s"),
        ("describe-service", f"gcloud run services describe {NAME} --region=europe-west1 --project=shop-prod"),
    ],
)
async def test_each_command_of_the_document_is_run_as_it_stands_there(rig: Rig, step: str, line: str) -> None:
    """By its argument list, written down before and after, with its exit code."""
    await rig.declared()
    program = Program()
    rig.conductor.runs.make = lambda: program
    prepared = execute.prepare(rig.conductor, PROTOCOL.step(step), NAME)
    assert (prepared.way, prepared.missing) == ("command", ())
    assert (await execute.do(rig.conductor.runs, prepared, lambda words: None, second="@cto")).outcome == "done"
    (order,) = program.orders
    assert " ".join(order.argv) == line
    (started,), (ended,) = rig.facts(CommandStarted), rig.facts(CommandEnded)
    assert (started.step, " ".join(started.argv), ended.exit_code) == (step, line, 0)


@pytest.mark.parametrize(("answer", "doubted"), [("", False), ("no", True), ("yes", False), ("forward-only", False)])
async def test_a_database_goes_back_only_if_data_was_changed(rig: Rig, answer: str, doubted: bool) -> None:
    """After a no the guard says so before anything is typed; an open question hinders nobody."""
    await rig.declared()
    if answer:
        await decision.data_change(rig.conductor, answer)
    words = execute.doubt(rig.conductor, PROTOCOL.step("roll-back-database"))
    assert words == ("Only where the hotfix changed data or schema: it was said not to be so." if doubted else "")


async def test_the_hotfix_tag_is_removed_by_its_command(rig: Rig) -> None:
    """With the tag that this incident's hotfix has."""
    await rig.deployed()
    prepared = execute.prepare(rig.conductor, PROTOCOL.step("remove-tag"), NAME)
    assert f"--remove-tags={rig.ladder.tag}" in prepared.argv
    assert rig.ladder.tag.startswith("hotfix-")


@pytest.mark.parametrize(
    ("tool", "state"),
    [("gcloud", "failure"), ("kubectl", "failure"), ("jq", "warning"), ("slack", "warning"), ("pd", "warning")],
)
def test_each_tool_of_the_document_is_looked_for(tool: str, state: str) -> None:
    """Not found, it is told with what it is for: a failure where a step needs it, a warning where none does."""
    found = [one for one in here.programs(PROTOCOL, lambda name, mode: None) if one.what.split()[0] == tool]
    assert [one.state for one in found] == [state]
    assert "is for: " in found[0].what and found[0].remedy
    assert tool in [one.name for one in PROTOCOL.tools]
