"""A production in good health, and a configuration of it that leaves nothing to find."""

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from warroom.drill.scenario.model import Expected, Incident, Metrics, Normal, Scenario, ServicePlan, Stable
from warroom.resources import config_directory
from warroom.rollout.traffic import ServiceRef

PAY = ServiceRef("payments", "europe-west1", "acme")
SHOP = ServiceRef("shop", "europe-west1", "acme")
STABLE = "00041-abc"

Tables = dict[str, dict[str, Any]]


def scenario(*refs: ServiceRef) -> Scenario:
    """Services that nothing is wrong with."""
    plans = tuple(
        ServicePlan(
            name=ref.name,
            region=ref.region,
            project=ref.project,
            hotfix_image="example.test/fix@sha256:" + "a" * 64,
            stable=Stable(f"{ref.name}-{STABLE}", "example.test/old@sha256:" + "b" * 64),
            normal=Normal(requests_per_second=40),
            incident=Incident(begins_minutes_ago=1, error_share=0.0),
        )
        for ref in refs or (PAY,)
    )
    # Where Google's usual delay leaves no verdict within a bake, doctor says so.
    soon = Metrics(ingest_delay_seconds=90)
    return Scenario("t", "d", "t1", "sev1", 7, plans, Expected("full_traffic", 100, 60), metrics=soon)


def write_config(directory: Path, *refs: ServiceRef, change: Callable[[Tables], None] | None = None) -> Path:
    """The shipped configuration for these services, reviewed today, its commands done by hand; then `change`d."""
    tables: Tables = {
        name: tomllib.loads((config_directory() / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("protocol", "roster", "services")
    }
    protocol = tables["protocol"]
    protocol["review"]["last_updated"] = datetime.now(UTC).date().isoformat()
    protocol["tools"] = []
    for step in (*(step for phase in protocol["phases"] for step in phase["steps"]), *protocol["procedures"]):
        if step.get("driver") == "command":
            step.update(driver="manual")
        step.pop("argv", None)
    tables["services"] = {
        "services": [{"name": ref.name, "region": ref.region, "project": ref.project} for ref in refs or (PAY,)]
    }
    if change:
        change(tables)
    directory.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        (directory / f"{name}.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    return directory
