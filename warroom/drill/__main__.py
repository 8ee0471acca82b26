"""The child process of a drill: reads its order, says where it listens, and ends when its parent is gone."""

import asyncio
import os
import signal
import sys
import threading

import msgspec

from warroom.clock import ScaledClock
from warroom.drill.server.child import Order

NO_EXTRA = 3


def main() -> int:
    """Serve until standard input closes. Returns the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    order = msgspec.json.decode(line, type=Order)
    # A thread, not the loop: the child must end with its parent even when the loop is stuck. There is nothing to save.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        asyncio.run(_serve(order))
    except ImportError as error:
        sys.stderr.write(f"{error}. The drill needs its extra: pip install 'warroom[drill]'.\n")
        return NO_EXTRA
    return 0


async def _serve(order: Order) -> None:
    # Heavy imports: they cost a quarter of a second, and only this process pays it.
    from warroom.drill.server.emulator import Emulator

    emulator = Emulator(order.scenario, ScaledClock(order.epoch, order.speed), order.epoch, order.cast)
    addresses = await emulator.start()
    sys.stdout.buffer.write(msgspec.json.encode(addresses) + b"\n")
    sys.stdout.buffer.flush()
    await asyncio.Event().wait()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
