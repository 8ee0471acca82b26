"""The types of a phase and its steps. Each field is a key of protocol.toml, with the same name."""

from typing import Literal

from warroom.protocol.part import Part


class Step(Part, frozen=True):
    """One line of a phase, or a procedure outside of them.

    `box` marks the document's own checkboxes, `needs` are steps to be done before, `native` and `when` names of NATIVE
    and CONDITIONS. `on_top`: `minutes` add to the phase's budget. `short`: the title in some 20 characters. `asks`: one
    of TOPICS, whose answer is what the step is done by. `evidence` are names of EVIDENCE: shown beside it, and it ticks
    itself once all of them say so, but for one that is `by_person`.
    """

    id: str
    title: str
    role: str
    box: bool = False
    minutes: float = 0.0
    needs: tuple[str, ...] = ()
    driver: Literal["native", "command", "manual"] = "manual"
    guard: Literal["look", "write", "speak", "forward", "retreat", "final"] = "write"
    native: str = ""
    argv: tuple[str, ...] = ()
    timeout_seconds: float = 600.0
    text: str = ""
    when: str = ""
    on_top: bool = False
    template: str = ""
    short: str = ""
    asks: str = ""
    evidence: tuple[str, ...] = ()
    by_person: bool = False


class Phase(Part, frozen=True):
    """One phase; the budget is a duration in minutes, at least and at most.

    `kind` says what it is to the program. There is one deployment and at most one verification; the others may stand
    several times or not at all, in any order.
    """

    id: str
    kind: Literal["assessment", "preparation", "testing", "deployment", "verification", "post-deployment"]
    number: int
    title: str
    least_minutes: float
    most_minutes: float
    steps: tuple[Step, ...]
    short: str = ""

    @property
    def on_top_minutes(self) -> float:
        """Minutes that come on top of the budget, e.g. of what must be done before the ladder."""
        return sum(step.minutes for step in self.steps if step.on_top)
