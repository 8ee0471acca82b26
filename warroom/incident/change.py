"""What a change to production does, what became of it, and how it ends a ladder. The texts are the journal's format."""

from enum import StrEnum
from typing import Any, Self

from msgspec import Struct

from warroom.rollout.traffic import ServiceRef, Split


class Word(StrEnum):
    """A word of the journal. One that only a newer warroom knows is kept as its text, so that the event is still read.

    Such a word equals no member: whoever asks for a member gets "no", and whoever tells it tells the text.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_ = word._value_ = value
        return word


class Action(Word):
    """What is asked of Cloud Run."""

    DEPLOY = "deploy"
    ADVANCE = "advance"
    ABORT = "abort"
    ROLL_BACK = "roll-back"
    UN_PIN = "un-pin"
    RESTORE = "restore"
    """Our split is put back over somebody else's."""
    STAGE = "stage"
    """A deployment to the staging project, which is written down in facts of its own."""


class Outcome(Word):
    """What became of a change."""

    OPEN = ""
    APPLIED = "applied"
    FAILED = "failed"
    NOT_APPLIED = "not applied"
    """It was sent, and never arrived."""
    SUPERSEDED = "superseded"
    """A later change holds."""


def went_wrong(outcome: Outcome) -> bool:
    """Whether somebody had better look: it failed, or a newer warroom says what became of it in a word of its own."""
    return outcome == Outcome.FAILED or outcome not in Outcome.__members__.values()


class Ended(Word):
    """How a ladder ended."""

    NOT = ""
    COMPLETE = "complete"
    """100 % applied, still judged."""
    ABORTED = "aborted"
    ROLLED_BACK = "rolled back"


BACK = {Action.ABORT: Ended.ABORTED, Action.ROLL_BACK: Ended.ROLLED_BACK}
"""How a retreat that was applied ends a ladder."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a change asks of a service: what its plan, its intent and its record have in common.

    `split` is what is asked for, `candidate_percent` (0–100) what the candidate would then take. These fields stand in
    the journal, in this order, behind the change's id.
    """

    service: ServiceRef
    action: Action
    split: Split
    gcloud: str = ""
    candidate_percent: int = 0
    revision: str = ""
    image: str = ""
    tag: str = ""


class Intent(Asked, frozen=True, kw_only=True):
    """The same when it is about to be sent.

    `etag` is the look's that it was planned from. `grade` and `reason` say on what verdict, and why against it.
    `owner` is the process that sends it, as host/pid/start: one that is gone waits for no outcome. `chosen` is what
    speaks for the revision that is gone back to, "" where none was proposed.
    """

    etag: str = ""
    grade: str = ""
    reason: str = ""
    owner: str = ""
    chosen: str = ""


def fields(of: Asked, kind: type[Asked]) -> dict[str, Any]:
    """Those fields of `of` that every `kind` has, to make another one from."""
    return {name: getattr(of, name) for name in kind.__struct_fields__}
