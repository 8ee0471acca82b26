"""What scripts can write into an incident, each command once: what it asks, what it says of itself, and what does it.

The command line makes its commands, their help and their completion of this table. Imports nothing heavy.
"""

from typing import Literal

from msgspec import Struct

Kind = Literal["text", "flag", "number", "choice", "role", "severity", "item", "service"]


class Question(Struct, frozen=True):
    """One thing to be told. By its place on the line where `place`, else as an option.

    A `choice` is one of `choices`. A `number` lies above `least` and at most at `most`, where they are given. What is
    `optional` is "" or 0 where it is not told; an option always is. `option` is its name on the line, where that is
    not the answer's.
    """

    name: str
    help: str = ""
    kind: Kind = "text"
    place: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    option: str = ""
    metavar: str = ""


class Twin(Struct, frozen=True):
    """A command that needs no look at production before.

    `does` is the function of `headless` that does it, as module:function; it is given the conductor, and the answers
    by their names. `summary` and `more` are its help. `consents`: it is also told whether --yes stands there.
    `looks`: what can be reached is looked at first.
    """

    name: str
    does: str
    summary: str
    more: str = ""
    questions: tuple[Question, ...] = ()
    consents: bool = False
    looks: bool = False


ROLE = Question("role", kind="role", place=True)
PERSON = Question("person", place=True)
REASON = Question("reason", "Why it is right, where the guard asks for it.", metavar="TEXT")
SERVICE = Question("service", "Which service; else the incident's only one.", "service", metavar="NAME")

TWINS = (
    Twin("assign", "people:assign", "Give ROLE to PERSON.", questions=(ROLE, PERSON)),
    Twin(
        "acknowledge",
        "people:acknowledge",
        "Say that who holds ROLE knows.",
        questions=(ROLE, Question("joined", "They do not only know, they are here.", "flag")),
    ),
    Twin(
        "handover",
        "people:handover",
        "Offer ROLE to PERSON, with a brief.",
        "It is theirs when they, or somebody on their behalf, run it again with --accept.",
        (ROLE, PERSON, Question("accept", "PERSON takes what was offered to them.", "flag")),
    ),
    Twin(
        "away",
        "people:away",
        "Say that you are away, with all roles that you hold.",
        questions=(Question("person", "Who; else you."), Question("back", "They are back.", "flag")),
    ),
    Twin("roster", "people:roster", "List the roles: who, in what state, since when."),
    Twin(
        "severity",
        "triage:severity",
        "Re-rate the incident to SEVERITY.",
        "Needs --reason. SLA and escalation follow at once, counted from detection.",
        (Question("severity", kind="severity", place=True), REASON),
    ),
    Twin(
        "data-change",
        "triage:data_change",
        "Say whether data or schema is changed.",
        "forward-only: the old revision cannot run on it, and going back can't be relied on.",
        (Question("answer", kind="choice", place=True, choices=("yes", "no", "forward-only")), REASON),
    ),
    Twin(
        "decide",
        "triage:decide",
        "Record the way out: roll back, hotfix or wait.",
        "Needs --reason. Keeps the matrix's row and whether going back can work beside it. roll-back tells which "
        "command does it; wait closes the incident, for a regular release has it.",
        (Question("choice", kind="choice", place=True, choices=("roll-back", "hotfix", "wait")), REASON),
        looks=True,
    ),
    Twin(
        "personal-data",
        "triage:personal_data",
        "Flag a breach of personal data: 72 hours to notify.",
        "They run from the moment that somebody knew of it.",
        (
            Question("none", "None is at stake after all; needs --reason.", "flag"),
            Question("notified", "The authority was notified: the clock stops.", "flag"),
            Question("minutes", "When somebody first knew.", "number", option="minutes-ago"),
            REASON,
        ),
    ),
    Twin(
        "hold",
        "write:hold",
        "Stop the ladder where it is; judging goes on.",
        questions=(
            Question("resume", "Let the ladder go on.", "flag"),
            Question("reason", "Why it is held.", metavar="TEXT"),
            SERVICE,
        ),
    ),
    Twin(
        "tick",
        "write:tick",
        "Tick a step or checklist item.",
        "STEP is its id in the protocol. Ticking what is ticked changes nothing.",
        (Question("step", kind="item", place=True), Question("off", "Untick it.", "flag")),
    ),
    Twin("note", "write:note", "Write TEXT into the timeline.", questions=(Question("text", place=True),)),
    Twin(
        "resolve",
        "write:resolve",
        "Resolve the incident: phase 5 is verified.",
        "TEXT goes into the timeline. Needs --yes.",
        (Question("text", place=True, optional=True),),
        consents=True,
    ),
    Twin(
        "snooze",
        "action_items:snooze",
        "Owe the next update only MINUTES from now.",
        questions=(
            Question("minutes", kind="number", place=True, least=0, most=120),
            Question("reason", "Why nobody waits for it.", metavar="TEXT"),
        ),
    ),
    Twin(
        "action",
        "action_items:action",
        "Write down what is left to do.",
        "add TEXT; set ID --owner or --due; done ID; list. An action stays open until it has an owner and a date.",
        (
            Question("what", kind="choice", place=True, choices=("add", "set", "done", "list")),
            Question("text", place=True, optional=True),
            Question("owner", "Who answers for it.", metavar="HANDLE"),
            Question("due", "By when, as YYYY-MM-DD.", metavar="DATE"),
        ),
    ),
    Twin(
        "post-mortem",
        "action_items:post_mortem",
        "Set the post-mortem's date: AT is YYYY-MM-DD HH:MM in UTC.",
        questions=(Question("at", place=True),),
    ),
    Twin("sends", "action_items:sends", "List everything that went to other systems, with links."),
)
BY_NAME = {twin.name: twin for twin in TWINS}
