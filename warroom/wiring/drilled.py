"""The services of a drill: what services.toml says of them, and what their pages answer."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from warroom.protocol.model import Config, Probing, ServiceConfig

if TYPE_CHECKING:
    from warroom.drill.scenario.model import Scenario


def services(scenario: "Scenario", config: Config) -> tuple[ServiceConfig, ...]:
    """The scenario's services, with what services.toml says of those it names, and what they need of the others."""
    found = []
    for plan in scenario.services:
        known = config.services.find(plan.name, plan.region, plan.project)
        probe: Probing = "identity" if plan.access == "private" else "anonymous"
        known = known or ServiceConfig(plan.name, plan.region, plan.project, health_path=plan.pages[0], probe=probe)
        found.append(replace(known, staging_project=plan.staging_project))
    return tuple(found)


def with_pages(scenario: "Scenario", config: Config) -> "Scenario":
    """The scenario whose services answer the paths that services.toml asks, and no others."""
    plans = []
    for plan in scenario.services:
        known = config.services.find(plan.name, plan.region, plan.project)
        plans.append(replace(plan, pages=pages(known)) if known else plan)
    return replace(scenario, services=tuple(plans))


def pages(own: ServiceConfig) -> tuple[str, ...]:
    """Every path of a service that services.toml names."""
    return (own.health_path,)
