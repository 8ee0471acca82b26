"""docs/glossary.md explains words that are used."""

import re

import pytest

from screenshots.rooms import ROOT

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
TERMS: list[str] = re.findall(r"\*\*([^*]+)\*\*", TEXT)
USED = "\n".join(
    path.read_text(encoding="utf-8").lower()
    for folder, kind in (("warroom", "py"), ("widgets", "py"), ("docs", "md"), ("config", "toml"))
    for path in sorted((ROOT / folder).rglob(f"*.{kind}"))
    if path.name != "glossary.md"
)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_used(term: str) -> None:
    """What nobody says needs no explanation."""
    assert re.search(rf"\b{re.escape(term.lower())}", USED)


def test_no_term_is_explained_twice() -> None:
    """Each has one meaning."""
    assert len(TERMS) > 50
    assert sorted(set(TERMS)) == sorted(TERMS)
