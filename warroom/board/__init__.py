"""Incident + protocol + now → the frozen board. Everything that a screen shows of an incident is worked out here."""

from warroom.board.build import board
from warroom.board.view import View

__all__ = ["View", "board"]
