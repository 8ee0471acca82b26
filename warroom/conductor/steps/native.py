"""The steps that warroom does itself in other systems: branch, pull request, backup, restore, flag."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from warroom.clock import Stopwatch
from warroom.conductor import reach
from warroom.conductor.comms.outbox import begun, send
from warroom.conductor.comms.updates import product
from warroom.conductor.refusal import Refused
from warroom.conductor.session import Session
from warroom.conductor.steps import review_gate, version
from warroom.conductor.traffic import definitions
from warroom.incident.events import AnyFact, Noted, Relieved, Ticked
from warroom.incident.lane import serving
from warroom.incident.place import title_mark
from warroom.incident.progress.known import known
from warroom.incident.state import Incident
from warroom.incident.steps.steps import BackupSeen, ValueGiven
from warroom.marks import TIMELINE
from warroom.protocol.integrations import Port
from warroom.protocol.model import Step
from warroom.services.errors import Effect, ServiceError, Unreachable
from warroom.services.systems.ports import CodeHost, Databases, Flags
from warroom.steps.fields import branch_name, production_version
from warroom.steps.gate import PREFIX
from warroom.versions import next_patch

POLL_SECONDS = 5.0
LONGEST_SECONDS = 60 * 60.0
UNDER_WAY = ("ENQUEUED", "PENDING", "RUNNING", "OVERDUE")


class Given(Struct, frozen=True):
    """What a step goes by: its values by field, who else agrees, and whether it ends the users' trouble."""

    values: dict[str, str]
    second: str = ""
    mitigates: bool = False


Say = Callable[[str], None]
Native = Callable[[Session, Step, Given, Say], Awaitable[str]]

PORTS = {
    "branch": Port.CODE_HOST,
    "pull-request": Port.CODE_HOST,
    "gate": Port.CODE_HOST,
    "back-up": Port.DATABASE,
    "restore-backup": Port.DATABASE,
    "flag-off": Port.FLAGS,
}
"""Which other system a native step needs."""

FIELDS = {
    "branch": ("issue", "production_version"),
    "pull-request": ("issue",),
    "version": ("version",),
    "restore-backup": ("backup",),
    "flag-off": ("feature",),
}
"""The values that a native step needs."""


def why_not(session: Session, step: Step) -> str:
    """Why warroom can't do a native step itself, in one sentence; "" when it can.

    Raises Refused where the incident was declared elsewhere: then no program is to do it either.
    """
    port = PORTS.get(step.native)
    if port is None:
        return ""
    reach.check(session)
    if session.clients is None:
        return "Not connected yet; it takes a second or two after the start."
    others = session.clients.others
    if getattr(others, port) is not None:
        return ""
    system = product(session, port).id
    return others.missing.get(system, f"{system} is not configured: do it by hand.")


def pull_text(incident: Incident, values: dict[str, str]) -> tuple[str, str]:
    """Title and body of the pull request. What is confidential stays out of both."""
    drill = title_mark(incident.declared)
    private = incident.declared.private
    title = f"{PREFIX} {drill}{incident.id if private else incident.title}"
    lines = [f"{drill}Emergency release for incident {incident.id}, {incident.severity}."]
    if private:
        lines.append("What it is about is told in the incident's channel only.")
    else:
        lines.append(f"Problem: {incident.title}")
        asked = {"Impact": "impact", "Changed": "changed", "Root cause so far": "root-cause"}
        lines += [f"{name}: {text}" for name, topic in asked.items() if (text := known(incident, topic))]
    lines.append(f"Issue: {incident.declared.issue or values.get('issue', '')}")
    lines.append(f"Services: {', '.join(incident.lanes)}")
    base, version = values.get("production_version", ""), values.get("version", "")
    if base:
        lines.append(f"From production's {base}" + (f", becomes {version}" if version else ""))
    lines += ["", "Minimal fix and a regression test only. One reviewer at least, two preferred: does the fix work?"]
    if private:
        lines.append("A security review is needed too.")
    return title[:250], "\n".join(lines)


async def perform(session: Session, step: Step, given: Given, say: Say) -> str:
    """Do a native step; what was done, in words. Raises Refused and ServiceError."""
    reason = why_not(session, step)
    if reason:
        raise Refused(reason.rstrip("."), "Run it by hand, then tick the step.")
    return await NATIVES[step.native](session, step, given, say)


async def done(session: Session, step: Step, evidence: str, *more: AnyFact) -> None:
    """Tick a step with what shows it."""
    in_phase = any(one.id == step.id for phase in session.config.protocol.phases for one in phase.steps)
    await session.record(*more, *([Ticked(step.id, evidence=evidence)] if in_phase else []))


async def _branch(session: Session, step: Step, given: Given, say: Say) -> str:
    code, name = _code(session), branch_name(given.values["issue"])
    running, told = given.values["production_version"], session.incident.work.values.get("production_version")
    tag, sha = await code.production_tag(running)
    how = "the incident has it" if told else f"{_servers(session, running)} it, by image tag or label"
    say(f"from {tag} ({sha[:12]}): production runs {running}, {how}")
    key = f"branch:{name}"
    ours = begun(session.incident.sends, key)
    posted = await send(
        session.recorder, product(session, Port.CODE_HOST).id, "branch",
        lambda: code.create_branch(name, sha, ours=ours),
        key=key, to=name, text=f"from {tag} {sha}", repeatable=True,
    )  # fmt: skip
    table = session.config.integrations.code_host
    version = tag.removeprefix(table.tag_prefix if table else "v")
    news = [] if told == version else [ValueGiven("production_version", version)]
    await done(session, step, f"{name} from {tag}", *news)
    return f"{name} stands on {tag}. {posted.link}".strip()


def _servers(session: Session, version: str) -> str:
    """Which services serve a version, as a subject and its verb."""
    names = [name for name, lane in session.incident.lanes.items() if serving.version(lane) == version]
    return f"{', '.join(names)} {'serves' if len(names) == 1 else 'serve'}"


async def _version(session: Session, step: Step, given: Given, say: Say) -> str:
    """Keep the version. A number that was typed is in no code yet: the step is ticked when it is seen there."""
    wanted = given.values["version"]
    before = production_version(session.incident)
    if before and wanted.lstrip("v") != next_patch(before).lstrip("v"):
        say(f"{wanted} is not the next patch version after {before}")
    if session.incident.work.values.get("version") != wanted:
        await session.record(ValueGiven("version", wanted))
    where = await version.look(session)
    if where:
        return f"The hotfix becomes {wanted}: it stands in {where}."
    code = session.clients.others.code if session.clients else None
    waits = "it is ticked once the diff of its branch has it" if code else "tick it by hand once its code has it"
    return f"The hotfix is to become {wanted}: {waits}."


async def _pull_request(session: Session, step: Step, given: Given, say: Say) -> str:
    code, head = _code(session), branch_name(given.values["issue"])
    title, body = pull_text(session.incident, given.values)
    posted = await send(
        session.recorder, product(session, Port.CODE_HOST).id, "pull-request",
        lambda: code.open_pull(title, head, body),
        key=f"pull-request:{head}", to=head, text=f"{title}\n\n{body}", repeatable=True,
    )  # fmt: skip
    await done(session, step, f"pull request {posted.ref}")
    return f"Pull request {posted.ref}: {title}. {posted.link}".strip()


async def _gate(session: Session, step: Step, given: Given, say: Say) -> str:
    await review_gate.follow(session)
    gate = review_gate.gate(session)
    if gate is None:
        raise Refused("There is no pull request to look at yet", "Open it first, or tick the review by hand.")
    for condition in gate.conditions:
        say(f"{'✔' if condition.met else '○'} {condition.words}")
    if not gate.passed:
        open_ones = "; ".join(one.words for one in gate.conditions if not one.met)
        raise Refused(f"The review is not enough yet: {open_ones}", "It is looked at again and again by itself.")
    return f"The review is enough: {gate.words}."


async def _back_up(session: Session, step: Step, given: Given, say: Say) -> str:
    databases = _databases(session)
    incident = session.incident
    for ref in [lane.ref for lane in incident.lanes.values()]:
        await definitions.keep(session, ref)
    failed = [name for name, status in incident.work.backups.items() if status not in (*UNDER_WAY, "SUCCESSFUL")]
    drill = title_mark(incident.declared)
    text = f"{drill}before the emergency release of {incident.id}"
    posted = await send(
        session.recorder, product(session, Port.DATABASE).id, "back-up", lambda: databases.back_up(text),
        key=f"backup:{len(failed) + 1}" if failed else "backup", text=text,
    )  # fmt: skip
    backup = posted.ref
    say(f"backup {backup} was begun")
    status = await _until(session, say, f"backup {backup}", lambda: databases.backup_status(backup))
    if session.incident.work.backups.get(backup) != status:
        await session.record(BackupSeen(backup, status))
    if status != "SUCCESSFUL":
        raise ServiceError(
            f"Backup {backup} ended as {status}",
            f"Look at it in {product(session, Port.DATABASE).name}, then run the step again.",
            effect=Effect.FAILED,
        )  # fmt: skip
    await done(session, step, f"backup {backup} SUCCESSFUL")
    return f"Backup {backup} is there: a database rollback needs this id."


async def _restore(session: Session, step: Step, given: Given, say: Say) -> str:
    databases, backup = _databases(session), given.values["backup"]
    before = [one for one in session.incident.sends.values() if (one.action, one.to) == ("restore", backup)]
    times = sum(one.outcome == "done" for one in before)
    await session.record(Noted(f"restore of backup {backup} over the database, agreed by {given.second}"))
    posted = await send(
        session.recorder, product(session, Port.DATABASE).id, "restore", lambda: databases.restore(backup),
        key=f"restore:{backup}:{times + 1}", to=backup,
    )  # fmt: skip
    say(f"the restore was begun: {posted.ref}")
    await _until(session, say, "the restore", lambda: databases.restore_status(posted.ref))
    noted = Noted(f"the database is restored from backup {backup}")
    await done(session, step, f"restored from {backup}", Relieved("database-restore"), noted)
    return f"The database is what it was when backup {backup} was taken."


async def _flag_off(session: Session, step: Step, given: Given, say: Say) -> str:
    flags, feature = _flags(session), given.values["feature"]
    drill = title_mark(session.incident.declared)
    text = f"{drill}turned off by warroom in {session.incident.id}"
    posted = await send(
        session.recorder, product(session, Port.FLAGS).id, "turn-off", lambda: flags.turn_off(feature, text),
        key=f"flag-off:{feature}", to=feature, text=text, repeatable=True,
    )  # fmt: skip
    await done(session, step, f"{feature} is off", *mitigation(session, given))
    return f"{feature} is off for everybody. {posted.link}".strip()


def mitigation(session: Session, given: Given) -> list[AnyFact]:
    """That switching the feature off should end the users' trouble, where somebody says so: it is measured then."""
    return [Relieved("flag-off")] if given.mitigates else []


async def _save(session: Session, step: Step, given: Given, say: Say) -> str:
    for lane in session.incident.lanes.values():
        await definitions.keep(session, lane.ref, anew=True)
    files = [fact.path for fact in session.incident.work.saved.values()]
    if not files:
        raise Refused("No definition could be saved", f"See {TIMELINE} for why.")
    await done(session, step, f"{len(files)} definitions")
    return f"Saved: {', '.join(files)}"


async def _until(session: Session, say: Say, what: str, ask: Callable[[], Awaitable[str]]) -> str:
    """Ask until it is no longer under way; an hour at most, over short losses of the line."""
    waited, said = Stopwatch(session.clock), ""
    while True:
        try:
            status = await ask()
        except Unreachable as error:
            status, words = "", str(error)
        else:
            words = f"{what}: {status}"
        if words != said:
            say(words)
            said = words
        if status and status not in UNDER_WAY:
            return status
        if waited.seconds > LONGEST_SECONDS:
            raise ServiceError(
                f"{what} is not over after an hour",
                f"Look in {product(session, Port.DATABASE).name}.",
                effect=Effect.UNKNOWN,
            )
        await session.clock.sleep(POLL_SECONDS)


def _code(session: Session) -> CodeHost:
    assert session.clients is not None and session.clients.others.code is not None
    return session.clients.others.code


def _databases(session: Session) -> Databases:
    assert session.clients is not None and session.clients.others.databases is not None
    return session.clients.others.databases


def _flags(session: Session) -> Flags:
    assert session.clients is not None and session.clients.others.flags is not None
    return session.clients.others.flags


NATIVES: dict[str, Native] = {
    "branch": _branch,
    "version": _version,
    "pull-request": _pull_request,
    "gate": _gate,
    "back-up": _back_up,
    "restore-backup": _restore,
    "flag-off": _flag_off,
    "save-definitions": _save,
}
"""What does each native step that is no change to traffic and no message."""
