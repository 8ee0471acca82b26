"""Configuration from the command line: what is broken is listed whole, a starter is written, never over anything."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.home import Home
from tests.e2e.terminal import Terminal
from warroom.resources import config_directory

BREAKAGES = (
    # File, what is replaced, by what, and what must be said about it.
    ("protocol.toml", "[gate]\n", "[gate]\nbake_minuts = 5\n", "protocol.toml: gate.bake_minuts"),
    ("protocol.toml", "rungs = [10, 25, 50, 100]", "rungs = [10, 50, 25, 100]", "protocol.toml: ladder.rungs"),
    ("roster.toml", 'role = "release-manager"', 'role = "release-manger"', "release-manger"),
    ("services.toml", 'region = "europe-west1"', "region = 3", "services.toml: services"),
)


@pytest.fixture
def broken(home: Home) -> Path:
    """A configuration with a fault in every file, two in one."""
    directory = home.path / "broken"
    shutil.copytree(config_directory(), directory)
    for name, old, new, _ in BREAKAGES:
        path = directory / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return directory


@pytest.mark.parametrize("command", ["check {0}", "drill --config {0}"])
def test_every_problem_is_listed(home: Home, broken: Path, command: str) -> None:
    """One line for each with file and key, how many, and exit 1; nothing is begun."""
    done = home.run(*command.format(broken).split())
    assert done.returncode == 1
    *problems, last = done.stderr.splitlines()
    for *_, words in BREAKAGES:
        assert any(words in problem for problem in problems), f"{words} not in {problems}"
    assert last.startswith(f"warroom: {len(problems)} problem(s) in the configuration")
    assert done.stdout == ""
    assert not home.journal.exists()


@pytest.mark.parametrize("command", ["drill", "open"])
def test_a_broken_configuration_opens_no_board(home: Home, broken: Path, command: str) -> None:
    """On a terminal too: the problems stand there as lines, and the screen was never taken."""
    environment = home.environment(WARROOM_CONFIG=str(broken))
    with Terminal(home.command(command), environment, columns=120, rows=36) as terminal:
        assert terminal.wait_for_exit() == 1
        assert b"\x1b[?1049h" not in terminal.raw
        for *_, words in BREAKAGES:
            assert words in terminal.flat()


def test_a_users_configuration_is_found(home: Home, broken: Path) -> None:
    """The one in the user's folder is taken without being named; --config and $WARROOM_CONFIG go before it."""
    shutil.copytree(broken, home.path / "config" / "warroom")
    assert home.run("check").returncode == 1
    assert home.run("check", str(config_directory())).returncode == 0
    assert home.run("check", WARROOM_CONFIG=str(config_directory())).returncode == 0


def test_a_health_path_that_google_keeps_is_a_warning(home: Home) -> None:
    """It is told with its place, and the configuration stays usable."""
    directory = home.path / "doubtful"
    shutil.copytree(config_directory(), directory)
    services = directory / "services.toml"
    services.write_text(services.read_text().replace('health_path = "/health"', 'health_path = "/healthz"'))
    done = home.run("check", str(directory))
    assert done.returncode == 0
    assert "warning: services.toml: services[payments-api].health_path: '/healthz': Google's front end" in done.stdout


def test_a_hostile_configuration_is_told_as_text(home: Home) -> None:
    """Keys and values with escape sequences come back escaped."""
    directory = home.path / "hostile"
    shutil.copytree(config_directory(), directory)
    with (directory / "services.toml").open("a", encoding="utf-8") as file:
        file.write('\n["\\u001b]0;owned\\u0007[/red]\\u202E"]\nx = "\\u001b[2J"\n')
    done = home.run("check", str(directory))
    assert done.returncode == 1
    for raw in ("\x1b", "\x07", "\u202e"):
        assert raw not in done.stderr


def test_init_writes_a_starter_once(home: Home) -> None:
    """Commented files that `check` finds unfilled; a second time it writes nothing and changes nothing."""
    directory = home.path / "mine"
    done = home.run("init", str(directory))
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in directory.iterdir())
    assert files == ["integrations.toml", "keymap.toml", "protocol.toml", "roster.toml", "services.toml"]
    checked = home.run("check", str(directory))
    assert checked.returncode == 1
    assert "roster.toml" in checked.stderr and "services.toml" in checked.stderr

    (directory / "protocol.toml").unlink()
    (directory / "roster.toml").write_text("# mine\n", encoding="utf-8")
    again = home.run("init", str(directory))
    assert again.returncode == 1
    assert "already there" in again.stderr
    assert (directory / "roster.toml").read_text(encoding="utf-8") == "# mine\n"
    assert not (directory / "protocol.toml").exists()


def test_one_of_something_is_counted_as_one(home: Home) -> None:
    """Another company's runbook may have a single service, or phase."""
    said = home.run("check", str(config_directory() / "examples" / "atlassian")).stdout
    assert "4 phases, 15 steps, 6 duties, 1 service." in said
