"""All the other systems of a drill, in one list."""

from warroom.drill.systems.cloud_sql import CloudSql
from warroom.drill.systems.github import GitHub
from warroom.drill.systems.launchdarkly import LaunchDarkly
from warroom.drill.systems.monitoring_alerts import MonitoringAlerts
from warroom.drill.systems.mount import Stage, System
from warroom.drill.systems.pagerduty import PagerDuty
from warroom.drill.systems.pagerduty_events import PagerDutyEvents
from warroom.drill.systems.pagerduty_state import Book
from warroom.drill.systems.slack import Slack
from warroom.drill.systems.statuspage import Statuspage
from warroom.drill.world.world import World


def systems(stage: Stage, world: World) -> tuple[System, ...]:
    """One of each, faring as the scenario says; flags and database have their effect on the world."""
    scenario = world.scenario
    book = Book(stage.people, stage.clock)
    return (
        Slack(stage),
        PagerDuty(stage, book, world),
        PagerDutyEvents(stage, book),
        Statuspage(stage),
        GitHub(stage, scenario.review),
        CloudSql(stage, scenario.database, world.restore_database),
        LaunchDarkly(stage, scenario.flags, world.turn_flag),
        MonitoringAlerts(stage, world),
    )
