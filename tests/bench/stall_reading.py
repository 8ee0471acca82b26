"""Prints how long an event loop stalls at most, in ms, while it reads an hour of a hundred services' metrics.

Two numbers: by the wall, and by the loop's own work, which a busy machine does not lengthen.

The answers are made beforehand and sent by a process of its own, so that only the reading side is measured.
"""

import asyncio
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from typing import Any

os.environ["GRPC_VERBOSITY"] = "NONE"

SERVICES, REVISIONS, CODES, MINUTES, PAGE = 100, 3, (200, 404, 500), 60, 5_000


def serve(told: Connection) -> None:
    """Answer every page of both metrics, until killed."""
    asyncio.run(_serve(told))


async def _serve(told: Connection) -> None:
    import grpc
    import grpc.aio
    from google.cloud import monitoring_v3

    from tests.bench.many import many
    from warroom.clock import ScaledClock
    from warroom.drill.monitoring.metrics import METRICS
    from warroom.drill.monitoring.series import Series, series_message
    from warroom.drill.world.requests import Outcome

    answer = monitoring_v3.ListTimeSeriesResponse.pb()
    now = int(ScaledClock().now() // 60)
    outcome = Outcome(200, 300, tuple(range(40)))
    judged = METRICS[:2]
    points = [(now - ago, outcome) for ago in range(3, MINUTES + 3)]
    per_page = PAGE // MINUTES
    made: dict[str, list[bytes]] = {}
    every = [
        Series(plan.ref, f"{plan.name}-0000{number}", (str(code), f"{code // 100}xx"), points)
        for plan in many(SERVICES).services
        for number in range(REVISIONS)
        for code in CODES
    ]
    for metric in judged:
        pages = [every[at : at + per_page] for at in range(0, len(every), per_page)]
        made[metric.name] = []
        for number, page in enumerate(pages):
            messages = [series_message(one, metric, one.points, 60.0) for one in page]
            token = str(number + 1) if number + 1 < len(pages) else ""
            made[metric.name].append(answer(time_series=messages, next_page_token=token).SerializeToString())

    class Answers(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, handler_call_details: Any) -> Any:
            async def reply(request: Any, context: Any) -> bytes:
                pages = made.get(request.filter.split('"')[1], [b""])  # only what is judged is much
                return pages[int(request.page_token or 0)]

            parse = monitoring_v3.ListTimeSeriesRequest.pb().FromString
            return grpc.unary_unary_rpc_method_handler(reply, request_deserializer=parse)

    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Answers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    told.send(f"127.0.0.1:{port}")
    await server.wait_for_termination()


async def main(address: str) -> tuple[float, float]:
    """Tick and read; the longest gap in ms, and the longest that the loop itself was at work in one go."""
    from tests.bench.many import many
    from warroom.clock import ScaledClock
    from warroom.services.google.endpoints import Endpoint
    from warroom.services.google.loading import load_google

    await load_google()
    from warroom.services.google.monitoring import GoogleMonitoring

    monitoring = GoogleMonitoring(Endpoint(address))
    await monitoring.warm()
    refs = [plan.ref for plan in many(SERVICES).services]
    now = ScaledClock().now()
    worst, own = 0.0, 0.0
    reading = asyncio.ensure_future(monitoring.read(refs, now - 3600, now))
    last, busy = time.perf_counter(), time.thread_time()
    while not reading.done():
        await asyncio.sleep(0.001)
        worst, last = max(worst, time.perf_counter() - last), time.perf_counter()
        own, busy = max(own, time.thread_time() - busy), time.thread_time()
    assert len(reading.result().samples) == SERVICES
    await monitoring.close()
    return worst * 1000, own * 1000


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    print(*asyncio.run(main(here.recv())))
    server.kill()
