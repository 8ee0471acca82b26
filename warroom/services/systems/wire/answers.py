"""What other systems answered, made typed, and their refusals said in the words of the task at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from warroom.services.errors import Effect, ServiceError
from warroom.text import plain

T = TypeVar("T")


def shaped(system: str, answer: Any, kind: type[T], effect: Effect = Effect.NOTHING) -> T:  # noqa: ANN401
    """`answer` as a `kind`; `effect` says what a request that is answered so strangely did. Raises ServiceError."""
    try:
        return msgspec.convert(answer, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ServiceError(
            f"{system} answered in a form that warroom does not know",
            "Look there, and check its url in integrations.toml.",
            detail=plain(str(error)),
            effect=effect,
        ) from error


@contextmanager
def retold(kind: type[ServiceError], title: str, remedy: str) -> Iterator[None]:
    """Say errors of `kind` with a title and a remedy that fit the task; detail and effect stay."""
    try:
        yield
    except kind as error:
        raise type(error)(title, remedy, detail=error.detail, link=error.link, effect=error.effect) from error


def segment(text: str) -> str:
    """`text` as one segment of a path, whatever stands in it."""
    # A segment of dots alone would climb up.
    return quote(text, safe="") if text.strip(".") else "%2E" * len(text)
