"""Which process sends a change, so that another can tell whether anybody still waits for its outcome."""

import os
import socket

from warroom.incident.state import Change

ABANDONED_SECONDS = 15 * 60.0  # an intent this old without an outcome has nobody who waits for one


def this_process() -> str:
    """Host and process id, as the journal keeps them."""
    return f"{socket.gethostname()}/{os.getpid()}"


def abandoned(change: Change, now: float) -> bool:
    """Whether nobody waits for a change's outcome any more: it is old, or its process on this very host is gone.

    Of other hosts nothing can be told, and a process id that was given anew only makes it wait.
    """
    return gone(change.owner) or now - change.intended_at > ABANDONED_SECONDS


def gone(owner: str) -> bool:
    """Whether a process of this very host lives no more."""
    host, _, pid = owner.rpartition("/")
    return host == socket.gethostname() and pid.isdigit() and not _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's, so there is one
    return True
