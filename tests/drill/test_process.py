"""The embedded cloud as a process: it answers, it fails in words, and it never outlives its parent."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc.aio
import msgspec
import psutil
import pytest
from google.cloud import run_v2
from google.cloud.run_v2.services.services.transports import ServicesGrpcAsyncIOTransport

from tests.drill.clients import SCENARIOS
from tests.patience import PATIENCE_SECONDS
from tests.processes import lives
from warroom.drill.scenario.model import Scenario
from warroom.drill.server.child import EmbeddedCloudFailed, start_child

PARENT = """
import asyncio, sys, time
from pathlib import Path
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.child import start_child

async def main():
    child = await start_child(load_scenario(Path(sys.argv[1]), Path()), time.time(), 1.0)
    await child.addresses()
    print(child.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_child_serves_until_it_is_stopped(scenario: Scenario) -> None:
    """It tells its addresses, answers on the drill's clock, lives through Ctrl-C, and is gone after stop."""
    epoch = time.time() - 100
    child = await start_child(scenario, epoch, 60.0)
    addresses = await child.addresses()
    os.kill(child.pid, signal.SIGINT)
    async with grpc.aio.insecure_channel(addresses.run) as channel:
        client = run_v2.ServicesAsyncClient(transport=ServicesGrpcAsyncIOTransport(channel=channel))
        service = await client.get_service(name=scenario.services[0].ref.path, timeout=PATIENCE_SECONDS)
    assert service.update_time.timestamp() == pytest.approx(epoch - 26 * 3600, abs=0.001)
    await child.stop()
    assert not psutil.pid_exists(child.pid)


async def test_a_child_that_cannot_serve_says_why(scenario: Scenario) -> None:
    """What it said last comes with the error."""
    child = await start_child(msgspec.structs.replace(scenario, services="nonsense"), time.time(), 1.0)
    with pytest.raises(EmbeddedCloudFailed, match="ended before it began") as raised:
        await child.addresses()
    assert "ValidationError" in raised.value.detail
    assert await child.wait() != 0
    await child.stop()


async def test_a_child_that_takes_too_long_is_told(scenario: Scenario) -> None:
    """The board does not wait forever."""
    child = await start_child(scenario, time.time(), 1.0)
    with pytest.raises(EmbeddedCloudFailed, match="does not answer after 0 s"):
        await child.addresses(timeout_seconds=0)
    await child.stop()


async def test_a_child_dies_with_its_parent() -> None:
    """Even when the parent is killed without a chance to clean up."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(SCENARIOS / "good-hotfix.toml"), stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = psutil.Process(int(await asyncio.wait_for(parent.stdout.readline(), PATIENCE_SECONDS)))
    assert child.is_running()
    parent.kill()
    await parent.wait()
    await asyncio.to_thread(psutil.wait_procs, [child], PATIENCE_SECONDS)
    assert not lives(child)


def test_the_board_s_side_is_cheap_to_import() -> None:
    """What the board needs of a drill loads neither gRPC nor Google's clients nor an HTTP server."""
    script = (
        "import json, sys; import warroom.drill.server.child, warroom.drill.scenario.load;"
        "import warroom.drill.server.standalone;"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    loaded = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
    assert not {"grpc", "google", "aiohttp"} & set(loaded)


async def test_alone_in_a_terminal_it_says_what_to_export(tmp_path: Path) -> None:
    """`serve` prints lines for a shell, serves, and ends on SIGTERM."""
    script = f"""
import asyncio
from pathlib import Path
from warroom.clock import ScaledClock
from warroom.drill.scenario.load import load_scenario
from warroom.drill.server.standalone import serve
scenario = load_scenario("good-hotfix", Path({str(SCENARIOS)!r}))
asyncio.run(serve(scenario, ScaledClock(), (0, 0, 0), lambda line: print(line, flush=True)))
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines = [(await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)).decode() for _ in range(8)]
    process.terminate()
    assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0
    assert lines[1].startswith("export CLOUD_RUN_EMULATOR_HOST=127.0.0.1:")
    assert lines[2].startswith("export CLOUD_MONITORING_EMULATOR_HOST=127.0.0.1:")
    assert lines[3].startswith("export CLOUD_LOGGING_EMULATOR_HOST=127.0.0.1:")
    assert lines[4].startswith("export WARROOM_OTHERS_HOST=127.0.0.1:")
    assert all("/payments-api/health" in line for line in lines[5:7])
    assert lines[7].startswith("export WARROOM_DRILL=127.0.0.1:")
