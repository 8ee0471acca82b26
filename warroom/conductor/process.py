"""Which process sends a change, so that another can tell whether anybody still waits for its outcome.

A process is known by its host, its id and when it began: ids are given anew.
"""

import os
import socket
from functools import cache

from warroom.incident.state import Change

ABANDONED_SECONDS = 15 * 60.0  # an intent this old without an outcome has nobody who waits for one
CLOCK_SET_SECONDS = 60.0  # a start is told by the clock, which may have been set meanwhile; no id comes round so soon


def this_process() -> str:
    """Host, process id and start in whole seconds of Unix time, as the journal keeps them.

    Where nothing tells the start, and in older journals, host and process id.
    """
    return _named(os.getpid())


def abandoned(change: Change, now: float) -> bool:
    """Whether nobody waits for a change's outcome any more: it is old, or its process on this very host is gone.

    Of other hosts nothing can be told.
    """
    return gone(change.owner) or now - change.intended_at > ABANDONED_SECONDS


def gone(owner: str) -> bool:
    """Whether a process of this very host lives no more. Where its start is not known, its id alone decides."""
    if owner == this_process():
        return False
    host, pid, start = [*owner.split("/"), "", ""][:3]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    return not _lives(int(pid)) or (start.isdigit() and _is_another(int(pid), int(start)))


@cache  # by id: a fork is another process. Ours stays what it is, whatever the clock and the host's name do
def _named(pid: int) -> str:
    began = _began(pid)
    return f"{socket.gethostname()}/{pid}" + ("" if began is None else f"/{began:.0f}")


def _is_another(pid: int, start: int) -> bool:
    """Whether that id has been given anew since."""
    began = _began(pid)
    return began is not None and abs(began - start) > CLOCK_SET_SECONDS


def _began(pid: int) -> float | None:
    """When a process began, in Unix time; None where nothing tells."""
    try:
        import psutil  # not before the first paint

        return psutil.Process(pid).create_time()
    except Exception:  # whatever goes wrong here: a retreat sends its change all the same
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # somebody else's, so there is one
    return True
