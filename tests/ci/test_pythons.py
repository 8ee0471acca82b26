"""Which Pythons the tests are run on: those that run, and of the others why not."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "dirname", "grep", "ls", "sed", "sort", "tail")
MARK = "Programming Language :: Python :: "


def test_only_those_that_run_are_taken(tmp_path: Path) -> None:
    """Each promised one that is on PATH, and runs, by its path; of the rest is told what was wrong with it."""
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    own = "{}.{}".format(*sys.version_info)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [one.removeprefix(MARK) for one in project["classifiers"] if one.startswith(MARK)]
    assert own in promised
    broken, absent = (one for one in promised if one != own)
    (tmp_path / f"python{own}").symlink_to(sys.executable)
    (tmp_path / f"python{broken}").write_text(
        f"#!{tmp_path}/bash\necho 'pyenv: python{broken}: command not found'\necho 'See: pyenv help'\nexit 127\n",
        encoding="utf-8",
    )
    (tmp_path / f"python{broken}").chmod(0o755)
    environment = {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path / "pyenv"), "HOME": str(tmp_path)}
    done = subprocess.run([ROOT / ".ci" / "pythons"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}/python{own}\n"
    assert f"{broken} ({tmp_path}/python{broken} does not run: pyenv: python{broken}: command not found)" in done.stderr
    assert f"{absent} (none is found)" in done.stderr
