"""What every store must do, whatever it keeps its events in. A new one is one more line of STORES."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from tests.clocks import START
from tests.incident.journal.memory import MemoryStore, Shelf
from tests.incident.story import HOSTILE, declared, ladder
from warroom import redaction
from warroom.incident import events
from warroom.incident.events import AnyFact, Event
from warroom.incident.fold import fold
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore
from warroom.incident.journal.store import Store
from warroom.protocol.integrations import USUAL_VARIABLES

Opens = Callable[[], Store]

STORES: dict[str, Callable[[Path], Opens]] = {
    "sqlite": lambda folder: partial(SqliteStore, folder / "journal.db", 30.0),
    "memory": lambda _folder: partial(MemoryStore, Shelf()),
}
"""By name, what opens the same journal again and again, given a folder of its own."""


@pytest.fixture(params=STORES)
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opens]:
    """Opens one journal as often as it is called, and closes every one of them after the test."""
    again, opened = STORES[request.param](tmp_path), cast("list[Store]", [])

    def opening() -> Store:
        opened.append(again())
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


def noted(*words: str) -> list[events.Noted]:
    """Facts that say so."""
    return [events.Noted(one) for one in words]


def texts(found: Sequence[Event]) -> list[str]:
    """What the notes among them say."""
    return [event.fact.text for event in found if isinstance(event.fact, events.Noted)]


def test_a_new_store_is_empty_and_whole(opens: Opens) -> None:
    """Nothing is in it and nothing wrong with it; an unknown incident has no events, and the next id takes none."""
    store = opens()
    assert (store.incidents(), store.verify(), store.was_empty) == ([], [], False)
    assert store.read("INC-0001") == []
    assert (store.next_id(), store.next_id()) == ("INC-0001", "INC-0001")
    assert store.where and store.look and store.remedies


def test_events_are_numbered_and_come_back_as_they_were_given(opens: Opens) -> None:
    """What was returned is what is read, by this one and by one that is opened later, hashes and all."""
    store = opens()
    first = store.begin(declared(), "@rm", START)
    added = store.append(first.incident, [*noted("a"), ladder()], "@ic", START + 1, first.seq)
    assert [(event.seq, event.actor, event.at) for event in (first, *added)] == [
        (1, "@rm", START), (2, "@ic", START + 1), (3, "@ic", START + 1),
    ]  # fmt: skip
    assert len({event.hash for event in (first, *added)}) == 3
    for one in (store, opens()):
        assert one.read(first.incident) == [first, *added]
        assert one.verify() == []


def test_reading_goes_on_behind_a_number(opens: Opens) -> None:
    """Who follows asks behind the newest that is known, and gets no event twice; `most` cuts the rest off."""
    store = opens()
    name = store.begin(declared(), "@rm", START).incident
    store.append(name, noted("2", "3", "4"), "@rm", START, 1)
    assert texts(store.read(name, 2)) == ["3", "4"]
    assert texts(store.read(name, 2, 1)) == ["3"]
    assert store.read(name, 4) == []
    assert [event.seq for event in store.read(name, most=1)] == [1]
    assert store.read(name, most=0) == []


def test_incidents_are_listed_as_they_were_declared(opens: Opens) -> None:
    """Each takes the next number, whoever declares it, and has a chain of its own."""
    one, other = opens(), opens()
    names = [(one, other)[number % 2].begin(declared(), "@rm", START).incident for number in range(12)]
    assert names == [f"INC-{number:04}" for number in range(1, 13)]
    assert one.incidents() == other.incidents() == names
    assert one.next_id() == "INC-0013"
    assert all(len(one.read(name)) == 1 for name in names)


def test_a_writer_gets_what_others_added_before_its_own(opens: Opens) -> None:
    """Nobody's event is lost and none is told twice, also to one who adds nothing."""
    one, two = opens(), opens()
    name = one.begin(declared(), "@rm", START).incident
    one.append(name, noted("one"), "@rm", START, 1)
    assert texts(two.append(name, noted("two"), "@ic", START, 1)) == ["one", "two"]
    assert texts(one.append(name, noted("three"), "@rm", START, 2)) == ["two", "three"]
    assert texts(two.append(name, [], "@ic", START, 3)) == ["three"]
    assert fold(one.read(name)).last_seq == 4


def test_a_position_that_the_store_does_not_have_is_refused(opens: Opens) -> None:
    """A store that knows less than its writer is another, and one without the incident too: nothing is written."""
    store = opens()
    name = store.begin(declared(), "@rm", START).incident
    with pytest.raises(JournalError):
        store.append(name, noted("lost"), "@rm", START, 7)
    with pytest.raises(JournalError):
        store.append("INC-0404", noted("lost"), "@rm", START, 0)
    assert len(store.read(name)) == 1
    assert store.incidents() == [name]


def test_once_writes_what_nobody_said_yet(opens: Opens) -> None:
    """Of two that see the same, one writes it; the other gets it. Said without `once` it is said again."""
    one, two = opens(), opens()
    name = one.begin(declared(), "@rm", START).incident
    assert texts(one.append(name, noted("a", "b"), "@rm", START, 1, once=True)) == ["a", "b"]
    assert texts(two.append(name, noted("b", "c"), "@ic", START + 9, 1, once=True)) == ["a", "b", "c"]
    assert texts(one.append(name, noted("a"), "@rm", START, 4)) == ["a"]


def test_what_is_found_is_found_in_all_that_was_written(opens: Opens) -> None:
    """`find` sees what others added and is asked once; what it makes of that is written, and be it nothing."""
    one, two = opens(), opens()
    name = one.begin(declared(), "@rm", START).incident
    one.append(name, noted("one"), "@rm", START, 1)
    asked: list[list[str]] = []

    def find(since: Sequence[Event]) -> list[AnyFact]:
        asked.append(texts(since))
        return [] if "two" in texts(since) else [events.Noted("two")]

    assert texts(two.append_found(name, find, "@ic", START, 1)) == ["one", "two"]
    assert texts(one.append_found(name, find, "@rm", START, 2)) == ["two"]
    assert asked == [["one"], ["two"]]


def test_a_find_that_fails_leaves_nothing(opens: Opens) -> None:
    """What it raises is raised, and the store goes on as if nobody had asked."""
    store = opens()
    name = store.begin(declared(), "@rm", START).incident

    def find(since: Sequence[Event]) -> list[AnyFact]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.append_found(name, find, "@rm", START, 1)
    assert texts(store.append(name, noted("on"), "@rm", START, 1)) == ["on"]
    assert store.verify() == []


def test_of_many_hands_each_gets_a_place(opens: Opens) -> None:
    """Written at the same time by several that were opened: every number once, whole chains, an id for each."""

    def write(number: int) -> None:
        with closing(opens()) as store:
            name = store.begin(declared(), f"@{number}", START).incident
            for step in range(5):
                store.append("INC-0001", noted(f"{name} {step}"), f"@{number}", START, 1)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    store = opens()
    assert store.incidents() == ["INC-0001", "INC-0002", "INC-0003"]
    assert [event.seq for event in store.read("INC-0001")] == list(range(1, 17))
    assert len(set(texts(store.read("INC-0001")))) == 15
    assert store.verify() == []


def test_text_from_outside_and_tokens(opens: Opens) -> None:
    """Hostile text comes back as it was, a lone surrogate as what UTF-8 can carry, and a token not at all."""
    store = opens()
    name = store.begin(declared(), "@rm", START).incident
    token = "not-a-real-token-4711"
    redaction.learn({"SLACK_BOT_TOKEN": token}, USUAL_VARIABLES)
    try:
        said = store.append(name, noted(HOSTILE, "a\ud800b", f"it is {token}"), "@\ud800", START, 1)
    finally:
        redaction.learn({})
    assert said == store.read(name, 1)
    assert texts(said) == [HOSTILE, "a\ufffdb", f"it is {redaction.REDACTED}"]
    assert said[0].actor == "@\ufffd"


def test_a_closed_store_raises_nothing_but_its_own_error(opens: Opens) -> None:
    """Closing twice is nothing; who asks after it is told by a JournalError, and what was written is still there."""
    store = opens()
    name = store.begin(declared(), "@rm", START).incident
    store.close()
    store.close()
    for ask in (
        lambda: store.read(name),
        lambda: store.append(name, noted("late"), "@rm", START, 1),
        lambda: store.begin(declared(), "@rm", START),
        store.incidents,
    ):
        with pytest.raises(JournalError):
            ask()
    assert len(opens().read(name)) == 1
