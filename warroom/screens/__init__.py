"""Textual screens: wiring only. What they show is worked out in board; what they do is done by the conductor."""
