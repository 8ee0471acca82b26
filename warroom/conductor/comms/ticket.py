"""Puts the report's summary into the ticket: a comment on the issue declared, or on the hotfix's pull request."""

import re

from msgspec import Struct

from warroom.conductor.comms.outbox import send
from warroom.conductor.comms.updates import missing, others_of, product
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.incident.progress.step_facts import TICKET
from warroom.incident.sends.sends import newest
from warroom.protocol.integrations import Port
from warroom.services.systems.ports import Posted
from warroom.updates.wording import outgoing

_NUMBER = re.compile(r"(?:/(?:issues|pull)/|^#?)(\d{1,9})(?:[/?#].*)?$")


class Comment(Struct, frozen=True):
    """What would go into which ticket of `host`. `off` says why it is to be done by hand, "" where warroom does it."""

    number: int
    text: str
    off: str = ""
    host: str = ""

    @property
    def where(self) -> str:
        """Where it goes, for the preview."""
        return f"{self.host}, a comment on #{self.number}:"


async def plan(session: Session) -> Comment:
    """What would be written now. Raises JournalError."""
    # Only needed here, and the start must not pay for it.
    from warroom.report.sections.summary import summary

    incident = session.incident
    log = await session.recorder.events()
    text = outgoing(incident, summary(log, session.config.protocol, session.clock.now()))
    pull = newest(incident.sends, Port.CODE_HOST, "pull-request")
    found = _NUMBER.search(incident.declared.issue.strip())
    number = int(found[1]) if found else int(pull.ref) if pull is not None and pull.ref.isdigit() else 0
    host = product(session, Port.CODE_HOST)
    off = missing(session).get(host.id, "")
    if not off and not number:
        off = "neither the declaration nor a pull request names a ticket's number"
    return Comment(number, text, off, host.name)


async def carry_out(session: Session, comment: Comment, *, anew: bool = False) -> Posted:
    """Write it, once. Raises Refused and ServiceError."""
    code = others_of(session).code
    if code is None or comment.off:
        raise Refused(f"The ticket can't be updated: {comment.off}", "Do it by hand, then tick the step.")

    async def write() -> Posted:
        return await code.comment(comment.number, comment.text)

    to, system = f"#{comment.number}", product(session, Port.CODE_HOST).id
    posted = await send(session.recorder, system, "comment", write, key=TICKET, to=to, text=comment.text, anew=anew)
    await session.record()
    return posted
