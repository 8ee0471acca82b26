"""Makes the README's pictures of the real board, from the scenes that the tests use: `python -m screenshots`.

The app runs without a terminal, on a clock that stands still, so a picture only changes when the board does.
"""

import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from tests.screens import scenes

FOLDER = Path(__file__).parent
FONTS = '"Fira Code", "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'


class Shot(Struct, frozen=True):
    """A scene, the keys pressed in it, the size of the terminal, and how the room differs (see `scenes.room`)."""

    scene: str
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (120, 36)
    room: dict[str, Any] = {}


SHOTS = {
    "board-pass": Shot("pass"),
    "board-fail": Shot("fail"),
    "board-weak": Shot("weak"),
    "board-80x24": Shot("pass", size=(80, 24)),
    "arm-advance": Shot("baked", ("a",)),
    "abort": Shot("fail", ("x",)),
    "home": Shot("several", size=(120, 24), room={"incident": "", "drill": False}),
    "declare": Shot("nothing", room={"incident": ""}),
    "projector": Shot("pass", ("m",), size=(100, 28)),
    "light": Shot("pass", room={"light": True}),
}


async def picture(shot: Shot) -> str:
    """The shot as SVG that needs no font of anyone's."""
    with TemporaryDirectory() as folder:
        async with scenes.opened(shot.scene, Path(folder), shot.size, **shot.room) as pilot:
            await scenes.press(pilot, *shot.keys)
            return offline(pilot.app.export_screenshot(title="warroom"))


def offline(svg: str) -> str:
    """Rich's SVG without the fonts that it would fetch from the network: every viewer has a monospaced one.

    Every run of text has its length written to it, so that columns stay columns in any font.
    """
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL)
    return svg.replace("font-family: Fira Code, monospace;", f"font-family: {FONTS};")


def outdated(pictures: Mapping[str, str], folder: Path) -> list[str]:
    """The names of those that are missing in `folder`, differ there, or lie there without being made any more."""
    there = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")}
    return sorted(name for name in {*pictures, *there} if pictures.get(name) != there.get(name))


def write(pictures: Mapping[str, str], folder: Path) -> None:
    """Put the pictures into `folder`, and take those away that are not made any more."""
    for path in folder.glob("*.svg"):
        if path.stem not in pictures:
            path.unlink()
    for name, svg in pictures.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8", newline="\n")


def made() -> dict[str, str]:
    """All pictures, made anew, by name."""
    os.environ.pop("NO_COLOR", None)

    async def all_of_them() -> dict[str, str]:
        return {name: await picture(shot) for name, shot in SHOTS.items()}

    return asyncio.run(all_of_them())


def main(arguments: Sequence[str]) -> int:
    """Write the pictures; with `--check` say which are not current, and return 1 if any is not."""
    if [one for one in arguments if one != "--check"]:
        print("usage: python -m screenshots [--check]", file=sys.stderr)
        return 2
    pictures = made()
    stale = outdated(pictures, FOLDER)
    if "--check" not in arguments:
        write(pictures, FOLDER)
    for name in stale:
        print(f"screenshots/{name}.svg", "is not current" if "--check" in arguments else "is new")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
