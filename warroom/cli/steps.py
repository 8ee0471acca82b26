"""The list of the steps that a script can do; doing one is made of the table of actions."""

from typing import TYPE_CHECKING, Any

from warroom.cli import twin

if TYPE_CHECKING:
    from warroom.actions.answer import Answer


def _badged(common: dict[str, Any]) -> None:
    """Let the list say of which incident's cloud it is, where it is told or can be only one's."""
    from warroom.actions.answer import Misused
    from warroom.headless.choose import incident_of
    from warroom.incident.journal.errors import JournalError

    try:
        room = twin.room(
            common["config_directory"], common["journal"], common["actor"], common["of_drill"], begin=False
        )
        try:
            twin.about(incident_of(room.journal, common["incident"]))
        finally:
            room.journal.close()
    except (Misused, JournalError):
        if common["incident"]:
            raise


def listed(common: dict[str, Any]) -> "Answer":
    """Every step that is not a person's alone."""
    from warroom.actions.answer import Answer
    from warroom.actions.steps import can_run
    from warroom.protocol.load import load
    from warroom.resources import find_config
    from warroom.wiring.rooms import here

    config = load(find_config(common["config_directory"]))
    twin.at(here(config.services.endpoints))
    _badged(common)
    protocol = config.protocol
    steps = [*(step for phase in protocol.phases for step in phase.steps), *protocol.procedures]
    shown = [step for step in steps if can_run(step)]
    lines = tuple(f"{step.id:<24} {step.title}{'   $ ' + ' '.join(step.argv) if step.argv else ''}" for step in shown)
    return Answer(lines, {"steps": [{"id": step.id, "title": step.title, "argv": list(step.argv)} for step in shown]})
