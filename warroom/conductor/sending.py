"""Everything that goes to other systems passes through here: written down before it goes, and with what came of it."""

from collections.abc import Awaitable, Callable
from secrets import token_hex

from warroom.conductor.recorder import Recorder
from warroom.conductor.refusal import Refused
from warroom.incident.sends import SendDone, SendFailed, SendIntended, by_key
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
    number = f"s{len(recorder.now.sends) + 1}-{token_hex(2)}"  # two processes may both send the third
    await recorder.record(SendIntended(number, system, action, key, to, text), actor=actor)
    try:
        posted = await call() or Posted()
    except ServiceError as error:
        unknown = error.effect is Effect.UNKNOWN
        await recorder.record(SendFailed(number, error.title, error.remedy, error.detail, unknown), actor=actor)
        raise
    await recorder.record(SendDone(number, posted.ref, posted.link), actor=actor)
    return posted
