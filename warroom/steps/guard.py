"""Stands between warroom and a program: ends the program's whole group when its own standard input ends.

That is how warroom cancels, and it is also what happens when warroom is killed: nothing is left behind. It is started
as a script of its own, with nothing but the standard library: guard.py GRACE_SECONDS PROGRAM [ARGUMENT …].
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

NOT_STARTED = 127


def main(arguments: list[str]) -> int:
    """Run the program to its end; its exit code, 128 + n for signal n, or 127 where it could not be started."""
    grace, argv = float(arguments[0]), arguments[1:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # caught, not ignored: the program begins with its defaults
    try:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, process_group=0)
    except OSError as error:
        os.write(1, f"{argv[0]}: {error.strerror}\n".encode(errors="replace"))
        return NOT_STARTED
    threading.Thread(target=_end_with_input, args=(child.pid, grace), daemon=True).start()
    code = child.wait()
    _signal(child.pid, signal.SIGKILL)  # whatever it left in its group
    return code if code >= 0 else 128 - code


def _end_with_input(group: int, grace: float) -> None:
    while os.read(0, 4096):
        pass
    _signal(group, signal.SIGTERM)
    threading.Event().wait(grace)
    _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
