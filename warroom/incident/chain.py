"""The journal's chain: how facts become bytes, how an event is tied to the one before, and what a break looks like."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from warroom import redaction
from warroom.incident.events import AnyFact, Event

_SURROGATES = re.compile("[\ud800-\udfff]")
_DECODER: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)


class Row(NamedTuple):
    """A stored event, as it came from the file: damaged ones may hold anything."""

    incident: Any
    seq: Any
    at: Any
    actor: Any
    fact: Any
    hash: Any


class Damage(Struct, frozen=True):
    """Something wrong in the journal, near event `seq` of `incident` ("" and 0: the file itself)."""

    incident: str
    seq: int
    what: str


def encode(fact: AnyFact) -> bytes:
    """The fact as the journal keeps it: without tokens. Lone surrogates, which UTF-8 can't carry, become U+FFFD."""
    try:
        stored = msgspec.json.encode(fact)
    except UnicodeEncodeError:
        stored = msgspec.json.encode(_carried(msgspec.to_builtins(fact)))
    return redaction.clean_json(stored)


def decode(stored: bytes) -> AnyFact:
    """The fact back from its bytes, without tokens, which an older version may have written.

    Raises ValueError when they hold none that this version knows.
    """
    fact: AnyFact = _DECODER.decode(redaction.clean_json(stored))
    return fact


def carried(text: str) -> str:
    """`text` as UTF-8 can carry it, without tokens."""
    return redaction.clean(_SURROGATES.sub("\ufffd", text))


def link(before: str, incident: str, seq: int, at: float, actor: str, fact: bytes) -> str:
    """SHA-256 in hex over the hash of the event before ("" for the first) and all that this event says.

    What stands before the fact is a JSON array, so that no two events give the same bytes.
    """
    head = msgspec.json.encode((before, incident, seq, at, actor))
    return hashlib.sha256(head + b"\n" + fact).hexdigest()


def event(row: Row) -> Event:
    """The stored row as an event. Raises ValueError."""
    return Event(row.incident, row.seq, row.at, row.actor, decode(row.fact), row.hash)


def breaks(rows: Iterable[Row]) -> Iterator[Damage]:
    """Every break in the chains of `rows`, which come by incident and number.

    A changed last event whose hash was made anew, or last events cut off, leave a whole chain: to find that, compare
    with a hash that was written down elsewhere, such as the report's.
    """
    last: dict[str, tuple[int, str]] = {}
    for row in rows:
        name = str(row.incident)
        seq, before = last.get(name, (0, ""))
        if not isinstance(row.seq, int):
            yield Damage(name, seq + 1, f"its number reads {str(row.seq)[:40]!r}")
            continue
        if row.seq <= seq:
            yield Damage(name, row.seq, f"stands after event {seq}")
            continue
        if row.seq > seq + 1:
            gone = f"event {seq + 1} is" if row.seq == seq + 2 else f"events {seq + 1} to {row.seq - 1} are"
            yield Damage(name, seq + 1, f"{gone} missing")
        elif not _fits(before, row):
            yield Damage(name, row.seq, "does not fit its hash: it, or the hash, was changed")
        if trouble := _unreadable(row):
            yield Damage(name, row.seq, trouble)
        last[name] = row.seq, str(row.hash)


def _fits(before: str, row: Row) -> bool:
    if not isinstance(row.fact, bytes) or not isinstance(row.at, float):
        return False
    return bool(link(before, row.incident, row.seq, row.at, row.actor, row.fact) == row.hash)


def _unreadable(row: Row) -> str:
    try:
        event(row)
    except (ValueError, TypeError) as error:
        return f"holds no fact that this version knows: {str(error)[:200]}"
    return ""


def _carried(value: Any) -> Any:  # noqa: ANN401
    """The same JSON value, its texts as UTF-8 can carry them."""
    if isinstance(value, str):
        return carried(value)
    if isinstance(value, dict):
        return {carried(str(key)): _carried(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_carried(item) for item in value]
    return value
