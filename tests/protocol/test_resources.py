"""Where configuration and state are looked for."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from warroom.resources import config_directory, find_config, state_directory


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of nobody's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "WARROOM_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_shipped_one_is_the_last_resort(home: Path) -> None:
    """Without any other, what comes with the program is used, and it is whole."""
    assert find_config(None) == config_directory()
    assert (config_directory() / "starter" / "roster.toml").is_file()


def test_the_order_of_search(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for, then the environment, then the user's folder if a protocol lies there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    own = home / "config" / "warroom"
    own.mkdir(parents=True)
    if sys.platform == "linux":
        assert find_config(None) == config_directory()
        (own / "protocol.toml").touch()
        assert find_config(None) == own
    monkeypatch.setenv("WARROOM_CONFIG", "~/named")
    assert find_config(None) == home / "named"
    assert find_config(Path("asked")) == Path("asked")


def test_state_is_for_its_owner_alone(home: Path) -> None:
    """The folder is made 0700, and asking again is harmless."""
    folder = state_directory()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.is_relative_to(home)
    assert state_directory() == folder


def test_loading_imports_little() -> None:
    """It lies on the way to the first paint: nothing heavy, and no machinery for errors, comes with it."""
    code = "import sys, warroom.protocol.load; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"textual", "rich", "grpc", "httpx", "platformdirs", "difflib", "asyncio", "warroom.protocol.checks.shape"}
    assert not heavy & set(done.stdout.split())
