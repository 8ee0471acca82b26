"""CONTRIBUTING.md leads to files that there are."""

import re

import pytest

from screenshots.rooms import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:warroom|widgets|tests|config|docs|screenshots|\.ci)/[\w./-]*)`", TEXT)))
PACKAGES = sorted(
    path.relative_to(ROOT).as_posix() + "/"
    for path in (ROOT / "warroom").iterdir()
    if (path / "__init__.py").is_file() and path.name != "__pycache__"
)


def test_many_are_named() -> None:
    """The table has not been turned into prose."""
    assert len(NAMED) > 60


@pytest.mark.parametrize("path", NAMED)
def test_a_path_that_is_named_exists(path: str) -> None:
    """A folder where it ends with a slash, else a file."""
    found = ROOT / path
    assert found.is_dir() if path.endswith("/") else found.is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_is_led_to(package: str) -> None:
    """No room is left out: something in it is named."""
    assert any(path.startswith(package) for path in NAMED)
