"""Roll back all, by a script: the incident named, a second person named, and --yes."""

from collections.abc import Callable

from msgspec import to_builtins

from warroom.conductor import reach
from warroom.conductor.everything import plans_for_all, roll_back_all, touched
from warroom.headless.act import connected, opened
from warroom.headless.answer import Answer, Misused, Partly, Planned
from warroom.headless.plan import facts
from warroom.room import Room


async def back(
    room: Room, incident: str, second: str, emulated: bool, say: Callable[[str], None], *, yes: bool, dry_run: bool
) -> Answer:
    """Take every service of the incident back, newest first, with a verdict for each.

    Raises Misused, Refused, JournalError, ServiceError, and Partly where one is not back.
    """
    try:
        if not incident:
            raise Misused("--all needs --incident", "Name the incident: that is its guard.")
        conductor = await opened(room, incident, emulated, acts=False)
        reach.check_back(conductor, touched(conductor.incident))
        clients = await connected(room, conductor)
        for name in touched(conductor.incident):
            await conductor.watching.saw(await clients.run.service(conductor.lane(name).ref))
        plans = plans_for_all(conductor)
        lines = [f"{number}. {plan.service.name}: {plan.words}" for number, plan in enumerate(plans, 1)]
        lines += [f"  $ {plan.gcloud}" for plan in plans]
        answer = Answer(tuple(lines), {"plans": [facts(incident, plan) for plan in plans]})
        if dry_run:
            for plan in plans:
                await conductor.dry_run(plan)
            lines.append("Cloud Run would take each. Nothing was sent but the questions.")
            return Answer(tuple(lines), {**answer.data, "dry_run": True})
        if not yes:
            raise Planned("refused: add --yes, and --second HANDLE", "Nothing was sent.", answer)
        say(f"Rolling back {len(plans)} service(s) of {incident} …")
        results = await roll_back_all(conductor, incident, second)
        told = tuple(f"{one.service} {'is back on' if one.back else 'is NOT BACK:'} {one.words}" for one in results)
        answer = Answer(told, {"incident": incident, "done": True, "results": to_builtins(results)})
        failed = [one.service for one in results if not one.back]
        if failed:
            answer = Answer(told, {**answer.data, "done": False})
            raise Partly(
                f"Not back: {', '.join(failed)}", "Look at each, then run it again: it takes what is left.", answer
            )
        return answer
    finally:
        await room.close()
