"""What a board with the shipped keys makes of a sentence."""

from warroom.protocol.keymap import Keymap
from warroom.wording import for_board


def spoken(text: str) -> str:
    """The sentence with the shipped keys in the place of its marks."""
    return for_board(text, Keymap())
