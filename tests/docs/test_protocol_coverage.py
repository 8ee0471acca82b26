"""docs/protocol-coverage.md names every item of the protocol, and only tests that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from warroom.protocol.load import load
from warroom.protocol.model import ChecklistItem, Step
from warroom.resources import config_directory

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "protocol-coverage.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.endswith("| Shown by |")]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PROTOCOL = load(config_directory()).protocol


@cache
def found_in(path: str) -> frozenset[str]:
    """The test functions of a file; none where there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_row_has_what_is_done_and_a_test_that_there_is() -> None:
    """Four cells, none empty; each test that is named stands in the file that is named."""
    assert len(ROWS) > 150
    for row in ROWS:
        cells = cells_of(row)
        assert len(cells) == 4 and all(cells), row
        named = NAMED.findall(cells[3])
        assert named and NAMED.sub("", cells[3]).strip(", ") == "", row
        assert [name for path, name in named if name not in found_in(path)] == [], row


NATIVELY, BY_PROGRAM, BY_PERSON = "natively", "by your program", "by a person, recorded"
DECISIONS = frozenset({"decide", "data-change", "post-mortem", "permanent-fix", "resolve"})
"""What warroom asks, keeps and acts on, and what no more than a person can say."""

ALSO = {"emergency/rollback-all.sh": NATIVELY}
"""Where warroom does by itself, too, what a program of the document's is for."""


def cells_of(row: str) -> list[str]:
    """The cells of a row."""
    return [cell.strip() for cell in row.strip("|").split(" | ")]


def how(step: Step) -> str:
    """How a step is done, by what protocol.toml says of it."""
    if step.driver == "command":
        return BY_PROGRAM
    by_itself = step.native not in DECISIONS if step.driver == "native" else bool(step.evidence) and not step.by_person
    return NATIVELY if by_itself else BY_PERSON


def shown_how(item: ChecklistItem) -> list[str]:
    """How an item of the checklist comes about: by facts, or by the steps that it stands for."""
    return [NATIVELY if one.startswith("fact:") else how(PROTOCOL.step(one)) for one in item.ticked_by]


def test_every_row_says_truly_how_it_is_done() -> None:
    """By a word of three; of steps, items and programs that which protocol.toml makes of them, in their order.

    A step that warroom does itself is "natively", one that starts a program "by your program", the rest a person's.
    """
    steps = {one.id: one for phase in PROTOCOL.phases for one in phase.steps} | {
        one.id: one for one in PROTOCOL.procedures
    }
    items, tools = {one.id: one for one in PROTOCOL.checklist}, {one.name for one in PROTOCOL.tools}
    for row in ROWS:
        first, _, told, _ = cells_of(row)
        said = told.split("; ")
        assert set(said) <= {NATIVELY, BY_PROGRAM, BY_PERSON} and len(set(said)) == len(said), row
        wanted: list[str] = []
        for name in re.findall(r"`([^`]+)`", first):
            wanted += shown_how(items[name]) if name in items else [how(steps[name])] if name in steps else []
            wanted += [NATIVELY] if name in tools else []
        wanted += [also for begin, also in ALSO.items() if first.startswith(begin)]
        assert not wanted or said == list(dict.fromkeys(wanted)), row


def test_each_of_the_documents_items_has_a_row() -> None:
    """147 of them, and what the rulings add beside."""
    assert len([row for row in ROWS if not re.match(r"\| \d+\. ", row)]) >= 147


KINDS = {
    "phases": [phase.id for phase in PROTOCOL.phases],
    "steps": [step.id for phase in PROTOCOL.phases for step in phase.steps],
    "procedures": [step.id for step in PROTOCOL.procedures],
    "checklist": [item.id for item in PROTOCOL.checklist],
    "triggers": [trigger.id for trigger in PROTOCOL.triggers],
    "roles": [role.id for role in PROTOCOL.roles],
    "severities": [severity.id for severity in PROTOCOL.severities],
    "matrix": [row.id for row in PROTOCOL.matrix],
    "templates": [template.id for template in PROTOCOL.templates],
    "compliance": [item.id for item in PROTOCOL.compliance],
    "drills": [drill.id for drill in PROTOCOL.drills],
    "tools": [tool.name for tool in PROTOCOL.tools],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_id_of_the_protocol_has_a_row(kind: str) -> None:
    """In the first column, in backticks: what comes to protocol.toml comes here too."""
    named = {name for row in ROWS for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])}
    assert [one for one in KINDS[kind] if one not in named] == []


def test_every_heading_level_and_ruling_has_a_row() -> None:
    """The post-mortem's headings, the escalation's levels, and the rulings 1 to 37."""
    firsts = [row.removeprefix("| ").split(" | ")[0] for row in ROWS]
    for begin in (*PROTOCOL.post_mortem, *(f"Level {level.level}," for level in PROTOCOL.escalation)):
        assert sum(first.startswith(begin) for first in firsts) == 1, begin
    numbers = [int(found[1]) for first in firsts if (found := re.match(r"(\d+)\. ", first))]
    assert numbers == list(range(1, 38))
