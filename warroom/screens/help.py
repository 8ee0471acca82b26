"""All keys and what they may break, from the table of commands and the live keymap."""

from textual.app import ComposeResult

from warroom.commands import COMMANDS, GUARDS, Breaks
from warroom.screens.dialogs.base import Dialog, line
from warroom.screens.layout import PANES

HEADINGS = {
    Breaks.LOOK: "Look",
    Breaks.WRITE: "Write down",
    Breaks.SPEAK: "Speak",
    Breaks.FORWARD: "Forward",
    Breaks.RETREAT: "Retreat",
    Breaks.FINAL: "All at once",
}


class HelpScreen(Dialog[None]):
    """Grouped by what a key can break, retreat first."""

    def compose(self) -> ComposeResult:
        """One heading a group, one line a key."""
        keymap = self.app.keymap
        with self.box():
            for breaks in sorted(Breaks, reverse=True):
                yield line(f"{HEADINGS[breaks]}: {GUARDS[breaks]}", classes="title")
                for command in COMMANDS:
                    if command.breaks is breaks:
                        yield line(f"  {keymap.shown(command.id):<9} {command.label:<15} {command.help}")
            panes = ", ".join(f"{number} {name}" for number, name in enumerate(PANES, 1))
            yield line(f"  1–6       One pane alone   {panes}")
            yield line("  ctrl+p    Palette         Every command by name")
            yield line(f"  ctrl+x    Abort           The same as {keymap.shown('abort')}, also while typing")
            yield line("  ctrl+z    Suspend         Back to the shell; fg comes back, and nobody looks meanwhile")
            yield line("Esc leaves it", classes="keys")
