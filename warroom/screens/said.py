"""How the screens show a text from anywhere: actions by their present keys, and nothing that a terminal obeys."""

from textual._context import active_app

from widgets.safe import LIMIT, safe


def said(text: str, limit: int = LIMIT) -> str:
    """`text` as one printable line of at most `limit` characters, in the words of the app that runs."""
    app = active_app.get(None)
    word = getattr(app, "word", None)
    return safe(text if word is None else word(text), limit)
