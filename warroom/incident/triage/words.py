"""Escalation, decisions and data in words."""

from collections.abc import Callable
from typing import Any

from warroom.clock import rfc3339
from warroom.incident.triage import answers
from warroom.incident.triage.triage import (
    ANSWERS,
    CHOICES,
    CapRaised,
    DataChangeKnown,
    Decided,
    LevelCalled,
    LevelReached,
    Measured,
    PersonalDataKnown,
)

Said = tuple[str, str]


def reached(fact: LevelReached) -> Said:
    """A boundary was passed."""
    return f"escalation level {fact.level} reached", "watch"


def called(fact: LevelCalled) -> Said:
    """People were called."""
    how = "paged" if fact.how == "page" else "called by hand"
    return f"escalation level {fact.level} {how}: {', '.join(fact.to) or 'nobody named'}{_why(fact.text)}", "accent"


def cap(fact: CapRaised) -> Said:
    """The Incident Commander lets it go higher."""
    return f"escalation may now reach level {fact.level}{_why(fact.reason)}", "watch"


def data_change(fact: DataChangeKnown) -> Said:
    """What going back would meet."""
    tone = "watch" if fact.answer == "forward-only" else "plain"
    return f"data change: {ANSWERS.get(fact.answer, fact.answer)}{_why(fact.reason)}", tone


def decided(fact: Decided) -> Said:
    """The way out."""
    against = " against the matrix" if fact.advice == "no" else ""
    more = f"; it may wait all the same: {fact.override}" if fact.override else ""
    return f"decided{against}: {CHOICES.get(fact.choice, fact.choice)}{_why(fact.reason)}{more}", "accent"


def personal_data(fact: PersonalDataKnown) -> Said:
    """The 72 hours begin, or never had to."""
    if not fact.at_stake:
        return f"no personal data is at stake after all{_why(fact.reason)}", "watch"
    return f"personal data is at stake, known since {rfc3339(fact.aware_at)}{_why(fact.reason)}", "bad"


def measured(fact: Measured) -> Said:
    """How slow it is."""
    tone = "bad" if fact.over else "watch" if fact.factor is None else "plain"
    return f"{fact.service}: {fact.words}", tone


def _why(text: str) -> str:
    return f": {text}" if text else ""


SAY: dict[type, Callable[[Any, object], Said]] = {
    LevelReached: lambda fact, known: reached(fact),
    LevelCalled: lambda fact, known: called(fact),
    CapRaised: lambda fact, known: cap(fact),
    DataChangeKnown: lambda fact, known: data_change(fact),
    Decided: lambda fact, known: decided(fact),
    PersonalDataKnown: lambda fact, known: personal_data(fact),
    Measured: lambda fact, known: measured(fact),
    answers.Answered: lambda fact, known: answers.words(fact),
}
