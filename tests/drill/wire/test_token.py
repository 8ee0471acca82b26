"""The drill's token: without it nobody injects and nobody reads what was sent, and only its owner can read it."""

import asyncio
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.drill.clients import Cloud
from tests.e2e.home import Home
from tests.patience import PATIENCE_SECONDS
from tests.services.outsides import outside
from warroom.cli.drill.inject import inject
from warroom.cli.drill.sent import sent
from warroom.drill.scenario import directory
from warroom.drill.wire import discovery
from warroom.drill.wire.addresses import OTHERS_VARIABLE, Addresses
from warroom.drill.wire.discovery import PATH, SENT_PATH
from warroom.protocol.load import load
from warroom.resources import config_directory, runtime_path
from warroom.services.errors import Denied, ServiceError
from warroom.services.systems.slack import SlackApi
from warroom.wiring import systems

ELSEWHERE = 12345
"""A user id of somebody else."""


def mode(path: Path) -> int:
    """Its permissions."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer wrong", "Bearer \u00e9", "{}", "Bearer {}x"])
async def test_nothing_without_the_token(cloud: Cloud, token: str | None) -> None:
    """Neither none, nor a wrong one, nor the right one told otherwise; nothing is begun, listed, cleared or told."""
    headers = [] if token is None else [(b"Authorization", token.format(cloud.addresses.token).encode())]
    fault = b'{"kind": "hang", "times": 0}'
    async with httpx.AsyncClient(base_url=f"http://{cloud.addresses.http}") as client:
        answers = [
            await client.get(PATH, headers=headers),
            await client.head(PATH, headers=headers),
            await client.post(PATH, headers=headers, content=fault),
            await client.delete(PATH, headers=headers),
            await client.get(SENT_PATH, headers=headers),
            await client.get(f"{SENT_PATH}?system=slack", headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [401] * len(answers)
        assert answers[2].json().keys() == {"error"}
        assert cloud.emulator.faults.active() == []
        right = {"Authorization": f"Bearer {cloud.addresses.token}"}
        assert (await client.post(PATH, headers=right, content=fault)).status_code == 200
        # A page in a browser gets no further with it, and neither does a name that was made to lead here.
        for more in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            assert (await client.get(PATH, headers={**right, **more})).status_code == 403


async def test_every_cloud_has_a_token_of_its_own(cloud: Cloud) -> None:
    """Long, made anew, and in none of the variables that lead clients there."""
    other = type(cloud.emulator)(cloud.emulator.world.scenario, cloud.clock)
    assert len(cloud.addresses.token) >= 40
    assert other.token != cloud.addresses.token
    assert cloud.addresses.token not in str(cloud.addresses.environment())


async def test_the_other_systems_take_their_own_cloud_s_tokens_alone() -> None:
    """With none, or what another cloud gave: nothing is read, nothing written, all is refused."""
    async with outside() as out:
        tables = load(config_directory()).integrations
        strangers = systems.drill(tables, out.emulator.stage.http, "guessed", out.clock)
        assert not strangers.missing and strangers.pager is not None
        for name in ("chat", "pager", "status_page", "code", "databases", "flags"):
            with pytest.raises(Denied):
                await getattr(strangers, name).check()
        with pytest.raises(ServiceError, match="does not take it"):
            await strangers.pager.trigger("k", "DRILL", severity="critical", source="warroom")
        await strangers.close()
        async with httpx.AsyncClient(base_url=f"http://{out.emulator.stage.http}") as web:
            for system in out.emulator.others.systems:
                for method, path, _ in system.routes():
                    answer = await web.request(method.replace("*", "POST"), re.sub("{[^}]*}", "x", path), json={})
                    told = answer.json()
                    assert answer.status_code >= 400 or told.get("ok") is False, (method, path, told)
        assert all(one.refused for system in directory.SYSTEMS for one in out.sent(system))
        assert not set(out.secrets.values()) & set(directory.secrets("guessed").values())


async def test_another_terminal_finds_the_token_or_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the file that is named, else in this user's folders; who has none does it by hand, and is told why."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    tables = load(config_directory()).integrations
    async with outside() as out:
        here = Addresses("a:1", "a:2", out.emulator.stage.http, out.emulator.token)
        environ = {OTHERS_VARIABLE: here.http}
        missing = systems.beside_emulator(tables, environ, out.clock).missing
        assert set(missing) == set(systems.SYSTEMS)
        assert all("takes its own token alone" in why and discovery.TOKEN_VARIABLE in why for why in missing.values())
        named = discovery.keep_token(tmp_path / "elsewhere", here)
        others = [systems.beside_emulator(tables, {**environ, discovery.TOKEN_VARIABLE: str(named)}, out.clock)]
        (tmp_path / "run").mkdir()
        discovery.keep_token(runtime_path(), here)
        others.append(systems.beside_emulator(tables, environ, out.clock))
        for one in others:
            assert one.missing == {} and isinstance(one.chat, SlackApi)
            assert await one.chat.check()
            await one.close()


def test_the_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    """0600 in a folder of 0700, also under an open umask; forgotten with the drill, unless a newer one has the port."""
    folder = tmp_path / "drills"
    old, new = Addresses("a:1", "a:2", "127.0.0.1:3", "o" * 43), Addresses("a:1", "a:2", "127.0.0.1:3", "n" * 43)
    before = os.umask(0)
    try:
        discovery.tell(folder, old, "x")
    finally:
        os.umask(before)
    (path,) = folder.glob("token-*")
    assert (mode(path), mode(folder)) == (0o600, 0o700)
    assert all(mode(one) == 0o600 for one in folder.iterdir())
    assert old.token not in (folder / "current.json").read_text()
    assert discovery.token_of(old.http, folder) == old.token
    discovery.tell(folder, new, "y")
    os.utime(path, (1, 1))
    later = Addresses("a:1", "a:2", new.http, "l" * 43)
    discovery.keep_token(
        tmp_path / "emulators", later
    )  # a drill that was killed leaves its file, and its port is used again
    assert discovery.token_of(new.http, folder, tmp_path / "emulators") == later.token
    discovery.forget(folder, old)
    assert discovery.token_of(new.http, folder) == new.token
    discovery.forget(folder, new)
    assert list(folder.iterdir()) == []


def test_what_a_killed_drill_left_goes_with_the_next(tmp_path: Path) -> None:
    """A process that was killed leaves its file; the next start takes that away, and no living one's."""
    script = """
import sys, time
from pathlib import Path
from warroom.drill.wire import discovery as current
from warroom.drill.wire.addresses import Addresses
current.tell(Path(sys.argv[1]), Addresses("a:1", "a:2", sys.argv[2], "t" * 43), "x")
print("kept", flush=True)
sys.stdin.read()
"""
    folder = tmp_path / "drills"
    others = []
    for port in (1, 2):
        command = [sys.executable, "-c", script, str(folder), f"127.0.0.1:{port}"]
        others.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        stream = others[-1].stdout
        assert stream is not None and stream.readline() == "kept\n"
    try:
        others[0].kill()
        others[0].wait()
        assert {one.name for one in folder.glob("token-*")} == {"token-1", "token-2"}
        here = Addresses("a:1", "a:2", "127.0.0.1:3", "n" * 43)
        discovery.tell(folder, here, "y")
        assert {one.name for one in folder.glob("token-*")} == {"token-2", "token-3"}
        discovery.keep_token(folder, Addresses("a:1", "a:2", "127.0.0.1:4", "m" * 43))
        assert {one.name for one in folder.glob("token-*")} == {"token-2", "token-3", "token-4"}
        discovery.forget(folder, here)
        assert {one.name for one in folder.glob("token-*")} == {"token-2", "token-4"}
    finally:
        for one in others:
            one.kill()
            one.communicate()


def test_a_token_that_others_could_have_laid_there_is_none(tmp_path: Path) -> None:
    """A link, a pipe, a file that others may read or that is somebody else's, and a folder that is."""
    here = Addresses("a:1", "a:2", "127.0.0.1:3", "t" * 43)
    path = discovery.keep_token(tmp_path / "drills", here)
    path.chmod(0o644)
    assert discovery.token_of(here.http, path.parent) == ""
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, ELSEWHERE, ELSEWHERE)
        assert discovery.token_of(here.http, path.parent) == ""
        with pytest.raises(OSError, match="somebody else"):
            discovery.keep_token(path.parent, here)
        assert path.read_text() == here.token
        os.chown(path.parent, ELSEWHERE, ELSEWHERE)
        path.unlink()
        with pytest.raises(OSError, match="somebody else"):
            discovery.keep_token(path.parent, here)
        os.chown(path.parent, os.geteuid(), -1)
    path.unlink(missing_ok=True)
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "victim").chmod(0o600)
    path.symlink_to(tmp_path / "victim")
    assert discovery.token_of(here.http, path.parent) == ""
    with pytest.raises(OSError, match="link"):
        discovery.keep_token(path.parent, here)
    assert (tmp_path / "victim").read_text() == "mine"
    path.unlink()
    os.mkfifo(path, 0o600)
    assert discovery.token_of(here.http, path.parent) == ""


async def test_commands_without_the_token_say_so(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user has another state folder: one sentence, and 1. With the file named they work."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv(discovery.VARIABLE, raising=False)
    monkeypatch.delenv(discovery.TOKEN_VARIABLE, raising=False)
    at = ["--at", cloud.addresses.http]
    for command, *more in ((inject, "--list"), (inject, "hang"), (inject, "--clear"), (sent,)):
        said = await asyncio.to_thread(CliRunner().invoke, command, [*more, *at])
        assert (said.exit_code, said.output.count("\n")) == (1, 1)
        assert "wants its token" in said.output and discovery.TOKEN_VARIABLE in said.output
    elsewhere = discovery.keep_token(tmp_path / "elsewhere", cloud.addresses)
    monkeypatch.setenv(discovery.TOKEN_VARIABLE, str(elsewhere))
    said = await asyncio.to_thread(CliRunner().invoke, inject, ["--list", *at])
    assert said.output == f"EMULATOR at {cloud.addresses.http}\nno faults\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder of the test's own."""
    return Home(tmp_path)


def test_the_emulator_alone(home: Home) -> None:
    """It says where its token lies, not the token; inject finds it by itself, another user does not; it goes again."""
    runtime = home.path / "run"
    runtime.mkdir()
    here = {"XDG_RUNTIME_DIR": str(runtime)}
    process = home.popen("emulator", **here)
    try:
        assert process.stdout is not None
        said = ""
        while discovery.TOKEN_VARIABLE not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        assert said.startswith("# EMULATOR: ")
        path = Path(said.rpartition("=")[2].strip())
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)
        assert path.parent.parent == runtime and not home.drills.exists()
        assert path.read_text() not in said
        http = next(line for line in said.splitlines() if f"{discovery.VARIABLE}=" in line).partition("=")[2].split()[0]
        assert home.run("inject", "--list", "--at", http, **here).stdout == f"EMULATOR at {http}\nno faults\n"
        assert home.run("sent", "--at", http, **here).stdout == f"EMULATOR at {http}\nnothing was sent\n"
        other = home.run("sent", "--at", http, XDG_RUNTIME_DIR=str(home.path / "another"))
        assert (other.returncode, other.stdout) == (1, "")
        assert "wants its token" in other.stderr
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert not path.exists()
    finally:
        process.kill()
        process.communicate()
