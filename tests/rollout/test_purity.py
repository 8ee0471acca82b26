"""The rules are pure: they know no clock, no network and nothing else of the program."""

import subprocess
import sys

PROBE = """
import sys
import warroom.rollout.gcloud, warroom.rollout.ladder, warroom.rollout.target, warroom.rollout.verdict
print(*sorted(sys.modules))
"""


def test_importing_the_rules_imports_nothing_else() -> None:
    """A fresh process that imports all rules holds msgspec and nothing of the program but the rules."""
    loaded = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout.split()
    own = {name for name in loaded if name.startswith(("warroom.", "widgets"))}
    assert all(name.startswith("warroom.rollout") for name in own)
    assert not {"asyncio", "textual", "google", "grpc", "httpx", "sqlite3"} & set(loaded)
