"""The one place that knows the tokens' values, and takes them out of whatever is shown, written or logged.

It looks for a token as it is, and as it looks in a URL, in JSON and within base64 (Basic authorization). It does not
know tokens that it was not told, nor one that was cut in two before it came here: who cuts a text cleans it first.
"""

import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

REDACTED = "[secret]"

SHORTEST = 8
"""Characters. What is shorter is no token of any of the systems, but may well be a word: it would black out texts.

So it is not used as a token either: whoever asks for one refuses it.
"""

_SURROGATES = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")


class _Tokens:
    """What this process knows: the values in its environment, and those that clients were given."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.environment: tuple[str, ...] = ()
        self.held: tuple[str, ...] = ()
        self.forms: tuple[str, ...] = ()
        self.stored: tuple[bytes, ...] = ()
        self.verbatim: tuple[bytes, ...] = ()

    def renew(self) -> None:
        """Work out anew what is looked for."""
        self.forms = forms((*self.environment, *self.held))
        self.stored = tuple(dict.fromkeys(msgspec.json.encode(form)[1:-1] for form in self.forms))
        told = {value.strip() for value in (*self.environment, *self.held)}
        self.verbatim = tuple(msgspec.json.encode(form)[1:-1] for form in self.forms if form in told)


_tokens = _Tokens()


def learn(environ: Mapping[str, str], names: Iterable[str] = ()) -> None:
    """Take the tokens' values from `environ`: those of every name told so far, and of `names` from now."""
    _tokens.names.update(dict.fromkeys(names))
    found = tuple(environ[name] for name in _tokens.names if name in environ)
    if found != _tokens.environment:
        _tokens.environment = found
        _tokens.renew()


def hold(value: str) -> None:
    """Keep a token that a client is given, wherever it came from."""
    if value not in _tokens.held:
        _tokens.held = (*_tokens.held, value)
        _tokens.renew()


def let_go(value: str) -> None:
    """Forget a token that opens nothing any more: what is looked for must not grow with every renewal."""
    if value in _tokens.held:
        _tokens.held = tuple(one for one in _tokens.held if one != value)
        _tokens.renew()


def clean(text: str) -> str:
    """`text` without any token."""
    return without(text, _tokens.forms)


def without(text: str, found: tuple[str, ...]) -> str:
    """`text` without those `forms`."""
    for form in found:
        if form in text:
            text = text.replace(form, REDACTED)
    return text


def clean_json(stored: bytes, *, at_a_glance: bool = False) -> bytes:
    """A JSON value without any token in its texts; as it was where it holds none. Raises ValueError for no JSON.

    `at_a_glance` looks for tokens as they are only: for the many that were cleaned when they were written.
    """
    for form in _tokens.verbatim if at_a_glance else _tokens.stored:
        if form in stored:
            return msgspec.json.encode(_cleaned(msgspec.json.decode(stored)))
    return stored


def forms(values: Iterable[str]) -> tuple[str, ...]:
    """How each of these values may look, the longest first; nothing for those that are too short to be told."""
    found: dict[str, None] = {}
    for value in values:
        value = value.strip()  # as it is used
        if len(value) >= SHORTEST and not _SURROGATES.search(value):  # no request could carry such a one
            found.update(dict.fromkeys(_of(value)))
    return tuple(sorted(found, key=len, reverse=True))


def _of(value: str) -> Iterable[str]:
    yield value
    if not _PLAIN.fullmatch(value):
        from urllib.parse import quote, quote_plus  # 15 ms, and few tokens need it

        yield from (quote(value, safe=""), quote(value), quote_plus(value))
        yield msgspec.json.encode(value)[1:-1].decode()
        yield repr(value)[1:-1]
    raw = value.encode()
    for before in range(3):
        # Three bytes become four characters: what those beside it have a share in is left out.
        coded = binascii.b2a_base64(b"\0" * before + raw, newline=False).rstrip(b"=").decode()
        inner = coded[(0, 2, 3)[before] : len(coded) - 1 if (before + len(raw)) % 3 else None]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))


def _cleaned(value: Any) -> Any:  # noqa: ANN401
    """The same JSON value, its texts without tokens."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
