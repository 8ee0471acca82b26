"""Escalation, decisions and what is known of the data: the facts, and what they mean together."""

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.fact import Fact
from warroom.incident.triage.answers import Answered, Said, kept

CHOICES = {"roll-back": "roll back", "hotfix": "hotfix", "wait": "wait for a regular release"}
"""The ways out of the decision matrix, and how they are read."""

ANSWERS = {
    "yes": "data is changed, and can be changed back",
    "no": "no data is changed",
    "forward-only": "data is changed for good: the old revision cannot run on it",
}
"""What "does it change data?" can be answered with."""


class LevelReached(Fact, frozen=True, tag="level-reached"):
    """The clock passed the boundary of escalation level `level`. Written once per level."""

    level: int


class LevelCalled(Fact, frozen=True, tag="level-called"):
    """The people of level `level` were called: `to` are their handles, `how` is page or by-hand."""

    level: int
    to: tuple[str, ...] = ()
    how: str = "by-hand"
    text: str = ""


class CapRaised(Fact, frozen=True, tag="cap-raised"):
    """The incident may escalate up to `level`, whatever its severity says."""

    level: int
    reason: str


class DataChangeKnown(Fact, frozen=True, tag="data-change-known"):
    """Whether the hotfix changes data or schema: one of ANSWERS."""

    answer: str
    reason: str = ""


class Decided(Fact, frozen=True, tag="decided"):
    """The way out: one of CHOICES, who decided (the event's actor) and why.

    `scenario` and `advice` are the matrix row and what it says of this way (yes, maybe, no; "" without a row).
    `viable` is whether going back could work as far as warroom saw, `viability` that in words. `override` is why it may
    wait where the matrix says that nothing so severe can.
    """

    choice: str
    reason: str
    scenario: str = ""
    advice: str = ""
    viable: bool = False
    viability: str = ""
    override: str = ""


class PersonalDataKnown(Fact, frozen=True, tag="personal-data-known"):
    """Personal data may be breached, as known since `aware_at` (Unix seconds); `at_stake` False: not after all."""

    aware_at: float
    at_stake: bool = True
    reason: str = ""


class Measured(Fact, frozen=True, tag="measured"):
    """A service's response time against what is normal for it; `factor` None where that can't be told, `words` why."""

    service: str
    factor: float | None
    words: str
    over: bool = False


class Level(Struct, frozen=True):
    """One escalation level of this incident: when it was reached, and when and how its people were called."""

    reached_at: float | None = None
    called_at: float | None = None
    to: tuple[str, ...] = ()
    how: str = ""
    by: str = ""


class Decision(Struct, frozen=True):
    """The newest decision, and when and by whom. The fields are those of Decided."""

    choice: str
    reason: str
    at: float
    actor: str
    scenario: str = ""
    advice: str = ""
    viable: bool = False
    viability: str = ""
    override: str = ""


class Steering(Struct, frozen=True):
    """Where the incident was steered.

    `cap` is the highest level that the Incident Commander allows (None: as the severity says). `data_change` is one of
    ANSWERS, "" before anybody said. `aware_at` is since when a personal-data breach is known; `clear_of_data` says
    that the declaration was wrong about it. `measured` is the newest response time by service, `answers` the newest
    answer by its topic.
    """

    levels: dict[int, Level] = {}
    cap: int | None = None
    decision: Decision | None = None
    data_change: str = ""
    data_reason: str = ""
    aware_at: float | None = None
    clear_of_data: bool = False
    measured: dict[str, Measured] = {}
    answers: dict[str, Said] = {}


STEERING = (LevelReached, LevelCalled, CapRaised, DataChangeKnown, Decided, PersonalDataKnown, Measured, Answered)
"""The kinds of facts that steer."""

AnySteering = (
    LevelReached | LevelCalled | CapRaised | DataChangeKnown | Decided | PersonalDataKnown | Measured | Answered
)


def steered(steering: Steering, fact: AnySteering, at: float, actor: str) -> Steering:
    """What is known after one more fact."""
    match fact:
        case LevelReached():
            level = steering.levels.get(fact.level, Level())
            if level.reached_at is not None:
                return steering
            return replace(steering, levels={**steering.levels, fact.level: replace(level, reached_at=at)})
        case LevelCalled():
            level = steering.levels.get(fact.level, Level())
            called = replace(level, called_at=at, to=fact.to, how=fact.how, by=actor)
            return replace(steering, levels={**steering.levels, fact.level: called})
        case CapRaised():
            return replace(steering, cap=max(fact.level, steering.cap or 0))
        case DataChangeKnown():
            return replace(steering, data_change=fact.answer, data_reason=fact.reason)
        case Decided():
            return replace(steering, decision=decision(fact, at, actor))
        case PersonalDataKnown():
            if not fact.at_stake:
                return replace(steering, aware_at=None, clear_of_data=True)
            # The duty runs from the first moment that somebody knew.
            first = fact.aware_at if steering.aware_at is None else min(steering.aware_at, fact.aware_at)
            return replace(steering, aware_at=first, clear_of_data=False)
        case Measured():
            return replace(steering, measured={**steering.measured, fact.service: fact})
        case Answered():
            return replace(steering, answers=kept(steering.answers, fact, at, actor))


def decision(fact: Decided, at: float, actor: str) -> Decision:
    """What was decided, with when and by whom."""
    why = (fact.scenario, fact.advice, fact.viable, fact.viability, fact.override)
    return Decision(fact.choice, fact.reason, at, actor, *why)
