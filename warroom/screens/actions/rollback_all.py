"""Roll back all, behind the strongest guard: the incident's number, a second person, and y."""

from warroom.conductor.traffic.rollback_all import plans_for_all, roll_back_all
from warroom.marks import LOOK, key
from warroom.screens.host import Host


async def everything_back(host: Host) -> None:
    """Show what would go back, ask, do it, and say what became of each."""
    from warroom.screens.dialogs.prompts import AskLine, Confirm

    conductor = host.conductor
    lines = [f"{plan.service.name}: {plan.words}" for plan in plans_for_all(conductor)]
    number = conductor.incident.id
    typed = await host.ask(AskLine(f"Roll back ALL services. Type {number}", hint=number))
    if typed is None:
        return
    second = await host.ask(AskLine("Who agrees? A second person's handle", hint="@handle"))
    if second is None or not await host.ask(Confirm("Roll back, in this order?", lines)):
        return

    async def fire() -> None:
        results = await roll_back_all(conductor, typed, second)
        failed = [f"{one.service} is NOT back: {one.words}" for one in results if not one.back]
        host.notice("; ".join(failed) or f"All {len(results)} services are back.", good=not failed)

    host.spawn(fire(), "roll back all", f"{LOOK}, then {key('abort', verb='press')} on each service.")
