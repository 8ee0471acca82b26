"""`warroom answer`: what only people know, listed, answered, corrected and taken back by scripts."""

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
    assert "So far, by " in text and text.count("until when it is to be mended: 15:00 UTC") == 1
