"""Who was paged and does not answer, whoever looks: a board pages the backup, a command and status tell it. Pure."""

from collections.abc import Mapping

from msgspec import Struct

from warroom.clock import ago
from warroom.incident.roles.roles import Holder
from warroom.protocol.model import Protocol


class Silent(Struct, frozen=True):
    """`person`, who holds `role`, was paged at `since` and is silent, or said no: by now the backup is due.

    `words` is that as a sentence.
    """

    role: str
    person: str
    since: float
    declined: bool
    words: str


def silent(roles: Mapping[str, Holder], protocol: Protocol, now: float) -> tuple[Silent, ...]:
    """All of them, in the protocol's order. `now` is Unix seconds."""
    limit = protocol.paging.acknowledge_minutes * 60
    found = []
    for role in protocol.roles:
        holder = roles.get(role.id)
        if holder is None or holder.paged_at is None or holder.answered or holder.acknowledged_at is not None:
            continue
        if holder.declined_at is None and now < holder.paged_at + limit:
            continue
        since = holder.paged_at if holder.declined_at is None else holder.declined_at
        did = "has not answered since the page" if holder.declined_at is None else "declined"
        remedy = f"page another: warroom page {role.id} --person NAME"
        words = f"{role.title} {holder.person} {did} {ago(since, now)} ago; {remedy}."
        found.append(Silent(role.id, holder.person, since, holder.declined_at is not None, words))
    return tuple(found)
