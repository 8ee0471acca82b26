"""Getting the heavy clients in without a freeze: imports and credentials in worker threads, and then the clients.

This module is cheap; the Google clients, grpc and httpx are first imported when `load_google` runs.
"""

import asyncio
import gc
import logging
import os
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from warroom.clock import Clock
from warroom.services.failures import Call, from_exception
from warroom.services.google.endpoints import Endpoint
from warroom.services.google.mixed import UnreadMonitoring, logs_apart, mixed
from warroom.services.logs import Logs, UnreadLogs
from warroom.services.opening import apart

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from warroom.services.google.cloud_run import GoogleCloudRun
    from warroom.services.ports import Monitoring

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_NOISY_LOGGERS = ("google", "grpc", "httpx", "httpcore", "urllib3")
_PRODUCT_NAME = Path("/sys/class/dmi/id/product_name")
_loaded = threading.Event()


class Google(Struct, frozen=True):
    """The Google clients, connected to where they should be; `logs` is None where nothing is asked of Logging."""

    run: "GoogleCloudRun"
    monitoring: "Monitoring"
    logs: Logs | None = None


def silence(handler: logging.Handler | None = None) -> None:
    """Keep the libraries off stderr, which is the terminal that the board is drawn on. Call before importing grpc.

    Their log records go to `handler` (None drops them) and no further.
    """
    # NONE rather than ERROR: an ERROR line of the C core would land in the middle of the board, and every error
    # that matters comes back as an exception.
    os.environ["GRPC_VERBOSITY"] = "NONE"
    os.environ["GRPC_TRACE"] = ""
    for name in _NOISY_LOGGERS:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.addHandler(handler or logging.NullHandler())
    # google-auth and google-api-core warn through warnings.warn, whose default is stderr too.
    warnings.filterwarnings("ignore", module=r"google\.|grpc\.")


async def load_google() -> None:
    """Import the Google clients, grpc and httpx in a worker thread, the loop running on meanwhile.

    Measured with a task that ticks each millisecond on two cores: its worst gap is 6–8 ms when they are idle and about
    20 ms when they are busy, against 30 ms and more with the garbage collector left on. Call after the first paint; a
    second call returns at once.
    """
    await apart(_load)


async def default_credentials() -> "Credentials":
    """Application Default Credentials, looked for in a worker thread: that can block for seconds.

    Raises Denied where there are none. Never called for an emulator.
    """
    await load_google()
    return await asyncio.to_thread(_default_credentials)


async def connect(
    run: Endpoint,
    monitoring: Endpoint,
    clock: Clock,
    patience_seconds: float | None = None,
    logging: Endpoint | None = None,
) -> Google:
    """Load the libraries and open the clients, on the event loop that will use them; Logging's where it is named.

    Credentials are loaded only where Cloud Run is Google's own; Monitoring and Logging of another cloud are not read.
    Raises ServiceError. It does not wait for an answer from the other side: an unreachable one shows with the first
    call. With `patience_seconds` they serve one command, which has so long for all of it.
    """
    await load_google()
    credentials = None if run.plaintext else await default_credentials()
    from warroom.services.google.cloud_run import Deadlines, GoogleCloudRun
    from warroom.services.google.logs import GoogleLogs
    from warroom.services.google.monitoring import GoogleMonitoring

    why = mixed(run, monitoring)
    readings = GoogleMonitoring(monitoring, credentials) if why is None else UnreadMonitoring(why)
    deadlines = Deadlines() if patience_seconds is None else Deadlines.of(patience_seconds)
    logs: Logs | None = None
    if logging is not None:
        apart_ = logs_apart(run, logging)
        logs = GoogleLogs(logging, credentials) if apart_ is None else UnreadLogs(apart_)
    return Google(GoogleCloudRun(run, clock, credentials, deadlines), readings, logs)


def on_google_machine(product_name: Path = _PRODUCT_NAME) -> bool:
    """Whether a metadata server can be expected: the firmware says Google, or Cloud Run or a setting says so."""
    if any(os.environ.get(name) for name in ("GCE_METADATA_HOST", "GCE_METADATA_ROOT", "K_SERVICE", "CLOUD_SHELL")):
        return True
    try:
        return product_name.read_text(encoding="utf-8", errors="replace").startswith("Google")
    except OSError:
        return False


def _load() -> None:
    """Import everything. Frozen afterwards, the modules are never walked by the collector again."""
    if _loaded.is_set():
        return
    silence()
    # google-auth reads this once, at import; without it, it asks a metadata server that is not there for seconds.
    if not on_google_machine():
        os.environ.setdefault("NO_GCE_CHECK", "true")
    import google.auth.transport.requests
    import google.cloud.logging_v2
    import google.cloud.monitoring_v3
    import google.cloud.run_v2  # noqa: F401
    import httpx  # noqa: F401

    import warroom.services.google.cloud_run
    import warroom.services.google.logs
    import warroom.services.google.monitoring  # noqa: F401

    gc.freeze()
    _loaded.set()


def _default_credentials() -> "Credentials":
    """Ask google-auth. Blocks."""
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        return google.auth.default(scopes=SCOPES)[0]
    except (GoogleAuthError, OSError) as error:
        raise from_exception(error, Call("Google")) from error
