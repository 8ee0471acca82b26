"""How an action asks for what it needs: at a board by dialogs, on a command line by options, by the book in a drill.

An action is written once, against this; who is asked decides how, and what is not answered is not done.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct

from warroom.actions.answer import Answer
from warroom.conductor.comms.updates import Draft
from warroom.conductor.steps.execute import Prepared
from warroom.conductor.traffic.plans import Plan
from warroom.conductor.traffic.rollback_all import Returned
from warroom.protocol.model import Step

Seen = TypeVar("Seen")

Tone = Literal["", "dim", "watch", "bad", "command"]
"""How loud a line is: said, in the background, worth watching, bad, or a text that goes somewhere as it is."""

Choice = tuple[str, str]
"""An answer's id, and the words for it."""

Choices = Sequence[Choice] | Callable[[], Awaitable[Sequence[Choice]]]
"""What there is to choose from, or what finds that out when somebody has to choose."""


Known = tuple[Sequence[Choice], Sequence["Line"]]
"""What there is to choose from, and what there is to know of it. A choice's words may be of several lines then."""


class Left(Exception):
    """Whoever was asked left it: nothing is done."""


class Line(Struct, frozen=True):
    """One line of what is shown, and how loud it is."""

    text: str
    tone: Tone = ""


class Shown(Struct, frozen=True):
    """What would be done, shown before it is: to be agreed to, or left.

    `yes` is what agreeing does, in the words behind its key. `off` says why warroom can't do it, with its `remedy`, or
    the words `refused` where it is shown. `by_hand`: that it was done by hand is an answer too. `copy` can be copied,
    `copied` calls it; `phone` is shown large. `keys` is the line of keys, where it is not the usual one.

    `facts` are the same for scripts; one that does not agree is told to add `consents`, and what was `unsent`.
    `dry`: showing it is all that a dry run does, but for asking Cloud Run about the `plans`.
    """

    title: str
    lines: tuple[Line, ...] = ()
    yes: str = "does it"
    off: str = ""
    by_hand: bool = False
    copy: str = ""
    copied: str = "text"
    phone: str = ""
    keys: str = ""
    remedy: str = ""
    refused: str = ""
    facts: dict[str, Any] = {}
    consents: str = "--yes"
    unsent: str = "Nothing was sent."
    plans: tuple[Plan, ...] = ()
    dry: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """All of it as lines, for who has no dialog: a text of several lines stays one of several."""
        texts = (part for one in self.lines for part in (one.text.splitlines() or [""]))
        return self.title, *(f"  {part}".rstrip() for part in texts)


class Ask(Protocol):
    """Whoever an action is done for. Each of these raises Left where it is left, or Misused or Refused in its place."""

    @property
    def service(self) -> str:
        """The service that is meant, by its short name."""

    def told(self, name: str) -> str:
        """What was told unasked under that name; "" for nothing."""

    def flag(self, name: str) -> bool | None:
        """Whether that was said unasked; None where nobody could have said it."""

    @property
    def dialogs(self) -> bool:
        """Whether somebody sits there who can be asked one thing after the other, and shown several plans."""

    @property
    def reports(self) -> Path:
        """Where reports go."""

    async def connect(self) -> object:
        """See to it that the outside can be reached; a board does that all the time."""

    async def number(self, name: str, title: str, *, value: str = "") -> float:
        """A number. `value` is proposed."""

    async def text(self, name: str, title: str, *, hint: str = "", value: str = "", required: bool = True) -> str:
        """A line of text. `value` is proposed."""

    async def choice(
        self,
        name: str,
        title: str,
        choices: Choices,
        *,
        about: Sequence[Line] = (),
        empty: str = "Nothing to choose from.",
        keys: str = "",
        usual: Callable[[], str] | None = None,
        live: Callable[[], Known] | None = None,
    ) -> str:
        """The id of one of the choices. `about` is what there is to know first; `empty` is said where there are none.

        `usual` is what is meant where nothing is told and nobody can be asked; it raises Misused where that is unclear.
        `live` is what choices and `about` are by now: a list that stays open follows it.
        """

    async def agree(self, shown: Shown, *, chosen: bool = False, by_dialog: bool = False) -> str:
        """That it be done: "yes", or "by-hand".

        `chosen`: whoever was asked by dialogs has chosen just this already. `by_dialog`: nobody else is asked for it.
        """

    async def look(self, service: str, *, back: bool = False) -> None:
        """See to it that what the action is planned from was looked at. A way `back` waits for no more than that."""

    async def read(self, place: str, work: Callable[[], Awaitable[Seen]]) -> Seen:
        """What `work` reads outside at `place`, for which a script waits as long as it may."""

    async def fire(self, plan: Plan, done: Callable[[], Answer] | None = None) -> Answer:
        """Show a plan, have what its guard asks, and carry it out. `done` says what has come of it."""

    async def all_back(self, send: Callable[[], Awaitable[list[Returned]]]) -> list[Returned]:
        """What became of each service that was sent back; a script reads on until that is known."""

    async def draft(self) -> Draft:
        """An update, worded and looked at, with where it goes and who approved it."""

    async def begin(self, step: Step) -> None:
        """Before a step is done: what its program may need is given, what warroom does itself is connected."""

    async def value(self, name: str, title: str, ready: str) -> str:
        """A value that a step needs. `ready` is proposed."""

    async def do(self, prepared: Prepared, second: str, *, mitigates: bool) -> Answer | None:
        """Have a step agreed to, and do it. None: its values are to be given anew first."""

    async def beside(self, work: Awaitable[Answer], what: str, remedy: str = "") -> Answer:
        """Do what may take a while: a board goes on meanwhile, and tells the answer when it is there.

        `what` names it, and `remedy` stands behind a fault of our own.
        """

    def knowing(self, **answers: str) -> "Ask":
        """The same, with these answers given already."""
