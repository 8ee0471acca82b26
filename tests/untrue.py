"""What may not be said while an incident stands as it does: a table of claims, and everything that is said, checked."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct, to_builtins

from warroom.board.build import slices
from warroom.board.view import View
from warroom.incident import events, mitigation
from warroom.incident.events import Event
from warroom.incident.fold import apply
from warroom.incident.state import Incident
from warroom.incident.timeline import names, timeline
from warroom.protocol.model import Config
from warroom.updates import channels
from warroom.updates.headline import headline
from warroom.wording import for_scripts


class Claim(Struct, frozen=True):
    """Words (a pattern, per line) that are untrue `when` an incident stands so, unless the line says `but` as well."""

    name: str
    words: str
    when: Callable[[Incident], bool]
    but: str = r"(?!)"


def burns(incident: Incident) -> bool:
    """Whether what serves is measured to fail."""
    found = mitigation.measured(incident)
    return found is not None and found.burning


def unfixed(incident: Incident) -> bool:
    """Whether no hotfix serves everybody: none came so far, or it was taken back."""
    climbs = [lane.ladder for lane in incident.lanes.values()]
    return incident.full_traffic_at is None or any(one is None or one.taken_back for one in climbs)


def unmoved(incident: Incident) -> bool:
    """Whether no traffic has moved, and nothing else was done for users."""
    return incident.first_traffic_at is None and incident.relief is None


NOT = r"(?<![a-z])not(?![a-z])|\b(?:never|no|yet|once|until|when|whether|but|fails?|open)\b"
BOXES = r"original issue|complaints"
"""Boxes of the protocol whose titles have such a word: they are ticked for what they say."""

CLAIMS = (
    Claim("mitigated before measured relief", r"\bmitigated\b", lambda now: now.mitigated_at is None, NOT),
    Claim("resolved before it is", r"\bresolved\b", lambda now: now.resolved_at is None, f"{NOT}|{BOXES}"),
    Claim("resolved while it burns", r"\bissue resolved\b|\bhas been resolved\b|^RESOLVED\b", burns, f"{NOT}|{BOXES}"),
    Claim("restored while it burns", r"\brestored\b|fully operational|back to normal|all.clear sent", burns, NOT),
    Claim(
        "restored before users are better", r"services? (?:are )?restored", lambda now: now.mitigated_at is None, NOT
    ),
    Claim("monitoring normal while it burns", r"monitoring:? normal", burns),
    Claim("fix deployed after an abort", r"fix (?:was )?deployed at:? *\d", unfixed),
    Claim("fix ready after an abort", r"fix ready[^a-z]*met\b|fix ready.*✔", lambda now: unfixed(now) and burns(now)),
    Claim("SLA met by decision", r"\bmet with\b", lambda now: now.resolved_at is not None and burns(now)),
    Claim("healthy while it burns", r"\bhealthy so far\b", burns, r"verdict|%|PASS"),
    Claim("monitoring before traffic moved", r"\bstatus:? monitoring\b", unmoved),
    Claim("all done while it burns", r"full validation complete", burns, NOT),
)
"""By the state of the incident at the moment that it is said."""


def untrue(text: str, now: Incident) -> list[str]:
    """Which claims a text makes, line by line, that are not so."""
    found = []
    for line in text.splitlines():
        for claim in CLAIMS:
            said = re.search(claim.words, line, re.IGNORECASE)
            if said and claim.when(now) and not re.search(claim.but, line, re.IGNORECASE):
                found.append(f"{claim.name}: {line.strip()[:160]}")
    return found


def of_log(log: Iterable[Event], config: Config) -> list[str]:
    """Every untrue word in the journal's lines, what goes out, the page's status, the headline and the board.

    Each event is looked at in the incident as it stands right after it.
    """
    found: list[str] = []
    now: Incident | None = None
    for event in log:
        now = apply(now, event)
        for where, text in _said(event, now, config):
            found += [f"{event.seq} {where}: {one}" for one in untrue(for_scripts(text), now)]
    return found


def of_report(text: str, log: Iterable[Event]) -> list[str]:
    """Every untrue word of a report, but in the rows of what happened at earlier moments."""
    now: Incident | None = None
    for event in log:
        now = apply(now, event)
    assert now is not None
    lines = [line for line in text.splitlines() if not line.startswith("| 20")]
    return [f"report: {one}" for one in untrue("\n".join(lines), now)]


def _said(event: Event, now: Incident, config: Config) -> Iterator[tuple[str, str]]:
    line = timeline(event, names(config.protocol, now.tail))
    if line is not None:
        yield "journal", line[0]
    fact = event.fact
    if isinstance(fact, events.UpdateSent | events.SendIntended):
        yield "message", fact.text
    yield "headline", headline(now, config.protocol)
    yield "page", f"status {channels.status(now, config)}"
    for name, make in slices(now, config.protocol, event.at, View(operator="@primary-rm")).items():
        if name not in ("timeline", "phases"):  # lines of their own moments, looked at then; what there is to do
            yield from ((f"board's {name}", text) for text in texts(make()))


def texts(made: Any) -> list[str]:
    """Every text of a frozen value, sentence by sentence: a line of several parts is one."""
    built = to_builtins(made)
    parts = built.get("parts") if isinstance(built, dict) else None
    if parts:
        return [" ".join(one["text"] for one in parts)]
    return list(_strings(built))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)
