"""Ids of what this process begins. Numbers help people; the part drawn by lot makes an id one hand's alone."""

import os


def unique(kind: str, number: int) -> str:
    """E.g. "c17-5a09be21". `number` may be counted from what is known here: another process may count the same."""
    return f"{kind}{number}-{os.urandom(4).hex()}"
