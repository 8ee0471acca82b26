"""What the command line's arguments may be, and how a shell completes them."""

import glob
import math

import click


class Speed(click.FloatRange):
    """How much faster time runs: a number from 0.1 to 600. No range of click's refuses nan."""

    def __init__(self) -> None:
        super().__init__(0.1, 600)

    def convert(self, value: float, param: click.Parameter | None, context: click.Context | None) -> float:
        """The number. Fails in words."""
        speed = float(super().convert(value, param, context))
        if math.isnan(speed):
            self.fail("nan is no speed.", param, context)
        return speed


def scenario_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """For the shell's completion: the shipped scenarios."""
    from warroom.resources import config_directory

    return sorted(path.stem for path in (config_directory() / "scenarios").glob(f"{glob.escape(begun)}*.toml"))


def role_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """For the shell's completion: the protocol's roles, as far as the configuration can be read."""
    from warroom.protocol.load import read
    from warroom.resources import find_config

    config, _ = read(find_config(None))
    return [role.id for role in config.protocol.roles if role.id.startswith(begun)] if config else []
