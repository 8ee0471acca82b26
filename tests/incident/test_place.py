"""Where an incident was declared, and from where it is acted on."""

import msgspec
import pytest
from msgspec.structs import replace

from tests.incident.story import Story, declared
from warroom.incident.events import AnyFact
from warroom.incident.place import Place, elsewhere, kind, label, title_mark

PRODUCTION, DRILL = Place(), Place("drill")
EMULATOR = Place("emulator", "127.0.0.1:4000", "CLOUD_RUN_EMULATOR_HOST")
BY_SETTING = Place("emulator", "127.0.0.1:4000", "cloud_run in services.toml")


@pytest.mark.parametrize(
    ("there", "here", "remedy"),
    [
        ("production", PRODUCTION, None),
        ("production", EMULATOR, "Unset CLOUD_RUN_EMULATOR_HOST"),
        ("production", BY_SETTING, "Take cloud_run in services.toml out"),
        ("production", DRILL, "Open it without a drill"),
        ("emulator", PRODUCTION, "Set CLOUD_RUN_EMULATOR_HOST"),
        ("emulator", EMULATOR, None),
        ("emulator", DRILL, "Set CLOUD_RUN_EMULATOR_HOST"),
        ("drill", PRODUCTION, "Export what its board shows under g"),
        ("drill", EMULATOR, None),
        ("drill", DRILL, None),
    ],
)
def test_acted_on_from_where_it_was_declared(there: str, here: Place, remedy: str | None) -> None:
    """Nothing across; but an emulator may be a drill's cloud, which is how other terminals reach a drill."""
    at = EMULATOR.address if there == "emulator" else ""
    first = declared("P0", drill=there == "drill", place=there, address=at)
    found = elsewhere(Story(first).incident, here)
    assert (found is None) == (remedy is None)
    if found is not None and remedy is not None:
        assert found.remedy.startswith(remedy) and remedy in found.short
        assert there.upper() in found.title and here.badge in found.title
        assert here.address in found.short and (first.address in found.title)


@pytest.mark.parametrize("drill", [False, True])
def test_two_emulators_are_two_clouds(drill: bool) -> None:
    """An incident of one is not acted on from another, nor a drill that was declared at one; both are named."""
    first = declared("P0", drill=drill, place="drill" if drill else "emulator", address="127.0.0.1:9")
    found = elsewhere(Story(first).incident, EMULATOR)
    assert found is not None
    for words in (f"{found}", found.short):
        assert "at 127.0.0.1:9" in words and "the EMULATOR at 127.0.0.1:4000" in words
        assert "Set CLOUD_RUN_EMULATOR_HOST=127.0.0.1:9, or declare anew" in words


@pytest.mark.parametrize("address", ["127.0.0.1:4000", "localhost:4000", " LOCALHOST:4000", ""])
def test_one_emulator_by_each_of_its_names(address: str) -> None:
    """The same port of this machine, however it is written; and one whose address no journal tells."""
    assert elsewhere(Story(declared("P0", place="emulator", address=address)).incident, EMULATOR) is None


@pytest.mark.parametrize(("drill", "known"), [(True, "drill"), (False, "production")])
def test_journals_from_before_it_was_written(drill: bool, known: str) -> None:
    """A declaration without the new fields is read as before: a drill's is a drill's, any other production's."""
    old = {"kind": "declared", "title": "t", "severity": "P0", "trigger": "", "services": [], "detected_at": 1.0}
    fact = msgspec.convert({**old, **({"drill": True} if drill else {})}, type=AnyFact)
    assert kind(fact) == known
    assert b"place" not in msgspec.json.encode(fact)


def test_the_word_before_what_is_not_real() -> None:
    """DRILL and EMULATOR; production has none."""
    first = declared()
    marks = [title_mark(replace(first, drill=drill, place=at)) for drill, at in ((True, ""), (False, "emulator"))]
    assert marks == ["DRILL: ", "EMULATOR: "]
    assert (label(first), title_mark(first)) == ("", "")
