"""The rows of the table of actions about how bad it is, what is known and which way out is taken."""

from warroom.actions.model import Action, Question, Reach
from warroom.protocol.names import TOPICS

REASON = Question("reason", "Why it is right, where the guard asks for it.", metavar="TEXT")

TRIAGE = (
    Action("rate", "triage:rate"),
    Action(
        "severity",
        "triage:severity",
        "severity",
        "Re-rate the incident to SEVERITY.",
        "Needs --reason. SLA and escalation follow at once, counted from detection.",
        (Question("severity", kind="severity", place=True), REASON),
    ),
    Action(
        "data-change",
        "triage:data_change",
        "data-change",
        "Say whether data or schema is changed.",
        "forward-only: the old revision cannot run on it, and going back can't be relied on.",
        (Question("answer", kind="choice", place=True, choices=("yes", "no", "forward-only")), REASON),
    ),
    Action(
        "decide",
        "triage:decide",
        "decide",
        "Record the way out: roll back, hotfix or wait.",
        "Needs --reason. Keeps the matrix's row and whether going back can work beside it. roll-back tells which "
        "command does it; wait closes the incident, for a regular release has it: that needs --owner and --due.",
        (
            Question("choice", kind="choice", place=True, choices=("roll-back", "hotfix", "wait")),
            REASON,
            Question("owner", "With wait: who ships it in a regular release.", metavar="HANDLE"),
            Question("due", "With wait: by when, as YYYY-MM-DD.", metavar="DATE"),
            Question("override", "With wait, where the matrix says no: who answers for it, and why.", metavar="TEXT"),
        ),
        Reach.LOOK,
    ),
    Action(
        "personal-data",
        "triage:personal_data",
        "personal-data",
        "Flag a breach of personal data: 72 hours to notify.",
        "They run from the moment that somebody knew of it.",
        (
            Question("none", "None is at stake after all; needs --reason.", "flag"),
            Question("notified", "The authority was notified: the clock stops.", "flag"),
            Question("minutes", "When somebody first knew.", "number", option="minutes-ago"),
            REASON,
        ),
    ),
    Action(
        "answer",
        "facts:answer",
        "answer",
        "Keep what only people know: impact, root cause, ETA.",
        "Without TOPIC it lists what is known. The newest answer counts, in updates, page and report; earlier ones "
        "stay in the timeline. It ticks the steps that ask for it. What is being done and the ETA can be taken back: "
        "--none.",
        (
            Question("topic", kind="choice", place=True, optional=True, choices=tuple(TOPICS), metavar="[TOPIC]"),
            Question("text", place=True, optional=True),
            Question("by", "Who says so; else you.", metavar="NAME"),
            Question("none", "Take it back: it holds no longer.", "flag"),
        ),
    ),
    Action(
        "services",
        "facts:services",
        "services",
        "List the incident's services; add one, or take one off.",
        "add NAME, as services.toml has it or with --region and --project: it is looked at and judged from then on. "
        "remove NAME needs --reason, and is refused while its rollout runs or its traffic is not where it was before.",
        (
            Question("what", kind="choice", place=True, optional=True, choices=("add", "remove"), metavar="[WHAT]"),
            Question("name", place=True, optional=True),
            Question("region", "Its region, where services.toml does not name it.", metavar="REGION"),
            Question("project", "Its project, where services.toml does not name it.", metavar="PROJECT"),
            Question("reason", "Why it is added, or how you know that it is not affected.", metavar="TEXT"),
        ),
        Reach.LOOK,
    ),
)
