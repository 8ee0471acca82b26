"""Which of the steps that speak to the outside are done, by what was sent. Pure."""

from warroom.incident.comms.comms import PERMANENT_FIX, REGULAR_RELEASE
from warroom.incident.events import UpdateSent
from warroom.incident.sends.sends import newest
from warroom.incident.state import Incident
from warroom.protocol.integrations import Port, names_of
from warroom.protocol.names import SPOKEN_TEMPLATES

TICKET = "ticket"
"""The key of the send that puts the report's summary into the ticket."""


def reached(incident: Incident) -> dict[str, bool]:
    """Each such fact, and whether it is true now."""
    ticket = any(send.key == TICKET and send.outcome == "done" for send in incident.sends.values())
    # UpdateSent calls the status page's channel by the product's name.
    told = max(incident.outward.told.get(name, 0.0) for name in names_of(Port.STATUS_PAGE))
    planned = (incident.outward.actions.get(name) for name in (PERMANENT_FIX, REGULAR_RELEASE))
    return {
        "fact:channel-created": newest(incident.sends, Port.CHAT, "open-channel") is not None,
        "fact:permanent-fix-planned": any(one is not None and one.owner and one.due for one in planned),
        "fact:alerted": newest(incident.sends, Port.CHAT, "alert") is not None,
        "fact:status-page-resolved": incident.resolved_at is not None and told >= incident.resolved_at,
        "fact:ticket-updated": ticket,
        "fact:post-mortem-set": incident.outward.post_mortem_at is not None,
    }


def told_everywhere(incident: Incident, template: str) -> tuple[str, ...]:
    """Where a template's message went, once that is everywhere where it was owed; () before."""
    sent = [event for event in incident.tail if _is_of(event.fact, template)]
    if template == SPOKEN_TEMPLATES[-1]:  # an all-clear is one only once it is over
        sent = [event for event in sent if incident.resolved_at is not None and event.at >= incident.resolved_at]
    facts = [event.fact for event in sent if isinstance(event.fact, UpdateSent)]
    told = tuple(dict.fromkeys(fact.channel for fact in facts))
    return told if facts and set(facts[-1].owed) <= set(told) else ()


def _is_of(fact: object, template: str) -> bool:
    return isinstance(fact, UpdateSent) and fact.template == template


def version_shown(incident: Incident) -> str:
    """Where the version that was said for the hotfix stands: in its branch's diff, or as an image's tag; "" nowhere."""
    wanted = incident.work.values.get("version", "").lstrip("v")
    seen = incident.work.version
    if not wanted:
        return ""
    if seen is not None and seen.version == wanted:
        return seen.where
    for lane in incident.lanes.values():
        images = [one.image for one in (lane.staging, lane.in_flight, lane.last_change) if one is not None]
        for image in images:
            tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
            if tag.lstrip("v") == wanted:
                return f"the image's tag {tag}"
    return ""
