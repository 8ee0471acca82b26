"""What the table of actions is made of: an action, what it asks, how far it goes. Imports nothing heavy."""

from enum import Enum
from typing import Literal

from msgspec import Struct

Kind = Literal[
    "text", "flag", "number", "percent", "level", "choice", "file", "role", "severity", "item", "step", "service"
]


class Question(Struct, frozen=True):
    """One thing to be told. By its place on the line where `place`, else as an option.

    A `choice` is one of `choices`. A `number` lies above `least` and at most at `most`, where they are given. What is
    `optional` is "" or 0 where it is not told; an option always is. `option` is its name on the line, where that is
    not the answer's. `several`: it may stand there more than once.
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
    several: bool = False


class Reach(Enum):
    """How far an action goes, and so what a script sees to first."""

    WRITE = "the journal alone"
    LOOK = "what can be reached is looked at first"
    SPEAK = "people and other systems: nothing of an incident from elsewhere"
    TEST = "the same, and waits for what it reads"
    CHANGE = "a service: waits, and can ask whether it would be taken"
    BACK = "the same, which nothing holds up"


class Action(Struct, frozen=True):
    """One thing that can be done. `id` is its key's, where it has one (see `commands`); `twin` its command, else "".

    `does` is the function of this package that does it, as module:function; it is given the conductor, and whom to ask.
    A command asks the `questions`; `summary`, `more` and `epilog` are its help.
    """

    id: str
    does: str
    twin: str = ""
    summary: str = ""
    more: str = ""
    questions: tuple[Question, ...] = ()
    reach: Reach = Reach.WRITE
    epilog: str = ""
