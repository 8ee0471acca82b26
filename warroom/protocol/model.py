"""The protocol's types. Each field is a key of protocol.toml, with the same name; those of services.toml stand beside.

Durations are in the unit that the name ends in; shares are 0–1, percents 0–100.
"""

from functools import cached_property
from typing import Literal, TypeVar

from msgspec import Struct

from warroom.protocol.integrations import Integrations
from warroom.protocol.keymap import Keymap
from warroom.protocol.part import Part
from warroom.protocol.phases import Phase as Phase
from warroom.protocol.phases import Step as Step
from warroom.protocol.roster import Roster
from warroom.protocol.services import Endpoints as Endpoints
from warroom.protocol.services import Probing as Probing
from warroom.protocol.services import ServiceConfig as ServiceConfig
from warroom.protocol.services import Services as Services


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
    `update_minutes`: stakeholders hear from it so often, where that is not as often as of the others.
    """

    id: str
    title: str
    example: str
    pager: Literal["critical", "error", "warning", "info"]
    impact: Literal["critical", "major", "minor", "none"]
    component: Literal["major_outage", "partial_outage", "degraded_performance", "operational"]
    fix_minutes: float | None = None
    resolve_minutes: float | None = None
    update_minutes: float | None = None
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


class RungRules(Part, frozen=True):
    """What is otherwise at the rung of `percent`: its bake, its limits instead of the gate's; a service's own win."""

    percent: int
    bake_minutes: float | None = None
    error_share: float | None = None
    slow_share: float | None = None


class LadderRules(Part, frozen=True):
    """The rollout ladder: ascending percents that end in 100, minutes to bake at each, and the tag's prefix."""

    rungs: tuple[int, ...]
    bake_minutes: float
    tag_prefix: str = "hotfix-"
    auto_abort_on_fail: bool = False
    at: tuple[RungRules, ...] = ()

    def rules_at(self, percent: int) -> RungRules:
        """What is otherwise at that rung; nothing where it has no rules of its own."""
        return next((one for one in self.at if one.percent == percent), RungRules(percent))

    def bake_at(self, percent: int) -> float:
        """Minutes to bake at that rung."""
        own = self.rules_at(percent).bake_minutes
        return self.bake_minutes if own is None else own


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
    """A role that the protocol names. `kind` says which table of the document it stands in.

    `backup`: whether a core role must have somebody who stands in.
    """

    id: str
    title: str
    short: str
    kind: Literal["core", "escalation", "contact"]
    backup: bool = True


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

    def phase(self, phase_id: str) -> Phase:
        """The phase of that id."""
        return _named(self.phases, phase_id)

    def of_kind(self, kind: str) -> tuple[Phase, ...]:
        """The phases of that kind (protocol.names.PHASES) in their order: none, one or several."""
        return tuple(phase for phase in self.phases if phase.kind == kind)

    @property
    def deployment(self) -> Phase:
        """The phase in which traffic moves: there is just one."""
        return self.of_kind("deployment")[0]

    @property
    def verification(self) -> Phase | None:
        """The phase in which what was done is checked, where the protocol has one."""
        return next(iter(self.of_kind("verification")), None)

    @property
    def ready(self) -> Phase | None:
        """With the end of this phase a fix is ready: the last preparation before traffic moves, else what lies there.

        None where the deployment comes first.
        """
        before = self.phases[: self.phases.index(self.deployment)]
        prepared = [phase for phase in before if phase.kind == "preparation"]
        return next(reversed(prepared or before), None)

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

    def update_minutes(self, severity_id: str) -> float:
        """How often stakeholders hear from an incident of that severity: its own cadence, else the protocol's."""
        own = next((one.update_minutes for one in self.severities if one.id == severity_id), None)
        return self.updates.every_minutes if own is None else own

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
