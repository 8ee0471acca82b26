"""PagerDuty's incidents in a drill: who was paged and asked, who acknowledged, and until when that holds."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

from warroom.clock import Clock
from warroom.drill.scenario.directory import Person
from warroom.drill.systems.responders import Asked, People, number_of

ACKNOWLEDGEMENT_SECONDS = 1800.0
"""An acknowledgement ends by itself after this long, and the incident pages again."""

ESCALATION_SECONDS = 1800.0
"""After this long without an acknowledgement the next level is paged."""


class Paged(Struct):
    """One incident. `page` is the newest page of somebody on call, who acknowledges when they answer it.

    `snoozed` is for how many seconds an acknowledgement holds where that was said (0: the usual time).
    """

    number: str
    key: str
    title: str
    opened_at: float
    page: Asked
    level: int = 1
    status: str = "triggered"
    acknowledged_at: float = 0.0
    acknowledged_by: Person | None = None
    resolution: str = ""
    snoozed: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether it is not resolved."""
        return self.status != "resolved"


class Book:
    """All incidents, as they stand at the time of asking."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._clock = clock
        self._all: list[Paged] = []

    def open(self, key: str, title: str) -> Paged:
        """The open incident of that key, or a new one that pages the first level."""
        found = next((one for one in self.all() if one.open and key and one.key == key), None)
        if found is not None:
            return found
        now = self._clock.now()
        number = number_of("Q", f"{key}:{len(self._all)}")
        made = Paged(number, key or number, title, now, self._people.ask(self._people.on_call()[0][1], now))
        self._all.append(made)
        return made

    def all(self) -> list[Paged]:
        """Oldest first, settled."""
        self._people.settle()
        for one in self._all:
            self._settle(one)
        return self._all

    def find(self, number: str) -> Paged | None:
        """By its id."""
        return next((one for one in self.all() if one.number == number), None)

    def acknowledge(self, paged: Paged, by: Person | None) -> None:
        """From now on."""
        if paged.open:
            self._people.forget(paged.page)
            paged.status, paged.acknowledged_at, paged.acknowledged_by = "acknowledged", self._clock.now(), by
            paged.snoozed = 0.0

    def snooze(self, paged: Paged, seconds: float) -> None:
        """Let the acknowledgement hold for so long from now on."""
        paged.snoozed = self._clock.now() + seconds - paged.acknowledged_at

    def resolve(self, paged: Paged, resolution: str = "") -> None:
        """For good; whoever has not answered is not asked any more."""
        self._people.forget(paged.page)
        for asked in paged.asked:
            self._people.forget(asked)
        paged.status, paged.resolution = "resolved", resolution

    def ask(self, paged: Paged, person: Person) -> Asked:
        """Ask somebody to come; once is enough while they have not answered."""
        there = next((one for one in paged.asked if one.person.email == person.email), None)
        if there is not None and there.state in ("pending", "joined"):
            return there
        asked = self._people.ask(person, self._clock.now())
        paged.asked = [one for one in paged.asked if one.person.email != person.email] + [asked]
        return asked

    def _settle(self, paged: Paged) -> None:
        """Acknowledge, let an acknowledgement end, and page the next level, as often as is due by now."""
        now = self._clock.now()
        while paged.open:
            if paged.status == "acknowledged":
                ends = paged.acknowledged_at + (paged.snoozed or ACKNOWLEDGEMENT_SECONDS)
                if now < ends:
                    return
                again = paged.acknowledged_by or paged.page.person
                paged.status, paged.page, paged.snoozed = "triggered", self._people.ask(again, ends), 0.0
            elif paged.page.state == "joined":
                paged.status, paged.acknowledged_by = "acknowledged", paged.page.person
                paged.acknowledged_at = paged.page.answered_at or now
                self._people.forget(paged.page)
            elif now >= paged.page.at + ESCALATION_SECONDS:
                levels = self._people.on_call()
                paged.level = min(paged.level + 1, len(levels))
                self._people.forget(paged.page)
                paged.page = self._people.ask(levels[paged.level - 1][1], paged.page.at + ESCALATION_SECONDS)
            else:
                return
            self._people.settle()

    def shown(self, paged: Paged, base: str) -> dict[str, Any]:
        """As the REST API shows it; `base` is where its pages are."""
        told: dict[str, Any] = {
            "id": paged.number,
            "type": "incident",
            "incident_key": paged.key,
            "title": paged.title,
            "status": paged.status,
            "created_at": time_text(paged.opened_at),
            "html_url": f"{base}/incidents/{paged.number}",
            "assignments": [{"at": time_text(paged.page.at), "assignee": reference(paged.page.person)}],
            "acknowledgements": [],
            "pending_actions": [],
            "incidents_responders": [
                {"state": one.state, "user": reference(one.person), "requested_at": time_text(one.at)}
                for one in paged.asked
            ],
        }
        if paged.status == "acknowledged":
            by = reference(paged.acknowledged_by) if paged.acknowledged_by else {"id": "PAPI", "summary": "Events API"}
            told["acknowledgements"] = [{"at": time_text(paged.acknowledged_at), "acknowledger": by}]
            ends = time_text(paged.acknowledged_at + (paged.snoozed or ACKNOWLEDGEMENT_SECONDS))
            told["pending_actions"] = [{"type": "unacknowledge", "at": ends}]
        return told


def reference(person: Person) -> dict[str, str]:
    """A user as others point at them: without an address."""
    return {"id": number_of("P", person.email), "type": "user_reference", "summary": person.name or person.handle}


def time_text(at: float) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
