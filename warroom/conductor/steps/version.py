"""Whether the hotfix's version stands in its code: the diff of its branch is read until it does."""

import re

from warroom.conductor.session import Session
from warroom.incident.progress.step_facts import version_shown
from warroom.incident.sends.sends import newest
from warroom.incident.steps.steps import VersionSeen
from warroom.protocol.integrations import Port
from warroom.services.errors import NotFound, ServiceError
from warroom.steps import fields

EVERY_SECONDS = 30.0


async def follow(session: Session) -> None:
    """Look once, where a version was said that nothing shows yet; what can't be read now is read the next time."""
    steps = (step for phase in session.config.protocol.phases for step in phase.steps)
    step = next((one for one in steps if one.native == "version"), None)
    if step is None or step.id in session.incident.ticks or session.incident.resolved_at is not None:
        return
    try:
        await look(session)
    except ServiceError:
        return  # the review's loop says that the code host can't be read


async def look(session: Session) -> str:
    """Where the version stands, as read now; "" where it does not, or nothing can be read. Raises ServiceError."""
    incident = session.incident
    version = incident.work.values.get("version", "")
    code = session.clients.others.code if session.clients else None
    if not version or version_shown(incident) or code is None or not (branch := _branch(session)):
        return version_shown(incident)
    try:
        added = await code.added(branch)
    except NotFound:
        return ""  # nobody has pushed yet
    found = next((one.file for one in added if stands_in(version, one.line)), "")
    if found:
        await session.record(VersionSeen(version.lstrip("v"), f"{found} of {branch}"))
    return version_shown(session.incident)


def stands_in(version: str, line: str) -> bool:
    """Whether a line has that very version: 1.4.3 is neither 11.4.3 nor 1.4.30 nor 1.4.3-rc.1."""
    return bool(re.search(rf"(?<![0-9.]){re.escape(version.lstrip('v'))}(?![0-9A-Za-z]|[.+-][0-9A-Za-z])", line))


def _branch(session: Session) -> str:
    """The hotfix's: as its pull request or its making has it, else by its name."""
    incident = session.incident
    opened = (newest(incident.sends, Port.CODE_HOST, action) for action in ("pull-request", "branch"))
    made = next((one.to for one in opened if one is not None and one.to), "")
    issue = incident.work.values.get("issue", "") or fields.issue(incident.declared.issue)
    return made or (fields.branch_name(issue) if issue else "")
