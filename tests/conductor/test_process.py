"""A process is known by its id and when it began."""

import builtins
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from warroom.conductor import process
from warroom.conductor.process import CLOCK_SET_SECONDS, gone, this_process

HOST = socket.gethostname()
NO_PID = 2**22 + 1  # no process id is that high


@pytest.fixture
def other() -> Iterator[psutil.Process]:
    """A living process that is not this one."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield psutil.Process(child.pid)
        child.communicate(b"\n")


@pytest.fixture
def without_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing tells when a process began."""
    known = builtins.__import__

    def refused(name: str, *rest: Any) -> Any:
        if name == "psutil":
            raise ImportError(name)
        return known(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refused)
    process._named.cache_clear()
    yield
    process._named.cache_clear()


def test_this_process_is_named_and_lives() -> None:
    """Host, id and start; the same each time, whatever becomes of the clock."""
    host, pid, start = this_process().split("/")
    assert (host, int(pid)) == (HOST, os.getpid())
    assert abs(int(start) - psutil.Process().create_time()) < CLOCK_SET_SECONDS
    assert this_process() is this_process()
    assert not gone(this_process())


def test_an_id_given_anew_is_another_process(other: psutil.Process) -> None:
    """The same id with another start is gone; with its own, as well as a clock tells it, it lives."""
    began = round(other.create_time())
    assert not gone(f"{HOST}/{other.pid}/{began}")
    assert not gone(f"{HOST}/{other.pid}/{began + 30}")
    assert gone(f"{HOST}/{other.pid}/{began - 3600}")
    assert gone(f"{HOST}/{NO_PID}/{began}")


def test_older_journals_know_a_process_by_its_id(other: psutil.Process) -> None:
    """Their owners have no start: the id alone decides."""
    assert not gone(f"{HOST}/{other.pid}")
    assert gone(f"{HOST}/{NO_PID}")


@pytest.mark.parametrize("owner", ["", "elsewhere/1/1", f"{HOST}/", f"{HOST}/x/1", "/", HOST, f"elsewhere/{NO_PID}"])
def test_of_others_nothing_can_be_told(owner: str) -> None:
    """Another host, or no name that warroom gives: it may live."""
    assert not gone(owner)


def test_an_id_beyond_all_ids_is_gone() -> None:
    """The system has no such number at all."""
    assert gone(f"{HOST}/{10**30}")


def test_the_id_has_to_do_where_nothing_tells_the_start(other: psutil.Process, without_start: None) -> None:
    """A retreat sends its change all the same, and nobody who lives is taken for gone."""
    assert this_process() == f"{HOST}/{os.getpid()}"
    assert not gone(f"{HOST}/{other.pid}/1")
    assert gone(f"{HOST}/{NO_PID}/1")
