"""What a change to production does, what became of it, and how it ends a ladder. The texts are the journal's format."""

from enum import StrEnum


class Action(StrEnum):
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


class Outcome(StrEnum):
    """What became of a change."""

    OPEN = ""
    APPLIED = "applied"
    FAILED = "failed"
    NOT_APPLIED = "not applied"
    """It was sent, and never arrived."""
    SUPERSEDED = "superseded"
    """A later change holds."""


class Ended(StrEnum):
    """How a ladder ended."""

    NOT = ""
    COMPLETE = "complete"
    """100 % applied, still judged."""
    ABORTED = "aborted"
    ROLLED_BACK = "rolled back"


BACK = {Action.ABORT: Ended.ABORTED, Action.ROLL_BACK: Ended.ROLLED_BACK}
"""How a retreat that was applied ends a ladder."""
