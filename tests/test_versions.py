"""Versions of the common schemes: their order, and the one after."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.versions import is_version, next_patch, order


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("1.4.2", (1, 4, 2)),
        ("v1.4.2", (1, 4, 2)),
        ("1.4.2+build.7", (1, 4, 2)),
        ("1.4", (1, 4)),
        ("42", (42,)),
        ("r42", (42,)),
        ("1.4.2.7", (1, 4, 2, 7)),
        ("2026.11.28", (2026, 11, 28)),
        ("2026-11-28", (2026, 11, 28)),
        ("2026-11-28-2", (2026, 11, 28, 2)),
        ("26.11.1", (26, 11, 1)),
        ("1.4.2-rc.1", None),
        ("1.4.2-1", None),
        ("2026.11.28-rc1", None),
        ("release", None),
        ("1..2", None),
        ("", None),
    ],
)
def test_order(version: str, numbers: tuple[int, ...] | None) -> None:
    """Numbers count; a pre-release and what is no version have no place among what production runs."""
    assert order(version) == numbers


@pytest.mark.parametrize(
    ("version", "following"),
    [
        ("1.4.2", "1.4.3"),
        ("v1.4.9", "v1.4.10"),
        ("2", "3"),
        ("1.4.2-rc1", "1.4.3"),
        ("1.4.2+build.7", "1.4.3"),
        ("1.4.2.7", "1.4.2.8"),
        ("1.009", "1.010"),
        ("2026.11", "2026.11.1"),
        ("2026.11.28", "2026.11.28.1"),
        ("2026-11-28", "2026-11-28-1"),
        ("2026-11-28-2", "2026-11-28-3"),
        ("2026.11.3", "2026.11.4"),
        ("26.11.1", "26.11.2"),
        ("main", ""),
        ("", ""),
    ],
)
def test_next_patch(version: str, following: str) -> None:
    """The last number is raised; a day's version gets a number more, for the next day is not the hotfix's."""
    assert next_patch(version) == following


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=5))
def test_a_hotfix_is_newer(numbers: list[int]) -> None:
    """Whatever the scheme, what is proposed sorts after what runs."""
    version = ".".join(map(str, numbers))
    assert order(next_patch(version)) > order(version)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("1.4.2", True),
        ("v1.4.2-rc.1", True),
        ("2026-11-28", True),
        ("2026.11", True),
        ("r42", True),
        ("42", False),
        ("20261128", False),
        ("0123456", False),
        ("latest", False),
        ("main-1.4.2", False),
        ("", False),
    ],
)
def test_what_is_a_version(text: str, so: bool) -> None:
    """Of an image's tag: every scheme that is understood, and no bare number, which could be a build's."""
    assert is_version(text) is so
