"""An incident of many services, each with three revisions that serve and a hotfix at 10 %."""

from pathlib import Path

from tests.bench.cloud import Cloud
from warroom.drill.scenario.model import (
    Candidate,
    Expected,
    Incident,
    Metrics,
    Normal,
    Previous,
    Scenario,
    ServicePlan,
    Stable,
)
from warroom.drill.world.timeline import Timeline
from warroom.incident import events
from warroom.incident.change import Action
from warroom.incident.events import AnyFact, Declared
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout.traffic import ServiceRef, Share

IMAGE = "example.test/app@sha256:"


def many(count: int) -> Scenario:
    """A scenario of `count` services."""
    return Scenario(
        title=f"{count} services fail",
        description="For measuring.",
        trigger="payment-failure",
        severity="P0",
        seed=1,
        services=tuple(_plan(f"service-{number:03}") for number in range(1, count + 1)),
        expected=Expected("aborted", 10, 60),
        history_minutes=12,
        metrics=Metrics(ingest_delay_seconds=60),
    )


def _plan(name: str) -> ServicePlan:
    return ServicePlan(
        name=name,
        region="europe-west1",
        project="shop-prod",
        hotfix_image=f"{IMAGE}4",
        stable=Stable(f"{name}-00002-old", f"{IMAGE}2", hours_ago=30),
        previous=(
            Previous(f"{name}-00001-ute", f"{IMAGE}1", 60),
            Previous(f"{name}-00003-fix", f"{IMAGE}3", 1),
        ),
        normal=Normal(5),
        incident=Incident(begins_minutes_ago=5, error_share=0.02),
        candidate=Candidate(),
    )


def climbing(ref: ServiceRef, number: int, now: float) -> list[AnyFact]:
    """A hotfix of this service that takes 10 % since two minutes."""
    old, fix = f"{ref.name}-00002-old", f"{ref.name}-00003-fix"
    split = (Share(old, 90), Share(fix, 10, "hotfix"))
    deploy, advance = f"c{2 * number}", f"c{2 * number + 1}"
    return [
        events.ChangeIntended(
            deploy, service=ref, action=Action.DEPLOY, split=(Share(old, 100), Share(fix, 0, "hotfix")), revision=fix
        ),
        events.ChangeApplied(deploy, (Share(old, 100),), 5.0),
        events.LadderStarted(ref, fix, "hotfix", {old: 100}, (10, 25, 50, 100), 300.0),
        events.ChangeIntended(
            advance, service=ref, action=Action.ADVANCE, split=split, candidate_percent=10, revision=fix
        ),
        events.ChangeApplied(advance, split, 5.0),
    ]


class ManyCloud(Cloud):
    """A cloud of so many services; its incident has all of them on the ladder."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.scenario = many(count)

    def incident(self, path: Path, *, ladder: bool = True) -> str:
        """A journal with one incident; its number."""
        journal = SqliteStore(path)
        now = self.clock.now()
        refs = tuple(plan.ref for plan in self.scenario.services)
        event = journal.begin(
            Declared("bench", "P0", self.scenario.trigger, refs, now - 60, place="emulator"), "@bench", now - 600
        )
        facts = [fact for number, ref in enumerate(refs) for fact in climbing(ref, number, now)]
        journal.append(event.incident, facts, "@bench", now - 540, event.seq)
        journal.close()
        return event.incident

    async def _begin(self) -> None:
        """Three revisions serve, since ever."""
        for ref, place in self.emulator.world.places.items():
            split = {f"{ref.name}-00002-old": 80, f"{ref.name}-00003-fix": 10, f"{ref.name}-00001-ute": 10}
            place.routes = Timeline(split)

    def __enter__(self) -> "ManyCloud":
        super().__enter__()
        self._do(self._begin())
        return self
