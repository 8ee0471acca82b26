"""Faults of the embedded cloud: which there are, which hold now, and for how many calls. Data; nothing here acts.

Cheap to import: the command line and scenarios use it without gRPC.
"""

import math
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from warroom.clock import Clock
from warroom.drill.scenario.directory import SYSTEMS

STATUSES = (
    "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
"""Every gRPC status but OK."""

WRITE = "UpdateService"
LONGEST_SECONDS = 24 * 3600.0


class Kind(Struct, frozen=True):
    """One kind of fault: what it does, and what holds where a Fault leaves something open."""

    words: str
    method: str = "*"
    status: str = ""
    times: int = 1
    seconds: float = 0.0
    share: float = 1.0


KINDS = {
    "status": Kind("A call is answered with --status, and nothing is done", status="UNAVAILABLE"),
    "delay": Kind("A call is answered --seconds late", seconds=5.0),
    "hang": Kind("A call is never answered, and nothing is done"),
    "lost-answer": Kind("A call is done, and its answer lost: the caller sees --status", WRITE, "UNAVAILABLE"),
    "etag-race": Kind("Somebody changes the service just before a write arrives", WRITE),
    "slow-operation": Kind("An accepted change takes --seconds longer", WRITE, seconds=60.0),
    "failing-operation": Kind("An accepted change fails with --status", WRITE, "FAILED_PRECONDITION"),
    "late-points": Kind("Points come --seconds later than the descriptor says", times=0, seconds=300.0),
    "missing-points": Kind("A --share of the points never comes", times=0, share=0.5),
    "doubled-points": Kind("Every point comes twice", times=0),
    "no-delay": Kind("The metrics' descriptors name neither delay nor period", times=0),
    "late-entries": Kind("Log entries come --seconds later", "*LogEntries", times=0, seconds=120.0),
    "doubled-entries": Kind("Every log entry of a tail comes twice", "TailLogEntries", times=0),
    "suppressed-entries": Kind(
        "A tail leaves out a --share of the log entries, and says so", "TailLogEntries", times=0, share=0.5
    ),
    "excluded-entries": Kind(
        "An exclusion filter drops a --share of the log entries", "*LogEntries", times=0, share=0.5
    ),
    "broken-tail": Kind("A tail of the logs breaks off with --status", "TailLogEntries", "UNAVAILABLE"),
    "open-alert": Kind("An alert called --error is open, of --service or of the whole project", times=0),
    "http": Kind("A call of --system is answered with HTTP --code, and nothing is done", seconds=1.0),
    "restart": Kind("The gRPC servers are gone for --seconds, and every call with them"),
    "stranger-traffic": Kind("Somebody else moves --percent of the traffic to --revision"),
    "stranger-deploy": Kind("Somebody else deploys an image of theirs"),
    "stranger-delete": Kind("Somebody else deletes --revision"),
    "responder-joins": Kind("--who answers now, or as soon as they are asked: they come"),
    "responder-declines": Kind("--who answers now, or as soon as they are asked: they don't come"),
    "responder-never": Kind("--who does not answer any more"),
}

RESPONDERS = {"responder-joins": "joins", "responder-declines": "declines", "responder-never": "never"}
"""What the facilitator has people do who are paged."""

ACTS = frozenset({"restart", "stranger-traffic", "stranger-deploy", "stranger-delete", *RESPONDERS})
"""What happens once, when it is asked for; the others are asked by the wire."""


PARTIAL = frozenset({"missing-points", "suppressed-entries", "excluded-entries"})
"""What hits a share of what is told, not of the calls."""

OTHERS = ("http", "delay", "hang", "lost-answer")
"""What can befall the systems beside Google's."""


class Fault(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault. What is left open (None, or an empty status or method) is as its kind says.

    `method` is a glob on the bare name (UpdateService, Get*), on Services/UpdateService, or on the whole; Health/GET is
    a health URL. `times` calls are hit (0: all, until it is cleared), each with the probability `share`
    (of missing-points: of the points, of suppressed- and excluded-entries: of the entries). `seconds` and
    `lasts` (how long the fault holds, 0 without end) are of the drill's clock. `service` is a name, "" for any.
    `revision`, `percent` and `by` tell what a stranger does, and who it is. `system` is one of the systems beside
    Google's ("" for Google's); `code` is the HTTP status that it answers with, `error` the word that it gives for it,
    or the alert's name.
    `who` answers a page: a role (its primary), role/backup, a handle or an e-mail address.
    """

    kind: str
    method: str = ""
    status: str = ""
    times: int | None = None
    seconds: float | None = None
    service: str = ""
    share: float | None = None
    lasts: float = 0.0
    revision: str = ""
    percent: int = 50
    by: str = ""
    system: str = ""
    code: int = 0
    error: str = ""
    who: str = ""


class Planned(Fault, frozen=True, kw_only=True):
    """A fault of a scenario: it begins when the hotfix first takes `from_percent`, and `after_minutes` are over."""

    from_percent: int = 0
    after_minutes: float = 0.0


class Active(Struct, frozen=True):
    """A fault that holds: its number, since when (Unix seconds), and how many calls it hit."""

    number: int
    fault: Fault
    since: float
    hits: int = 0


def whole(fault: Fault) -> Fault:
    """The fault with everything that it left open."""
    kind = KINDS[fault.kind]
    return replace(
        fault,
        method=fault.method or ("*" if fault.system else kind.method),
        code=fault.code or (500 if fault.kind == "http" else 0),
        status=fault.status or kind.status,
        times=kind.times if fault.times is None else fault.times,
        seconds=kind.seconds if fault.seconds is None else fault.seconds,
        share=kind.share if fault.share is None else fault.share,
    )


def problems(fault: Fault) -> Iterator[str]:
    """What is wrong with a fault, as parts of sentences: `key: why`."""
    if fault.kind not in KINDS:
        yield f"kind: there is no fault {fault.kind!r}; known: {', '.join(KINDS)}"
    if fault.status and fault.status not in STATUSES:
        yield f"status: {fault.status!r} is no gRPC status; known: {', '.join(STATUSES)}"
    if fault.times is not None and not 0 <= fault.times <= 1_000_000:
        yield f"times: {fault.times} is not within 0 and 1000000"
    for key, value in (("seconds", fault.seconds or 0.0), ("lasts", fault.lasts)):
        if not (math.isfinite(value) and 0 <= value <= LONGEST_SECONDS):
            yield f"{key}: {value:g} is not within 0 and {LONGEST_SECONDS:g}"
    if fault.share is not None and not 0 < fault.share <= 1:
        yield f"share: {fault.share:g} is not above 0 and at most 1"
    if not 0 <= fault.percent <= 100:
        yield f"percent: {fault.percent} is not within 0 and 100"
    yield from _other_problems(fault)
    if isinstance(fault, Planned):
        if not 0 <= fault.from_percent <= 100:
            yield f"from_percent: {fault.from_percent} is not within 0 and 100"
        if not 0 <= fault.after_minutes <= LONGEST_SECONDS / 60:
            yield f"after_minutes: {fault.after_minutes:g} is not within 0 and {LONGEST_SECONDS / 60:g}"


def _other_problems(fault: Fault) -> Iterator[str]:
    """What is wrong with what it says of the systems beside Google's, and of people."""
    if fault.system and fault.system not in SYSTEMS:
        yield f"system: there is no {fault.system!r}; known: {', '.join(SYSTEMS)}"
    if fault.kind == "http" and not fault.system:
        yield f"system: say which one fails; known: {', '.join(SYSTEMS)}"
    if fault.system and fault.kind in KINDS and fault.kind not in OTHERS:
        yield f"system: {fault.kind} is of Google's; of others there are {', '.join(OTHERS)}"
    if fault.code and not 200 <= fault.code <= 599:
        yield f"code: {fault.code} is no HTTP status from 200 to 599"
    if fault.kind in RESPONDERS and not fault.who:
        yield "who: say who answers: a role, role/backup, a handle or an e-mail address"


def hits(fault: Fault, method: str, about: str, system: str = "") -> bool:
    """Whether a call of `method` (package.Service/Method) concerns the fault; `about` names what was asked of.

    Of another `system` the method is e.g. "POST chat.postMessage", and may be named without the verb.
    """
    if fault.system != system:
        return False
    if system:
        return any(fnmatchcase(name, fault.method or "*") for name in (method, method.partition(" ")[2]))
    service, _, bare = method.rpartition("/")
    names = (bare, f"{service.rpartition('.')[2]}/{bare}", method)
    if not any(fnmatchcase(name, fault.method or "*") for name in names):
        return False
    marks = (f"/services/{fault.service}/", f'"{fault.service}"')
    return not fault.service or any(mark in f"{about}/" for mark in marks)


class Faults:
    """The book of faults that the wire asks. Deterministic: chance comes from `seed` and the number of the question."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.before: Callable[[], None] = lambda: None
        """Called before each question: what is planned and due begins."""
        self._active: dict[int, Active] = {}
        self._numbered = 0
        self._random = Random(seed)

    def add(self, fault: Fault) -> Active:
        """The fault holds from now on."""
        self._numbered += 1
        added = Active(self._numbered, whole(fault), self.clock.now())
        self._active[added.number] = added
        return added

    def clear(self) -> int:
        """No fault holds any more. Returns how many did."""
        count = len(self.active())
        self._active.clear()
        return count

    def active(self) -> list[Active]:
        """The faults that hold now, oldest first."""
        now = self.clock.now()
        for one in tuple(self._active.values()):
            if one.fault.lasts and now >= one.since + one.fault.lasts:
                del self._active[one.number]
        return list(self._active.values())

    def take(self, kind: str, method: str, about: str = "", system: str = "") -> Fault | None:
        """The fault of this kind that hits this call, counted; None for none."""
        self.before()
        for one in self.active():
            fault = one.fault
            if fault.kind != kind or not hits(fault, method, about, system):
                continue
            chance = 1.0 if kind in PARTIAL else fault.share or 1.0
            if chance < 1 and self._random.random() >= chance:
                continue
            self._active[one.number] = replace(one, hits=one.hits + 1)
            if fault.times and one.hits + 1 >= fault.times:
                del self._active[one.number]
            return fault
        return None
