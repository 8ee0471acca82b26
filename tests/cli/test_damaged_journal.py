"""A damaged journal on the command line: each command says what is wrong with which file, and what to do, in order."""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.cloud import PLACE
from tests.e2e.home import Home
from warroom.cli import cli
from warroom.incident import events
from warroom.incident.journal import hash_chain
from warroom.incident.journal.errors import JournalError
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout.traffic import ServiceRef

PAY = ServiceRef("payments-api", PLACE[3], PLACE[1])
LOOK, SAVE, NEW = "warroom journal verify --journal", "warroom journal repair --journal", "--journal NEW"
BACK = f"`warroom rollback payments-api --project {PLACE[1]} --region {PLACE[3]} --yes`"
PYTHON = re.compile(r"Traceback|sqlite3\.|Error\(|Damage\(|<class|object at 0x|NoneType|\bself\b|fault of its own")


def written(path: Path) -> Path:
    """Two incidents of production, of thirty events each."""
    journal = SqliteStore(path)
    for severity in ("P0", "P1"):
        fact = events.Declared("cards fail", severity, "payment-failure", (PAY,), 1.7e9)
        name = journal.begin(fact, "@rm", 1.7e9).incident
        journal.append(name, [events.Noted("n" * 900)] * 29, "@rm", 1.7e9 + 1.5, 1)
    journal.close()
    return path


def run(home: Home, *arguments: str) -> Result:
    """The command line in this process, as starting one takes longer than the command."""
    environment: dict[str, str | None] = {name: None for name in os.environ if "EMULATOR" in name or "WARROOM" in name}
    return CliRunner().invoke(cli, arguments, env={**environment, **home.environment()})


def change(path: Path, statement: str, *values: object) -> None:
    """Do something to the file behind the journal's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(statement, values)


def cut(path: Path) -> None:
    """The end is gone."""
    os.truncate(path, 20_000)


def cut_within_the_header(path: Path) -> None:
    """Less than a header is left."""
    os.truncate(path, 60)


def emptied(path: Path) -> None:
    """Nothing is left."""
    os.truncate(path, 0)


def header_gone(path: Path) -> None:
    """The header is written over."""
    with path.open("r+b") as file:
        file.write(b"\xa5" * 100)


def marks_gone(path: Path) -> None:
    """What marks the file as a journal is zero."""
    with path.open("r+b") as file:
        file.seek(60)
        file.write(b"\0" * 12)


def middle_gone(path: Path) -> None:
    """The table's first pages are written over."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 9000)


def table_gone(path: Path) -> None:
    """A database of ours without its table."""
    change(path, "DROP TABLE event")


def text_changed(path: Path) -> None:
    """An event in each incident says something else."""
    for name in ("INC-0001", "INC-0002"):
        fact = b'{"kind":"noted","text":"forged"}'
        change(path, "UPDATE event SET fact = ? WHERE incident = ? AND seq = 9", fact, name)


def text_broken(path: Path) -> None:
    """An event in each incident ends in the middle."""
    change(path, "UPDATE event SET fact = CAST(substr(fact, 1, 20) AS BLOB) WHERE seq = 9")


def beginning_gone(path: Path) -> None:
    """No incident has its declaration."""
    change(path, "DELETE FROM event WHERE seq = 1")


def numbers_gone(path: Path) -> None:
    """An incident's number is no text."""
    change(path, "UPDATE event SET incident = x'ff00' WHERE incident = 'INC-0001'")


def prose(path: Path) -> None:
    """A text."""
    path.write_text("shopping list\n" * 3000)


def newer_event(path: Path) -> None:
    """A true event of a kind to come."""
    fact = b'{"kind":"from-the-future"}'
    for name in ("INC-0001", "INC-0002"):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            (last,) = other.execute("SELECT hash FROM event WHERE incident = ? AND seq = 30", (name,)).fetchone()
        row = (name, 31, 1.5, "@rm", fact, hash_chain.link(last, name, 31, 1.5, "@rm", fact))
        change(path, "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", *row)


def newer_format(path: Path) -> None:
    """A file of a format to come."""
    change(path, "PRAGMA user_version = 2")


def another_database(path: Path) -> None:
    """Another program's."""
    path.unlink()
    change(path, "CREATE TABLE users (name TEXT)")


def folder(path: Path) -> None:
    """No file at all."""
    path.unlink()
    path.mkdir()


def link_to_nowhere(path: Path) -> None:
    """A link whose target is gone."""
    path.unlink()
    path.symlink_to(path.with_name("nowhere.db"))


DAMAGED = "is damaged"
FOREIGN = (
    (another_database, "another program's database", (SAVE,)),
    (folder, "is a folder", ()),
    (link_to_nowhere, "leads nowhere", (NEW,)),
    (newer_format, "written by a newer warroom", ()),
)
BROKEN: tuple[tuple[Callable[[Path], None], str, tuple[str, ...]], ...] = (
    (cut, DAMAGED, (LOOK, SAVE, NEW)),
    (cut_within_the_header, DAMAGED, (LOOK, SAVE, NEW)),
    (emptied, "is empty", ("Put back a copy", NEW)),
    (header_gone, "not a journal", (SAVE, NEW)),
    (marks_gone, DAMAGED, (LOOK, SAVE, NEW)),
    (middle_gone, DAMAGED, (LOOK, SAVE, NEW)),
    (table_gone, DAMAGED, (LOOK, SAVE, NEW)),
    (text_changed, DAMAGED, (LOOK, SAVE, NEW)),
    (text_broken, DAMAGED, (LOOK, SAVE, NEW)),
    (beginning_gone, DAMAGED, (LOOK, SAVE, NEW)),
    (numbers_gone, DAMAGED, (LOOK, SAVE, NEW)),
    (prose, "not a journal", (SAVE, NEW)),
    (newer_event, "written by a newer warroom", (NEW,)),
    *FOREIGN,
)


@pytest.mark.parametrize(("damage", "says", "remedies"), BROKEN)
def test_every_reader_says_what_and_how(
    home: Home, damage: Callable[[Path], None], says: str, remedies: tuple[str, ...]
) -> None:
    """One line that names the file, the remedies in order, and the way back of production; exit 1, and no Python."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    damage(path)
    for command in (
        "status",
        "status --incident INC-0002",
        "incidents",
        "report INC-0002",
        "note it --incident INC-0002",
        "abort --incident INC-0002",
        "roster --incident INC-0002",
        "rollback --all --incident INC-0002 --yes",
    ):
        done = run(home, *command.split())
        told = done.stderr or str(done.exception)
        assert done.exit_code == 1, (command, done.exit_code, told)
        assert not PYTHON.search(done.stdout + told), (command, told)
        line = told.strip().splitlines()[-1]
        assert says in line and str(path) in line, (command, line)
        places = [line.index(one) for one in (*remedies, BACK)]
        assert places == sorted(places), (command, line)
        assert line.count("warroom rollback") == 1, (command, line)
    assert '"code": 1' in run(home, "status", "--incident", "INC-0002", "--json").stdout
    shell = {"COMP_WORDS": "warroom report ", "COMP_CWORD": "2", "_WARROOM_COMPLETE": "bash_complete"}
    offered = home.run(**shell)
    assert offered.stderr == "" and not PYTHON.search(offered.stdout)


@pytest.mark.parametrize(("damage", "says", "_remedies"), BROKEN)
def test_verify_speaks_in_sentences(
    home: Home, damage: Callable[[Path], None], says: str, _remedies: tuple[str, ...]
) -> None:
    """Each place is a sentence, the last line says what to do; it does not send to itself, and changes nothing."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    damage(path)
    before = path.read_bytes() if path.is_file() else b""
    done = run(home, "journal", "verify")
    told = done.stderr or str(done.exception)
    assert done.exit_code == 1, told
    assert not PYTHON.search(done.stdout + told)
    sentence = re.compile(r"(The file|INC-\d{4}|\\xff): [^']*\.|… and \d+ more\.")
    assert all(sentence.fullmatch(line) for line in done.stdout.splitlines()), done.stdout
    assert str(path) in told and LOOK not in told and BACK in told
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_one_damaged_incident_hides_no_other(home: Home) -> None:
    """The list shows the others and says which can't be read; the other incident goes on."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    change(path, "UPDATE event SET actor = '@eve' WHERE incident = 'INC-0001' AND seq = 9")
    done = run(home, "incidents")
    assert done.exit_code == 1
    assert done.stdout == "INC-0002 P1 open: cards fail (payments-api)\n"
    assert "Event 9 of INC-0001 can't be read" in done.stderr
    found = json.loads(run(home, "incidents", "--json").stdout)
    assert ([one["id"] for one in found["incidents"]], found["unread"]) == (["INC-0002"], ["INC-0001"])
    assert run(home, "note", "on", "--incident", "INC-0002").exit_code == 0
    assert run(home, "report", "INC-0002").exit_code == 0


def test_repair_and_go_on(home: Home) -> None:
    """What was saved and left behind is told, the next step works as it is printed, and the damaged file stays."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    change(path, "UPDATE event SET actor = '@eve' WHERE incident = 'INC-0001' AND seq = 9")
    before = path.read_bytes()
    done = run(home, "journal", "repair")
    new = path.with_name("journal-repaired.db")
    assert done.exit_code == 3, done.stderr
    told = done.stdout.splitlines()
    assert told[0].startswith("INC-0001: 8 event(s) saved; 22 left behind, from event 9 on: event 9 does not fit its")
    assert told[1] == "INC-0002: 30 event(s) saved."
    assert str(new) in told[2] and path.read_bytes() == before
    assert run(home, "journal", "verify", "--journal", str(new)).exit_code == 0
    again = run(home, "journal", "repair")
    assert again.exit_code == 1 and "is there already" in str(again.exception)
    assert home.run("status", "--incident", "INC-0001", "--journal", str(new)).returncode == 0
    moved = told[-1].partition(": ")[2]
    assert os.system(moved) == 0
    assert run(home, "status", "--incident", "INC-0001").exit_code == 0
    assert run(home, "journal", "repair", "--to", str(home.path / "whole.db")).exit_code == 0


def test_repair_of_nothing(home: Home) -> None:
    """Where no event is to be found nothing is written, and it says how to go on."""
    path = home.path / "state" / "warroom" / "journal.db"
    path.parent.mkdir(parents=True)
    prose(path)
    done = run(home, "journal", "repair")
    assert done.exit_code == 1
    assert "holds no event that can be saved" in done.stderr and NEW in done.stderr
    assert [one.name for one in path.parent.iterdir()] == ["journal.db"]


@pytest.mark.parametrize("command", ["journal verify", "journal repair", "incidents", "declare x --severity P0"])
def test_no_journal_can_stand_there(home: Home, command: str) -> None:
    """A folder, a pipe, a device and no name at all: a sentence that says what it is; it waits for nothing."""
    (home.path / "folder").mkdir()
    os.mkfifo(home.path / "pipe")
    for place, says in (("folder", "is a folder"), ("pipe", "is no regular file"), ("/dev/zero", "is no regular file")):
        path = home.path / place
        done = run(home, *command.split(), "--journal", str(path))
        told = done.stderr or str(done.exception)
        assert done.exit_code == 1 and f"{path} {says}" in told and not PYTHON.search(told), told
    done = run(home, *command.split(), "--journal", "")
    assert ". is a folder" in (done.stderr or str(done.exception))


def test_where_nothing_can_be_written(home: Home) -> None:
    """A folder is none of a report's or a new journal's places."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    for place in (str(home.path), ""):
        done = run(home, "journal", "repair", "--to", place)
        assert done.exit_code == 1 and "is a folder. Nothing was written." in str(done.exception)
        done = run(home, "report", "INC-0001", "--out", place)
        assert done.exit_code == 1 and "it is a folder. Name a file in it with --out." in done.stderr
    assert not [one for one in path.parent.iterdir() if "repaired" in one.name or one.suffix == ".md"]


def test_pages_are_counted_where_they_are(home: Home) -> None:
    """Of a file that was cut: how many are there, and how many more its header tells of; they add up to what it was."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    pages = path.stat().st_size // 4096
    os.truncate(path, (pages - 5) * 4096)
    done = run(home, "journal", "repair")
    assert pages > 10
    assert done.exit_code == 3 and "5 that its header tells of are gone: events" in done.stdout
    assert f"of the {pages - 5} pages that are there" in done.stdout  # one holds a row that flowed over to those gone
    os.truncate(path, 4096)
    done = run(home, "journal", "repair", "--to", str(home.path / "other.db"))
    assert done.exit_code == 1 and "no event that can be saved, of 1 page(s) that are there" in done.stderr


def test_the_way_back_can_be_pasted(home: Home) -> None:
    """Service, place and the ladder's target stand in it, from the events before the damage; it leads to Cloud Run."""
    path = home.path / "state" / "warroom" / "journal.db"
    journal = SqliteStore(path)
    odd = ServiceRef("other-api", "us-east1", "other-prod")
    name = journal.begin(events.Declared("x", "P0", "payment-failure", (PAY, odd), 1.7e9), "@rm", 1.7e9).incident
    ladder = events.LadderStarted(PAY, "payments-api-2", "hotfix", {"payments-api-1": 100}, (10, 100), 300.0)
    journal.append(name, [ladder, *[events.Noted("n")] * 9], "@rm", 1.7e9, 1)
    journal.close()
    change(path, "UPDATE event SET actor = '@eve' WHERE seq = 7")
    told = str(run(home, "report", name).exception)
    first, second = re.findall(r"`(warroom rollback [^`]*)`", told)
    assert first == BACK.strip("`").removesuffix("--yes") + "--to payments-api-1 --yes"
    assert second == "warroom rollback other-api --project other-prod --region us-east1 --yes"
    again = SqliteStore(path, way_back=lambda: "by hand")
    with closing(again), pytest.raises(JournalError, match="--to payments-api-1 --yes"):
        again.read(name, 3)
    done = home.run(*first.split()[1:], "--wait", "0", CLOUD_RUN_EMULATOR_HOST="127.0.0.1:1")
    assert done.returncode == 3 and "127.0.0.1:1" in done.stderr, done.stderr


def test_the_doctor_looks_at_the_journal(home: Home) -> None:
    """It is one of the things to know before the first rung; a drill's is no matter of production."""
    path = written(home.path / "state" / "warroom" / "journal.db")
    shutil.copytree(path.parent, home.path / "whole")
    text_changed(path)
    assert run(home, "init", str(home.path / "conf")).exit_code == 0  # which names no service yet to be asked about
    done = run(home, "doctor", "--json", "--config", str(home.path / "conf"))
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["check"] == "journal"]
    assert found["state"] == "failure"
    assert "INC-0001: event 9 does not fit its hash" in found["what"] and SAVE in found["remedy"]
    shutil.copy(home.path / "whole" / "journal.db", path)
    done = run(home, "doctor", "--json", "--config", str(home.path / "conf"))
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["check"] == "journal"]
    assert (found["state"], "2 incident(s)" in found["what"]) == ("ok", True)
