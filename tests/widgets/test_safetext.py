"""One rule for text from outside: screen, command line and reports show the same, and it is what stands there."""

import unicodedata
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from tests.incident.story import Story, declared
from warroom.report.safe import inline
from warroom.text import plain
from warroom.updates.headline import alert
from warroom.updates.wording import outgoing
from widgets.safe import safe
from widgets.safetext import MARKS, one_line

LOOKLESS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2064\u2066"
    "\u2069\u206f\u3164\ufe00\ufe0e\ufe0f\ufeff\uffa0\ufff0\ufff9\ufffb\U000e0001\U000e0041\U000e0100\U000e01ef\x00\x08"
    "\x1b\x7f\x80\x9f\U0001f3fb\U0001f3ff\U0001d173\U0001bca0"
)
ODD = (
    LOOKLESS
    + "\t\n\r\x85\u2028\u2029\u00a0\u3000 \u0301\u0338\u20dd\u0e49\u093f\u1161\u11a8\ud83d\udcff\ue000\U000e1000"
)
texts = st.text(
    st.one_of(st.sampled_from(ODD), st.sampled_from("aé日ع한कᄒก👍🇫[m]0;\\*_|<"), st.characters()), max_size=40
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m\x07 alert", "red alert"),
        ("a\r\nb\tc\u2028d\x85e", "a b c d e"),
        *((f"a{char}b", "ab") for char in LOOKLESS if char not in "\x1b\x9b\x90"),
        ("bad \udcff\udc80 bytes", r"bad \xff\x80 bytes"),
        ("half \ud83d, private \ue000, not yet \U000e1000", "half \ufffd, private \ufffd, not yet \ufffd"),
        ("👩\u200d🚀 👍🏽 ❤\ufe0f 1\ufe0f\u20e3 🇫🇷", "👩🚀 👍 ❤ 1\u20e3 FR"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * MARKS),
        ("\u0301x \u0301y", "x y"),
        ("\u1161 \u11a8", "\ufffd \ufffd"),
        # What people write stays as it is.
        ("café cafe\u0301 Việt Vie\u0323\u0302t Ωμέγα \u03b1\u0314\u0301\u0345", None),
        ("日本語 한국어 \u1112\u1161\u11ab 中文", None),
        ("العربية שָׁלוֹם فارسی", None),
        ("ज़िंदगी नहीं க்ஷ ความเป็นอยู่ที่ น้ำ", None),
        ("👍 ⚠ 🚀 ✔ → 25 % ≥ 1 ×", None),
        ("INC-0001 [/red] C:\\temp $x && <b>", None),
    ],
)
def test_what_is_shown(text: str, shown: str | None) -> None:
    """Each kind of character, and texts of several scripts that stay legible."""
    shown = text if shown is None else shown
    assert one_line(text, 500) == shown
    assert (safe(text), plain(text, 500)) == (shown, shown)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_all_outlets_say_the_same(text: str) -> None:
    """Screen, command line, report in Markdown and HTML, and what is sent show one text; rows keep their spaces."""
    shown = " ".join(safe(text).split(" ")).strip()
    said = plain(text, 500)
    assert " ".join(shown.split()) == said
    page = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(f"x{inline(text)}x")
    assert unescape(page.strip().removeprefix("<p>").removesuffix("</p>")) == f"x{said}x"
    lines = outgoing(Story().incident, f"x{text}x").splitlines()
    assert all(safe(line) == line for line in lines)


@settings(max_examples=400, deadline=None)
@given(texts, st.integers(1, 30))
def test_nothing_hidden_is_left(text: str, limit: int) -> None:
    """No control, format or look-less character; it fits, it can be encoded, and doing it twice changes nothing."""
    for shown in (one_line(text, limit), plain(text, limit)):
        assert len(shown) <= limit
        assert not set(shown) & set(LOOKLESS)
        assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for char in shown)
        shown.encode()
        assert one_line(shown, limit) == shown and plain(plain(text, limit), limit) == plain(text, limit)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_it_is_as_wide_as_its_characters(text: str) -> None:
    """No character changes another's width, nothing without width stands alone, and no pile of marks is left."""
    shown = safe(text)
    assert cell_len(shown) == sum(cell_len(char) for char in shown)
    run = 0
    for before, char in zip(" " + shown, shown, strict=False):
        run = run + 1 if cell_len(char) == 0 else 0
        assert run <= MARKS
        assert not (run and before == " ")


@settings(max_examples=400, deadline=None)
@given(texts)
def test_a_text_with_letters_is_never_empty(text: str) -> None:
    """What has a letter or a digit outside of escape sequences still shows something."""
    outside = text.translate(dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)]))
    letters = [char for char in outside if unicodedata.category(char)[0] in "LN" and char not in LOOKLESS]
    if letters:
        assert safe(outside).strip() and plain(outside)


def test_what_is_announced_is_harmless_too() -> None:
    """The channel's alert is made of the title as the board shows it."""
    assert alert(Story(declared("P0")).incident) == "@here Emergency detected: checkout answers 500"
    assert outgoing(Story().incident, "one\u200b\nt\u202ewo \udcff") == "one\ntwo \\xff"
