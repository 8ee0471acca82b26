"""Clocks and keys: what runs out, what can be pressed, and what is recommended."""

import pytest

from tests.board.scenes import aborted, begun, complete, deployed, deploying, judged_at, shown
from tests.incident.story import NEW, PAY, Story, applied, declared, intended, judged
from tests.spoken import spoken
from warroom.incident import events
from warroom.rollout.evidence import Grade
from widgets.data import ClockRow, Tone


def clocks(story: Story, after: float) -> dict[str, ClockRow]:
    """The clock rows by their labels."""
    return {row.label: row for row in shown(story, after).clocks.rows}


def keys(story: Story, after: float) -> dict[str, tuple[bool, bool]]:
    """Label → (enabled, armed)."""
    return {row.label: (row.enabled, row.armed) for row in shown(story, after).keys.rows}


def armed(story: Story, after: float) -> list[str]:
    """What is recommended."""
    return [label for label, (_, is_armed) in keys(story, after).items() if is_armed]


def greyed(story: Story, after: float) -> set[str]:
    """What answers with a reason only."""
    return {label for label, (enabled, _) in keys(story, after).items() if not enabled}


class TestClocks:
    """Rows keep their place; limits are half-open; a breach and a tight one are told by word and tone."""

    def test_from_detection_to_the_update(self) -> None:
        """A P0 at ten minutes: every clock in its order."""
        rows = clocks(begun(), 600)
        assert list(rows) == ["detected", "fix ready", "resolve", "level 1", "level 2", "update due"]
        assert (rows["detected"].value, rows["detected"].note) == ("10:00", "ago")
        assert rows["fix ready"].value == "20:00"
        assert rows["resolve"].value == "50:00"
        assert rows["level 1"].note == "On-call engineer"
        assert rows["level 2"].value == "5:00"
        assert rows["update due"].value == "6:00"

    def test_one_line_tells_what_is_over_from_what_is_left(self) -> None:
        """Where rows have only their short labels, and without colours: a word says that a limit is past."""
        left = [row.short for row in shown(begun(), 600).clocks.rows]
        assert left == ["T+", "fix", "res", "L1", "L2 in", "upd"]
        over = [row.short for row in shown(begun(), 3700).clocks.rows]
        assert over == ["T+", "fix over", "res over", "L3", "L4", "upd late"]
        assert clocks(begun(), 3700)["level 4"].value == "due"
        assert "fix ✔" in [row.short for row in shown(complete(), 1300).clocks.rows]

    @pytest.mark.parametrize(
        ("after", "level"), [(0, 1), (899, 1), (900, 2), (1799, 2), (1800, 3), (3599, 3), (3600, 3), (7200, 3)]
    )
    def test_levels_are_half_open_and_the_last_is_called_by_hand(self, after: float, level: int) -> None:
        """15:00 is level 2; level 4 never holds by time alone."""
        rows = clocks(begun(), after)
        assert f"level {level}" in rows
        if level == 3:
            assert rows["level 4"].note == "by hand"

    def test_a_lower_severity_is_capped(self) -> None:
        """P2 stops at level 2, and says so."""
        story = begun().at(70, events.SeverityChanged("P2"))
        notes = [row.note for row in shown(story, 7000).clocks.rows]
        assert "capped for P2" in notes

    def test_breaches_and_what_will_not_fit(self) -> None:
        """Less left than the least path is too tight; over is over; met keeps its time."""
        assert "too tight" in clocks(begun(), 1200)["fix ready"].note
        late = clocks(begun(), 2000)["fix ready"]
        assert (late.value, late.note, late.tone) == ("3:20", "over ✘", Tone.BAD)
        met = clocks(begun().at(900, events.PhaseStarted("preparation")).at(1500, events.PhaseStarted("testing")), 2000)
        assert (met["fix ready"].value, met["fix ready"].note, met["fix ready"].tone) == ("25:00", "of 30 ✔", Tone.GOOD)

    def test_a_severity_without_an_sla(self) -> None:
        """P3 has none, in words."""
        assert clocks(Story(declared("P3")), 600)["SLA"].note == "P3 has no SLA"

    def test_updates_that_are_late(self) -> None:
        """Near is watched, late is bad; after the resolution nothing is due and nothing escalates."""
        assert clocks(begun(), 900)["update due"].tone is Tone.WATCH
        late = clocks(begun(), 1000)["update late"]
        assert (late.value, late.tone) == ("0:40", Tone.BAD)
        after = clocks(complete().at(700, events.Resolved()), 5000)
        assert set(after) == {"detected", "fix ready", "resolve"}
        assert after["detected"].value == "11:40"

    def test_personal_data_starts_a_clock_of_its_own(self) -> None:
        """72 hours from the declaration, until the duty is ticked."""
        story = Story(declared("P0", personal_data=True))
        assert clocks(story, 60)["GDPR notice"].value == "72:00:00"


class TestKeys:
    """What can be pressed, and what is recommended."""

    def test_before_a_ladder(self) -> None:
        """Deploy and roll back; what needs a ladder is greyed."""
        assert greyed(begun(), 70) == {"Advance", "Hold", "Abort", "Resolve"}
        assert armed(begun(), 70) == []

    def test_while_deploying_and_at_the_foot(self) -> None:
        """Advance is recommended as soon as the candidate stands at 0 %, unless its probe fails."""
        assert armed(deploying(), 105) == []
        assert armed(deployed(), 111) == ["Advance"]
        assert greyed(deployed(), 111) == {"Deploy", "Resolve"}
        assert armed(deployed().at(120, judged(Grade.FAIL, 0)), 121) == ["Abort"]

    @pytest.mark.parametrize(
        ("grade", "after", "what"),
        [
            (Grade.PASS, 410, []),
            (Grade.PASS, 500, ["Advance"]),
            (Grade.WEAK, 600, []),
            (Grade.NO_DATA, 600, []),
            (Grade.FAIL, 410, ["Abort"]),
            (Grade.FAIL, 600, ["Abort"]),
        ],
    )
    def test_on_a_rung(self, grade: Grade, after: float, what: list[str]) -> None:
        """Advance on PASS and baked; abort on FAIL at any time; nothing on WEAK and NO DATA."""
        assert armed(judged_at(25, grade), after) == what

    def test_held_or_under_way_nothing_forward_is_recommended(self) -> None:
        """What a guard would stop is not armed, and one change at a time greys the key; an unknown one does not."""
        assert armed(judged_at(25, Grade.PASS).at(505, events.LadderHeld(PAY)), 800) == []
        moving = judged_at(25, Grade.PASS).at(510, intended("c3", "advance", 50))
        assert armed(moving, 512) == []
        assert "Advance" in greyed(moving, 512)
        moving.at(530, events.ChangeUnknown("c3", "timed out"))
        assert "Advance" not in greyed(moving, 531)

    def test_the_verdict_of_the_rung_before_arms_nothing(self) -> None:
        """Neither advance nor abort."""
        story = judged_at(10, Grade.FAIL).at(510, intended("c3", "advance", 25)).at(516, applied("c3", 25))
        assert armed(story, 900) == []

    def test_at_the_end(self) -> None:
        """At 100 % there is nothing to advance; after an abort a new hotfix may be deployed; resolved once."""
        assert greyed(complete(), 410) == {"Advance", "Hold"}
        assert armed(complete(), 800) == []
        assert greyed(aborted(), 510) == {"Advance", "Hold"}
        assert armed(aborted(), 510) == []
        assert "Resolve" in greyed(complete().at(700, events.Resolved()), 710)

    def test_abort_without_a_place_to_go(self) -> None:
        """Greyed and never armed: r is the way out."""
        nowhere = events.LadderStarted(PAY, NEW, "hotfix-1", {}, (10, 100), 300.0)
        story = deploying().at(110, applied("c1"), nowhere, judged(Grade.FAIL, 0))
        assert "Abort" in greyed(story, 120)
        assert armed(story, 120) == []

    def test_abort_and_advance_are_no_neighbours(self) -> None:
        """Nor two cases of one letter."""
        rows = [spoken(row.key) for row in shown(begun(), 70).keys.rows]
        assert abs(rows.index("a") - rows.index("x")) > 1
        assert len({key.lower() for key in rows}) == len(rows)
