"""Roll back all, behind the strongest guard: the incident's number, a second person, and y."""

from typing import TYPE_CHECKING

from warroom.conductor.traffic.rollback_all import plans_for_all, roll_back_all

if TYPE_CHECKING:
    from warroom.screens.board import BoardScreen


async def everything_back(board: "BoardScreen") -> None:
    """Show what would go back, ask, do it, and say what became of each."""
    from warroom.screens.dialogs.prompts import AskLine, Confirm

    conductor = board.conductor
    lines = [f"{plan.service.name}: {plan.words}" for plan in plans_for_all(conductor)]
    number = conductor.incident.id
    typed = await board.app.push_screen_wait(AskLine(f"Roll back ALL services. Type {number}", hint=number))
    if typed is None:
        return
    second = await board.app.push_screen_wait(AskLine("Who agrees? A second person's handle", hint="@handle"))
    if second is None or not await board.app.push_screen_wait(Confirm("Roll back, in this order?", lines)):
        return

    async def fire() -> None:
        results = await roll_back_all(conductor, typed, second)
        failed = [f"{one.service} is NOT back: {one.words}" for one in results if not one.back]
        board.notice("; ".join(failed) or f"All {len(results)} services are back.", good=not failed)

    board.app.go(fire(), "roll back all", "Look at the traffic pane, then press x on each service.")
