"""All the other systems of a drill, in one list."""

from warroom.drill.systems.anyone.cloud_sql import Database
from warroom.drill.systems.anyone.github import CodeHost
from warroom.drill.systems.anyone.launchdarkly import Flags
from warroom.drill.systems.anyone.pagerduty import Pager
from warroom.drill.systems.anyone.slack import Workspace
from warroom.drill.systems.monitoring_alerts import MonitoringAlerts
from warroom.drill.systems.mount import Stage, System
from warroom.drill.systems.pagerduty_events import PagerDutyEvents
from warroom.drill.systems.pagerduty_state import Book
from warroom.drill.systems.statuspage import Statuspage
from warroom.drill.world.world import World


def systems(stage: Stage, world: World) -> tuple[System, ...]:
    """One of each, faring as the scenario says; flags and database have their effect on the world."""
    scenario = world.scenario
    book = Book(stage.people, stage.clock)
    return (
        Workspace(stage),
        Pager(stage, book, world),
        PagerDutyEvents(stage, book),
        Statuspage(stage),
        CodeHost(stage, scenario.review),
        Database(stage, scenario.database, world.restore_database),
        Flags(stage, scenario.flags, world.turn_flag),
        MonitoringAlerts(stage, world),
    )
