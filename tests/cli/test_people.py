"""Roles by script: assigned, paged over the wire, acknowledged, handed over, away; each refusal with its code."""

from tests.cli.cloud import asked, emulated
from tests.e2e.home import Home


def test_roles_by_a_script(home: Home) -> None:
    """The keys p, i, j as commands, against the embedded cloud's pager; who was asked is not asked again."""
    with emulated(home) as cloud:
        asked(home, 0, "declare", "cards fail", "--severity", "P0", **cloud)
        shown = asked(home, 1, "page", "IC", **cloud)
        assert shown["error"]["title"] == "refused: add --yes"
        assert not shown["plan"]["by_hand"] and shown["plan"]["person"] == "@primary-ic"
        assert asked(home, 0, "page", "incident-commander", "--yes", **cloud)["done"]
        assert asked(home, 1, "page", "incident-commander", **cloud)["plan"]["by_hand"]
        rows = {row["role"]: row for row in asked(home, 0, "roster")["roster"]}
        assert rows["incident-commander"]["state"] == "paged" and rows["cto"]["state"] == "unassigned"


def test_roles_without_a_cloud(home: Home) -> None:
    """What is only written down needs no cloud."""
    asked(home, 0, "declare", "cards fail", "--severity", "P0")
    told = home.run("page", "qa-lead", "--by-hand", "--yes").stdout
    assert "By hand: You do it by hand." in told and "You are needed as QA Lead" in told  # whom to reach, and with what
    asked(home, 0, "assign", "lead-developer", "@ada")
    asked(home, 1, "assign", "lead-developer", "@ada")
    asked(home, 1, "assign", "no-such-role", "@ada")
    asked(home, 0, "acknowledge", "qa-lead", "--joined")
    asked(home, 1, "handover", "incident-commander", "@ada", "--accept")
    assert "P0" in asked(home, 0, "handover", "incident-commander", "@ada")["brief"]
    asked(home, 0, "handover", "incident-commander", "@ada", "--accept")
    assert asked(home, 0, "away", "--person", "@ada")["roles"] == ["incident-commander", "lead-developer"]
    rows = {row["role"]: (row["person"], row["state"]) for row in asked(home, 0, "roster")["roster"]}
    assert rows["incident-commander"] == ("@ada", "away")
    assert rows["qa-lead"] == ("@primary-qa", "joined")
    assert asked(home, 0, "status")["incident"]["roles"]["incident-commander"]["away_at"]
