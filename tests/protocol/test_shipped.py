"""The shipped configuration is the written protocol, whole."""

import hashlib
import re
from pathlib import Path

import pytest

from warroom.protocol.load import load
from warroom.protocol.model import Config
from warroom.protocol.names import TEMPLATE_FIELDS
from warroom.resources import config_directory


@pytest.fixture(scope="module")
def config() -> Config:
    """As a user without a configuration of their own gets it."""
    return load(config_directory())


def test_it_loads_and_knows_its_bytes(config: Config) -> None:
    """Nothing is wrong with it, and its hash is that of the file as it lies there."""
    raw = (config_directory() / "protocol.toml").read_bytes()
    assert config.protocol_hash == hashlib.sha256(raw).hexdigest()
    assert Path(config.directory) == config_directory()


def test_boxes_are_those_of_the_protocol(config: Config) -> None:
    """20 boxes in six phases, and 16 more in the release checklist."""
    boxes = [sum(step.box for step in phase.steps) for phase in config.protocol.phases]
    parts = [item.part for item in config.protocol.checklist]
    assert boxes == [4, 4, 4, 0, 4, 4]
    assert [parts.count(part) for part in ("pre-release", "during-release", "post-release")] == [6, 5, 5]


def test_every_checklist_item_can_tick_itself(config: Config) -> None:
    """The 16 are outcomes of what is done and seen anyway: nobody is asked twice."""
    assert all(item.ticked_by for item in config.protocol.checklist)


def test_budgets_are_durations(config: Config) -> None:
    """Least and most per phase; what precedes the ladder comes on top of its 15 minutes."""
    budgets = [(phase.least_minutes, phase.most_minutes) for phase in config.protocol.phases]
    assert budgets == [(0, 15), (15, 30), (10, 15), (15, 15), (5, 10), (15, 30)]
    assert [phase.on_top_minutes > 0 for phase in config.protocol.phases] == [False, False, False, True, False, False]
    for phase in config.protocol.phases:
        assert sum(step.minutes for step in phase.steps if not step.on_top) <= phase.most_minutes


def test_sla_levels_and_caps(config: Config) -> None:
    """The SLA table; P3 has none. Levels begin at 0, 15, 30 and 60; the last is by hand, and capped by severity."""
    rows = [(row.id, row.fix_minutes, row.resolve_minutes, row.level_cap) for row in config.protocol.severities]
    assert rows == [("P0", 30, 60, 4), ("P1", 60, 120, 3), ("P2", 120, 240, 2), ("P3", None, None, 1)]
    assert [level.from_minutes for level in config.protocol.escalation] == [0, 15, 30, 60]
    assert [level.by_hand for level in config.protocol.escalation] == [False, False, False, True]
    assert config.protocol.severity("P3").regular_release


def test_post_mortems_are_due(config: Config) -> None:
    """Three calendar days for P0, five business days for P1 and P2, and seven headings."""
    due = [(row.post_mortem_days, row.post_mortem_business_days) for row in config.protocol.severities]
    assert due == [(3, False), (5, True), (5, True), (0, False)]
    assert len(config.protocol.post_mortem) == 7


@pytest.mark.parametrize(
    ("trigger", "severity"),
    [
        ("zero-day", "P0"),
        ("service-unavailable", "P0"),
        ("payment-failure", "P0"),
        ("financial-calculation", "P0"),
        ("spreading-corruption", "P0"),
        ("compliance-violation", "P1"),
        ("cascading-failures", "P1"),
        ("slow-responses", "P2"),
        ("resources-exhausted", "P2"),
    ],
)
def test_triggers_propose_a_severity(config: Config, trigger: str, severity: str) -> None:
    """Security, outage and spreading or financial corruption are P0; slowness is P2 until it cascades."""
    found = {row.id: row for row in config.protocol.triggers}[trigger]
    assert found.severity == severity
    assert found.security == (found.group == "Critical security vulnerability")


def test_matrix_has_a_row_for_every_trigger(config: Config) -> None:
    """Outage and payment failure have rows too, so that every declaration finds its own."""
    rows = {row.id for row in config.protocol.matrix}
    assert {trigger.scenario for trigger in config.protocol.triggers} <= rows
    assert {"complete-outage", "payment-failure", "feature-bug"} <= rows


def test_staging_comes_before_smoke_test_and_validation(config: Config) -> None:
    """Order is data: deploy to staging, smoke test, validate, and only then production."""
    step = config.protocol.step
    assert "deploy-staging" in step("smoke-test").needs
    assert "smoke-test" in step("issue-gone").needs
    assert {"issue-gone", "ask-data-change", "backup", "notify-stakeholders"} <= set(step("deploy").needs)
    # After going back nobody un-pins until the next release; the tag may go at once.
    assert step("remove-tag").needs == ("resolve",)


def test_no_shell_and_no_silent_script(config: Config) -> None:
    """Every command is a list of arguments, each filled on its own; none switches a confirmation off."""
    steps = [*(step for phase in config.protocol.phases for step in phase.steps), *config.protocol.procedures]
    commands = [step.argv for step in steps if step.driver == "command"]
    assert len(commands) >= 9
    assert not any(argument in ("sh", "bash", "-c", "--no-confirm") for argv in commands for argument in argv)
    assert all(step.text for step in steps)
    assert all(0 < len(step.short) <= 20 for step in steps)


def test_templates_keep_their_signs_and_claim_nothing(config: Config) -> None:
    """The emoji stay; what may be untrue is a field."""
    bodies = {template.id: template.body for template in config.protocol.templates}
    assert bodies["initial-alert"].startswith("🚨 EMERGENCY RELEASE IN PROGRESS")
    assert all(sign in bodies["progress-update"] for sign in ("📍", "✅", "🔄", "⏱️", "{no_action_sentence}"))
    assert bodies["resolution-notice"].startswith("✅ ISSUE RESOLVED")
    assert "Normal" not in bodies["resolution-notice"]
    assert {field for body in bodies.values() for field in re.findall(r"{(\w+)}", body)} <= TEMPLATE_FIELDS


def test_roster_covers_every_role(config: Config) -> None:
    """Core roles with primary and backup, everybody whom an escalation calls, and contacts inside and outside."""
    for role in config.protocol.roles:
        duty = config.roster.duty(role.id)
        assert duty is not None
        assert role.kind != "core" or duty.backup is not None
    assert [role.kind for role in config.protocol.roles].count("core") == 6
    assert config.roster.duty("nobody") is None
    assert len(config.roster.external) == 3


def test_look_ups(config: Config) -> None:
    """By id, in phases and procedures; an unknown id is a KeyError."""
    protocol = config.protocol
    assert protocol.step("roll-back").guard == "retreat"
    assert protocol.find_step("nothing") is None
    assert protocol.role("incident-commander").short == "IC"
    assert protocol.template("initial-alert").title == "Initial alert"
    for missing in (protocol.step, protocol.phase, protocol.role, protocol.severity):
        with pytest.raises(KeyError):
            missing("nothing")


def test_services_are_found_by_name_and_place(config: Config) -> None:
    """One name can stand in several regions, so the place may be given too."""
    service = config.services.find("payments-api")
    assert service is not None
    assert (service.region, service.project, service.staging_project) == ("europe-west1", "shop-prod", "shop-staging")
    assert config.services.find("payments-api", "europe-west1", "shop-prod") is service
    assert config.services.find("payments-api", region="us-east1") is None


def test_rollout_and_gate_numbers(config: Config) -> None:
    """10, 25, 50, 100 % with five minutes each; 1 % of errors, 5 % slow; nothing goes back by itself."""
    ladder, gate = config.protocol.ladder, config.protocol.gate
    assert (ladder.rungs, ladder.bake_minutes, ladder.auto_abort_on_fail) == ((10, 25, 50, 100), 5, False)
    assert (gate.error_share, gate.slow_share, gate.trigger_factor) == (0.01, 0.05, 10)
    assert config.protocol.sla.fix_means == "ready"
