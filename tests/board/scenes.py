"""Incidents in every state that the board has a sentence for, made of events."""

from msgspec.structs import replace

from tests.clocks import START
from tests.conductor.rig import CONFIG
from tests.incident.story import NEW, OLD, PAY, Story, applied, intended, judged, ladder, serving, split
from tests.spoken import spoken
from warroom.board import View, board
from warroom.incident import events, mitigation
from warroom.incident.events import AnyFact
from warroom.rollout.evidence import Clause, Grade, Verdict
from warroom.rollout.traffic import Share
from widgets.data import Board

PROTOCOL = CONFIG.protocol
OPERATOR = View(operator="@primary-rm")


def shown(story: Story, after: float, view: View = OPERATOR) -> Board:
    """The board so many seconds after detection."""
    return board(story.incident, PROTOCOL, START + after, view)


def said(story: Story, after: float, view: View = OPERATOR) -> str:
    """Line 2 as one text."""
    line = shown(story, after, view).sentence
    return spoken(line.alarm or " ".join(part.text for part in line.parts))


def begun() -> Story:
    """Declared a minute after detection, led, looked at."""
    story = Story()
    story.at(61, events.RoleAssigned("incident-commander", "@primary-ic"), events.PhaseStarted("assessment"))
    look = events.Observed(PAY, (Share("", 100, "live"),), (Share("", 100, "live"),), OLD, url="https://pay.test")
    return story.at(62, look)


def deploying() -> Story:
    """The deployment is under way."""
    return begun().at(100, intended("c1", "deploy", revision=NEW, image="img@sha256:1"))


def deployed() -> Story:
    """At 0 %."""
    return deploying().at(110, applied("c1"), ladder())


def at(percent: int) -> Story:
    """A hotfix that takes `percent` since second 200, not judged yet."""
    return deployed().at(194, intended("c2", "advance", percent)).at(200, applied("c2", percent))


def judged_at(percent: int, grade: Grade, words: str = "") -> Story:
    """The same with a verdict."""
    wording = {
        Grade.PASS: "healthy so far",
        Grade.WEAK: "too little traffic to tell",
        Grade.FAIL: "errors 6 %, limit 1 %",
    }
    return at(percent).at(400, judged(grade, percent, words or wording.get(grade, "no data: no requests")))


def opening(after: float) -> Story:
    """At 25 % without a verdict, whose first closed period can be read `after` so many seconds."""
    found = Verdict(Grade.NO_DATA, START + 400, 25, NEW, OLD, (), words="no data: first closed minute soon")
    return at(25).at(400, events.Judged(PAY, replace(found, opens_at=START + after)))


def aborting() -> Story:
    """x, then y, at second 494."""
    return judged_at(25, Grade.FAIL).at(494, intended("c3", "abort"))


def aborted() -> Story:
    """Taken back at second 500; whether that helps is not measured yet."""
    return aborting().at(500, applied("c3"))


def better() -> Story:
    """The same, and what serves then is measured to be healthy at second 800."""
    story = aborted().at(800, serving(Grade.PASS, 800))
    return story.at(800, *mitigation.news(story.incident))


def burning() -> Story:
    """The same, and what serves then fails as well."""
    return aborted().at(800, serving(Grade.FAIL, 800))


def complete() -> Story:
    """At 100 %, and users are measured to be better."""
    look = events.Observed(PAY, split(100), split(100), NEW, latest_created=NEW)
    better = events.Mitigated("full-traffic", "5xx 0 of 200 (≤ 1.9 %), limit 1 %")
    return judged_at(100, Grade.PASS).at(401, look, better)


def verdict(percent: int, grade: Grade, *clauses: Clause, **more: bool) -> AnyFact:
    """A verdict of several clauses, on stable too."""
    whole = Verdict(grade, START + 400, percent, NEW, OLD, clauses, words=grade.value.lower())
    return events.Judged(PAY, replace(whole, **more))
