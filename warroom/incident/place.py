"""Where an incident was declared, and where a terminal leads: production, an emulator, or a drill's own cloud. Pure.

An incident is acted on from where it was declared: anything else would do it to another cloud, and write into the
journal that it was done to this one. Looking is always free.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.events import Declared
from warroom.incident.state import Incident

Kind = Literal["production", "emulator", "drill"]

VARIABLE = "CLOUD_RUN_EMULATOR_HOST"
_LOOPBACK = "127.0.0.1"


class Place(Struct, frozen=True):
    """Where a terminal leads. `address` is an emulator's HOST:PORT, `source` the variable or setting that names it."""

    kind: Kind = "production"
    address: str = ""
    source: str = ""

    @property
    def badge(self) -> str:
        """The word that every picture begins with."""
        return self.kind.upper()

    @property
    def words(self) -> str:
        """The same with the address, e.g. "the EMULATOR at 127.0.0.1:4000"."""
        return f"the {self.line}" if self.address else self.badge

    @property
    def line(self) -> str:
        """The badge as a line of its own, e.g. "EMULATOR at 127.0.0.1:4000"."""
        return f"{self.badge} at {self.address}" if self.address else self.badge


class Elsewhere(Struct, frozen=True):
    """Why an incident can only be looked at from here, and what to do about it; `short` is both, for line 2."""

    title: str
    remedy: str
    short: str = ""

    def __str__(self) -> str:
        return f"{self.title}. {self.remedy}"


def outside_id(incident: Incident) -> str:
    """What an incident is called where other journals' incidents are, too: pager's key, channel. Its number and origin.

    An incident of an older journal keeps the names that it has.
    """
    origin = incident.declared.origin
    return f"{incident.id}-{origin}" if origin else incident.id


def kind(declared: Declared) -> Kind:
    """Where an incident was declared. Journals from before that was written know drills, and take the rest for real."""
    if declared.drill:
        return "drill"
    return "emulator" if declared.place == "emulator" else "production"


def label(declared: Declared) -> str:
    """What a text about an incident that is not real begins with: DRILL or EMULATOR; "" in production."""
    found = kind(declared)
    return "" if found == "production" else found.upper()


def title_mark(declared: Declared) -> str:
    """The same before a title: "DRILL: "."""
    found = label(declared)
    return f"{found}: " if found else ""


def elsewhere(incident: Incident, here: Place) -> Elsewhere | None:
    """Why `incident` is not acted on from `here`; None where it is.

    An emulator may be a drill's cloud: that is how other terminals reach a drill. Of two emulators, each is its own
    cloud; one whose address the journal does not know, as that of a drill's own cloud, is taken for the one here.
    """
    there, declared = kind(incident.declared), incident.declared
    another = here.kind == "emulator" and _apart(declared.address, here.address)
    if not another and (there == here.kind or (there == "drill" and here.kind == "emulator")):
        return None
    address = f" at {declared.address}" if declared.address else ""
    title = f"{incident.id} was declared in {there.upper()}{address}, and this terminal leads to {here.words}"
    short = f"declared in {there.upper()}{address if another else ''}, this leads to {here.words}."
    remedy = f"Set {VARIABLE}={declared.address}, or declare anew" if another else _remedy(there, here)
    return Elsewhere(title, f"{remedy}, then start warroom again.", f"{short} {remedy}, start again.")


def declared_at(incident: Incident, here: Place) -> Place:
    """Where an incident was declared; what leads there from `here` is the address that holds now."""
    declared = incident.declared
    if elsewhere(incident, here) is None:
        return replace(here, kind=kind(declared))
    return Place(kind(declared), declared.address)


def head(incident: Incident | None, here: Place) -> tuple[str, ...]:
    """The lines that an answer about an incident begins with: its badge, and where `here` leads elsewhere.

    Production has no badge: it is what nobody has to be told. Without an incident it is the badge of `here`.
    """
    there = declared_at(incident, here) if incident is not None else here
    apart = elsewhere(incident, here) if incident is not None else None
    badge = (there.line,) if there.kind != "production" else ()
    return (*badge, f"{apart.title}.") if apart is not None else badge


def _apart(there: str, here: str) -> bool:
    """Whether two addresses are known, and are of two emulators."""
    return bool(there and here) and _plain(there) != _plain(here)


def _plain(address: str) -> str:
    """HOST:PORT in the one way of writing that this machine itself has."""
    host, colon, port = address.strip().lower().rpartition(":")
    return f"{_LOOPBACK if host in ('localhost', '[::1]') else host}{colon}{port}"


def _remedy(there: Kind, here: Place) -> str:
    """How to make a terminal lead to where the incident was declared."""
    if there == "drill":
        return "Export what its board shows under gcloud"
    return _off(here) if there == "production" else f"Set {VARIABLE} to the emulator's HOST:PORT"


def _off(here: Place) -> str:
    """How to make a terminal lead to production."""
    if here.kind == "drill":
        return "Open it without a drill"
    return f"Unset {here.source}" if here.source == VARIABLE else f"Take {here.source or 'the emulator'} out"
