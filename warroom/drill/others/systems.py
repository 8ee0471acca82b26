"""All the other systems of a drill, in one list."""

from warroom.drill.others.cloud_sql import CloudSql
from warroom.drill.others.frame import Stage, System
from warroom.drill.others.github import GitHub
from warroom.drill.others.launchdarkly import LaunchDarkly
from warroom.drill.others.pagerduty import PagerDuty
from warroom.drill.others.pagerduty_book import Book
from warroom.drill.others.pagerduty_events import PagerDutyEvents
from warroom.drill.others.slack import Slack
from warroom.drill.others.statuspage import Statuspage
from warroom.drill.scenario import Scenario


def systems(stage: Stage, scenario: Scenario) -> tuple[System, ...]:
    """One of each, faring as the scenario says."""
    book = Book(stage.people, stage.clock)
    return (
        Slack(stage),
        PagerDuty(stage, book),
        PagerDutyEvents(stage, book),
        Statuspage(stage),
        GitHub(stage, scenario.review),
        CloudSql(stage, scenario.database),
        LaunchDarkly(stage, scenario.flags),
    )
