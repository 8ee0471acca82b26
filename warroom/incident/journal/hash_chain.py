"""The journal's chain: how facts become bytes, how an event is tied to the one before, and what a break looks like."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

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
    """Something wrong in the journal, near event `seq` of `incident` ("" and 0: the file itself).

    `newer`: nothing was damaged, but a newer warroom wrote an event that this one does not know.
    """

    incident: str
    seq: int
    what: str
    newer: bool = False

    @property
    def sentence(self) -> str:
        """The same for people."""
        if not self.incident:
            return f"The file: {self.what}."
        about = self.what if self.what.startswith("event") else f"event {self.seq} {self.what}"
        return f"{self.incident}: {about}."


class Broken(ValueError):
    """A chain that can't be followed any further, and why."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.sentence)
        self.damage = damage


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
    fact: AnyFact = _DECODER.decode(redaction.clean_json(stored, at_a_glance=True))
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


def follow(rows: Iterable[Row], after: int = 0) -> Iterator[Event]:
    """The events of one incident's `rows`, which come in order, each proved to follow the one before.

    With `after` the first row is that event, which is not proved nor given: it only holds the hash that comes before.
    Raises Broken at the first event that does not follow or can't be read.
    """
    seq, before = 0, ""
    for row in rows:
        if after and not seq:
            seq, before = after, str(row.hash)
            if row.seq != after:
                raise Broken(Damage(_words(row.incident), after, f"event {after} is missing"))
            continue
        damage = _displaced(seq, before, row)
        try:
            found = event(row)
        except (ValueError, TypeError):
            why = unreadable(row, fits=damage is None)
            raise Broken(replace(damage, what=f"{damage.what}. It {why.what}") if damage else why) from None
        if damage:
            raise Broken(damage)
        yield found
        seq, before = row.seq, row.hash


def breaks(rows: Iterable[Row]) -> Iterator[Damage]:
    """Every break in the chains of `rows`, which come by incident and number.

    A changed last event whose hash was made anew, or last events cut off, leave a whole chain: to find that, compare
    with a hash that was written down elsewhere, such as the report's.
    """
    last: dict[str, tuple[int, str]] = {}
    for row in rows:
        name = _words(row.incident)
        seq, before = last.get(name, (0, ""))
        if damage := _displaced(seq, before, row):
            yield damage
        if not isinstance(row.seq, int) or row.seq <= seq:
            continue
        try:
            event(row)
        except (ValueError, TypeError):
            yield unreadable(row, fits=damage is None)
        last[name] = row.seq, str(row.hash)


def fits(before: str, row: Row) -> bool:
    """Whether the row is what follows an event of the hash `before` ("" for the first)."""
    if not isinstance(row.fact, bytes) or not isinstance(row.at, float):
        return False
    return bool(link(before, row.incident, row.seq, row.at, row.actor, row.fact) == row.hash)


def unreadable(row: Row, *, fits: bool) -> Damage:
    """Why a row that `event` refuses can't be read: damaged, or, where it `fits` its hash, of a newer warroom."""
    try:
        said = msgspec.json.decode(row.fact)
    except (ValueError, TypeError):
        said = None
    kind = said.get("kind") if isinstance(said, dict) else None
    if not isinstance(kind, str):
        why = "it was damaged"
    elif fits:
        why = f"a newer warroom wrote it, of the kind {kind[:40]}"
    else:
        why = f"of the kind {kind[:40]}, which was damaged, or a newer warroom wrote it"
    return Damage(_words(row.incident), row.seq, f"holds no fact that this version knows: {why}", fits and bool(kind))


def _words(value: Any) -> str:  # noqa: ANN401
    """What a damaged file holds in the place of a name or a number, in a sentence."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _displaced(seq: int, before: str, row: Row) -> Damage | None:
    """What is wrong with the row's place behind event `seq` (0 for none), whose hash is `before`."""
    name = _words(row.incident)
    if not isinstance(row.seq, int):
        return Damage(name, seq + 1, f"carries no number but {_words(row.seq)[:40]}")
    if row.seq <= seq:
        return Damage(name, row.seq, f"stands after event {seq}")
    if row.seq > seq + 1:
        gone = f"event {seq + 1} is" if row.seq == seq + 2 else f"events {seq + 1} to {row.seq - 1} are"
        return Damage(name, seq + 1, f"{gone} missing")
    if not fits(before, row):
        return Damage(name, row.seq, "does not fit its hash: it, or the hash, was changed")
    return None


def _carried(value: Any) -> Any:  # noqa: ANN401
    """The same JSON value, its texts as UTF-8 can carry them."""
    if isinstance(value, str):
        return carried(value)
    if isinstance(value, dict):
        return {carried(str(key)): _carried(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_carried(item) for item in value]
    return value
