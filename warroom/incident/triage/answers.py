"""What only people know: impact, root cause, ETA and the like. Each answer is kept; the newest one counts."""

from collections.abc import Mapping

from msgspec import Struct

from warroom.incident.fact import Fact
from warroom.protocol.names import TOPICS

PASSING = ("doing", "eta")
"""Topics that are over some time: these answers can be taken back; all others are corrected by another answer."""


class Answered(Fact, frozen=True, tag="answered"):
    """An answer to one of TOPICS, as `by` gave it ("": whoever wrote it down). No `text` takes the one before back."""

    topic: str
    text: str
    by: str = ""


class Said(Struct, frozen=True):
    """The newest answer to a topic: who gave it, and when it was written down (Unix seconds)."""

    text: str
    by: str
    at: float


Answers = Mapping[str, Said]


def kept(before: dict[str, Said], fact: Answered, at: float, actor: str) -> dict[str, Said]:
    """The answers after one more."""
    others = {topic: one for topic, one in before.items() if topic != fact.topic}
    return {**others, fact.topic: Said(fact.text, fact.by or actor, at)} if fact.text else others


def words(fact: Answered) -> tuple[str, str]:
    """It in the timeline."""
    topic = TOPICS.get(fact.topic, fact.topic)
    by = f" (by {fact.by})" if fact.by else ""
    return f"{topic}: {fact.text or 'taken back'}{by}", "plain"
