"""Plays an incident by the book, without a terminal."""

from warroom.autopilot.player import Outcome as Outcome
from warroom.autopilot.player import play as play
