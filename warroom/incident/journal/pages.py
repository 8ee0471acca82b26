"""A journal's events out of the bytes of its file, page by page, where SQLite gives up at the first damaged one.

The format is SQLite's (sqlite.org/fileformat2.html: b-tree pages, records, the write-ahead log). Which rows are events
is not decided here: an event's hash proves it, so that rows of old, foreign or half-overwritten pages do no harm.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from warroom.incident.journal.hash_chain import Row

PAGE = 4096
"""Bytes of a page, as SQLite makes it; a header that is whole may say otherwise."""

_MAGIC = b"SQLite format 3\0"
_LOG_MAGIC = 0x377F0682
_LOG_HEADER, _FRAME_HEADER = 32, 24
_LEAF, _INNER = 0x0A, 0x02
"""Pages of a table that is kept by its primary key: both kinds hold rows."""


class Scan(Struct, frozen=True):
    """Each row with whether it comes from the log beside the file.

    Of the `pages` that are there `lost` can't be read; `gone` are those that the header tells of besides.
    """

    rows: list[tuple[Row, bool]]
    pages: int
    lost: int
    gone: int


class _Unreadable(Exception):
    """A page or a row that is not what it should be."""


def scan(path: Path) -> Scan:
    """Every row of the file and of the log beside it. Nothing is written or locked. Raises OSError."""
    log = path.with_name(f"{path.name}-wal")
    # The log first: what moves from it into the file meanwhile is then seen twice, and not missed.
    tail = log.read_bytes() if log.is_file() else b""
    main = path.read_bytes()
    found = [_Pages(main, tail, size).scan() for size in sorted({PAGE, _size(main)})]
    return max(found, key=lambda one: len(one.rows))


def _size(main: bytes) -> int:
    """The size of a page by the file's header, where it has one."""
    told = int.from_bytes(main[16:18], "big") if main.startswith(_MAGIC) else 0
    return 65536 if told == 1 else told if 512 <= told <= 32768 and not told & told - 1 else PAGE


class _Pages:
    """The pages of a file and the newer or older images of them in its log, by number, the file's own first."""

    def __init__(self, main: bytes, tail: bytes, size: int) -> None:
        self.size = size
        self.bytes = len(main) + len(tail)
        self.main = {1 + at // size: main[at : at + size].ljust(size, b"\0") for at in range(0, len(main), size)}
        self.log = list(_frames(tail, size))
        self.newest = dict(self.log)
        self.used: set[int] = set()

    def scan(self) -> Scan:
        rows: list[tuple[Row, bool]] = []
        for number, page in self.main.items():
            rows += [(row, False) for row in self.rows(number, page, in_log=False)]
        for number, page in self.log:
            rows += [(row, True) for row in self.rows(number, page, in_log=True)]
        first = self.newest.get(1) or self.main.get(1, b"")
        told, free = (struct.unpack_from(">I", first, at)[0] for at in (28, 36)) if _whole(first) else (0, 0)
        there = len({*self.main, *self.newest})
        self.used |= {1} if _whole(first) else set()
        return Scan(rows, there, max(0, there - len(self.used) - free), max(0, told - there))

    def rows(self, number: int, page: bytes, *, in_log: bool) -> Iterator[Row]:
        """The rows of one page, if it holds any; a page all of whose rows could be read counts as used."""
        kind, head = page[0], 12 if page[0] == _INNER else 8
        (cells,) = struct.unpack_from(">H", page, 3)
        if kind not in (_LEAF, _INNER) or head + 2 * cells > self.size:
            return
        whole = True
        for (at,) in struct.iter_unpack(">H", page[head : head + 2 * cells]):
            try:
                yield _row(self.payload(page, at + 4 if kind == _INNER else at, in_log=in_log))
            except (_Unreadable, struct.error, IndexError):
                whole = False
        if whole:
            self.used.add(number)

    def payload(self, page: bytes, at: int, *, in_log: bool) -> bytes:
        """The bytes of one row, gathered from its page and those that it flows over to."""
        length, at = _varint(page, at)
        most, least = (self.size - 12) * 64 // 255 - 23, (self.size - 12) * 32 // 255 - 23
        if length > self.bytes:
            raise _Unreadable
        if length <= most:
            return page[at : at + length]
        kept = least + (length - least) % (self.size - 4)
        kept = kept if kept <= most else least
        parts, left = [page[at : at + kept]], length - kept
        (following,) = struct.unpack_from(">I", page, at + kept)
        passed = []
        while left > 0:
            own, other = (self.newest, self.main) if in_log else (self.main, self.newest)
            there = own.get(following) or other.get(following)
            if there is None or following in passed:
                raise _Unreadable
            passed.append(following)
            parts.append(there[4 : 4 + left])
            left -= len(parts[-1])
            (following,) = struct.unpack_from(">I", there)
        self.used.update(passed)
        return b"".join(parts)


def _whole(first: bytes) -> bool:
    """Whether a first page has a header that counts: its change counter stands there twice."""
    return first.startswith(_MAGIC) and first[24:28] == first[92:96]


def _frames(tail: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Number and image of each page in a log, without those at the end of a transaction that never was committed."""
    if len(tail) < _LOG_HEADER + _FRAME_HEADER or struct.unpack_from(">I", tail)[0] | 1 != _LOG_MAGIC | 1:
        return
    salts = tail[16:24]
    starts = range(_LOG_HEADER, len(tail) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size)
    current = [at for at in starts if tail[at + 8 : at + 16] == salts]
    committed = max((at for at in current if tail[at + 4 : at + 8] != b"\0\0\0\0"), default=-1)
    # Behind them lie frames of before the log began anew. They are in the file by now, unless it is damaged there.
    older = [at for at in starts if tail[at + 8 : at + 16] != salts]
    for at in (*older, *(at for at in current if at <= committed)):
        (number,) = struct.unpack_from(">I", tail, at)
        yield number, tail[at + _FRAME_HEADER : at + _FRAME_HEADER + size]


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where the next thing stands."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | page[place] & 0x7F
        if page[place] < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9


def _row(payload: bytes) -> Row:
    """The row in a record. Raises _Unreadable where it is none of ours."""
    end, at = _varint(payload, 0)
    kinds: list[int] = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Any] = []
    at = end
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    match values:
        case [str(), int(), int() | float(), str(), bytes(), str()]:
            # SQLite keeps a REAL without a fraction as an integer.
            return Row(values[0], values[1], float(values[2]), *values[3:])
    raise _Unreadable


def _value(payload: bytes, at: int, kind: int) -> tuple[Any, int]:
    """One value of a record by its serial type, and where the next one stands."""
    size = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8}.get(kind, 0 if kind < 12 else (kind - 12) // 2)
    raw = payload[at : at + size]
    if len(raw) < size:
        raise _Unreadable
    value: Any
    if kind >= 12:
        value = raw.decode("utf-8", "backslashreplace") if kind % 2 else raw
    elif kind == 7:
        (value,) = struct.unpack(">d", raw)
    else:
        value = int.from_bytes(raw, "big", signed=True) if size else {8: 0, 9: 1}.get(kind)
    return value, at + size
