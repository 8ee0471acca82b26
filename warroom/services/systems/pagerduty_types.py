"""The parts of PagerDuty's answers that warroom reads, and what it makes of them."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from warroom.services.systems.ports import OnCall, OpenPage, PagerIncident, Responder
from warroom.text import plain


class User(Struct):
    """A user, or a reference to one (then without an address)."""

    id: str
    summary: str | None = None
    name: str | None = None
    email: str | None = None
    html_url: str | None = None

    @property
    def called(self) -> str:
        """The name to show."""
        return plain(self.name or self.summary or self.email or self.id, 80)


class Users(Struct):
    """GET /users."""

    users: list[User]


class UserFound(Struct):
    """GET /users/{id}."""

    user: User


class Reference(Struct):
    """Whatever has an id; a summary may be null."""

    id: str
    summary: str | None = None


class ServiceBody(Struct):
    """A service: what incidents open on."""

    id: str
    escalation_policy: Reference
    summary: str | None = None


class Service(Struct):
    """GET /services/{id}."""

    service: ServiceBody


class OnCallBody(Struct):
    """One entry of GET /oncalls."""

    user: User
    escalation_level: int
    end: datetime | None = None


class OnCalls(Struct):
    """GET /oncalls."""

    oncalls: list[OnCallBody]


class Acknowledgement(Struct):
    """Who acknowledged, and when."""

    at: datetime
    acknowledger: Reference


class Pending(Struct):
    """What will happen to an incident by itself."""

    type: str
    at: datetime


class ResponderBody(Struct):
    """One of `incidents_responders`."""

    state: str
    user: Reference


class IncidentBody(Struct):
    """An incident."""

    id: str
    status: str
    html_url: str | None = None
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    pending_actions: list[Pending] = field(default_factory=list)
    title: str = ""
    created_at: datetime | None = None
    incidents_responders: list[ResponderBody] = field(default_factory=list)


class Incidents(Struct):
    """GET /incidents."""

    incidents: list[IncidentBody]
    more: bool = False


class Queued(Struct):
    """The answer to an event, with 202."""

    status: str
    dedup_key: str = ""


def on_call(body: OnCallBody) -> OnCall:
    """Who is on call; an end of null is for good."""
    until = body.end.timestamp() if body.end else None
    return OnCall(body.user.called, body.user.email or "", body.escalation_level, until)


def open_page(body: IncidentBody) -> OpenPage:
    """An incident as one of those that are open."""
    opened_at = body.created_at.timestamp() if body.created_at else 0.0
    return OpenPage(body.id, plain(body.title or body.id, 120), opened_at, body.html_url or "")


def pager_incident(body: IncidentBody, users: Mapping[str, User]) -> PagerIncident:
    """An incident with those who were asked to come, `users` by id."""
    last = max(body.acknowledgements, key=lambda one: one.at, default=None)
    ends = [one.at.timestamp() for one in body.pending_actions if one.type == "unacknowledge"]
    acknowledged = last if body.status == "acknowledged" else None
    return PagerIncident(
        id=body.id,
        status=body.status,
        link=body.html_url or "",
        acknowledged_by=plain(acknowledged.acknowledger.summary or acknowledged.acknowledger.id, 80)
        if acknowledged
        else "",
        acknowledged_at=acknowledged.at.timestamp() if acknowledged else None,
        expires_at=min(ends, default=None) if acknowledged else None,
        responders=tuple(
            Responder(users[one.user.id].called, users[one.user.id].email or "", one.state)
            for one in body.incidents_responders
        ),
    )
