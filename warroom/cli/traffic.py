"""The way back of one service, of all of an incident, or without any of it."""

from typing import TYPE_CHECKING, Any

import click

from warroom.actions.model import Reach
from warroom.cli import made, twin
from warroom.cli.arguments.completion import service_names

if TYPE_CHECKING:
    from warroom.actions.answer import Answer


@click.command(cls=twin.Twin)
@click.argument("service_name", metavar="[SERVICE]", default="", shell_complete=service_names)
@click.option("--to", metavar="REVISION", default="", help="The revision that takes all traffic.")
@click.option("--reason", metavar="TEXT", default="", help="Why that revision, where it is not the one proposed.")
@click.option("--project", default="", help="With --region: no incident, no configuration, no journal is needed.")
@click.option("--region", default="", help="The service's region.")
@click.option("--all", "everything", is_flag=True, help="Every service of --incident, the newest ladder first.")
@click.option("--second", metavar="HANDLE", default="", help="With --all: the second person, who agrees.")
@made.shared(Reach.BACK)
def rollback(
    service_name: str,
    to: str,
    reason: str,
    project: str,
    region: str,
    everything: bool,
    second: str,
    **common: Any,  # noqa: ANN401
) -> None:
    """Put all traffic on a revision.

    Waits until it is there. With --project and --region it needs nothing but Cloud Run, and writes no journal:
    without --to it goes back to the revisions that really serve beside the newest one that does; where there is none
    it lists what there is, and never guesses. Without --project it is the r of an incident's board, goes into its
    journal, and without --to to the one revision that served when the ladder started. Of the others the newest that
    was seen healthy is proposed; any other that --to names asks for --reason.
    """
    if project and region and not (everything or common["incident"]):
        _directly(service_name or common["service"], project, region, to, common)
        return
    if everything:
        made.perform("roll-back-all", common, {"second": second})
    elif project or region:
        _misused(common, "--project and --region go together, and not with --incident", "Give both, or neither.")
    elif service_name and common["service"] not in ("", service_name):
        _misused(common, f"{service_name} and {common['service']} are two services", "Name one.")
    else:
        made.perform(
            "roll-back", {**common, "service": service_name or common["service"]}, {"revision": to, "reason": reason}
        )


def _misused(common: dict[str, Any], title: str, remedy: str) -> None:
    def work() -> "Answer":
        from warroom.actions.answer import Misused

        raise Misused(title, remedy)

    twin.answered(common["as_json"], work)


def _directly(name: str, project: str, region: str, to: str, common: dict[str, Any]) -> None:
    def work() -> "Answer":
        from warroom.actions.answer import Misused

        if not name or "/" in name + project + region:
            raise Misused("Which service?", "Give its short name, for example: warroom rollback payments-api")
        with twin.Progress() as say:
            return twin.run(_back(name, project, region, to, say, common))

    twin.answered(common["as_json"], work)


async def _back(name: str, project: str, region: str, to: str, say: Any, common: dict[str, Any]) -> "Answer":  # noqa: ANN401
    from warroom.clock import ScaledClock
    from warroom.headless.direct import roll_back
    from warroom.rollout.traffic import ServiceRef
    from warroom.wiring import rooms

    clock, wait = ScaledClock(), common["wait_seconds"]
    run, place = await rooms.cloud_run(clock, wait)
    twin.at(place)
    try:
        ref = ServiceRef(name, region, project)
        return await roll_back(run, ref, to, clock, say, wait, yes=common["yes"], dry_run=common["dry_run"])
    finally:
        await run.close()
