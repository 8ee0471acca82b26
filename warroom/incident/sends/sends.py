"""What was said or asked of other systems: the facts, and what they mean together. Written before it goes out."""

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.fact import Fact
from warroom.protocol.integrations import Port, port_of


class SendIntended(Fact, frozen=True, tag="send-intended"):
    """Written before something goes out. `send` is its id, unique in the incident ("s1", "s2" …).

    `system` is the id of a product (`protocol.integrations`), `action` what is done there, e.g. page, update,
    open-channel, back-up. `key` names what may happen only once, "" where it may happen again. `to` is whom or
    where it goes to, `text` what it says.
    """

    send: str
    system: str
    action: str
    key: str = ""
    to: str = ""
    text: str = ""


class SendDone(Fact, frozen=True, tag="send-done"):
    """The other system took it. `ref` is its id there, `link` where a person can look at it.

    `merged`: it was there already, by another hand than this journal's, and nothing new was made of it.
    """

    send: str
    ref: str = ""
    link: str = ""
    merged: bool = False


class SendFailed(Fact, frozen=True, tag="send-failed"):
    """The other system did not take it; `unknown` where no answer says whether it did."""

    send: str
    title: str
    remedy: str = ""
    detail: str = ""
    unknown: bool = False


class Send(Struct, frozen=True):
    """One message or request, from its intent to its outcome: "" while open, then "done", "failed" or "unknown"."""

    id: str
    system: str
    action: str
    key: str
    to: str
    text: str
    at: float
    actor: str
    outcome: str = ""
    ended_at: float | None = None
    ref: str = ""
    link: str = ""
    title: str = ""
    remedy: str = ""
    merged: bool = False


Sends = dict[str, Send]
"""By id, in the order of their intents."""


def intended(sends: Sends, fact: SendIntended, at: float, actor: str) -> Sends:
    """One more is on its way."""
    return {**sends, fact.send: Send(fact.send, fact.system, fact.action, fact.key, fact.to, fact.text, at, actor)}


def ended(sends: Sends, fact: SendDone | SendFailed, at: float) -> Sends:
    """One has its outcome; that of an unknown one may come late."""
    send = sends.get(fact.send)
    if send is None:
        return sends
    if isinstance(fact, SendDone):
        after = replace(send, outcome="done", ended_at=at, ref=fact.ref, link=fact.link, merged=fact.merged)
    else:
        outcome = "unknown" if fact.unknown else "failed"
        after = replace(send, outcome=outcome, ended_at=at, title=fact.title, remedy=fact.remedy)
    return {**sends, fact.send: after}


def by_key(sends: Sends, key: str) -> Send | None:
    """The newest send of that key that did not fail."""
    return next((send for send in reversed(sends.values()) if send.key == key and send.outcome != "failed"), None)


def newest(sends: Sends, port: Port, action: str) -> Send | None:
    """The newest that was done as `action` behind a port: its `ref` is what later ones build on."""
    found = (send for send in reversed(sends.values()) if send.action == action and port_of(send.system) is port)
    return next((send for send in found if send.outcome == "done"), None)
