"""`warroom answer` and `warroom services`: what only people know, and what the incident is about, by scripts."""

from tests.cli.cloud import asked
from tests.e2e.home import Home


def test_answers_by_a_script(home: Home) -> None:
    """What was declared stands in the list until it is answered; the report and the update have the newest word."""
    asked(home, 0, "declare", "cards fail", "--severity", "P1", "--impact", "some cards fail")
    listed = asked(home, 0, "answer")["answers"]
    assert listed["impact"] == {"text": "some cards fail", "by": "", "at": None}
    assert listed["root-cause"]["text"] == "" and listed["services"]["text"] == "payments-api"
    assert asked(home, 2, "answer", "impact")["error"]["title"] == "No answer given"
    assert asked(home, 1, "answer", "impact", "--none")["error"]["title"] == "An answer that says nothing"
    done = asked(home, 0, "answer", "impact", "all cards fail", "--by", "@support")
    assert (done["topic"], done["text"]) == ("impact", "all cards fail")
    asked(home, 0, "answer", "root-cause", "a lost index", "--incident", "INC-0001")
    asked(home, 0, "answer", "eta", "15:00 UTC")
    said = home.run("answer").stdout
    assert "what users feel: all cards fail (@support, " in said and "not answered yet" in said
    update = asked(home, 0, "update", "--dry-run", "--channel", "by-hand", "--template", "initial-alert")
    assert "ETA: 15:00 UTC (as of " in update["plan"]["messages"][0]["text"]
    asked(home, 0, "answer", "eta", "--none")
    update = asked(home, 0, "update", "--dry-run", "--channel", "by-hand", "--template", "initial-alert")
    text = update["plan"]["messages"][0]["text"]
    assert "ETA" not in text and "Impact: all cards fail" in text
    report = home.run("report", "INC-0001", "--out", "report.md")
    assert report.returncode == 0
    text = (home.path / "report.md").read_text(encoding="utf-8")
    assert "- Impact: all cards fail" in text and "- Root cause so far: a lost index" in text
    assert "So far, by " in text and text.count("ETA: 15:00 UTC") == 1


def test_services_by_a_script(home: Home) -> None:
    """Listed, added by its place, taken off with a reason; report and list of incidents follow."""
    asked(home, 0, "declare", "cards fail", "--severity", "P1")
    assert asked(home, 0, "services")["services"] == ["payments-api"]
    assert asked(home, 2, "services", "add")["error"]["title"] == "No service named"
    assert asked(home, 2, "services", "add", "basket")["error"]["title"] == "services.toml does not name basket"
    place = ("--region", "europe-west1", "--project", "shop-prod")
    assert asked(home, 0, "services", "add", "basket", *place)["services"] == ["payments-api", "basket"]
    assert asked(home, 1, "services", "remove", "basket")["error"]["title"] == "This needs a reason"
    refused = asked(home, 1, "services", "remove", "cart", "--reason", "x")["error"]
    assert refused["title"] == "cart is no service of this incident"
    (row,) = asked(home, 0, "incidents")["incidents"]
    assert row["services"] == ["payments-api", "basket"]
    asked(home, 0, "services", "remove", "payments-api", "--reason", "it sells")
    refused = asked(home, 1, "services", "remove", "basket", "--reason", "x")["error"]
    assert refused["title"] == "basket is the incident's only service"
    assert home.run("services").stdout.splitlines() == ["basket europe-west1 shop-prod", "payments-api taken off"]
    report = home.run("report", "INC-0001", "--out", "report.md")
    assert report.returncode == 0
    text = (home.path / "report.md").read_text(encoding="utf-8")
    assert "basket in europe-west1 of shop-prod; taken off: payments-api" in text


def test_a_note_of_control_characters_alone_is_empty(home: Home) -> None:
    """What no terminal may show leaves nothing to remember: no line without words gets into the timeline."""
    asked(home, 0, "declare", "cards fail", "--severity", "P1")
    assert asked(home, 2, "note", "\x1b[31m \x07")["error"]["title"] == "An empty note"
