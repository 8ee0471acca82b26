"""What may be claimed: each claim that a message can make, and whether the incident shows it to be true. Pure."""

import re
from collections.abc import Callable

from msgspec import Struct

from warroom.incident import mitigation
from warroom.incident.state import Incident, Lane
from warroom.marks import key
from warroom.protocol.model import Protocol
from warroom.rollout.evidence import Grade
from warroom.rollout.signals import data_end

RECENT_SECONDS = 10 * 60.0
"""So much of the newest samples speaks for a service that no verdict judges any more."""


class Untrue(Exception):
    """A message that must not go out: `title` says which words, `remedy` what to do about them."""

    def __init__(self, title: str, remedy: str) -> None:
        super().__init__(f"{title}. {remedy}")
        self.title = title
        self.remedy = remedy


class Claim(Struct, frozen=True):
    """Words that claim something (a pattern), when it is true, and what is the case where it is not."""

    words: str
    true: Callable[[Incident, Protocol], bool]
    but: str
    remedy: str


def no_action(incident: Incident) -> bool:
    """Whether users need do nothing: not where their data or credentials may be out."""
    return incident.aware_at is None and not incident.declared.private


def monitoring_normal(incident: Incident, protocol: Protocol) -> bool:
    """Whether every service is measured and passes. Silence is not health; a probe never says more than the metrics."""
    return incident.lost.keys() <= {"probe"} and all(_normal(lane, protocol) for lane in incident.lanes.values())


def _normal(lane: Lane, protocol: Protocol) -> bool:
    verdict = lane.step_verdict or mitigation.serving_verdict(lane)
    if verdict is not None:
        return verdict.grade is Grade.PASS
    newest = data_end(lane.samples) or 0.0
    recent = [one for one in lane.samples if one.end > newest - RECENT_SECONDS and one.requests is not None]
    requests = sum(one.requests or 0 for one in recent)
    return requests > 0 and sum(one.errors or 0 for one in recent) <= protocol.gate.error_share * requests


CLAIMS = (
    Claim(
        r"no (?:further )?action (?:is )?(?:required|needed|necessary)",
        lambda incident, protocol: no_action(incident),
        "personal data or credentials may be out",
        "Say what users should do, or take the words out.",
    ),
    Claim(
        r"monitoring:? (?:is |looks )?(?:back to )?normal",
        monitoring_normal,
        "not every service is measured and passes",
        "Wait for PASS, or say that it is still being watched.",
    ),
    Claim(
        r"\bresolved\b",
        lambda incident, protocol: incident.resolved_at is not None,
        "the incident is not resolved",
        f"Resolve it first ({key('resolve')}), or take the words out.",
    ),
    Claim(
        r"services? (?:is |are |have been )?restored|fully operational|all.clear",
        lambda incident, protocol: incident.mitigated_at is not None,
        "users are not measured to be better",
        "Wait until they are, or take the words out.",
    ),
)

_NEGATIONS = re.compile(
    r"(?:\bnot\b|\bnever\b|n't|\buntil\b|\bonce\b|\bwhen\b|\bbefore\b|\bto be\b|\bwill be\b)[^.\n]*$"
)
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9 _/'’-]*\]|\{\w+\}")
_EMPTY_FIELD = re.compile(r"^(?!.*//)[^\n:]{1,40}:[ \t]*$")
_LISTS = re.compile(r"^\s*[-*•]")


def check(text: str, incident: Incident, protocol: Protocol) -> None:
    """Raises Untrue for an empty text, an unfilled placeholder, an empty field, or a claim that is not true."""
    if not text.removeprefix("DRILL").removeprefix("EMULATOR").strip():
        raise Untrue("There is nothing in it", "Write what stakeholders need to know.")
    left = _PLACEHOLDER.search(text)
    if left:
        raise Untrue(f"{left[0]} is not filled in", "Put there what is the case, or take it out.")
    _empty_fields(text)
    for claim in CLAIMS:
        for found in re.finditer(claim.words, text, re.IGNORECASE):
            before = text[: found.start()].rpartition("\n")[2]
            if not _NEGATIONS.search(before.lower()) and not claim.true(incident, protocol):
                raise Untrue(f"“{found[0]}” is not true: {claim.but}", claim.remedy)


def _empty_fields(text: str) -> None:
    """A line that ends in a colon says nothing, unless a list follows."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        follows = lines[number + 1] if number + 1 < len(lines) else ""
        if _EMPTY_FIELD.match(line.strip()) and not _LISTS.match(follows):
            raise Untrue(f"“{line.strip()}” has nothing behind it", "Fill it in, or take the line out.")
