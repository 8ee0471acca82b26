"""docs/emulator.md: every block is run on an emulator, and is what the command prints with something behind it."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.conftest import Cloud
from warroom.drill.systems.anyone.sdks import Sdk, sdks
from warroom.drill.wire.addresses import Addresses

ROOT = Path(__file__).parents[2]
NODE = Path(__file__).parent / "node"
TEXT = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
KNOWN = sdks(Addresses("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "token"))
SECONDS = 60


def close(text: str) -> str:
    """Without blank lines: the page has one after imports, a terminal none."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def blocks(kind: str) -> list[Any]:
    """The blocks of a language, named by the package that they build."""
    found = [text for language, text in BLOCKS if language == kind]
    return [pytest.param(text, id=f"{count}-{_package(text)}") for count, text in enumerate(found)]


def _package(text: str) -> str:
    return next((one.package for one in KNOWN if one.code in close(text)), "unknown")


def environment(cloud: Cloud) -> dict[str, str]:
    """What the command would have exported."""
    known = sdks(cloud.addresses, cloud.emulator.stage.cast)
    return {name: value for one in known for name, value in one.environment.items()}


@pytest.mark.parametrize("sdk", KNOWN, ids=lambda one: f"{one.package}-{one.system}")
def test_what_is_printed_stands_in_the_page(sdk: Sdk) -> None:
    """So that nobody reads one thing and pastes another; gcloud's line stands there with its arguments."""
    wanted = "gcloud run services" if sdk.package == "gcloud" else sdk.code
    assert wanted in close(TEXT)
    for name in sdk.environment:
        assert name in sdk.code or sdk.package == "gcloud", "a variable that nothing reads"


@pytest.mark.parametrize("text", blocks("python"))
def test_python(text: str, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block runs, with the variables that the emulator prints, as it stands."""
    for name, value in environment(cloud).items():
        monkeypatch.setenv(name, value)
    exec(compile(text, "docs/emulator.md", "exec"), {})


@pytest.mark.parametrize("text", blocks("sh"))
def test_shell(text: str, cloud: Cloud) -> None:
    """The same for a shell, where curl is."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    done = subprocess.run(
        ["sh", "-c", text.replace("curl ", "curl --fail --silent --noproxy '*' ")],
        env={"PATH": os.environ["PATH"], **environment(cloud)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{")


@pytest.mark.parametrize("text", blocks("js"))
def test_node(text: str, cloud: Cloud) -> None:
    """The same for Node, where it and its packages are: `npm ci` in tests/sdk/node brings them, as .ci/run does."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    if not (NODE / "node_modules").is_dir():
        pytest.skip("Node's packages are missing: npm ci in tests/sdk/node")
    environ = {"PATH": os.environ["PATH"], "NODE_PATH": str(NODE / "node_modules"), **environment(cloud)}
    done = subprocess.run(
        [node, "--unhandled-rejections=strict", "-e", text],
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "it says nothing"
