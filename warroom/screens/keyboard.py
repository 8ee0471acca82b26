"""What the terminal sends, read so that bytes which are no UTF-8 do not end the war room."""

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable
from functools import partial

from textual.drivers import linux_driver


def take_any_bytes() -> None:
    """Have Textual read such a byte as U+FFFD, in this process; it would end the app at the first one.

    Its decoder can't be given from outside. To read on after the error would lose keys of the same moment, and take the
    rest of a paste for keys.
    """
    vars(linux_driver)["getincrementaldecoder"] = _lenient


def _lenient(encoding: str) -> Callable[[], IncrementalDecoder]:
    return partial(getincrementaldecoder(encoding), errors="replace")
