"""Commands about staging: deploy the hotfix there, and test what stands there."""

from typing import TYPE_CHECKING, Any

import click

from warroom.cli import twin
from warroom.cli.arguments import options

if TYPE_CHECKING:
    from warroom.headless.answer import Answer
    from warroom.workspace import Room


def _shared(command: Any) -> Any:  # noqa: ANN401
    command = options.actor(options.journal(options.config(command)))
    for option in (twin.drill, twin.as_json, twin.wait, twin.service, twin.incident):
        command = option(command)
    return command


@click.command(cls=twin.Twin)
@click.argument("image")
@twin.dry_run
@twin.yes
@_shared
def stage(image: str, dry_run: bool, yes: bool, **common: Any) -> None:  # noqa: ANN401
    """Deploy IMAGE to staging and test it.

    To the project that services.toml names as staging_project. Give it by digest: production takes the very image that
    staging validated, and asks for a reason for any other.
    """

    def work() -> "Answer":
        from warroom.headless.staging import stage
        from warroom.wiring import rooms

        place = _room(common)
        emulated = rooms.emulated(place.config)
        with twin.Progress() as say:
            asked = (place, common["incident"], common["service"], image, emulated, say, common["wait_seconds"])
            return twin.run(stage(*asked, yes=yes, dry_run=dry_run))

    twin.answered(common["as_json"], work)


@click.command(cls=twin.Twin)
@_shared
def smoke(**common: Any) -> None:  # noqa: ANN401
    """Test what staging runs, once more.

    Asks the health address of the revision that was last staged; refused where it gets no traffic there.
    """

    def work() -> "Answer":
        from warroom.headless.staging import smoke
        from warroom.wiring import rooms

        place = _room(common)
        emulated = rooms.emulated(place.config)
        with twin.Progress() as say:
            asked = (place, common["incident"], common["service"], emulated, say, common["wait_seconds"])
            return twin.run(smoke(*asked))

    twin.answered(common["as_json"], work)


def _room(common: dict[str, Any]) -> "Room":
    names = ("config_directory", "journal", "actor", "of_drill")
    return twin.room(*(common[name] for name in names), begin=False, wait_seconds=common["wait_seconds"])
