"""How an action that is not done ends: title, remedy and code."""

import errno
import os

import pytest

from warroom.actions.answer import Code, failure


@pytest.mark.parametrize(
    ("number", "path", "title", "remedy"),
    [
        (errno.EACCES, "/a/b", "/a/b: Permission denied", "Check that path."),
        (errno.EMFILE, None, "Too many open files", "End other programs, or raise the limit with ulimit -n; "),
        (errno.ENFILE, "/a/b", "/a/b: Too many open files in system", "End other programs, or raise the limit with "),
        (errno.ENOSPC, None, "No space left on device", "Mend that, then run it again."),
    ],
)
def test_an_error_of_the_system_names_what_to_mend(number: int, path: str | None, title: str, remedy: str) -> None:
    """A path only where there is one."""
    found = failure(OSError(number, os.strerror(number), path))
    assert found is not None
    assert found[0] == title and found[1].startswith(remedy) and found[2] is Code.REFUSED
