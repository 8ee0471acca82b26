"""One gRPC channel for a Google client: plaintext to an emulator, TLS with credentials to Google.

Import after `loading.load_google`.
"""

import asyncio
from collections.abc import Callable

import grpc
from google.auth.credentials import Credentials

from warroom.services.errors import Denied
from warroom.services.failures import LOG_IN
from warroom.services.google.endpoints import Endpoint

_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # An error's own words travel as metadata. Past the default of 8 kB its status would be lost, and with it whether a
    # write was refused.
    ("grpc.max_metadata_size", 256 * 1024),
    ("grpc.absolute_max_metadata_size", 1024 * 1024),
    # The default backs off for up to two minutes: a retreat must not wait that long after the network is back.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # While a call is open, notice a dead connection (a laptop that changed networks) in seconds; without this each
    # call hangs to its deadline until the kernel gives up, a quarter of an hour later.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
]
# A proxy from the environment is for the way out, never for the way to this machine.
_LOOPBACK_OPTIONS = [*_OPTIONS, ("grpc.enable_http_proxy", 0)]

_LOOK_SECONDS = 0.01


def open_channel(
    endpoint: Endpoint, secure: Callable[..., grpc.aio.Channel], credentials: Credentials | None
) -> grpc.aio.Channel:
    """A channel that begins to connect at once; call on the event loop that will use it.

    `secure` is the generated transport's `create_channel`, which knows Google's own address and scopes. Raises Denied
    for Google's own endpoint without credentials: the library would go and look for some by itself, on this thread,
    which in a drill must never happen and elsewhere would block.
    """
    channel: grpc.aio.Channel
    if endpoint.plaintext:
        channel = grpc.aio.insecure_channel(endpoint.address, options=_LOOPBACK_OPTIONS)
    elif credentials is None:
        raise Denied("No Google credentials", LOG_IN)
    else:
        channel = secure(credentials=credentials, options=_OPTIONS)
    channel.get_state(try_to_connect=True)
    return channel


async def connected(channel: grpc.aio.Channel, timeout_seconds: float) -> bool:
    """Wait until the channel is connected, at most `timeout_seconds` of real time; False when it is not by then."""
    # Looked at rather than waited for: a wait that is given up stays pending in gRPC's core until the channel closes,
    # and then reports to a loop that may be gone.
    try:
        async with asyncio.timeout(timeout_seconds):
            while channel.get_state(try_to_connect=True) is not grpc.ChannelConnectivity.READY:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        return False
    return True
