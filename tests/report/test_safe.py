"""Outside text in Markdown."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.report.safe import bullets, fenced, inline, table

MARKUP = "\\`*_{}[]<>#|~&!$^\n\r\x1b\u202ehtp:/w.-+=1) a"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 25 % (of 1 840)", "plain words, 25 % (of 1 840)"),
        ("a|b", "a&#124;b"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("*bold* _it_ `code` ~~gone~~", r"\*bold\* \_it\_ \`code\` \~\~gone\~\~"),
        ("[x](http://evil)", r"\[x\](http\://evil)"),
        ("www.evil.example", r"www\.evil.example"),
        ("# head", r"\# head"),
        ("1. item", r"1\. item"),
        ("1.0.0", "1.0.0"),
        ("- item", r"\- item"),
        ("two\nlines", "two lines"),
        ("\x1b[31mred", "red"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_inline(text: str, shown: str) -> None:
    """It reads like the text itself once rendered."""
    assert inline(text) == shown


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(MARKUP) | st.characters(codec="utf-8"), max_size=80))
def test_nothing_gets_out_of_a_cell(text: str) -> None:
    """No bar, no angle, no line break, and every markup character has its backslash."""
    shown = inline(text)
    assert not set(shown) & set("|<>\n\r\x1b\u202e")
    bare = re.sub(r"\\.", "", shown)
    assert not set(bare) & set("`*_{}[]~$!^\\")
    assert "://" not in bare
    assert not re.search(r"&(?!amp;|lt;|gt;|#124;)", bare)


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from(MARKUP), max_size=40))
def test_nothing_ends_a_code_block(text: str) -> None:
    """A fence can't be forged inside."""
    assert "`" not in fenced(text) and "\n" not in fenced(text)


def test_long_text_is_cut() -> None:
    """The report stays readable; what was cut is told by an ellipsis."""
    assert inline("x" * 10_000, 50) == "x" * 49 + "…"


def test_tables_and_lists() -> None:
    """Their shapes."""
    assert table(("A", "B"), [("1", "2")]) == "| A | B |\n| --- | --- |\n| 1 | 2 |"
    assert bullets(["a", "b"], "none") == "- a\n- b"
    assert bullets([], "none") == "none"
