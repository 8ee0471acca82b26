"""Systems are ports: only their clients, the wiring and the configuration know products by name."""

import re
from pathlib import Path

import pytest
import tomli

import warroom
import widgets
from warroom.protocol.integrations import PRODUCTS, Integrations, Port, Product
from warroom.services.systems.ports import Others

ROOMS = (
    "warroom/services/",  # the clients
    "warroom/wiring/",  # which of them is built
    "warroom/protocol/integrations.py",  # the configuration
    "warroom/protocol/checks/integrations.py",
    "warroom/drill/systems/",  # plays them, each as it is
    "warroom/drill/scenario/directory.py",
)
"""Where they are at home."""

ALLOWED = {
    "warroom/protocol/roster.py": ({"slack"}, "a column of roster.toml"),
    "warroom/protocol/contacts.py": ({"slack"}, "a person is found by that column, too"),
    "warroom/screens/dialogs/contacts.py": ({"slack"}, "shows and edits that column under its own name"),
    "warroom/cli/drill/inject.py": ({"slack"}, "an example to type: a drill's systems are called as they are"),
}
"""Elsewhere: which words a file may hold, and why."""


def _pattern() -> re.Pattern[str]:
    words = {re.escape(word) for one in PRODUCTS for word in (one.id, one.name, one.table, one.id.replace("-", ""))}
    return re.compile("|".join(sorted(words)), re.IGNORECASE)


def _found() -> dict[str, set[str]]:
    """The products that each file names outside their rooms."""
    pattern, found = _pattern(), {}
    for package in (warroom, widgets):
        root = Path(str(package.__path__[0]))
        for path in sorted(root.rglob("*.py")):
            name = path.relative_to(root.parent).as_posix()
            words = {word.lower() for word in pattern.findall(path.read_text(encoding="utf-8"))}
            if words and not name.startswith(ROOMS):
                found[name] = words
    return found


def test_only_their_own_rooms_name_products() -> None:
    """Everything else speaks of chat, pager, status page, code host, database, flags; no exception is stale."""
    assert _found() == {name: words for name, (words, _) in ALLOWED.items()}


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda one: str(one.id))
def test_every_product_has_a_table_and_a_port(product: Product) -> None:
    """A product that the configuration knows can be configured, and its client has a place."""
    assert product.table in Integrations.__struct_fields__
    assert product.port in Others.__struct_fields__


def test_wiring_alone_may_import_each_client() -> None:
    """A client that is built is in the contract which keeps everyone else from it."""
    root = Path(str(warroom.__path__[0]))
    settings = tomli.loads((root.parent / "pyproject.toml").read_text(encoding="utf-8"))
    rules = settings["tool"]["importlinter"]["contracts"]
    (rule,) = (one for one in rules if one["name"] == "Only wiring builds real clients")
    wiring = (root / "wiring" / "systems.py").read_text(encoding="utf-8")
    built = set(re.findall(r"from (warroom\.services\.systems\.\w+) import", wiring))
    assert built - set(rule["forbidden_modules"]) == {"warroom.services.systems.ports"}


def test_ports_are_the_clients_places() -> None:
    """One for each client in Others, and one for each table in integrations.toml."""
    assert {*Port} == {*Others.__struct_fields__} - {"missing"}
    assert {one.table for one in PRODUCTS} == set(Integrations.__struct_fields__)
