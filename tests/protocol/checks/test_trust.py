"""A configuration that others may write to names no programs for us; everything else goes on with it."""

import grp
import os
import pwd
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.cloud import asked
from tests.e2e.home import Home
from warroom.protocol.checks import trust
from warroom.protocol.load import load
from warroom.resources import config_directory

ELSEWHERE = 12345
"""A user id of somebody else."""

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the shipped configuration that only its owner may write to."""
    folder = tmp_path / "own"
    shutil.copytree(config_directory(), folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def why(folder: Path) -> str:
    """What speaks against its programs."""
    found = load(folder).distrust
    return f"{found.what}. {found.remedy}" if found else ""


def test_one_s_own_is_fine(config: Path) -> None:
    """And so is the shipped one."""
    assert why(config) == ""
    assert why(config_directory()) == ""


@pytest.mark.parametrize("name", ["", "protocol.toml", "services.toml", "roster.toml", "integrations.toml"])
@pytest.mark.parametrize("more", [0o002, 0o020])
def test_others_may_write(config: Path, name: str, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory or one of its files, for all or for a group with others in it: which, and what to do."""
    people = SimpleNamespace(gr_name="staff", gr_mem=["somebody"])
    monkeypatch.setattr(grp, "getgrgid", lambda gid: people)
    path = config / name if name else config
    path.chmod(path.stat().st_mode | more)
    said = why(config)
    assert said.startswith(f"No programs are run: {'anybody' if more == 0o002 else 'its group'} may write to {path}. ")
    assert f"chmod go-w {path}" in said
    path.chmod(path.stat().st_mode & ~0o022)
    assert why(config) == ""


@pytest.mark.parametrize(
    ("group", "members", "alone"),
    [("mona", [], True), ("mona", ["mona"], True), ("mona", ["mona", "eve"], False), ("staff", [], False)],
)
def test_a_group_of_one_s_own(
    config: Path, group: str, members: list[str], alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout under umask 002 is group-writable: fine where the group is the user's own, without anybody else."""
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: SimpleNamespace(pw_name="mona"))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: SimpleNamespace(gr_name=group, gr_mem=members))
    config.chmod(0o775)
    (config / "protocol.toml").chmod(0o664)
    assert (why(config) == "") is alone


def test_a_user_or_group_without_a_name(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: nobody knows who is in it."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(grp, "getgrgid", unknown)
    config.chmod(0o775)
    assert "its group" in why(config)


@root
@pytest.mark.parametrize("name", ["", "protocol.toml"])
def test_somebody_else_s(config: Path, name: str) -> None:
    """Who owns it can write to it whatever its mode says."""
    path = config / name if name else config
    os.chown(path, ELSEWHERE, -1)
    said = why(config)
    assert f"{path} belongs to another user (uid {ELSEWHERE})" in said
    assert f"chown {os.geteuid()} {path}" in said


def test_a_configuration_without_programs(config: Path) -> None:
    """It runs none: nothing is refused."""
    text = (config / "protocol.toml").read_text(encoding="utf-8")
    lines = [
        line.replace('driver = "command"', 'driver = "manual"')
        for line in text.splitlines()
        if not line.startswith("argv = ")
    ]
    (config / "protocol.toml").write_text("\n".join(lines), encoding="utf-8")
    config.chmod(0o777)
    assert why(config) == ""


def test_of_a_program_every_folder_counts(config: Path) -> None:
    """From the configuration's directory down to the program itself; what lies elsewhere is not judged."""
    script = config / "scripts" / "emergency" / "x.sh"
    script.parent.mkdir(parents=True)
    script.touch()
    for path in (script, script.parent, script.parent.parent):
        path.chmod(path.stat().st_mode | 0o002)
        found = trust.of_program(config, script)
        assert found is not None and f"write to {path}" in found.what
        path.chmod(path.stat().st_mode & ~0o002)
    assert trust.of_program(config, script) is None
    script.parent.chmod(0o1777)  # as /tmp is: nobody takes another's name away there
    assert trust.of_program(config, script) is None
    config.chmod(0o1777)  # but a name could be added, to where they are read from
    assert trust.of_program(config, script) is not None
    assert trust.of_program(config, Path("/bin/sh")) is None


def test_what_the_commands_say(tmp_path: Path, config: Path) -> None:
    """`run` runs nothing, also where it would take something back; check and doctor tell; the rest works as ever."""
    home = Home(tmp_path)
    marker = tmp_path / "ran"
    path = config / "protocol.toml"
    text = path.read_text(encoding="utf-8")
    old = '["kubectl", "rollout", "undo", "deployment/{service}"'
    assert old in text
    path.write_text(text.replace(old, f'["touch", "{marker}", "/tmp/{{service}}"'), encoding="utf-8")
    (config / "integrations.toml").unlink()
    own = ("--config", str(config))
    asked(home, 0, "declare", "cards fail", "--severity", "P0", *own)
    config.chmod(0o777)
    refused = asked(home, 1, "run", "undo-kubernetes", "--yes", *own)
    assert refused["error"]["title"] == f"No programs are run: anybody may write to {config}"
    assert f"chmod go-w {config}" in refused["error"]["remedy"]
    assert not marker.exists()
    told = home.run("check", str(config))
    assert (told.returncode, f"chmod go-w {config}" in told.stderr) == (1, True)
    said = home.run("doctor", *own).stdout
    assert f"may write to {config}" in said and f"chmod go-w {config}" in said
    asked(home, 0, "note", "it goes on", *own)
    assert home.run("report", "INC-0001", *own).returncode == 0
    config.chmod(0o755)
    assert home.run("check", str(config)).returncode == 0
