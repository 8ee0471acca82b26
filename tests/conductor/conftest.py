"""What the conductor's tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conductor.rig import Rig, rigged


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A conductor on fakes, nothing declared yet."""
    async with rigged(tmp_path / "journal.db") as rig:
        yield rig
