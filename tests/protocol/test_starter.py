"""The starter: complete but for what only the user knows, and never over something that is there."""

from pathlib import Path

import pytest

from warroom.protocol.checks.problem import ConfigError
from warroom.protocol.load import load
from warroom.protocol.starter import StarterExists, write_starter


def test_only_placeholders_are_left(tmp_path: Path) -> None:
    """Every problem of a fresh starter is a placeholder, among the people and the services."""
    folder = tmp_path / "deep" / "config"
    written = write_starter(folder)
    names = ["protocol", "roster", "services", "integrations", "keymap"]
    assert [path.name for path in written] == [f"{name}.toml" for name in names]
    with pytest.raises(ConfigError) as caught:
        load(folder)
    told = caught.value.problems
    assert all("Still holds the placeholder" in one.sentence for one in told)
    assert {one.file for one in told} == {"roster.toml", "services.toml"}
    assert any("[primary-ic]" in one.sentence for one in told)


def test_filled_in_it_loads(tmp_path: Path) -> None:
    """Nothing but the brackets has to change."""
    write_starter(tmp_path)
    for name in ("roster.toml", "services.toml"):
        path = tmp_path / name
        rows = path.read_text().splitlines()
        filled = [row if row.startswith(("#", "[")) else row.replace("[", "").replace("]", "") for row in rows]
        path.write_text("\n".join(filled))
    assert load(tmp_path).services.find("service")


def test_it_is_commented(tmp_path: Path) -> None:
    """Each file explains itself."""
    for path in write_starter(tmp_path):
        assert path.read_text(encoding="utf-8").startswith("#")


@pytest.mark.parametrize("there", ["protocol.toml", "roster.toml", "services.toml"])
def test_it_never_overwrites(there: str, tmp_path: Path) -> None:
    """One file in the way, even a dangling link: it is named, untouched, and nothing is written beside it."""
    (tmp_path / there).symlink_to(tmp_path / "gone")
    with pytest.raises(StarterExists, match=there) as caught:
        write_starter(tmp_path)
    assert caught.value.paths == (tmp_path / there,)
    assert [path.name for path in tmp_path.iterdir()] == [there]


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    """The directory's name is taken by a file: an OSError, and the file stays."""
    (tmp_path / "config").write_text("mine")
    with pytest.raises(OSError, match="config"):
        write_starter(tmp_path / "config")
    assert (tmp_path / "config").read_text() == "mine"
