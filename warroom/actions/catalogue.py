"""What can be done, each thing once: what it asks, what it says of itself, and what does it.

The board's keys find what they do here, and the command line makes its commands, their help and their completion of it.
Imports nothing heavy.
"""

from warroom.actions.catalogue_triage import REASON, TRIAGE
from warroom.actions.model import Action, Question, Reach
from warroom.protocol.integrations import CHAT_CHANNEL, PAGE_CHANNEL

ROLE = Question("role", kind="role", place=True)
PERSON = Question("person", place=True)
SERVICE = Question("service", "Which service; else the incident's only one.", "service", metavar="NAME")
IMAGE = Question("image", place=True)
TESTED = Question("where", "What; else staging.", "choice", choices=("staging", "candidate", "service"), option="of")
ANEW = Question("anew", "Also send what may have arrived already: you looked there.", "flag")
SENT = (
    "Exit: 0 done, 1 refused by a guard, 2 usage, 3 another system said no, 4 outcome unknown. What arrived is not "
    "sent a second time."
)

TRAFFIC = (
    Action(
        "stage",
        "traffic:stage",
        "stage",
        "Deploy IMAGE to staging and test it.",
        "To the project that services.toml names as staging_project. Give it by digest: production takes the very "
        "image that staging validated, and asks for a reason for any other.",
        (IMAGE,),
        Reach.CHANGE,
    ),
    Action(
        "smoke",
        "traffic:smoke",
        "smoke",
        "Test what staging runs, once more.",
        "Makes the requests that services.toml lists, else one of the health address: to the revision last staged "
        "(refused where it gets no traffic there), or to the candidate's own address, or to what serves. Exit 1 where "
        "an answer is not as expected.",
        (TESTED,),
        Reach.TEST,
    ),
    Action(
        "deploy",
        "traffic:deploy",
        "deploy",
        "Deploy IMAGE at 0 %, under a tag.",
        "Waits until it is Ready. Everything else is pinned where it is. An image that staging did not validate asks "
        "for --reason.",
        (IMAGE, REASON),
        Reach.CHANGE,
    ),
    Action(
        "advance",
        "traffic:advance",
        "advance",
        "Take the candidate to the next rung.",
        "Waits until it is applied. It looks and judges first, as the board does: WEAK asks for --accept-weak; FAIL, "
        "NO DATA, a bake that is not over, a hold or a skipped rung ask for --reason.",
        (
            Question("to", "Percent to go to; else the next rung.", "percent", metavar="N"),
            REASON,
            Question("accept_weak", "The one more confirmation that a WEAK verdict asks for.", "flag"),
        ),
        Reach.CHANGE,
    ),
    Action("skip", "traffic:skip"),
    Action(
        "hold",
        "traffic:hold",
        "hold",
        "Stop the ladder where it is; judging goes on.",
        questions=(
            Question("resume", "Let the ladder go on.", "flag"),
            Question("reason", "Why it is held.", metavar="TEXT"),
            SERVICE,
        ),
    ),
    Action("auto-advance", "traffic:auto_advance"),
    Action(
        "abort",
        "traffic:abort",
        "abort",
        "End the ladder: traffic goes back.",
        "To where it was when the ladder started; waits until it is there. After a change of data for good it asks for "
        "--reason: the old revision cannot run on it.",
        (REASON,),
        reach=Reach.BACK,
    ),
    Action("roll-back", "traffic:roll_back", "rollback", reach=Reach.BACK),
    Action("roll-back-all", "traffic:everything_back", reach=Reach.BACK),
    Action(
        "un-pin",
        "traffic:un_pin",
        "unpin",
        "Let traffic follow LATEST again.",
        "Drops the hotfix tag, so that the next ordinary deploy serves. Over a retreat that did not happen it asks for "
        "--reason, as deploy and advance do.",
        (REASON,),
        Reach.CHANGE,
    ),
    Action(
        "settle",
        "traffic:settle",
        "settle",
        "Resolve drift: answer what somebody else changed.",
        "adopt goes on from what is there and moves no traffic; restore puts back the split that we last applied. The "
        "third way is warroom abort. Nothing goes forward before.",
        (Question("answer", kind="choice", place=True, choices=("adopt", "restore")), REASON),
        Reach.CHANGE,
    ),
    Action("restore-definition", "traffic:restore_definition", reach=Reach.CHANGE),
)
PEOPLE = (
    Action(
        "page",
        "people:page",
        "page",
        "Page a role.",
        "By the pager where there is one, else by hand: then it says whom to call. Needs --yes; without it nothing is "
        "sent.",
        (
            ROLE,
            Question("person", "Whom; else who holds the role, else its primary."),
            Question("by_hand", "You did it: write that down, send nothing.", "flag"),
        ),
        Reach.SPEAK,
        "Exit: 0 done, 1 refused by a guard, 2 usage, 3 the pager said no, 4 outcome unknown.",
    ),
    Action(
        "escalate",
        "escalation:escalate",
        "escalate",
        "Page the people of an escalation level.",
        "Without LEVEL those of every level that was reached and waits. Shows the pages; --yes sends them, or records "
        "that you called where no pager does it.",
        (
            Question("level", kind="level", place=True, optional=True),
            Question("raise_cap", "Let it reach LEVEL; the Incident Commander's to allow, with --reason.", "flag"),
            REASON,
        ),
        Reach.LOOK,
    ),
    Action("roles", "people:roles"),
    Action("assign", "people:assign", "assign", "Give ROLE to PERSON.", questions=(ROLE, PERSON)),
    Action(
        "acknowledge",
        "people:acknowledge",
        "acknowledge",
        "Say that who holds ROLE knows.",
        questions=(ROLE, Question("joined", "They do not only know, they are here.", "flag")),
    ),
    Action(
        "handover",
        "people:handover",
        "handover",
        "Offer ROLE to PERSON, with a brief.",
        "It is theirs when they, or somebody on their behalf, run it again with --accept.",
        (ROLE, PERSON, Question("accept", "PERSON takes what was offered to them.", "flag")),
    ),
    Action(
        "away",
        "people:away",
        "away",
        "Say that you are away, with all roles that you hold.",
        questions=(Question("person", "Who; else you."), Question("back", "They are back.", "flag")),
    ),
    Action("roster", "people:roster", "roster", "List the roles: who, in what state, since when."),
)
COMMS = (
    Action(
        "update",
        "comms:update",
        "update",
        "Send an update to stakeholders.",
        "Refuses what is not filled in and what is not true. What goes to stakeholders or the status page needs the "
        "Incident Commander: as --as, or as --approved-by.",
        (
            Question("template", "Which template; else the one that is due.", metavar="ID"),
            Question("text", "The text from a file, - for standard input.", "file", metavar="FILE"),
            Question(
                "to",
                "Where to; else everywhere that can be.",
                "choice",
                choices=(CHAT_CHANNEL, "stakeholders", PAGE_CHANNEL, "by-hand", "chat", "status-page"),
                option="channel",
                several=True,
            ),
            Question("approved_by", "The Incident Commander, who approves what goes out.", metavar="NAME"),
            Question("notify", "Tell the status page's subscribers too; never in a drill.", "flag"),
            Question("dry_run", "Show exactly what would go where; send nothing.", "flag"),
            ANEW,
        ),
        Reach.SPEAK,
        SENT,
    ),
    Action(
        "alert",
        "comms:alert",
        "alert",
        "Open the incident's channel and alert the team in it.",
        questions=(ANEW,),
        reach=Reach.SPEAK,
        epilog=SENT,
    ),
    Action(
        "ticket",
        "comms:comment",
        "ticket",
        "Put the report's summary into the ticket on the code host.",
        questions=(ANEW,),
        reach=Reach.SPEAK,
        epilog=SENT,
    ),
    Action(
        "snooze",
        "comms:snooze",
        "snooze",
        "Owe the next update only MINUTES from now.",
        questions=(
            Question("minutes", kind="number", place=True, least=0, most=120),
            Question("reason", "Why nobody waits for it.", metavar="TEXT"),
        ),
    ),
    Action(
        "action",
        "comms:action",
        "action",
        "Write down what is left to do.",
        "add TEXT; set ID --owner or --due; done ID; list. An action stays open until it has an owner and a date.",
        (
            Question("what", kind="choice", place=True, choices=("add", "set", "done", "list")),
            Question("text", place=True, optional=True),
            Question("owner", "Who answers for it.", metavar="HANDLE"),
            Question("due", "By when, as YYYY-MM-DD.", metavar="DATE"),
        ),
    ),
    Action(
        "post-mortem",
        "comms:post_mortem",
        "post-mortem",
        "Set the post-mortem's date: AT is YYYY-MM-DD HH:MM in UTC.",
        questions=(Question("at", place=True),),
    ),
    Action("sends", "comms:sends", "sends", "List everything that went to other systems, with links."),
)
STEPS = (
    Action(
        "run-step",
        "steps:run",
        "run",
        "Do STEP of the protocol.",
        "STEP is its id. By warroom itself where it can, else by the step's program, whose output comes as it is "
        "written; exit 0 ticks the step. In a drill no program is run: it is simulated, and says so. What changes "
        "nothing needs no --yes; what cannot be undone needs --second too, and its subject named in full.",
        (
            Question("step", kind="step", place=True, optional=True),
            Question(
                "values", "A value that it needs, e.g. feature=cards.", option="set", metavar="NAME=VALUE", several=True
            ),
            Question("second", "The second person, for what cannot be undone.", metavar="HANDLE"),
            Question("mitigated", "With a feature's flag: turning it off should end it for the users.", "flag"),
            Question("list_only", "List the steps that can be run, and leave.", "flag", option="list"),
            SERVICE,
        ),
        Reach.SPEAK,
        "Exit: 0 done, 1 refused by a guard, 2 usage, 3 its program failed or the other system said no, "
        "4 outcome unknown, 130 cancelled by Ctrl-C.",
    ),
    Action("procedures", "steps:procedures"),
    Action(
        "tick",
        "steps:tick",
        "tick",
        "Tick a step or checklist item.",
        "STEP is its id in the protocol. Ticking what is ticked changes nothing. Against what is measured for it, "
        "which is shown, it needs --reason.",
        (Question("step", kind="item", place=True), Question("off", "Untick it.", "flag"), REASON),
    ),
    Action("note", "steps:note", "note", "Write TEXT into the timeline.", questions=(Question("text", place=True),)),
    Action("undo", "steps:undo"),
    Action(
        "resolve",
        "steps:resolve",
        "resolve",
        "Resolve the incident: what was done is verified.",
        "TEXT goes into the timeline. Needs --yes; shows what is open, and needs --reason where anything is.",
        (Question("text", place=True, optional=True), REASON),
        Reach.LOOK,
    ),
    Action(
        "mitigated",
        "steps:mitigated",
        "mitigated",
        "Say by hand that users are better.",
        "Needs --reason: it is marked as not measured everywhere. Where it can be measured, that is done by itself.",
        (REASON,),
        Reach.LOOK,
    ),
    Action("report", "steps:report"),
)

ACTIONS = (*TRAFFIC, *TRIAGE, *PEOPLE, *COMMS, *STEPS)
BY_ID = {action.id: action for action in ACTIONS}
BY_TWIN = {action.twin: action for action in ACTIONS if action.twin}
