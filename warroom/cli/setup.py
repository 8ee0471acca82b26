"""Commands about the configuration and the shell."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), required=False)
def check(directory: Path | None) -> None:
    """Check a configuration directory.

    Lists every problem with file and key, and leaves with 1 if there is one. What is allowed and probably not meant is
    a warning, which changes nothing.
    """
    from warroom.incident.place import Place
    from warroom.protocol.checks.doubts import doubts
    from warroom.protocol.checks.problem import ConfigError, Problem
    from warroom.protocol.load import load
    from warroom.resources import find_config
    from warroom.text import plain

    config = load(find_config(directory))
    if config.distrust is not None:
        sentence = f"{config.distrust.what}. {config.distrust.remedy}"
        raise ConfigError(Path(config.directory), [Problem("protocol.toml", "", sentence)])
    steps = sum(len(phase.steps) for phase in config.protocol.phases)
    click.echo(
        f"{plain(config.directory, 1000)}: fine. Protocol {plain(config.protocol.review.version)}, "
        f"{_counted(len(config.protocol.phases), 'phase')}, {_counted(steps, 'step')}, "
        f"{_counted(len(config.roster.duties), 'duty', 'duties')}, "
        f"{_counted(len(config.services.services), 'service')}."
    )
    for doubt in doubts(config):
        click.echo(f"warning: {plain(str(doubt), 1000)}")
    if config.services.endpoints.cloud_run:
        where = Place("emulator", config.services.endpoints.cloud_run).line
        click.echo(f"endpoints: {plain(where)}: nothing that is done with this configuration is production's")


def _counted(number: int, one: str, more: str = "") -> str:
    """How many of something there are, in words."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Write a starter configuration into DIRECTORY.

    Commented, and never over an existing file.
    """
    from warroom.protocol.starter import write_starter
    from warroom.text import plain

    for path in write_starter(directory):
        click.echo(f"wrote {plain(str(path), 1000)}")
    click.echo(f"Fill in what stands in [brackets], then run: warroom check {plain(str(directory), 1000)}")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    For example: eval "$(warroom completion bash)"
    """
    from click.shell_completion import get_completion_class

    from warroom.cli import cli

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "warroom", "_WARROOM_COMPLETE").source())
