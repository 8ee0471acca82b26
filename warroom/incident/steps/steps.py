"""What was run, asked and read for the protocol's steps: the facts, and what they mean together."""

from msgspec import Struct, field
from msgspec.structs import replace

from warroom.incident.fact import Fact
from warroom.rollout.traffic import ServiceRef


class CommandStarted(Fact, frozen=True, tag="command-started"):
    """A step's program is about to start. `run` is unique in the incident; `simulated`: a drill, nothing was run.

    `owner` is the process that waits for it, as host/pid/start: one that is gone waits for no end.
    """

    run: str
    step: str
    argv: tuple[str, ...]
    timeout_seconds: float = 0.0
    owner: str = ""
    simulated: bool = False


class CommandEnded(Fact, frozen=True, tag="command-ended"):
    """It is over: `outcome` is done (exit 0), failed, timed out, cancelled or unknown (nobody saw its end).

    `exit_code` is None where there is none; `tail` the end of what it wrote, `log` the file that holds all of it.
    """

    run: str
    outcome: str
    exit_code: int | None = None
    seconds: float = 0.0
    tail: str = ""
    log: str = ""


class ValueGiven(Fact, frozen=True, tag="value-given"):
    """A value that steps name in braces, e.g. issue, version or feature: asked for once, or read from elsewhere."""

    name: str
    value: str


class BackupSeen(Fact, frozen=True, tag="backup-seen"):
    """What became of a backup: `status` in the database's words, SUCCESSFUL when a restore can use it."""

    backup: str
    status: str


class ReviewSeen(Fact, frozen=True, tag="review-seen"):
    """The pull request, whenever it differs from before: who approves, who rejects, each check's conclusion by name.

    `stale` approved an older commit than the head `sha`, `uncounted` may not approve; `required` checks must be there;
    `unknown` could not be asked. `withdrawn` says what took the tick of the review's `step` back, "" while nothing did.
    """

    number: int
    title: str
    link: str = ""
    approvals: tuple[str, ...] = ()
    rejections: tuple[str, ...] = ()
    checks: dict[str, str] = field(default_factory=dict)
    merged: bool = False
    sha: str = ""
    state: str = "open"
    draft: bool = False
    mergeable: bool | None = True
    stale: tuple[str, ...] = ()
    uncounted: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    withdrawn: str = ""
    step: str = ""


class DefinitionSaved(Fact, frozen=True, tag="definition-saved"):
    """A service's definition lies in the file `path`; `serving` is what its revisions then served, in percent."""

    service: ServiceRef
    path: str
    serving: dict[str, int] = field(default_factory=dict)


class VersionSeen(Fact, frozen=True, tag="version-seen"):
    """The hotfix's version stands in what is delivered: `where` says in which file of which branch."""

    version: str
    where: str


StepFact = CommandStarted | CommandEnded | ValueGiven | BackupSeen | ReviewSeen | DefinitionSaved | VersionSeen


class Command(Struct, frozen=True):
    """One run of a step's program; `outcome` is "" while it runs, then as CommandEnded has it."""

    run: str
    step: str
    argv: tuple[str, ...]
    started_at: float
    actor: str
    timeout_seconds: float = 0.0
    owner: str = ""
    simulated: bool = False
    outcome: str = ""
    exit_code: int | None = None
    seconds: float = 0.0
    tail: str = ""
    log: str = ""


class Work(Struct, frozen=True):
    """All of it: runs by id in the order of their starts, values by name, backups' statuses by id, definitions.

    `version` is the newest that was seen in the code.
    """

    commands: dict[str, Command] = {}
    values: dict[str, str] = {}
    backups: dict[str, str] = {}
    review: ReviewSeen | None = None
    saved: dict[str, DefinitionSaved] = {}
    version: VersionSeen | None = None


def newest_run(work: Work, step: str) -> Command | None:
    """The newest run of a step's program."""
    return next((one for one in reversed(work.commands.values()) if one.step == step), None)


def usable_backup(work: Work) -> str:
    """The id of the newest backup that a restore can use; "" without one."""
    return next((name for name, status in reversed(work.backups.items()) if status == "SUCCESSFUL"), "")


def done(work: Work, fact: StepFact, at: float, actor: str) -> Work:
    """The work after one more fact."""
    match fact:
        case CommandStarted():
            run = Command(fact.run, fact.step, fact.argv, at, actor, fact.timeout_seconds, fact.owner, fact.simulated)
            return replace(work, commands={**work.commands, fact.run: run})
        case CommandEnded():
            before = work.commands.get(fact.run)
            if before is None or before.outcome not in ("", "unknown"):
                return work
            ended = replace(
                before,
                outcome=fact.outcome,
                exit_code=fact.exit_code,
                seconds=fact.seconds,
                tail=fact.tail,
                log=fact.log,
            )
            return replace(work, commands={**work.commands, fact.run: ended})
        case ValueGiven():
            return replace(work, values={**work.values, fact.name: fact.value})
        case BackupSeen():
            others = {name: status for name, status in work.backups.items() if name != fact.backup}
            return replace(work, backups={**others, fact.backup: fact.status})
        case ReviewSeen():
            return replace(work, review=fact)
        case VersionSeen():
            return replace(work, version=fact)
        case DefinitionSaved():
            return replace(work, saved={**work.saved, fact.service.name: fact})
