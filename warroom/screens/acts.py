"""What the board's keys have begun and is not over: who waits for it, and what of it may still be called off."""

from collections.abc import Awaitable
from contextvars import ContextVar

from textual.worker import Worker

from warroom.commands import BY_ID, Breaks
from warroom.screens.host import HostedScreen


class _Act:
    """`prepares`: it has done nothing but to look, and opened no dialog yet. `retreats`: nothing waits for it."""

    def __init__(self, called: str, *, prepares: bool, retreats: bool) -> None:
        self.called = called
        self.prepares = prepares
        self.retreats = retreats
        self.worker: Worker[None] | None = None


_CURRENT: ContextVar[_Act] = ContextVar("act")


class Acts:
    """The acts of one board."""

    def __init__(self, board: HostedScreen[None]) -> None:
        self._board = board
        self._going: set[_Act] = set()

    def begin(self, command: str, called: str, work: Awaitable[None]) -> None:
        """Do the work of a command beside the board; what it raises is told, with `called` for its name."""
        board = self._board
        act = _Act(called, prepares=not BY_ID[command].waits, retreats=BY_ID[command].breaks is Breaks.RETREAT)

        async def run() -> None:
            _CURRENT.set(act)
            try:
                await board.app.telling(work, called)
            finally:
                self._going.discard(act)
                board.app.call_later(board.app.gate.go_on)

        self._going.add(act)
        act.worker = board.run_worker(run())

    @property
    def opening(self) -> bool:
        """Whether keys had better wait: a dialog is being prepared, or what follows from its answer is being done."""
        return any(not act.retreats for act in self._going)

    @property
    def preparing(self) -> str:
        """The name of what looks, and has not opened its dialog yet; "" for nothing."""
        return next((act.called for act in self._going if act.prepares), "")

    def call_off(self) -> None:
        """End what only prepares a dialog."""
        for act in tuple(self._going):
            if act.prepares and act.worker is not None:
                act.worker.cancel()


def opens() -> None:
    """Called where an act opens a dialog: from now on it does not only prepare one."""
    act = _CURRENT.get(None)
    if act is not None:
        act.prepares = False
