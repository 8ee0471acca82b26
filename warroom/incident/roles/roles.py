"""Who holds which role: the facts, and what they mean together. `standing` has the states. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.fact import Fact

BY_HAND = "by hand"
"""How a role was paged where no pager did it."""

BEFORE_KEPT = 4
"""So many of those who held a role earlier are remembered."""


class RoleAssigned(Fact, frozen=True, tag="role-assigned"):
    """`person` now holds `role` (a role id of the protocol).

    A stand-in takes it from `stand_in_for`, who did not answer, and only as long as that one holds it: of two processes
    that both wrote so, the first counts. `owner` (host/pid/start) is the one that then pages the stand-in.
    """

    role: str
    person: str
    stand_in_for: str = ""
    owner: str = ""


class RoleAcknowledged(Fact, frozen=True, tag="role-acknowledged"):
    """Who holds `role` has said so; `person`, where it is known who it was.

    `joined`: they came, and do not only know. `until` (Unix seconds) is when a pager lets the acknowledgement expire.
    """

    role: str
    person: str = ""
    joined: bool = False
    until: float | None = None


class RolePaged(Fact, frozen=True, tag="role-paged"):
    """`person` was asked to come as `role`, which they hold from now on. `how`: the pager's id, or by hand.

    `owner` (host/pid/start) is the process that listens for the answer.
    """

    role: str
    person: str
    how: str = BY_HAND
    owner: str = ""


class RoleDeclined(Fact, frozen=True, tag="role-declined"):
    """`person` said that they will not come as `role`."""

    role: str
    person: str


class RoleAway(Fact, frozen=True, tag="role-away"):
    """Who holds `role` is away from now on, or `back`."""

    role: str
    person: str
    back: bool = False


class HandoverOffered(Fact, frozen=True, tag="handover-offered"):
    """Who holds `role` offers it to `to`, with the state of things in `brief`. It is theirs when they accept."""

    role: str
    to: str
    brief: str = ""


class HandoverAccepted(Fact, frozen=True, tag="handover-accepted"):
    """`person`, to whom `role` was offered, takes it."""

    role: str
    person: str


RoleFact = (
    RoleAssigned | RoleAcknowledged | RolePaged | RoleDeclined | RoleAway | HandoverOffered | HandoverAccepted
)  # fmt: skip


class Former(Struct, frozen=True):
    """Somebody who held the role until `at`. `how` is "handed over" or "replaced"; `answered_at`: a late answer."""

    person: str
    how: str
    at: float
    answered_at: float | None = None


class Holder(Struct, frozen=True):
    """Who holds a role, since when, and how far they are. Moments are None while it did not happen.

    `stand_in_for` is who did not answer, `owner` the process that has to page the stand-in; `pager` the process that
    listens for the answer to the page. `until` is when the pager's acknowledgement ends by itself. `before` are those
    who held the role earlier, newest last.
    """

    person: str
    assigned_at: float
    acknowledged_at: float | None = None
    stand_in_for: str = ""
    owner: str = ""
    paged_at: float | None = None
    paged_how: str = ""
    pager: str = ""
    joined_at: float | None = None
    until: float | None = None
    declined_at: float | None = None
    away_at: float | None = None
    offered_to: str = ""
    offered_at: float | None = None
    before: tuple[Former, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether they know, and are not away."""
        return (self.acknowledged_at is not None or self.joined_at is not None) and self.away_at is None


Holders = dict[str, Holder]
"""By role."""


class Standing(Struct, frozen=True):
    """How far somebody is with a role, and since when. `state` is one of STATES."""

    state: str
    since: float


STATES = (
    "unassigned", "assigned", "paged", "declined", "acknowledged", "expired", "joined", "handing over", "handed over",
    "away",
)  # fmt: skip


def standing(holder: Holder | None, now: float, begun: float) -> Standing:
    """The state of a role at `now`; one that nobody holds is unassigned since the incident's beginning."""
    if holder is None:
        return Standing("unassigned", begun)
    if holder.away_at is not None:
        return Standing("away", holder.away_at)
    if holder.offered_at is not None:
        return Standing("handing over", holder.offered_at)
    if holder.joined_at is not None:
        return Standing("joined", holder.joined_at)
    if holder.acknowledged_at is not None:
        if holder.until is not None and holder.until <= now:
            return Standing("expired", holder.until)
        return Standing("acknowledged", holder.acknowledged_at)
    if holder.declined_at is not None:
        return Standing("declined", holder.declined_at)
    if holder.paged_at is not None:
        return Standing("paged", holder.paged_at)
    return Standing("assigned", holder.assigned_at)


def held(roles: Holders, fact: RoleFact, at: float) -> Holders:
    """The holders after one more fact at `at` (Unix seconds); what means nothing changes nothing."""
    after = _next(roles.get(fact.role), fact, at)
    return roles if after is None else {**roles, fact.role: after}


def _next(now: Holder | None, fact: RoleFact, at: float) -> Holder | None:
    """Who holds the role then; None for no change."""
    match fact:
        case RoleAssigned():
            if fact.stand_in_for and (now is None or now.person != fact.stand_in_for):
                return None
            before = _left(now, fact.person, "replaced", at)
            return Holder(fact.person, at, stand_in_for=fact.stand_in_for, owner=fact.owner, before=before)
        case RolePaged():
            if now is None or now.person != fact.person:
                now = Holder(fact.person, at, before=_left(now, fact.person, "replaced", at))
            asked = now.paged_at is not None and now.paged_how != BY_HAND and now.declined_at is None
            if fact.how == BY_HAND and asked and not now.answered:
                return None  # a call besides: the pager's answer still counts, and the time since it asked
            return replace(now, paged_at=at, paged_how=fact.how, pager=fact.owner, declined_at=None)
    if now is None:
        return None
    match fact:
        case RoleAcknowledged():
            return _answered(now, fact, at) if fact.person in ("", now.person) else _late(now, fact.person, at)
        case RoleDeclined():
            return replace(now, declined_at=at) if fact.person == now.person else None
        case RoleAway():
            return replace(now, away_at=None if fact.back else at) if fact.person == now.person else None
        case HandoverOffered():
            return replace(now, offered_to=fact.to, offered_at=at) if fact.to != now.person else None
        case HandoverAccepted() if now.offered_at is not None and fact.person == now.offered_to:
            before = _left(now, fact.person, "handed over", at)
            return Holder(fact.person, at, acknowledged_at=at, before=before)
    return None


def _answered(now: Holder, fact: RoleAcknowledged, at: float) -> Holder:
    """The first answer counts; a later one may add that they came, and moves its end."""
    joined_at = now.joined_at if now.joined_at is not None or not fact.joined else at
    first = at if now.acknowledged_at is None else now.acknowledged_at
    until = now.until if fact.until is None else fact.until
    return replace(now, acknowledged_at=first, joined_at=joined_at, until=until, away_at=None, declined_at=None)


def _late(now: Holder, person: str, at: float) -> Holder | None:
    """Somebody whom another one stands in for has answered after all."""
    if not any(one.person == person and one.answered_at is None for one in now.before):
        return None
    before = tuple(replace(one, answered_at=at) if one.person == person else one for one in now.before)
    return replace(now, before=before)


def _left(now: Holder | None, person: str, how: str, at: float) -> tuple[Former, ...]:
    if now is None or now.person == person:
        return now.before if now else ()
    return (*now.before, Former(now.person, how, at))[-BEFORE_KEPT:]
