"""Which of the steps that speak to the outside are done, by what was sent. Pure."""

from warroom.incident.sends.sends import newest
from warroom.incident.state import Incident
from warroom.protocol.integrations import Port, names_of

TICKET = "ticket"
"""The key of the send that puts the report's summary into the ticket."""


def reached(incident: Incident) -> dict[str, bool]:
    """Each such fact, and whether it is true now."""
    ticket = any(send.key == TICKET and send.outcome == "done" for send in incident.sends.values())
    # UpdateSent calls the status page's channel by the product's name.
    told = max(incident.outward.told.get(name, 0.0) for name in names_of(Port.STATUS_PAGE))
    return {
        "fact:alerted": newest(incident.sends, Port.CHAT, "alert") is not None,
        "fact:status-page-resolved": incident.resolved_at is not None and told >= incident.resolved_at,
        "fact:ticket-updated": ticket,
        "fact:post-mortem-set": incident.outward.post_mortem_at is not None,
    }
