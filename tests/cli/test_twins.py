"""The keys as commands: a release from declared to resolved by a script, with the board's guards and its journal."""

import json
import signal
import sqlite3
import subprocess
from collections.abc import Iterator

import msgspec
import pytest

from tests.cli.cloud import IMAGE, OLDER, PLACE, STABLE, asked, emulated
from tests.e2e.home import Home
from tests.patience import PATIENCE_SECONDS
from warroom.status.model import Status


@pytest.fixture
def cloud(home: Home) -> Iterator[dict[str, str]]:
    """An emulator, reached by its variables only."""
    with emulated(home) as variables:
        yield variables


def test_a_release_by_a_script(home: Home, cloud: dict[str, str]) -> None:
    """Declared, deployed, climbed, held, taken to 100 %, un-pinned and resolved; each guard says what it asks for."""
    declared = asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    assert declared["incident"] == "INC-0001"

    shown = asked(home, 1, "deploy", IMAGE, **cloud)
    assert shown["error"]["title"] == "refused: add --yes"
    assert shown["plan"]["need"] == "reason"  # it was never in staging
    assert shown["plan"]["gcloud"].startswith("gcloud run deploy payments-api")
    assert asked(home, 1, "deploy", IMAGE, "--yes", **cloud)["error"]["title"].startswith("This needs a reason")
    asked(home, 0, "deploy", IMAGE, "--dry-run", **cloud)
    deployed = asked(home, 0, "deploy", IMAGE, "--yes", "--reason", "no time", **cloud)
    assert deployed["serving"] == {STABLE: 100}

    assert asked(home, 0, "advance", "--yes", **cloud)["serving"][deployed["revision"]] == 10
    refused = asked(home, 1, "advance", "--yes", "--accept-weak", **cloud)
    assert "NO DATA" in refused["error"]["title"] and "--reason" in refused["error"]["remedy"]

    asked(home, 0, "hold", "--reason", "lunch")
    asked(home, 0, "hold")
    assert "lunch" not in asked(home, 1, "advance", "--yes", **cloud)["plan"]["words"]
    asked(home, 0, "hold", "--resume")
    asked(home, 1, "resolve", "--yes")

    full = asked(home, 0, "advance", "--to", "100", "--yes", "--reason", "it burns", **cloud)
    assert full["serving"] == {deployed["revision"]: 100}
    planned = asked(home, 1, "resolve", **cloud)
    assert planned["error"]["title"] == "refused: add --yes"
    assert planned["plan"]["words"].startswith("Resolve INC-0001: Still open: not mitigated: payments-api")
    assert planned["plan"]["open"][0].startswith("not mitigated: payments-api")
    asked(home, 0, "unpin", "--yes", **cloud)
    left = asked(home, 1, "resolve", "all well", "--yes", **cloud)["error"]
    assert left["title"].startswith("Still open: not mitigated: payments-api") and "--reason" in left["remedy"]
    asked(home, 0, "resolve", "all well", "--yes", "--reason", "seen by eye", **cloud)

    status = msgspec.json.decode(home.run("status", "--json").stdout, type=Status, strict=True)
    assert status.incident.state == "resolved"
    assert status.lanes[0].serving == {deployed["revision"]: 100}
    assert status.board.header.incident == "INC-0001"
    (owing,) = asked(home, 0, "incidents")["incidents"]
    assert owing["state"] == "resolved" and owing["duties"][0].startswith("the post-mortem has no date yet")
    asked(home, 0, "post-mortem", "2031-01-01 10:00", "--incident", "INC-0001")
    assert "it was due by" in asked(home, 0, "incidents")["incidents"][0]["duties"][0]
    assert [one["id"] for one in asked(home, 0, "incidents", "--all")["incidents"]] == ["INC-0001"]
    assert home.run("journal", "verify").returncode == 0


def test_staging_first_by_a_script(home: Home, cloud: dict[str, str]) -> None:
    """Before it nothing can be tested; after it what production still asks for is the validation's boxes."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    assert "Nothing is deployed to staging" in asked(home, 1, "smoke", **cloud)["error"]["title"]
    assert asked(home, 1, "stage", IMAGE, **cloud)["plan"]["project"] == "shop-staging"
    assert asked(home, 0, "stage", IMAGE, "--dry-run", **cloud)["dry_run"]
    staged = asked(home, 0, "stage", IMAGE, "--yes", "--wait", "30", **cloud)
    assert (staged["percent"], staged["validated"]) == (100, False)
    assert asked(home, 0, "smoke", "--wait", "5", **cloud)["revision"] == staged["revision"]
    assert asked(home, 1, "deploy", IMAGE, **cloud)["plan"]["why"].startswith(
        "the validation in staging has open boxes; not done yet: issue gone"
    )


def test_retreat_by_a_script(home: Home, cloud: dict[str, str]) -> None:
    """Abort and rollback need no Monitoring; without --to it goes where the ladder started, or says it can't tell."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    assert "Name it with --to" in asked(home, 2, "rollback", "--yes", **cloud)["error"]["remedy"]
    asked(home, 0, "deploy", IMAGE, "--yes", "--reason", "no time", **cloud)
    asked(home, 0, "advance", "--to", "50", "--yes", "--reason", "it burns", **cloud)
    nothing = {**cloud, "CLOUD_MONITORING_EMULATOR_HOST": "127.0.0.1:1"}
    assert asked(home, 0, "abort", "--yes", **nothing)["serving"] == {STABLE: 100}
    assert asked(home, 0, "rollback", "payments-api", "--to", OLDER, "--yes", **nothing)["serving"] == {OLDER: 100}
    assert asked(home, 0, "rollback", "--yes", **nothing)["serving"] == {STABLE: 100}
    told = asked(home, 0, "status")
    assert (told["measured"]["state"], told["incident"]["mitigated_at"]) == ("unknown", None)
    asked(home, 1, "mitigated", **cloud)
    assert asked(home, 0, "mitigated", "--reason", "the shop sells again", **cloud)["done"]
    said = asked(home, 0, "status")["incident"]
    assert (said["state"], said["mitigated_how"]) == ("mitigated", "by-hand")
    assert said["mitigated_reason"] == "the shop sells again"


def test_a_change_from_elsewhere_is_settled_first(home: Home, cloud: dict[str, str]) -> None:
    """Traffic moved outside of the journal: nothing goes forward until it is adopted, put back or aborted."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    deployed = asked(home, 0, "deploy", IMAGE, "--yes", "--reason", "no time", **cloud)["revision"]
    asked(home, 0, "advance", "--yes", **cloud)
    asked(home, 1, "settle", "adopt", "--yes", **cloud)
    asked(home, 0, "rollback", "payments-api", *PLACE, "--yes", **cloud)
    refused = asked(home, 1, "advance", "--yes", "--reason", "all the same", **cloud)["error"]
    assert "warroom settle" in refused["remedy"]
    assert asked(home, 0, "status")["lanes"][0]["stranger"]["by"]
    restored = asked(home, 0, "settle", "restore", "--yes", "--reason", "ours is right", **cloud)
    assert restored["serving"] == {STABLE: 90, deployed: 10}
    asked(home, 0, "rollback", "payments-api", *PLACE, "--to", OLDER, "--yes", **cloud)
    asked(home, 1, "settle", "adopt", **cloud)
    asked(home, 0, "settle", "adopt", "--yes", **cloud)
    assert asked(home, 0, "status")["lanes"][0]["ladder"]["percent"] == 0


def test_all_services_back(home: Home, cloud: dict[str, str]) -> None:
    """It asks for the incident's number, --yes and a second person, and tells of each service."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    asked(home, 0, "deploy", IMAGE, "--yes", "--reason", "no time", **cloud)
    asked(home, 0, "advance", "--to", "100", "--yes", "--reason", "it burns", **cloud)
    everything = ("rollback", "--all", "--incident", "INC-0001")
    assert "  $ gcloud run services update-traffic" in home.run(*everything, **cloud).stdout  # the same by hand
    unnamed = asked(home, 2, "rollback", "--all", "--yes", "--second", "@bo", **cloud)
    assert unnamed["error"]["title"] == "--all needs --incident" and "declared_in" in unnamed  # it says which was open
    assert len(asked(home, 1, *everything, "--second", "@bo", **cloud)["plans"]) == 1
    asked(home, 1, *everything, "--yes", **cloud)
    asked(home, 0, *everything, "--yes", "--dry-run", "--second", "@bo", **cloud)
    (back,) = asked(home, 0, *everything, "--yes", "--second", "@bo", **cloud)["results"]
    assert back["back"] and STABLE in back["words"]


def test_left_with_the_answer_open(home: Home) -> None:
    """SIGTERM in the middle of a change: exit 4, outcome unknown in the journal; the next look closes it."""
    slow = home.scenario("slow", operation_seconds="4")
    emulator = home.popen("emulator", str(slow))
    assert emulator.stdout is not None
    lines = [emulator.stdout.readline() for _ in range(3)]
    variables = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines[1:])
    try:
        asked(home, 0, "declare", "cards fail", "--severity", "P0", **variables)
        process = subprocess.Popen(
            home.command("deploy", IMAGE, "--yes", "--reason", "no time", "--json"),
            cwd=home.path,
            env=home.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "eploying revision" in line:
                break
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 4, said
        answer = json.loads(said)
        assert answer["error"]["code"] == 4
        assert answer["serving"] == {STABLE: 100} and answer["read_seconds_ago"] < 60
        (lane,) = asked(home, 0, "status")["lanes"]
        assert lane["in_flight"]["unknown"]
    finally:
        emulator.kill()
        emulator.communicate()


def test_misuse_and_refusals_are_told_as_json(home: Home) -> None:
    """Which journal, incident, service or step is never guessed; exit 2, and a remedy that says what there is."""
    assert "no journal" in asked(home, 2, "status")["error"]["title"]
    assert "warroom rollback" in asked(home, 2, "rollback", "--yes")["error"]["remedy"]
    assert "--project" in asked(home, 2, "declare", "x", "--service", "other", "--severity", "P1")["error"]["remedy"]
    assert "P0" in asked(home, 2, "declare", "x")["error"]["remedy"]
    assert "No such option" in asked(home, 2, "advance", "--bogus")["error"]["title"]
    place = ("--project", "p", "--region", "r")
    asked(home, 0, "declare", "x", "--service", "other", "--severity", "P1", *place)
    asked(home, 0, "note", "a [/red]\x1b[2J note")
    assert "\x1b" not in home.run("status", "--json").stdout
    asked(home, 0, "declare", "y", "--trigger", "payment-failure")
    both = asked(home, 2, "note", "which?")["error"]
    assert "INC-0001" in both["remedy"] and "INC-0002" in both["remedy"]
    assert "INC-0002" in asked(home, 2, "note", "x", "--incident", "INC-9")["error"]["remedy"]
    step = asked(home, 2, "tick", "declre", "--incident", "INC-0002")["error"]
    assert "Did you mean" in step["remedy"]


def test_a_drill_never_reaches_google(home: Home) -> None:
    """A drill's incident without an emulator's address is refused before any credential is looked for."""
    asked(home, 0, "declare", "x", "--severity", "P0", "--drill")
    refused = asked(home, 2, "advance", "--yes", "--drill")["error"]
    assert "is a drill" in refused["title"] and "CLOUD_RUN_EMULATOR_HOST" in refused["remedy"]


def test_back_with_nothing_but_cloud_run(home: Home, cloud: dict[str, str]) -> None:
    """No state folder, no configuration, no Monitoring: traffic is back, and nothing was written anywhere."""
    (home.path / "state").write_text("a file where the folder would be")
    run = {
        "CLOUD_RUN_EMULATOR_HOST": cloud["CLOUD_RUN_EMULATOR_HOST"],
        "WARROOM_CONFIG": str(home.path / "nowhere"),
    }
    back = ("rollback", "payments-api", *PLACE)
    unknown = asked(home, 1, *back, "--yes", **run)
    assert "only" in unknown["error"]["title"]
    assert {one["revision"] for one in unknown["revisions"]} >= {STABLE, OLDER}
    assert asked(home, 2, *back, "--to", "nope", "--yes", **run)["error"]["title"].endswith("no revision nope")
    assert asked(home, 1, *back, "--to", OLDER, **run)["plan"]["traffic"] == {OLDER: 100}
    done = home.run(*back, "--to", OLDER, "--yes", **run)
    assert done.returncode == 0, done.stderr
    assert f"--to-revisions={OLDER}=100" in done.stdout
    assert asked(home, 0, *back, "--to", OLDER, "--yes", **run)["serving"] == {OLDER: 100}
    assert asked(home, 3, "rollback", "nosuch", *PLACE, "--to", OLDER, "--yes", **run)["error"]["remedy"]
    assert (home.path / "state").is_file()


def test_back_beside_a_locked_journal(home: Home, cloud: dict[str, str]) -> None:
    """The incident's own rollback goes on with a journal that another program holds, and says what is not in it."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    journal = home.path / "state" / "warroom" / "journal.db"
    locked = sqlite3.connect(journal)
    try:
        locked.execute("BEGIN IMMEDIATE")
        done = asked(home, 0, "rollback", "--to", OLDER, "--yes", **cloud)
        assert done["serving"] == {OLDER: 100}
        assert done["unwritten"] > 0
    finally:
        locked.close()
