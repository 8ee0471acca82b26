"""Commands that change production: deploy, advance, abort, unpin, and the rollback of an incident's service."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments import options
from warroom.cli.arguments.completion import service_names

if TYPE_CHECKING:
    from warroom.headless.answer import Answer
    from warroom.workspace import Room


def shared(command: Any) -> Any:  # noqa: ANN401
    """The options of everything that changes production."""
    for option in (
        options.actor, options.journal, options.config, twin.drill, twin.as_json, twin.dry_run, twin.yes, twin.wait,
        twin.service, twin.incident,
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(cls=twin.Twin)
@click.argument("image")
@twin.reason
@shared
def deploy(image: str, reason: str, **common: Any) -> None:  # noqa: ANN401
    """Deploy IMAGE at 0 %, under a tag.

    Waits until it is Ready. Everything else is pinned where it is. An image that staging did not validate asks for
    --reason.
    """
    perform("deploy", common, image=image, reason=reason)


@click.command(cls=twin.Twin)
@click.option("--to", type=click.IntRange(1, 100), metavar="N", help="Percent to go to; else the next rung.")
@twin.reason
@click.option("--accept-weak", is_flag=True, help="The one more confirmation that a WEAK verdict asks for.")
@shared
def advance(to: int | None, reason: str, accept_weak: bool, **common: Any) -> None:  # noqa: ANN401
    """Take the candidate to the next rung.

    Waits until it is applied. It looks and judges first, as the board does: WEAK asks for --accept-weak; FAIL, NO
    DATA, a bake that is not over, a hold or a skipped rung ask for --reason.
    """
    perform("advance", common, to=to, reason=reason, accept_weak=accept_weak)


@click.command(cls=twin.Twin)
@shared
def abort(**common: Any) -> None:  # noqa: ANN401
    """End the ladder: traffic goes back.

    To where it was when the ladder started; waits until it is there.
    """
    perform("abort", common)


@click.command(cls=twin.Twin)
@twin.reason
@shared
def unpin(reason: str, **common: Any) -> None:  # noqa: ANN401
    """Let traffic follow LATEST again.

    Drops the hotfix tag, so that the next ordinary deploy serves. Over a retreat that did not happen it asks for
    --reason, as deploy and advance do.
    """
    perform("un-pin", common, reason=reason)


@click.command(cls=twin.Twin)
@click.argument("answer", type=click.Choice(["adopt", "restore"]))
@twin.reason
@shared
def settle(answer: str, reason: str, **common: Any) -> None:  # noqa: ANN401
    """Resolve drift: answer what somebody else changed.

    adopt goes on from what is there and moves no traffic; restore puts back the split that we last applied. The third
    way is warroom abort. Nothing goes forward before.
    """
    if answer == "restore":
        perform("restore", common, reason=reason)
        return

    def work() -> "Answer":
        from warroom.headless.traffic import adopt
        from warroom.wiring import rooms

        place = _room("adopt", common)
        emulated = rooms.emulated(place.config)
        yes = common["yes"] and not common["dry_run"]
        with twin.Progress() as say:
            asked = (place, common["incident"], common["service"], emulated, say, common["wait_seconds"])
            return twin.run(adopt(*asked, yes=yes))

    twin.answered(common["as_json"], work)


def perform(action: str, common: dict[str, Any], **more: Any) -> None:  # noqa: ANN401
    """Carry an action out through the Conductor, and answer."""

    def work() -> "Answer":
        from warroom.headless.traffic import Order, act
        from warroom.wiring import rooms

        order = Order(
            action=action,
            incident=common["incident"],
            service=common["service"],
            yes=common["yes"],
            dry_run=common["dry_run"],
            wait=common["wait_seconds"],
            **more,
        )
        place = _room(action, common)
        with twin.Progress() as say:
            return twin.run(act(place, order, rooms.emulated(place.config), say))

    twin.answered(common["as_json"], work)


def _room(action: str, common: dict[str, Any]) -> "Room":
    """The room; where a retreat gets none, the refusal says which way needs none."""
    from warroom.headless.answer import Code, Misused, failure

    names = ("config_directory", "journal", "actor", "of_drill")
    try:
        return twin.room(*(common[name] for name in names), begin=False, wait_seconds=common["wait_seconds"])
    except Exception as error:
        found = failure(error)
        if found is None or action not in ("abort", "roll-back"):
            raise
        from warroom.conductor.refusal import Refused
        from warroom.incident.journal.errors import DIRECTLY

        title, remedy, code = found
        if "warroom rollback" in remedy:  # a damaged journal has said it already, and with which service
            raise
        kind = Misused if code is Code.USAGE else Refused
        raise kind(title, f"{remedy} Without any of it: {DIRECTLY}.") from error


@click.command(cls=twin.Twin)
@click.argument("service_name", metavar="[SERVICE]", default="", shell_complete=service_names)
@click.option("--to", metavar="REVISION", default="", help="The revision that takes all traffic.")
@click.option("--project", default="", help="With --region: no incident, no configuration, no journal is needed.")
@click.option("--region", default="", help="The service's region.")
@click.option("--all", "everything", is_flag=True, help="Every service of --incident, the newest ladder first.")
@click.option("--second", metavar="HANDLE", default="", help="With --all: the second person, who agrees.")
@shared
def rollback(
    service_name: str,
    to: str,
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
    journal, and without --to to the one revision that served when the ladder started.
    """
    if everything:
        _everything(second, common)
        return
    if project and region and not common["incident"]:
        _directly(service_name or common["service"], project, region, to, common)
        return

    def misused(title: str, remedy: str) -> None:
        def work() -> "Answer":
            from warroom.headless.answer import Misused

            raise Misused(title, remedy)

        twin.answered(common["as_json"], work)

    if project or region:
        misused("--project and --region go together, and not with --incident", "Give both, or neither.")
    if service_name and common["service"] not in ("", service_name):
        misused(f"{service_name} and {common['service']} are two services", "Name one.")
    perform("roll-back", {**common, "service": service_name or common["service"]}, revision=to)


def _everything(second: str, common: dict[str, Any]) -> None:
    def work() -> "Answer":
        from warroom.headless.rollback_all import back
        from warroom.wiring import rooms

        place = _room("abort", common)
        emulated = rooms.emulated(place.config)
        with twin.Progress() as say:
            yes, dry_run, wait = common["yes"], common["dry_run"], common["wait_seconds"]
            return twin.run(back(place, common["incident"], second, emulated, say, wait, yes=yes, dry_run=dry_run))

    twin.answered(common["as_json"], work)


def _directly(name: str, project: str, region: str, to: str, common: dict[str, Any]) -> None:
    def work() -> "Answer":
        from warroom.headless.answer import Misused

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
