"""How late Monitoring is: what a plan promises of its verdict, and what is said where nobody knows."""

from tests.conductor.rig import NAME, Rig
from warroom.conductor.evidence.pace import forecast
from warroom.incident import events
from warroom.rollout.evidence import Freshness


def test_a_forecast_counts_with_the_delay() -> None:
    """Delay and period as the descriptors say, or as they usually are; which of the two is told."""
    assert forecast(Freshness(60, 90)) == "first verdict about 3:00 after it: Monitoring shows a period 1:30 late"
    usual = "first verdict about 4:30 after it: Monitoring shows a period 3:00 late"
    assert forecast(Freshness()) == usual
    assert forecast(None) == forecast(Freshness(assumed=True)) == f"{usual}, as Google's usually does"


async def test_the_plan_of_an_advance_says_when_its_verdict_comes(rig: Rig) -> None:
    """With the delay of the service's own project, once it was read; a retreat waits for no verdict."""
    await rig.at(10)
    assert rig.conductor.plan("advance", NAME).forecast == forecast(None)
    rig.monitoring.pace = Freshness(60, 90)
    await rig.conductor.watching.read(rig.monitoring)
    assert rig.conductor.plan("advance", NAME).forecast == forecast(Freshness(60, 90))
    assert rig.conductor.plan("abort", NAME).forecast == ""


async def test_an_assumed_delay_is_said_once(rig: Rig) -> None:
    """With what is counted with, and the permission that would tell; verdicts go on."""
    await rig.at(10)
    rig.monitoring.pace = Freshness(assumed=True)
    for _ in range(3):
        await rig.conductor.watching.read(rig.monitoring)
    (said,) = [one.text for one in rig.facts(events.Noted) if "how late" in one.text]
    assert "3:00 is assumed" in said and "monitoring.metricDescriptors.get" in said
    assert rig.incident.lost == {}
