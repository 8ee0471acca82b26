"""Everything that goes to other systems passes through here: written down before it goes, and with what came of it."""

from collections.abc import Awaitable, Callable, Collection

from warroom.conductor.change_ids import unique
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Forestalled, Refused
from warroom.incident.events import AnyFact
from warroom.incident.sends.sends import Send, SendDone, SendFailed, SendIntended, Sends, by_key
from warroom.incident.state import Incident
from warroom.marks import TIMELINE
from warroom.services.errors import Effect, ServiceError
from warroom.services.systems.ports import Posted


async def send(
    recorder: Recorder,
    system: str,
    action: str,
    call: Callable[[], Awaitable[Posted | None]],
    *,
    key: str = "",
    to: str = "",
    text: str = "",
    repeatable: bool = False,
    anew: bool = False,
    actor: str = "",
) -> Posted:
    """Do `call`, once for each `key`: what was done already is not done again, by this process or another.

    One whose outcome is unknown, also because a process died in between, is sent again only where the other side tells
    a second one from the first (`repeatable`), or when a person wants it so (`anew`). Raises Refused otherwise,
    Forestalled where another hand was first, of which nothing is written, and ServiceError when it failed.
    """
    before = by_key(recorder.now.sends, key) if key else None
    if before is not None:
        if before.outcome == "done":
            return Posted(before.ref, before.link, before.merged)
        if not (repeatable or anew):
            raise Refused(f"No answer says whether {action} arrived in {system}", "Look there; then send it anew.")
    known = {*recorder.now.sends}
    number = unique("s", len(known) + 1)
    intent = SendIntended(number, system, action, key, to, text)

    def first(incident: Incident) -> list[AnyFact]:
        """The intent, unless somebody else's stands in the journal by now: then nothing of ours has failed."""
        return [intent] if repeatable or _ahead(incident.sends, key, known) is None else []

    if not await recorder.record_found(first, actor=actor):
        ahead = _ahead(recorder.now.sends, key, known)
        who = (ahead.actor if ahead is not None else "") or "somebody"
        raise Forestalled(f"not sent: {who} was first", f"Look at {TIMELINE} for what became of theirs.")
    try:
        posted = await call() or Posted()
    except ServiceError as error:
        unknown = error.effect is Effect.UNKNOWN
        await recorder.record(SendFailed(number, error.title, error.remedy, error.detail, unknown), actor=actor)
        raise
    await recorder.record(SendDone(number, posted.ref, posted.link, posted.merged), actor=actor)
    return posted


def begun(sends: Sends, key: str) -> bool:
    """Whether this journal has sent `key` before and that may have arrived: what is there by it then is our own."""
    return by_key(sends, key) is not None


def _ahead(sends: Sends, key: str, known: Collection[str]) -> Send | None:
    """Another hand's send of the same key, which the journal has though it was not known when we began."""
    others = (send for send in sends.values() if send.id not in known)
    return next((send for send in others if key and send.key == key and send.outcome != "failed"), None)
