"""The people of a drill: who has an account, and whether and when they answer when they are asked to come."""

from hashlib import sha256

from msgspec import Struct

from warroom.clock import Clock
from warroom.drill.scenario.directory import Cast, Person
from warroom.drill.scenario.model import Answer, Responders

HOUSE = "example.com"
"""Whoever has an address here has an account, but for addresses that begin with "nobody"."""

STATES = {"joins": "joined", "declines": "declined"}


class Asked(Struct):
    """A request to come, or a page: `state` is pending until they answered, at `answered_at` (Unix seconds)."""

    person: Person
    at: float
    state: str = "pending"
    answered_at: float | None = None


class People:
    """Everybody with an account, and what `plan` and the facilitator let them do."""

    def __init__(self, cast: Cast, plan: Responders, clock: Clock) -> None:
        self._clock = clock
        self._plan = plan
        self._by_email = {person.email.lower(): person for person in cast.people}
        self._asked: list[Asked] = []
        self._by_hand: dict[str, Answer] = {}
        self._next: dict[str, str] = {}

    def find(self, email: str) -> Person | None:
        """Who has that address."""
        address = email.lower()
        known = self._by_email.get(address)
        local, _, domain = address.partition("@")
        if known is None and domain == HOUSE and local and not local.startswith("nobody"):
            known = self._by_email[address] = Person(address, f"@{local}", f"@{local}")
        return known

    def number(self, number: str) -> Person | None:
        """Who has that id, in chat or pager."""
        ids = ((person, number_of(kind, person.email)) for person in self._by_email.values() for kind in "UP")
        return next((person for person, one in ids if one == number), None)

    def search(self, query: str) -> list[Person]:
        """Those whose name or address contains `query`."""
        self.find(query)
        wanted = query.lower()
        return [one for one in self._by_email.values() if wanted in one.email.lower() or wanted in one.name.lower()]

    def on_call(self, schedule: str = "") -> list[tuple[int, Person]]:
        """Who is on call, by level; one is always there. On a schedule that is named only those who are on it."""
        if schedule:
            return [(1, one) for one in self._by_email.values() if one.schedule == schedule]
        found = [(one.level, one) for one in self._by_email.values() if one.level]
        return sorted(found, key=lambda pair: pair[0]) or [(1, Person(f"on-call@{HOUSE}", "@on-call", "@on-call"))]

    def ask(self, person: Person, at: float) -> Asked:
        """Ask them to come; they answer in their own time."""
        asked = Asked(person, at)
        self._asked.append(asked)
        if how := self._next.pop(person.email, ""):
            asked.state, asked.answered_at = STATES[how], at
        return asked

    def forget(self, asked: Asked) -> None:
        """It is asked no more."""
        if asked in self._asked:
            self._asked.remove(asked)

    def settle(self) -> None:
        """Let everybody answer who would have by now."""
        now = self._clock.now()
        for asked in self._asked:
            answer = self._answer(asked.person)
            if asked.state == "pending" and answer.how != "never" and now >= asked.at + answer.after_seconds:
                asked.state, asked.answered_at = STATES[answer.how], asked.at + answer.after_seconds

    def act(self, who: str, how: str) -> str:
        """The facilitator has somebody answer now, or when they are asked next, or never; in words what comes of it.

        Raises LookupError when nobody is called so.
        """
        person = next((one for one in self._by_email.values() if who in called(one)), None) or self.find(who)
        if person is None:
            raise LookupError(f"who: nobody here is called {who!r}; give a role, role/backup, handle or e-mail address")
        self.settle()
        pending = [one for one in self._asked if one.person.email == person.email and one.state == "pending"]
        if how == "never":
            self._by_hand[person.email] = Answer(who=person.email, how="never")
            return f"{person.handle} will not answer any more"
        for asked in pending:
            asked.state, asked.answered_at = STATES[how], self._clock.now()
        if pending:
            return f"{person.handle} {how} now"
        self._next[person.email] = how
        return f"{person.handle} {how} as soon as they are asked"

    def _answer(self, person: Person) -> Answer:
        planned = (one for one in self._plan.people if one.who in called(person))
        usual = Answer(who=person.email, after_seconds=self._plan.after_seconds)
        return self._by_hand.get(person.email) or next(planned, usual)


def called(person: Person) -> set[str]:
    """What a scenario or the facilitator may call somebody: address, handle, and role or role/backup."""
    role = f"{person.role}/backup" if person.backup else person.role
    return {person.email, person.handle, person.handle.lstrip("@"), role} - {""}


def number_of(kind: str, email: str) -> str:
    """An id as chat (U…) and pager (P…) give it, always the same for the same address."""
    return kind + sha256(email.lower().encode()).hexdigest()[:9].upper()
