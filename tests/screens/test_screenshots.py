"""The README's pictures show the board as it is."""

from pathlib import Path

import pytest

from screenshots.__main__ import FOLDER, SHOTS, main, offline, outdated, write


def test_the_pictures_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    """`make screenshots` would change nothing; what is not current is named."""
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_what_is_not_current_is_named(tmp_path: Path) -> None:
    """Missing, changed, and no longer made; written, all are current."""
    pictures = {"same": "<svg/>", "changed": "<svg>new</svg>", "missing": "<svg/>"}
    for name, svg in {"same": "<svg/>", "changed": "<svg>old</svg>", "gone": "<svg/>"}.items():
        (tmp_path / f"{name}.svg").write_text(svg)
    assert outdated(pictures, tmp_path) == ["changed", "gone", "missing"]
    write(pictures, tmp_path)
    assert outdated(pictures, tmp_path) == []


def test_pictures_need_no_network() -> None:
    """No font, image or style is fetched; the only addresses are names of XML."""
    for name in SHOTS:
        text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert "@font-face" not in text
        assert "url(http" not in text
        assert {line for line in text.splitlines() if "http" in line and "xmlns" not in line} <= {
            "    <!-- Generated with Rich https://www.textualize.io -->"
        }


def test_offline_takes_only_the_fonts() -> None:
    """The rest of the style stays."""
    style = (
        "<style>\n\n    @font-face {\n  src: url(x);\n    }\n\n    .t-matrix { font-family: Fira Code, monospace; }\n"
    )
    assert "@font-face" not in offline(style)
    assert ".t-matrix { font-family: " in offline(style)
    assert "monospace" in offline(style)


def test_another_argument_is_refused() -> None:
    """There is one option."""
    assert main(["--chek"]) == 2
