"""A program's output as lines that can be shown: decoded, without escapes, without secrets, in bounded memory."""

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from warroom import files, redaction
from warroom.protocol.integrations import secret_names
from warroom.redaction import REDACTED
from warroom.text import plain

__all__ = ["LINE_CHARACTERS", "LOG_BYTES", "REDACTED", "Lines", "Log", "secret_names", "without"]

LINE_CHARACTERS = 4000
LOG_BYTES = 64 * 1024 * 1024

_ENDS = re.compile(r"\r\n|\n|\r")


def without(environ: Mapping[str, str], names: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The environment without those variables, and how the values that they had may look, the longest first."""
    dropped = set(names)
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return kept, redaction.forms(environ[name] for name in dropped if name in environ)


class Lines:
    """Takes bytes as they come and gives whole lines; a longer one is cut into pieces, also before its end came."""

    def __init__(self, secrets: tuple[str, ...], give: Callable[[str], None]) -> None:
        self._secrets = secrets
        self._give = give
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        # What is cut must not hide half of a secret from its other half.
        self._kept = max((len(secret) for secret in secrets), default=1) - 1

    def take(self, data: bytes) -> None:
        """Some more bytes."""
        self._rest += self._decoder.decode(data)
        *whole, self._rest = _ENDS.split(self._rest)
        for one in whole:
            self._say(one)
        while len(self._rest) > 2 * LINE_CHARACTERS + self._kept:
            self._rest = self._clean(self._rest)
            cut = min(LINE_CHARACTERS, max(len(self._rest) - self._kept, 1))
            self._give(plain(self._rest[:cut], LINE_CHARACTERS))
            self._rest = self._rest[cut:]

    def end(self) -> None:
        """No more comes."""
        self.take(self._decoder.decode(b"", final=True).encode())
        if self._rest:
            self._say(self._rest)
            self._rest = ""

    def _say(self, text: str) -> None:
        text = self._clean(text)
        while text:
            self._give(self._clean(plain(text[:LINE_CHARACTERS], LINE_CHARACTERS)))
            text = text[LINE_CHARACTERS:]

    def _clean(self, text: str) -> str:
        return redaction.without(text, self._secrets)


class Log:
    """A file for its owner alone (0600), up to LOG_BYTES."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = files.begin(path, own=True)
        self._written = 0

    def write(self, line: str) -> None:
        """One line; what is over the limit is left out, and a last line says so."""
        if self._written > LOG_BYTES:
            return
        self._written += len(line) + 1
        self._file.write((line if self._written <= LOG_BYTES else "… the rest is left out") + "\n")

    def close(self) -> None:
        """Close it."""
        self._file.close()
