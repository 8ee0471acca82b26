"""The one table of commands. Key bar, bindings, palette, help and keymap are all made from it. Light."""

from enum import IntEnum

from msgspec import Struct

from warroom.marks import key


class Breaks(IntEnum):
    """What a command can break, which decides its guard."""

    LOOK = 0
    WRITE = 1
    SPEAK = 2
    FORWARD = 3
    RETREAT = 4
    FINAL = 5


GUARDS = {
    Breaks.LOOK: "nothing asked",
    Breaks.WRITE: f"nothing asked; {key('undo')} takes ticks and notes back",
    Breaks.SPEAK: "shows what goes where first",
    Breaks.FORWARD: "arms, then y fires",
    Breaks.RETREAT: "arms, then y fires; works on every screen",
    Breaks.FINAL: "type the incident's number, name a second person, then y",
}


class Command(Struct, frozen=True):
    """One thing that the operator can do on the board. `label` stands in the key bar, `help` in help and palette.

    `several`: it is for incidents of several services, and only their key bar has it. `waits`: it does something
    without asking first, so its key acts when it is clear that it begins no paste; all others only open and show.
    `key` is the shipped one, by Textual's name; which one it is now the keymap says. `twin` is the command of `warroom`
    that does the same without a board, "" for none.
    """

    id: str
    key: str
    label: str
    help: str
    breaks: Breaks
    bar: bool = False
    several: bool = False
    waits: bool = False
    twin: str = ""


COMMANDS = (
    Command("advance", "a", "Advance", "Take the candidate to the next rung", Breaks.FORWARD, bar=True, twin="advance"),
    Command(
        "hold",
        "h",
        "Hold",
        "Stop the ladder where it is, or let it go on",
        Breaks.WRITE,
        bar=True,
        waits=True,
        twin="hold",
    ),
    Command(
        "abort", "x", "Abort", "End the ladder: all traffic back to stable", Breaks.RETREAT, bar=True, twin="abort"
    ),
    Command(
        "roll-back",
        "r",
        "Roll back",
        "All traffic to a revision that you pick",
        Breaks.RETREAT,
        bar=True,
        twin="rollback",
    ),
    Command(
        "next-service",
        "tab",
        "Service",
        "Move the keys to the next service",
        Breaks.LOOK,
        bar=True,
        several=True,
        waits=True,
    ),
    Command(
        "settle",
        "e",
        "Drift",
        "Resolve somebody else's change: adopt, restore ours, or abort",
        Breaks.FORWARD,
        twin="settle",
    ),
    Command("deploy", "d", "Deploy", "Deploy the hotfix at 0 %", Breaks.FORWARD, bar=True, twin="deploy"),
    Command("stage", "t", "Stage", "Deploy the hotfix to staging and test it there", Breaks.FORWARD, twin="stage"),
    Command(
        "tick", "space", "Tick", "Tick or untick the selected step", Breaks.WRITE, bar=True, waits=True, twin="tick"
    ),
    Command(
        "run-step",
        "enter",
        "Run step",
        "Do what the selected step says",
        Breaks.WRITE,
        bar=True,
        waits=True,
        twin="run",
    ),
    Command(
        "update",
        "u",
        "Update",
        "Word an update for stakeholders and send it where it belongs",
        Breaks.SPEAK,
        bar=True,
        twin="update",
    ),
    Command("snooze", "f3", "Snooze update", "Owe the next update later, for a reason", Breaks.WRITE, twin="snooze"),
    Command("sends", "f4", "Sent", "Everything that went to other systems, with links", Breaks.LOOK, twin="sends"),
    Command(
        "action", "f5", "Action items", "What is left to do afterwards: who, and by when", Breaks.WRITE, twin="action"
    ),
    Command("page", "p", "Page", "Page a role, by the pager or by hand", Breaks.SPEAK, bar=True, twin="page"),
    Command("note", "n", "Note", "Write a line into the timeline", Breaks.WRITE, bar=True, twin="note"),
    Command(
        "resolve",
        "s",
        "Resolve",
        "What was done is verified: the incident is over",
        Breaks.FORWARD,
        bar=True,
        twin="resolve",
    ),
    Command(
        "mitigated",
        "f6",
        "Mitigated",
        "Say by hand that users are better, where nothing measures it",
        Breaks.WRITE,
        twin="mitigated",
    ),
    Command("skip", "k", "Skip rungs", "Take the candidate past the next rung, with a reason", Breaks.FORWARD),
    Command(
        "un-pin", "l", "Un-pin", "Let traffic follow the latest ready revision again", Breaks.FORWARD, twin="unpin"
    ),
    Command(
        "auto-advance", "o", "Auto-advance", "Advance by itself on PASS, for this ladder", Breaks.WRITE, waits=True
    ),
    Command(
        "acknowledge", "i", "I am here", "Say who is here: mark roles as acknowledged", Breaks.WRITE, twin="acknowledge"
    ),
    Command(
        "roles",
        "j",
        "Roles",
        "Assign a role, hand it over with a brief, say who is away",
        Breaks.WRITE,
        twin="handover",
    ),
    Command(
        "escalate",
        "v",
        "Escalate",
        "Page the people of an escalation level, or raise the cap",
        Breaks.SPEAK,
        twin="escalate",
    ),
    Command(
        "rate",
        "b",
        "Re-rate",
        "Another severity, or personal data at stake, with the reason",
        Breaks.WRITE,
        twin="severity",
    ),
    Command(
        "answer",
        "f",
        "Answer",
        "Keep what only people know: impact, data at risk, root cause, ETA",
        Breaks.WRITE,
        twin="answer",
    ),
    Command(
        "services", "f2", "Services", "Add a service to the incident, or take one off", Breaks.WRITE, twin="services"
    ),
    Command("contacts", "c", "Contacts", "Everybody's phone and address: search, copy, edit", Breaks.LOOK),
    Command("roll-back-all", "f9", "Roll back all", "Every service of this incident back, newest first", Breaks.FINAL),
    Command("procedures", "f8", "Procedures", "Ready steps of no phase: scripts, kubectl, flag", Breaks.WRITE),
    Command("undo", "z", "Take back", "Take back your last tick or note", Breaks.WRITE, waits=True),
    Command("previous-step", "up", "Previous step", "Select the step above", Breaks.LOOK),
    Command("next-step", "down", "Next step", "Select the step below", Breaks.LOOK),
    Command(
        "previous-service",
        "shift+tab",
        "Previous service",
        "Move the keys to the service before",
        Breaks.LOOK,
        several=True,
    ),
    Command("gcloud", "g", "gcloud", "Show the gcloud commands of what was done and what could be", Breaks.LOOK),
    Command("report", "w", "Report", "Write the report to a file", Breaks.WRITE, waits=True, twin="report"),
    Command("projector", "m", "Projector", "Large digits for the wall, no keys but leaving", Breaks.LOOK),
    Command("quit", "q", "Leave", "Leave the terminal, never the incident", Breaks.LOOK, bar=True, waits=True),
    Command("help", "question_mark", "Help", "All keys and what they may break", Breaks.LOOK, bar=True),
)

BY_ID = {command.id: command for command in COMMANDS}

TWINS = {command.id: command.twin for command in COMMANDS if command.twin}
"""The commands that do the same without a board, by the id."""
