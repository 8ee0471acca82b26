"""Speaking to the outside by commands, over the wire against the embedded cloud; and by hand without one."""

import json
from collections.abc import Iterator

import pytest

from tests.cli.cloud import asked, emulated
from tests.e2e.home import Home


@pytest.fixture
def cloud(home: Home) -> Iterator[dict[str, str]]:
    """An emulator, reached by its variables only."""
    with emulated(home) as variables:
        yield variables


def test_from_the_alert_to_the_ticket_over_the_wire(home: Home, cloud: dict[str, str]) -> None:
    """Channel, headline, updates with approval, the page from investigating to resolved, the ticket; each once."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", "--issue", "#12", **cloud)
    plan = asked(home, 1, "alert", **cloud)
    assert plan["error"]["title"] == "refused: add --yes" and plan["plan"]["channel"].startswith("incident-0001-")
    assert asked(home, 0, "alert", "--yes", **cloud)["link"]
    asked(home, 0, "alert", "--yes", **cloud)

    shown = asked(home, 0, "update", "--dry-run", **cloud)["plan"]
    assert [one["channel"] for one in shown["messages"]] == ["slack", "stakeholders", "statuspage"]
    assert "EMERGENCY RELEASE" in shown["messages"][0]["text"] and shown["messages"][2]["status"] == "investigating"
    refused = asked(home, 1, "update", "--yes", **cloud)
    assert "has not approved what goes to" in refused["error"]["title"]
    told = asked(home, 0, "update", "--yes", "--approved-by", "primary-ic", **cloud)
    assert told["done"] and len([one for one in told["sent"] if one["link"]]) == 3

    assert asked(home, 1, "ticket", **cloud)["plan"]["ticket"] == 12
    shown = home.run("ticket", **cloud).stdout.splitlines()
    assert "  ### Action items" in shown  # a text of several lines is shown as several
    for plain, product in (("chat", "slack"), ("status-page", "statuspage")):  # by what it is for, and as ever
        for name in (plain, product):
            planned = asked(home, 0, "update", "--channel", name, "--dry-run", **cloud)["plan"]["messages"]
            assert [one["channel"] for one in planned] == [product]
    assert asked(home, 0, "ticket", "--yes", **cloud)["done"]
    sends = asked(home, 0, "sends")["sends"]
    assert {one["outcome"] for one in sends} == {"done"}
    actions = sorted(f"{one['system']} {one['action']}" for one in sends)
    slack = [f"slack {name}" for name in ("alert", "headline", "invite", "open-channel", "pin", "topic")]
    assert actions == ["github comment", *slack, "slack update", "slack update", "statuspage publish"]
    page = home.run("report", "INC-0001", "--format", "html").stdout
    assert "<!DOCTYPE html>" in page and "Statuspage" in page
    asked(home, 0, "update", "--channel", "by-hand", "--yes", **cloud)


def test_without_a_cloud_it_is_by_hand(home: Home) -> None:
    """An update by hand, a snooze, actions, a date, and the report in all its formats."""
    asked(home, 0, "declare", "cards fail", "--severity", "P1")
    false = home.path / "false.txt"
    false.write_text("It is resolved.", encoding="utf-8")
    refused = asked(home, 1, "update", "--channel", "by-hand", "--text", str(false), "--yes")
    assert refused["error"]["title"] == "“resolved” is not true: the incident is not resolved"
    assert asked(home, 2, "update", "--template", "none", "--channel", "by-hand")["error"]["code"] == 2
    assert asked(home, 1, "update", "--channel", "by-hand")["error"]["title"] == "refused: add --yes"
    assert asked(home, 0, "update", "--channel", "by-hand", "--yes")["done"]

    assert asked(home, 1, "snooze", "30")["error"]["title"] == "Snoozing needs a reason"
    assert asked(home, 0, "snooze", "30", "--reason", "all asleep")["reason"] == "all asleep"
    assert asked(home, 0, "action", "add", "plan it")["action"]["id"] == "a1"
    asked(home, 1, "action", "set", "a1", "--due", "tomorrow")
    asked(home, 0, "action", "set", "a1", "--owner", "@a", "--due", "2027-01-02")
    assert asked(home, 0, "action", "list")["actions"][0]["settled"] is True
    asked(home, 0, "action", "done", "a1")
    assert asked(home, 1, "action", "done", "a9")["error"]["title"] == "There is no action a9"
    asked(home, 1, "post-mortem", "soon")
    asked(home, 0, "post-mortem", "2099-01-02 10:00")
    assert asked(home, 0, "sends")["sends"] == []

    found = json.loads(home.run("report", "INC-0001", "--format", "json").stdout)
    assert found["version"] == 1 and found["events"]
    out = home.path / "report.html"
    assert home.run("report", "INC-0001", "--format", "html", "--out", str(out)).returncode == 0
    assert out.read_text(encoding="utf-8").endswith("</html>\n")


def test_a_ticket_that_nobody_named_is_refused_in_one_sentence(home: Home, cloud: dict[str, str]) -> None:
    """The remedy names the report, which fills pages, and is not the report."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
    error = asked(home, 1, "ticket", "--yes", **cloud)["error"]
    assert "neither the declaration nor a pull request names" in error["title"]
    assert error["remedy"] == "By hand: warroom report, then warroom tick."
