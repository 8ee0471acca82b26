"""The command palette: the same table of commands, by name."""

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from warroom.commands import COMMANDS, GUARDS
from warroom.protocol.model import Step
from warroom.screens.board import BoardScreen


class BoardCommands(Provider):
    """Everything that the board's keys do."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        board = self.screen
        if isinstance(board, BoardScreen):
            for command in COMMANDS:
                yield DiscoveryHit(command.label, partial(board.action_command, command.id), help=command.help)
            for step in ready_steps(board):
                yield DiscoveryHit(f"Step: {step.title}", partial(board.action_step, step.id), help=step.text)

    async def search(self, query: str) -> Hits:
        """Those whose label or help match."""
        board = self.screen
        matcher = self.matcher(query)
        if not isinstance(board, BoardScreen):
            return
        for command in COMMANDS:
            score = matcher.match(f"{command.label} {command.help}")
            if score > 0:
                guard = board.app.word(GUARDS[command.breaks])
                help_text = f"{board.app.keymap.shown(command.id)}: {command.help} ({guard})"
                run = partial(board.action_command, command.id)
                yield Hit(score, matcher.highlight(f"{command.label} {command.help}"), run, help=help_text)
        for step in ready_steps(board):
            words = f"Step: {step.title} {' '.join(step.argv)}"
            if (score := matcher.match(words)) > 0:
                yield Hit(score, matcher.highlight(words), partial(board.action_step, step.id), help=step.text)


def ready_steps(board: BoardScreen) -> tuple[Step, ...]:
    """The procedures, and every step of a phase that a program does."""
    protocol = board.conductor.config.protocol
    in_phases = [step for phase in protocol.phases for step in phase.steps if step.argv]
    return (*protocol.procedures, *in_phases)
