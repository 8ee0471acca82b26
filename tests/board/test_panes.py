"""Traffic, signals, people, phases and projector: what each pane is given."""

from typing import Any

from msgspec.structs import replace

from tests.board.scenes import (
    OPERATOR,
    PROTOCOL,
    aborted,
    aborting,
    at,
    begun,
    deployed,
    deploying,
    judged_at,
    opening,
    shown,
    verdict,
)
from tests.clocks import START
from tests.incident.story import (
    CART,
    HOSTILE,
    NEW,
    OLD,
    PAY,
    Story,
    applied,
    declared,
    intended,
    ladder,
    sample,
    serving,
)
from tests.spoken import spoken
from warroom.board import View
from warroom.board.checklist import steps_in_order
from warroom.board.projector import projector
from warroom.incident import events
from warroom.rollout.evidence import Clause, Grade
from warroom.rollout.traffic import Share
from widgets.data import Projector, Tone


class TestTraffic:
    """Who serves how much, and what is wanted."""

    def test_latest_is_told_by_its_revision(self) -> None:
        """Before the ladder all traffic follows LATEST, which has a name."""
        (row,) = shown(begun(), 70).traffic.shares
        assert (row.role, row.revision, row.percent, row.wanted) == ("stable", "00041-kol", 100, 100)

    def test_a_change_under_way_shows_what_is_wanted(self) -> None:
        """Bars as they are, and where they are going."""
        story = at(10).at(510, intended("c3", "advance", 25))
        rows = {row.role: (row.percent, row.wanted) for row in shown(story, 512).traffic.shares}
        assert rows == {"stable": (90, 75), "candidate": (10, 25)}
        done = {
            row.role: (row.percent, row.wanted) for row in shown(story.at(516, applied("c3", 25)), 520).traffic.shares
        }
        assert done == {"stable": (75, 75), "candidate": (25, 25)}

    def test_somebody_elses_change_shows_what_they_want(self) -> None:
        """While Cloud Run reconciles what another asked for."""
        look = events.Observed(PAY, (Share(OLD, 100),), (Share(OLD, 40), Share(NEW, 60)), OLD, settled=False)
        shares = shown(begun().at(80, look), 81).traffic
        assert {row.revision: (row.percent, row.wanted) for row in shares.shares} == {
            "00041-kol": (100, 40), "00042-fix": (0, 60),
        }  # fmt: skip
        assert shares.note.text == "Cloud Run is reconciling"

    def test_several_revisions_are_all_shown(self) -> None:
        """Stable and candidate first, then the others by name."""
        split = (
            Share("payments-api-00039-dup", 5),
            Share(OLD, 60),
            Share("payments-api-00038-aaa", 10),
            Share(NEW, 25),
        )
        story = at(25).at(300, events.Observed(PAY, split, split, NEW))
        rows = [(row.role, row.revision, row.percent) for row in shown(story, 310).traffic.shares]
        assert rows == [
            ("stable", "00041-kol", 60), ("candidate", "00042-fix", 25), ("", "00038-aaa", 10), ("", "00039-dup", 5),
        ]  # fmt: skip

    def test_rungs_and_bake(self) -> None:
        """Climbed ones are done; the bake counts, is over, stands on hold, and ends with the ladder."""
        traffic = shown(at(25), 260).traffic
        assert [rung.state for rung in traffic.rungs] == ["done", "now", "open", "open"]
        assert traffic.bake.text == "bake 1:00 of 5:00"
        assert shown(at(25), 500).traffic.bake.text == "baked 5:00"
        assert shown(opening(530), 410).traffic.bake.text == "bake 3:30 of 5:00, verdict in 2:00"
        assert shown(opening(530), 505).traffic.bake.text == "baked 5:05, verdict in 0:25"
        assert shown(opening(530), 531).traffic.bake.text == "baked 5:31"
        assert shown(at(25).at(260, events.LadderHeld(PAY)), 400).traffic.bake.text == "held at 1:00"
        assert (
            shown(at(25).at(260, events.AutoAdvanceSet(PAY, True)), 320).traffic.bake.text == "bake 2:00 of 5:00  auto"
        )
        assert shown(at(100), 320).traffic.bake.text == "judging goes on, 2:00"
        ended = shown(aborted(), 510).traffic
        assert (ended.bake.text, {rung.state for rung in ended.rungs}) == ("aborted", {"open"})
        assert shown(begun(), 70).traffic.bake.text == "no ladder yet"
        assert shown(deployed(), 120).traffic.bake.text == "no traffic yet"

    def test_where_abort_would_go(self) -> None:
        """To the revision by name, and whether that is broken as well; nowhere is said at once."""
        assert shown(at(25), 260).traffic.retreat.text == "abort → 00041-kol 100 %"
        broken = at(25).at(400, verdict(25, Grade.FAIL, stable_fails=True))
        assert shown(broken, 410).traffic.retreat.text == "abort → 00041-kol 100 %  (broken too)"
        nowhere = events.LadderStarted(PAY, NEW, "hotfix-1", {}, (10, 100), 300.0)
        lost = shown(deploying().at(110, applied("c1"), nowhere), 120).traffic.retreat
        assert (spoken(lost.text), lost.tone) == ("abort has no place to go: r picks a revision", Tone.BAD)

    def test_the_note_says_what_is_going_on(self) -> None:
        """Cloud Run's words, the connection, the first look, the last failure."""
        assert shown(deploying(), 105).traffic.note.text == "sent, waiting for Cloud Run"
        assert shown(deploying(), 105, View(progress={PAY.name: "Routing"})).traffic.note.text == "Routing"
        assert shown(Story(), 61, View(connected=False)).traffic.note.text == "connecting …"
        assert shown(Story(), 61).traffic.note.text == "reading the service …"
        unread = Story().at(70, events.SourceLost("cloud-run", "No such service", "Check the name"))
        assert shown(unread, 71).traffic.note.text == "No such service"
        failed = deploying().at(120, events.ChangeFailed("c1", "Revision failed to start", link="https://logs"))
        assert shown(failed, 121).traffic.note.text == "last deploy failed: Revision failed to start"
        assert shown(at(25), 260).traffic.note.text == ""


class TestSignals:
    """What was measured, against which limit, how old, and what it means."""

    def test_before_a_verdict_stable_is_shown(self) -> None:
        """The newest minute of what serves, with its age."""
        story = begun().at(300, events.Sampled(PAY, (sample(60), sample(120, requests=200, errors=62))))
        errors = shown(story, 310).errors
        assert [line.text for line in errors.lines] == ["stable: errors 31 % of 200"]
        assert (errors.age.text, errors.verdict.text) == ("3:10 old", "")
        assert errors.plot.limit_label == "1 %"
        assert errors.plot.stable.points == ((START + 60, 0.0), (START + 120, 0.31))

    def test_after_a_roll_back_to_another_revision_that_one_is_shown(self) -> None:
        """Its minutes, its share and the verdict on it, by its name; what served before serves no more."""
        older = "payments-api-00040-wex"
        look = events.Observed(PAY, (Share(older, 100),), (Share(older, 100),), NEW)
        story = at(25).at(500, intended("c3", "roll-back"), applied("c3")).at(510, look)
        story.at(700, events.Sampled(PAY, (sample(480, OLD, 100, 31), sample(660, older, 200, 1))))
        before = shown(story, 710)
        assert [line.text for line in before.errors.lines] == ["serves: errors 0.5 % of 200"]
        assert before.errors.plot.elsewhere
        assert before.errors.plot.stable.points == ((START + 660, 0.005),)
        assert [(row.role, row.revision) for row in before.traffic.shares if row.percent] == [("serves", "00040-wex")]
        after = shown(story.at(800, serving(Grade.PASS, 800, older)), 810).errors
        assert after.lines[0].text == "00040-wex: 5xx 0 of 200 (≤ 0.9 %), limit 1 %"
        assert after.verdict.text == "PASS"

    def test_instances_are_told_beside_the_response_time(self) -> None:
        """Of candidate and stable, the newest of each; data is no younger by them, and no other pane tells of them."""
        mine, theirs = replace(sample(300, NEW), instances=3, busiest=41.2), replace(sample(240), instances=12)
        late = replace(sample(360, NEW), requests=None, errors=None, latency=None, instances=4)
        board = shown(at(25).at(399, events.Sampled(PAY, (theirs, mine, late))), 410)
        assert board.latency.lines[-1].text == "instances: 4, stable 12"
        assert board.latency.age.text == "1:50 old"
        assert not any("instances" in line.text for line in board.errors.lines)
        board = shown(at(25).at(399, events.Sampled(PAY, (theirs, mine))), 410)
        assert board.latency.lines[-1].text == "instances: 3 (41 at once), stable 12"

    def test_a_verdict_clause_by_clause(self) -> None:
        """Candidate's words, stable's beside them, the probe's when it fails, and which is better."""
        mine = Clause("errors", NEW, Grade.FAIL, 900, 60, 0.066, words="5xx 6.6 % of 900 (≥ 4 %), limit 1 %")
        probed = Clause("probe", NEW, Grade.FAIL, 30, 9, 0.3, words="9 of 30 probes failed, limit 5 %: HTTP 503")
        slow = Clause("latency", NEW, Grade.PASS, 900, 3, 0.003, words="p95 210 ms", slow_ms=450.0)
        theirs = Clause("errors", OLD, Grade.FAIL, 900, 290, 0.32, words="5xx 32 % of 900")
        fact: Any = verdict(25, Grade.FAIL, mine, slow, probed)
        whole = replace(fact.verdict, stable_clauses=(theirs,), better=True)
        story = at(25).at(399, events.Sampled(PAY, (sample(300, NEW),))).at(400, events.Judged(PAY, whole))
        shown_errors = shown(story, 410)
        assert [line.text for line in shown_errors.errors.lines] == [
            "5xx 6.6 % of 900 (≥ 4 %), limit 1 %", "stable: 5xx 32 % of 900", probed.words, "better than stable",
        ]  # fmt: skip
        assert (shown_errors.errors.verdict.text, shown_errors.errors.verdict.tone) == ("FAIL", Tone.BAD)
        assert (shown_errors.latency.verdict.text, shown_errors.latency.plot.limit_label) == ("PASS", "450 ms")

    def test_gaps_stay_gaps_and_plots_end_with_the_newest_point(self) -> None:
        """No requests is no value; half an hour is shown; with no samples there is no plot."""
        story = at(25).at(3000, events.Sampled(PAY, (sample(60, NEW), sample(2000, NEW, 0), sample(2060, NEW))))
        plot = shown(story, 3000).errors.plot
        assert plot.candidate.points == ((START + 2000, None), (START + 2060, 0.0))
        assert (plot.end, plot.end - plot.start) == (START + 2060, 1800)
        assert shown(begun(), 70).errors.age.text == "no data yet"

    def test_a_lost_source_says_since_when(self) -> None:
        """The age gives way to the outage."""
        story = at(25).at(300, events.SourceLost("monitoring", "Cloud Monitoring is unreachable", "Wait"))
        age = shown(story, 330).latency.age
        assert (age.text, age.tone) == ("Cloud Monitoring is unreachable since 0:30", Tone.BAD)


class TestPeopleAndPhases:
    """Who does what, and where the protocol stands."""

    def test_roster(self) -> None:
        """All six core roles; unassigned, assigned, acknowledged, operator."""
        story = begun().at(70, events.RoleAssigned("release-manager", "@primary-rm"))
        story.at(71, events.RoleAcknowledged("incident-commander"))
        rows = {row.role: (row.person, row.state) for row in shown(story, 80).roster.rows}
        assert len(rows) == 6
        assert rows["IC"] == ("@primary-ic", "✔ acked")
        assert rows["RM"] == ("@primary-rm", "▶ operator")
        assert rows["QA"] == ("nobody", "unassigned")

    def test_timeline(self) -> None:
        """Newest last, in UTC, taken-back ones say so, and foreign text stays text."""
        story = begun().at(100, events.Noted(HOSTILE), events.Noted("oops"))
        story.at(110, events.Undone(story.last))
        rows = shown(story, 120).timeline.rows
        assert [row.seq for row in rows] == sorted(row.seq for row in rows)
        texts = [row.text for row in rows]
        assert HOSTILE in texts
        assert "oops (taken back)" in texts
        assert rows[-1].time == "16:01:50Z"

    def test_phases_show_the_steps_of_the_current_one_and_of_the_selected(self) -> None:
        """Done, now, open by words; the cursor starts at the first open step."""
        story = begun().at(80, events.Ticked("declare")).at(300, events.PhaseStarted("preparation"))
        rows = {row.id: row for row in shown(story, 400).phases.rows}
        assert (rows["preparation"].state, rows["preparation"].time) == ("now", "1:40/30")
        assert rows["assessment"].state == "open"  # left with steps open
        assert rows["assessment"].time == "3:59"
        assert [step.selected for step in rows["preparation"].steps][:2] == [True, False]
        assert rows["deployment"].steps == ()
        chosen = {row.id: row for row in shown(story, 400, View(step="backup")).phases.rows}
        assert [step.id for step in chosen["deployment"].steps if step.selected] == ["backup"]
        assert rows["preparation"].steps[0].state == "open"  # its needs are not done

    def test_the_cursor_walks_what_concerns_this_incident(self) -> None:
        """A security review stands only in security incidents."""
        names = [step.id for step in steps_in_order(begun().incident, PROTOCOL)]
        assert "security-review" not in names
        secret = Story(declared("P0", private=True)).incident
        assert "security-review" in [step.id for step in steps_in_order(secret, PROTOCOL)]


class TestServices:
    """Several services in one incident."""

    def test_the_view_chooses_the_lane(self) -> None:
        """Keys, traffic and place are the focused one's; an unknown one falls back to the first."""
        story = Story(declared("P0", PAY, CART)).at(100, ladder(CART, "cart-00002-fix"))
        assert shown(story, 110).traffic.service == "payments-api"
        cart = shown(story, 110, View(service="cart"))
        assert cart.traffic.service == "cart"
        assert cart.header.place.startswith("cart · ")
        assert shown(story, 110, View(service="gone")).traffic.service == "payments-api"


class TestProjector:
    """What a room may see."""

    def seen(self, story: Story, after: float, view: View = OPERATOR) -> Projector:
        """The projector's slice."""
        return projector(story.incident, PROTOCOL, START + after, view)

    def test_a_rollout(self) -> None:
        """Percent, verdict, who leads and what is due, as whole phrases."""
        slice_ = self.seen(judged_at(25, Grade.PASS), 410)
        assert (slice_.percent, slice_.verdict.text, slice_.leads.text) == (
            25, "PASS", "Incident Commander @primary-ic",
        )  # fmt: skip
        assert slice_.due.text == "update due 9:10"
        assert [row.label for row in slice_.clocks] == ["detected", "fix ready", "resolve"]
        assert self.seen(begun(), 70).percent is None
        assert self.seen(Story(), 70).leads.text == "No Incident Commander"
        assert self.seen(aborting().at(500, applied("c3")), 510).verdict.text == ""

    def test_a_private_incident_hides_title_and_impact(self) -> None:
        """Neither stands anywhere on the slice; the operator's own board has the title."""
        first = declared("P0", private=True, impact="customer keys were read")
        story = Story(replace(first, title="auth bypass in login")).at(70, events.Noted("auth bypass confirmed"))
        slice_ = self.seen(story, 80)
        assert slice_.header.title == "confidential"
        assert "auth bypass" not in repr(slice_)
        assert "customer keys" not in repr(slice_)
        assert shown(story, 80).header.title == "auth bypass in login"

    def test_an_open_one_shows_its_title(self) -> None:
        """Nothing is hidden without a reason."""
        assert self.seen(begun(), 70).header.title == "checkout answers 500"
