"""A configuration directory to start from: the protocol as shipped, people and services to be filled in."""

from pathlib import Path

from warroom import files
from warroom.protocol.checks.problem import literal
from warroom.resources import config_directory


class StarterExists(FileExistsError):
    """Something of that name is there already; nothing was written. `paths` are the files in the way."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = tuple(paths)
        names = ", ".join(path.name for path in paths)
        where = literal(str(paths[0].parent))
        super().__init__(f"{names} already there in {where}. Nothing was written: choose another directory.")


def write_starter(directory: Path) -> list[Path]:
    """Write the commented files into `directory`, which is made if need be, and return their paths.

    Raises StarterExists before anything is written when one of them is there, and OSError when the disk refuses; what
    was written until then is taken away again.
    """
    shipped = config_directory()
    sources = {
        "protocol.toml": shipped / "protocol.toml",
        "roster.toml": shipped / "starter" / "roster.toml",
        "services.toml": shipped / "starter" / "services.toml",
        "integrations.toml": shipped / "starter" / "integrations.toml",
        "keymap.toml": shipped / "keymap.toml",
    }
    contents = {directory / name: source.read_bytes() for name, source in sources.items()}
    if there := [path for path in contents if path.exists() or path.is_symlink()]:
        raise StarterExists(there)
    files.make_folder(directory, 0o755)
    written: list[Path] = []
    try:
        for path, content in contents.items():
            files.create(path, content, 0o644)  # not even a file that appeared this moment is overwritten
            written.append(path)
    except OSError as error:
        for path in written:
            files.remove(path)
        if isinstance(error, FileExistsError):
            raise StarterExists([path for path in contents if path.exists()]) from error
        raise
    return written
