"""The protocol's types. Each field is a key of protocol.toml, with the same name; those of services.toml stand beside.

Durations are in the unit that the name ends in; shares are 0–1, percents 0–100.
"""

from functools import cached_property
from typing import Literal, TypeVar

from msgspec import Struct

from warroom.protocol.integrations import Integrations
from warroom.protocol.keymap import Keymap
from warroom.protocol.part import Part
from warroom.protocol.roster import Roster
from warroom.protocol.services import Endpoints as Endpoints
from warroom.protocol.services import ServiceConfig as ServiceConfig
from warroom.protocol.services import Services as Services


class Step(Part, frozen=True):
    """One line of a phase, or a procedure outside of them.

    `box` marks the document's own checkboxes, `needs` are steps to be done before, `native` and `when` names of NATIVE
    and CONDITIONS. `on_top`: `minutes` add to the phase's budget. `short`: the title in some 20 characters.
    """

    id: str
    title: str
    role: str
    box: bool = False
    minutes: float = 0.0
    needs: tuple[str, ...] = ()
    driver: Literal["native", "command", "manual"] = "manual"
    guard: Literal["look", "write", "speak", "forward", "retreat", "final"] = "write"
    native: str = ""
    argv: tuple[str, ...] = ()
    timeout_seconds: float = 600.0
    text: str = ""
    when: str = ""
    on_top: bool = False
    template: str = ""
    short: str = ""


class Phase(Part, frozen=True):
    """One of the six phases; the budget is a duration in minutes, at least and at most. `kind`: which one it is."""

    id: str
    kind: Literal["assessment", "preparation", "testing", "deployment", "verification", "post-deployment"]
    number: int
    title: str
    least_minutes: float
    most_minutes: float
    steps: tuple[Step, ...]
    short: str = ""

    @property
    def on_top_minutes(self) -> float:
        """Minutes that come on top of the budget, e.g. of what must be done before the ladder."""
        return sum(step.minutes for step in self.steps if step.on_top)


class ChecklistItem(Part, frozen=True):
    """One box of the release checklist; it ticks itself when all of `ticked_by` (step ids or facts) are done."""

    id: str
    title: str
    part: Literal["pre-release", "during-release", "post-release"]
    ticked_by: tuple[str, ...] = ()


class EscalationLevel(Part, frozen=True):
    """Level `level` holds from `from_minutes` after detection until the next level's begin."""

    level: int
    from_minutes: float
    roles: tuple[str, ...]
    title: str
    by_hand: bool = False


class Severity(Part, frozen=True):
    """A severity with its SLA in minutes (None: it has none) and the highest escalation level it reaches by itself.

    `pager`, `impact` and `component` are the pager's word for it, the status page's, and a hurt component's.
    """

    id: str
    title: str
    example: str
    pager: Literal["critical", "error", "warning", "info"]
    impact: Literal["critical", "major", "minor", "none"]
    component: Literal["major_outage", "partial_outage", "degraded_performance", "operational"]
    fix_minutes: float | None = None
    resolve_minutes: float | None = None
    level_cap: int = 0
    post_mortem_days: int = 0
    post_mortem_business_days: bool = False
    regular_release: bool = False


class Trigger(Part, frozen=True):
    """One criterion for an emergency release, and the severity it proposes."""

    id: str
    title: str
    group: str
    severity: str
    security: bool = False
    personal_data: bool = False
    scenario: str = ""


class MatrixRow(Part, frozen=True):
    """One row of the decision matrix."""

    id: str
    scenario: str
    rollback: Literal["yes", "maybe", "no"]
    hotfix: Literal["yes", "maybe", "no"]
    wait: Literal["yes", "maybe", "no"]
    note: str = ""


class Template(Part, frozen=True):
    """A message to stakeholders; fields stand in braces and are filled from the incident."""

    id: str
    title: str
    body: str


class LadderRules(Part, frozen=True):
    """The rollout ladder: ascending percents that end in 100, minutes to bake at each, and the tag's prefix."""

    rungs: tuple[int, ...]
    bake_minutes: float
    tag_prefix: str = "hotfix-"
    auto_abort_on_fail: bool = False


class GateLimits(Part, frozen=True):
    """What the gate allows where services.toml says nothing of its own. protocol.toml explains each."""

    error_share: float
    slow_share: float
    probe_failure_share: float
    stale_seconds: float
    slow_ms: float = 0.0
    slow_factor: float = 2.0
    trigger_factor: float = 10.0
    worse_ratio: float = 1.5
    rejected_share: float = 0.05
    least_events: int = 3
    refresh_seconds: float = 10.0
    probe_seconds: float = 2.0
    probe_window_seconds: float = 60.0
    evidence_minutes: float = 30.0
    normal_minutes: float = 90.0
    normal_gap_minutes: float = 15.0


class Sla(Part, frozen=True):
    """How the SLA is read. `fix_means` is the moment that counts as the fix."""

    fix_means: Literal["ready", "first_traffic", "full_traffic", "mitigated"] = "ready"


class Updates(Part, frozen=True):
    """The cadence of messages to stakeholders and who owes them."""

    every_minutes: float
    role: str


class Paging(Part, frozen=True):
    """How long people have to answer. `lead_minutes` after the declaration somebody must lead."""

    acknowledge_minutes: float = 5.0
    poll_seconds: float = 10.0
    lead_minutes: float = 2.0


class People(Part, frozen=True):
    """Role ids of those whom the program itself speaks of: who leads, who moves traffic, whom security concerns."""

    leads: str
    operates: str
    security: tuple[str, ...] = ()


class Role(Part, frozen=True):
    """A role that the protocol names. `kind` says which table of the document it stands in."""

    id: str
    title: str
    short: str
    kind: Literal["core", "escalation", "contact"]


class ComplianceItem(Part, frozen=True):
    """A compliance duty; `hours` counts from awareness where it has a deadline."""

    id: str
    title: str
    rule: str
    hours: float | None = None
    when: str = ""


class Drill(Part, frozen=True):
    """A kind of exercise and how often it is due."""

    id: str
    title: str
    every_days: int


class Review(Part, frozen=True):
    """Of the written protocol: version, owner, last change (ISO date) and how often it must be looked at."""

    version: str
    owner: str
    last_updated: str
    every_days: int


class Tool(Part, frozen=True):
    """A program that the protocol expects on the operator's machine."""

    name: str
    purpose: str
    required: bool = True


class Protocol(Part, frozen=True, dict=True):
    """protocol.toml, whole. The look-ups are by id, cheap, and raise KeyError where they don't say otherwise."""

    review: Review
    sla: Sla
    ladder: LadderRules
    gate: GateLimits
    updates: Updates
    people: People
    roles: tuple[Role, ...]
    phases: tuple[Phase, ...]
    checklist: tuple[ChecklistItem, ...]
    escalation: tuple[EscalationLevel, ...]
    severities: tuple[Severity, ...]
    triggers: tuple[Trigger, ...]
    matrix: tuple[MatrixRow, ...]
    templates: tuple[Template, ...]
    post_mortem: tuple[str, ...]
    compliance: tuple[ComplianceItem, ...]
    drills: tuple[Drill, ...]
    tools: tuple[Tool, ...]
    procedures: tuple[Step, ...] = ()
    paging: Paging = Paging()

    @cached_property
    def _steps(self) -> dict[str, Step]:
        steps = [step for phase in self.phases for step in phase.steps]
        return {step.id: step for step in (*steps, *self.procedures)}

    def step(self, step_id: str) -> Step:
        """The step of that id, in any phase or among the procedures."""
        return self._steps[step_id]

    def find_step(self, step_id: str) -> Step | None:
        """The step of that id, or None."""
        return self._steps.get(step_id)

    def phase_of(self, step_id: str) -> Phase:
        """The phase that a step stands in; a procedure stands in none (KeyError)."""
        return {step.id: phase for phase in self.phases for step in phase.steps}[step_id]

    def phase(self, phase_id: str) -> Phase:
        """The phase of that id."""
        return _named(self.phases, phase_id)

    def kind(self, kind: str) -> Phase:
        """The phase of that kind, whatever its id is."""
        return next(phase for phase in self.phases if phase.kind == kind)

    def role(self, role_id: str) -> Role:
        """The role of that id."""
        return _named(self.roles, role_id)

    @property
    def leader(self) -> Role:
        """The role that leads."""
        return self.role(self.people.leads)

    def severity(self, severity_id: str) -> Severity:
        """The severity of that id."""
        return _named(self.severities, severity_id)

    def rated(self, severity_id: str) -> Severity:
        """The severity of that id; of one that is no longer there, the first: it is told as loudly as the worst."""
        return next((one for one in self.severities if one.id == severity_id), self.severities[0])

    def template(self, template_id: str) -> Template:
        """The template of that id."""
        return _named(self.templates, template_id)


_Named = TypeVar("_Named", Phase, Role, Severity, Template)


def _named(rows: tuple[_Named, ...], row_id: str) -> _Named:
    """The row of that id in one of the short tables."""
    return {row.id: row for row in rows}[row_id]


class Distrust(Struct, frozen=True):
    """Why programs are not run: `what` says who may write where, `remedy` what to do."""

    what: str
    remedy: str


class Config(Struct, frozen=True):
    """A configuration directory, loaded: its files and the hash of the protocol's bytes (SHA-256, hex).

    `distrust` says why the programs that it names are not run.
    """

    protocol: Protocol
    roster: Roster
    services: Services
    protocol_hash: str
    directory: str
    integrations: Integrations = Integrations()
    distrust: Distrust | None = None
    keymap: Keymap = Keymap()
