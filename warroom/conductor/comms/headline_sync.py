"""Keeps other systems current beside the work: the channel's headline, a change event per change, the page's end.

None of it may hold anything up. One process does it: whoever posted or last changed the headline, and another only when
that one is gone or leaves old words standing; a change event is sent by the process that made the change.
"""

from collections.abc import Awaitable, Callable

from warroom.conductor.comms.outbox import send
from warroom.conductor.comms.updates import others_of, product
from warroom.conductor.process import gone, this_process
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident.comms.comms import HeadlineFailed, HeadlineKept
from warroom.incident.events import ChangeApplied, ChangeIntended, Event, Resolved
from warroom.incident.sends.sends import by_key, newest
from warroom.incident.state import Incident
from warroom.incident.timeline import names, timeline
from warroom.protocol.integrations import Port
from warroom.services.errors import ServiceError
from warroom.updates.headline import headline
from warroom.updates.wording import outgoing

KEEP_SECONDS = 2.0  # how often it is looked whether something is to be said
APART_SECONDS = 15.0  # between two edits of the headline
TAKE_OVER_SECONDS = 45.0  # so long may another process leave old words standing
RETRY_SECONDS, RETRY_LONGEST_SECONDS, RETRIES = 30.0, 600.0, 4
RECENT_SECONDS = 30 * 60.0  # an older change is no news


class Keeper:
    """What one process does of it. `turn` is called again and again, and raises nothing that other systems cause."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._differs_since: float | None = None
        self._failures = 0
        self._failed_at = 0.0

    async def turn(self) -> None:
        """Say what is to be said now."""
        if self._session.recorder.incident is None:
            return
        await self._headline()
        await self._changes()
        await self._page_ends()

    async def _headline(self) -> None:
        session, incident = self._session, self._session.incident
        chat = others_of(session).chat
        posted, opened = (newest(incident.sends, Port.CHAT, action) for action in ("headline", "open-channel"))
        if chat is None or posted is None or opened is None:
            return
        text, kept, now = (
            headline(incident, session.config.protocol),
            incident.outward.headline,
            session.clock.now(),
        )
        stands = posted.text if kept is None else "" if kept.trouble else kept.text
        if text == stands:
            self._differs_since = None
            return
        since = self._differs_since = now if self._differs_since is None else self._differs_since
        if kept is not None and not self._mine(kept.owner) and 0 <= now - since < TAKE_OVER_SECONDS:
            return
        if self._waits(now) or (kept is not None and 0 <= now - kept.at < APART_SECONDS):
            return
        trouble = kept.trouble if kept else ""
        await session.recorder.record(HeadlineKept(this_process(), text), actor="warroom")
        try:
            await chat.edit(opened.ref, posted.ref, text)
        except ServiceError as error:
            self._failures += 1
            self._failed_at = now
            if error.title != trouble:
                await session.recorder.record(HeadlineFailed(error.title, error.remedy), actor="warroom")
            return
        self._failures = 0
        if trouble:
            await session.recorder.record(HeadlineKept(this_process(), text, works=True), actor="warroom")

    def _waits(self, now: float) -> bool:
        """Whether it failed a short while ago; a moment that lies ahead was before the clock was set back."""
        wait = min(RETRY_SECONDS * 2**self._failures, RETRY_LONGEST_SECONDS)
        return self._failures > 0 and 0 <= now - self._failed_at < wait

    def _mine(self, owner: str) -> bool:
        """Whether this process keeps the headline, or nobody does any more."""
        return owner in ("", this_process()) or gone(owner)

    async def _changes(self) -> None:
        """A change event for each change that holds."""
        session, incident = self._session, self._session.incident
        pager = others_of(session).pager
        if pager is None:
            return
        intents = {one.fact.change: one.fact for one in incident.tail if isinstance(one.fact, ChangeIntended)}
        for event in incident.tail:
            if not isinstance(event.fact, ChangeApplied) or event.fact.change not in intents:
                continue
            intent = intents[event.fact.change]
            recent = session.clock.now() - event.at < RECENT_SECONDS
            if recent and self._mine(intent.owner) and self._may(f"change:{intent.change}"):
                await self._change(event, intent)

    async def _change(self, event: Event, intent: ChangeIntended) -> None:
        session, incident = self._session, self._session.incident
        pager = others_of(session).pager
        assert pager is not None
        known = names(session.config.protocol, incident.tail, several=True)
        said = timeline(event, known)
        words = outgoing(incident, f"{incident.id} {said[0] if said else intent.action}")
        by = known.hands.get(intent.change, event.actor)  # another board may have found its outcome
        details = {"incident": incident.id, "by": by, "gcloud": intent.gcloud, "verdict": intent.grade}

        async def change() -> None:
            await pager.change(words, source=intent.service.name, details=details)

        await self._quietly("change", change, f"change:{intent.change}", intent.service.name, words)

    async def _page_ends(self) -> None:
        """When the incident is resolved, so is its page."""
        session, incident = self._session, self._session.incident
        pager, paged = others_of(session).pager, newest(incident.sends, Port.PAGER, "page")
        if pager is None or paged is None or incident.resolved_at is None:
            return
        if paged.merged:
            return  # that page is another journal's, whose incident may go on
        key, now = f"resolve:{incident.id}", session.clock.now()
        mine = _resolved_by(incident) == session.recorder.actor or now - incident.resolved_at > TAKE_OVER_SECONDS
        if not mine or not self._may(key):
            return

        async def resolve() -> None:
            await pager.resolve(paged.ref)

        await self._quietly("resolve", resolve, key, paged.ref, f"{incident.id} is resolved")

    async def _quietly(self, action: str, call: Callable[[], Awaitable[None]], key: str, to: str, text: str) -> None:
        """Tell the pager; what goes wrong stands in the timeline."""
        system = product(self._session, Port.PAGER).id
        try:
            await send(self._session.recorder, system, action, call, key=key, to=to, text=text, actor="warroom")
        except (ServiceError, Refused):
            return

    def _may(self, key: str) -> bool:
        """Whether nothing of that key went out, or it failed seldom enough, and long enough ago, to be tried again."""
        sends = self._session.incident.sends
        if by_key(sends, key) is not None:
            return False
        failed = [send.ended_at or send.at for send in sends.values() if send.key == key]
        wait = RETRY_SECONDS * 2.0 ** len(failed)
        since = self._session.clock.now() - failed[-1] if failed else 0.0
        return not failed or (len(failed) <= RETRIES and not 0 <= since <= wait)


def _resolved_by(incident: Incident) -> str:
    return next((event.actor for event in reversed(incident.tail) if isinstance(event.fact, Resolved)), "")
