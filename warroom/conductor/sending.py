"""Everything that goes to other systems passes through here: written down before it goes, and with what came of it."""

from collections.abc import Awaitable, Callable
from itertools import takewhile

from warroom.conductor.numbering import unique
from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.incident.sends import Send, SendDone, SendFailed, SendIntended, Sends, by_key
from warroom.services.errors import Effect, ServiceError
from warroom.services.others import Posted


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
    a second one from the first (`repeatable`), or when a person wants it so (`anew`). Raises Refused otherwise, and
    ServiceError when it failed.
    """
    before = by_key(recorder.now.sends, key) if key else None
    if before is not None:
        if before.outcome == "done":
            return Posted(before.ref, before.link)
        if not (repeatable or anew):
            raise Refused(f"No answer says whether {action} arrived in {system}", "Look there; then send it anew.")
    known = {*recorder.now.sends}
    number = unique("s", len(known) + 1)
    await recorder.record(SendIntended(number, system, action, key, to, text), actor=actor)
    ahead = _ahead(recorder.now.sends, number, key, known)
    if ahead is not None and not repeatable:
        title = f"not sent: {ahead.actor or 'somebody'} was first"
        await recorder.record(SendFailed(number, title), actor=actor)
        raise Refused(title, "Look at the timeline for what became of theirs.")
    try:
        posted = await call() or Posted()
    except ServiceError as error:
        unknown = error.effect is Effect.UNKNOWN
        await recorder.record(SendFailed(number, error.title, error.remedy, error.detail, unknown), actor=actor)
        raise
    await recorder.record(SendDone(number, posted.ref, posted.link), actor=actor)
    return posted


def _ahead(sends: Sends, number: str, key: str, known: set[str]) -> Send | None:
    """Another hand's send of the same key, which the journal has before ours though it was not known when we began."""
    others = (send for send in takewhile(lambda send: send.id != number, sends.values()) if send.id not in known)
    return next((send for send in others if key and send.key == key and send.outcome != "failed"), None)
