"""Decide, data-change, severity, escalate and personal-data by scripts; and a P3 that can't just be declared."""

import json
import time

from tests.cli.cloud import OLDER, asked, emulated
from tests.e2e.home import Home


def test_a_p3_needs_a_reason(home: Home) -> None:
    """It goes into a regular release; overriding that is written down, and it has no SLA."""
    refused = asked(home, 1, "declare", "a glitch", "--severity", "P3")
    assert refused["error"]["title"] == "P3 (Minor issue) goes into a regular release"
    asked(home, 0, "declare", "a glitch", "--severity", "P3", "--reason", "the press has it")
    status = json.loads(home.run("status", "--json").stdout)
    assert status["clocks"]["fix"] is None
    rows = [(row["label"], row["value"], row.get("note", "")) for row in status["board"]["clocks"]["rows"]]
    assert ("SLA", "none", "P3 has no SLA") in rows


def test_severity_and_escalation_follow_from_the_journal(home: Home) -> None:
    """Declared late as P2, re-rated: SLA and level follow at once; the cap is the commander's to raise."""
    asked(home, 0, "declare", "slow", "--severity", "P2", "--minutes-ago", "40")
    assert asked(home, 1, "severity", "P1")["error"]["title"] == "This needs a reason"
    assert asked(home, 2, "severity", "P9", "--reason", "x")["error"]["title"] == "The protocol has no severity P9"
    assert asked(home, 0, "severity", "P1", "--reason", "payments fail")["before"] == "P2"
    status = json.loads(home.run("status", "--json").stdout)
    assert (status["clocks"]["fix"]["limit"], status["clocks"]["escalation"]["level"]) == (3600, 3)
    assert "v pages Eng. manager, CTO" in json.dumps(status["board"]["sentence"])

    shown = asked(home, 1, "escalate")
    assert shown["error"]["title"] == "refused: add --yes"
    people = ["@team-lead", "@primary-rm", "@engineering-manager", "@cto"]
    assert [page["to"] for page in shown["plan"]["pages"]] == people
    assert asked(home, 0, "escalate", "--yes")["level"] == 3
    assert asked(home, 1, "escalate", "--yes")["error"]["title"] == "No level waits for a call"
    assert asked(home, 1, "escalate", "4", "--yes")["error"]["title"] == "P1 escalates to level 3 at most"
    asked(home, 1, "escalate", "4", "--raise-cap", "--reason", "the press")
    asked(home, 0, "escalate", "4", "--raise-cap", "--reason", "the press", "--as", "@primary-ic")
    assert asked(home, 0, "escalate", "4", "--yes")["pages"][0]["by_hand"]
    assert home.run("journal", "verify").returncode == 0


def test_personal_data_later(home: Home) -> None:
    """Flagged an hour after somebody knew: 71 hours are left, until the authority was notified."""
    asked(home, 0, "declare", "leak", "--severity", "P0")
    left = asked(home, 0, "personal-data", "--minutes-ago", "60", "--reason", "addresses")["left_seconds"]
    assert 71 * 3600 - 60 < left <= 71 * 3600
    asked(home, 1, "personal-data", "--none")
    asked(home, 2, "personal-data", "--none", "--notified")
    asked(home, 0, "personal-data", "--notified", "--reason", "ticket 7")
    assert json.loads(home.run("status", "--json").stdout)["clocks"]["gdpr_left_seconds"] is None


def test_deciding_by_a_script(home: Home) -> None:
    """The row and the viability stand beside the choice; going back says which command does it; waiting closes."""
    with emulated(home) as cloud:
        asked(home, 0, "declare", "cards fail", "--trigger", "payment-failure", **cloud)
        assert asked(home, 1, "decide", "hotfix")["error"]["title"] == "This needs a reason"
        found = asked(home, 0, "decide", "roll-back", "--reason", "came with the release", **cloud)
        assert found["decision"]["advice"] == "yes" and found["decision"]["viable"]
        assert found["next"] == [f"warroom rollback payments-api --to {OLDER} --yes"]
        assert found["measured"][0]["service"] == "payments-api"
        assert not asked(home, 0, "data-change", "forward-only", "--reason", "drops a column", **cloud)[
            "rollback_viable"
        ]
        waits = ("decide", "wait", "--reason", "nobody uses it", "--owner", "@ld")
        assert asked(home, 1, *waits, **cloud)["error"]["title"] == "A regular release needs an owner and a date"
        refused = asked(home, 1, *waits, "--due", "2099-01-01", **cloud)["error"]
        assert refused["title"] == "The matrix says that P0 can't wait" and "--override" in refused["remedy"]
        assert asked(home, 0, *waits, "--due", "2099-01-01", "--override", "the CTO", **cloud)["closed"]


def test_a_closed_incident_does_not_hide_its_duty_to_notify(home: Home) -> None:
    """Closed as "can wait" with the 72 hours running: it stays in the list, with the time left, until told of."""
    with emulated(home) as cloud:
        asked(home, 0, "declare", "leak", "--severity", "P2", **cloud)
        asked(home, 0, "personal-data", "--minutes-ago", "60", "--reason", "addresses", **cloud)
        waits = ("decide", "wait", "--reason", "nobody uses it", "--owner", "@ld", "--due", "2099-01-01")
        said = home.run(*waits, **cloud).stdout
        assert "still open: the authority is not notified" in said and "@ld ships it by 2099-01-01" in said
        (row,) = asked(home, 0, "incidents", **cloud)["incidents"]
        assert row["state"] == "closed" and 70 * 3600 < row["gdpr_left_seconds"] <= 71 * 3600
        assert "not notified of the personal-data breach yet: 70:" in home.run("incidents", **cloud).stdout
        assert row["duties"][0].startswith("the authority is not notified")


def test_what_is_owed_at_the_end_stands_in_the_list_and_in_the_doctors(home: Home) -> None:
    """A post-mortem without a date keeps a resolved incident there until it has one, and so does an overdue action."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")
    asked(home, 0, "mitigated", "--reason", "it went away")
    asked(home, 0, "resolve", "--yes", "--reason", "it went away")
    (row,) = asked(home, 0, "incidents")["incidents"]
    assert row["state"] == "resolved" and row["duties"][0].startswith("the post-mortem has no date yet")
    found = json.loads(home.run("doctor", "--json").stdout)["findings"]
    (finding,) = (one for one in found if one["check"] == "duties")
    assert finding["state"] == "warning" and finding["what"].startswith("INC-0001: the post-mortem has no date yet")
    soon = time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + 3600))
    asked(home, 0, "post-mortem", soon, "--incident", "INC-0001")
    assert asked(home, 0, "incidents")["incidents"] == []
    asked(home, 0, "action", "add", "mend it", "--owner", "@ld", "--due", "2020-01-01", "--incident", "INC-0001")
    assert "action a1 is overdue since 2020-01-01 (@ld): mend it" in home.run("incidents").stdout
