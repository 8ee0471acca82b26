"""The fields in braces that a step's command carries: where each value comes from, and how it is filled in."""

import re
from collections.abc import Mapping

from warroom.incident.lane import serving
from warroom.incident.state import Incident, Lane
from warroom.incident.steps.steps import usable_backup
from warroom.protocol.model import ServiceConfig, Step
from warroom.versions import next_patch

_FIELD = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")
_NO_BRANCH = re.compile(r"[^A-Za-z0-9._-]+")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

ASKS = {
    "backup": "Which backup of the database? Its id",
    "feature": "Which feature? The flag's name",
    "issue": "Which issue is it? The ticket's number",
    "production_version": "Which version runs in production? Like 1.4.2, without the v",
    "version": "Which version does the hotfix get? Like 1.4.3",
    "tag": "Under which tag does the hotfix stand?",
    "image": "Which image is the hotfix? By its digest",
    "revision": "Which revision is the hotfix?",
    "staging_project": "Which project is staging?",
}
"""The question for a value that the incident does not know."""


class Unfilled(Exception):
    """A value does not fit: `name` is its field, the text says why."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


def names_in(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that a command names, in their order, each once."""
    return tuple(dict.fromkeys(name for argument in argv for name in _FIELD.findall(argument)))


def known(incident: Incident, lane: Lane, config: ServiceConfig | None = None) -> dict[str, str]:
    """Every value that the incident knows by itself or was told. What was told wins."""
    ladder, staging = lane.ladder, lane.staging
    found = {
        "service": lane.ref.name,
        "region": lane.ref.region,
        "project": lane.ref.project,
        "staging_project": config.staging_project if config else "",
        "incident": incident.id,
        "severity": incident.severity,
        "title": incident.title,
        "issue": issue(incident.declared.issue),
        "tag": ladder.tag if ladder else "",
        "revision": ladder.candidate if ladder else "",
        "image": staging.image if staging else "",
        "backup": usable_backup(incident.work),
        "production_version": serving.version(lane),
    }
    return {name: value for name, value in {**found, **incident.work.values}.items() if value}


def issue(link: str) -> str:
    """The ticket's number out of a link to it, fit for a branch's name: the last part of its path."""
    last = link.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2]
    return _NO_BRANCH.sub("-", last).strip("-.")[:60]


def branch_name(issue: str) -> str:
    """The hotfix branch's name."""
    return f"hotfix/{issue}"


def suggestion(name: str, incident: Incident) -> str:
    """What is laid ready where a value is asked for; "" for nothing."""
    if name == "issue":
        return incident.id
    if name == "version":
        return next_patch(production_version(incident))
    return ""


def production_version(incident: Incident) -> str:
    """What the operator said, else what runs; "" where neither is known, or services run different ones."""
    if told := incident.work.values.get("production_version", ""):
        return told
    running = {serving.version(lane) for lane in incident.lanes.values()}
    return running.pop() if len(running) == 1 else ""


def missing(step: Step, values: Mapping[str, str]) -> tuple[str, ...]:
    """The fields of a step's command that have no value yet."""
    return tuple(name for name in names_in(step.argv) if not values.get(name))


def question(name: str) -> str:
    """What to ask for a field."""
    return ASKS.get(name, f"Which {name.replace('_', ' ')}?")


def fill(argv: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    """The arguments with their fields filled in, each within its own argument.

    Raises Unfilled where a value is missing, holds a control character, or would be taken for an option.
    """
    return tuple(_filled(argument, values) for argument in argv)


def _filled(argument: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        text = values.get(name, "")
        if not text:
            raise Unfilled(name, f"{question(name)} is not known yet")
        if _NO_TEXT.search(text):
            raise Unfilled(name, f"The {name.replace('_', ' ')} holds a line break or a control character")
        if text.startswith("-") and match.start() == 0:
            raise Unfilled(name, f"The {name.replace('_', ' ')} begins with a hyphen: it would be taken for an option")
        return text

    return _FIELD.sub(value, argument)
