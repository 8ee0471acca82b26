"""Line 2: one sentence of what is happening, or in red what is not working."""

from widgets.data import Sentence, Tone
from widgets.line import Ink, Line, wrap
from widgets.pane import Pane
from widgets.theme import Role


class SentenceLine(Pane[Sentence]):
    """One row, or several words-wrapped ones where it is given the height."""

    DEFAULT_CSS = "SentenceLine { height: 1; }"

    def __init__(self, value: Sentence | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(value or Sentence(), frame=None, id=id, classes=classes)

    def draw(self, width: int, height: int, ink: Ink) -> list[Line]:
        """As many rows as there are."""
        return sentence_lines(self.value, width, height, ink)

    def wants(self, width: int) -> int:
        """The rows of the whole sentence, two at most."""
        return len(sentence_lines(self.value, width, 2, self.ink))


def sentence_lines(sentence: Sentence, width: int, height: int, ink: Ink) -> list[Line]:
    """Line 2 wrapped into at most `height` rows. The parts are joined by one space; an alarm stands before them."""
    line: Line = [(" ", Tone.PLAIN)]
    if sentence.alarm:
        line += [(" ✘ ", Role.BADGE_BAD), (" ", Tone.PLAIN), ink.say(sentence.alarm, Tone.BAD), ("  ", Tone.PLAIN)]
    for part in sentence.parts:
        line += [ink.say(part.text.strip(), part.tone), (" ", Tone.PLAIN)]
    return wrap(line, width, max(1, height), indent=1)
