"""What the command line's arguments may be."""

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
