"""What a shell offers for the word that is being typed. Where nothing can be read there is nothing to offer."""

import glob
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from warroom.protocol.model import Config

Offer = Callable[[click.Context, click.Parameter, str], list[str]]


def scenario_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The shipped scenarios."""
    from warroom.resources import config_directory

    return sorted(path.stem for path in (config_directory() / "scenarios").glob(f"{glob.escape(begun)}*.toml"))


def incident_names(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The incidents of the journal that --journal and --drill name so far, the newest first."""
    from warroom.incident.journal import is_begun, open_store
    from warroom.incident.journal.errors import JournalError
    from warroom.resources import state_path

    own = state_path() / ("drills" if context.params.get("of_drill") else "") / "journal.db"
    path: Path = context.params.get("journal") or own
    found: list[str] = []
    with suppress(JournalError):
        if is_begun(path):
            with closing(open_store(path, only_read=True)) as journal:
                found = journal.incidents()
    return [name for name in reversed(found) if name.startswith(begun)]


def of_config(names: "Callable[[Config], Iterable[str]]") -> Offer:
    """Names from the configuration that --config names so far, as far as it can be read."""

    def offer(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
        from warroom.protocol.load import read
        from warroom.resources import find_config

        config, _ = read(find_config(context.params.get("config_directory")))
        return [name for name in names(config) if name.startswith(begun)] if config else []

    return offer


def _steps(config: "Config") -> list[str]:
    steps = (step for phase in config.protocol.phases for step in phase.steps)
    return [step.id for step in (*steps, *config.protocol.procedures)]


role_names = of_config(lambda config: (role.id for role in config.protocol.roles))
severity_names = of_config(lambda config: (severity.id for severity in config.protocol.severities))
trigger_names = of_config(lambda config: (trigger.id for trigger in config.protocol.triggers))
exercise_names = of_config(lambda config: (drill.id for drill in config.protocol.drills))
service_names = of_config(lambda config: (service.name for service in config.services.services))
step_names = of_config(_steps)
item_names = of_config(lambda config: [*_steps(config), *(item.id for item in config.protocol.checklist)])
