"""What happens to the roles, in words. `role` is the role's title."""

from warroom.clock import clock_time
from warroom.incident.roles.roles import (
    HandoverAccepted,
    HandoverOffered,
    RoleAcknowledged,
    RoleAssigned,
    RoleAway,
    RoleDeclined,
    RolePaged,
)
from warroom.protocol.integrations import Port, called, port_of


def assigned(fact: RoleAssigned, role: str) -> tuple[str, str]:
    """Somebody holds it."""
    if fact.stand_in_for:
        return f"{role}: {fact.person} stands in for {fact.stand_in_for}, who does not answer", "watch"
    return f"{role} is {fact.person}", "plain"


def acknowledged(fact: RoleAcknowledged, role: str) -> tuple[str, str]:
    """They answered."""
    said = "joined" if fact.joined else "acknowledged"
    who = f" ({fact.person})" if fact.person else ""
    until = f", until {clock_time(fact.until)}" if fact.until is not None else ""
    return f"{role} {said}{who}{until}", "good" if fact.joined else "plain"


def paged(fact: RolePaged, role: str) -> tuple[str, str]:
    """They were asked to come."""
    how = f"by {called(fact.how)}" if port_of(fact.how) is Port.PAGER else fact.how
    return f"{role}: {fact.person} paged {how}", "accent"


def declined(fact: RoleDeclined, role: str) -> tuple[str, str]:
    """They will not."""
    return f"{role}: {fact.person} declined", "watch"


def away(fact: RoleAway, role: str) -> tuple[str, str]:
    """They left for a while, or came back."""
    return f"{role}: {fact.person} is {'back' if fact.back else 'away'}", "plain" if fact.back else "watch"


def offered(fact: HandoverOffered, role: str) -> tuple[str, str]:
    """The first half of a handover; the brief comes with it."""
    brief = f": {' · '.join(fact.brief.splitlines())}" if fact.brief else ""
    return f"{role} offered to {fact.to}{brief}", "accent"


def accepted(fact: HandoverAccepted, role: str) -> tuple[str, str]:
    """The second half."""
    return f"{role} handed over to {fact.person}, who accepts", "good"
