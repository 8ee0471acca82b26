"""The report as a page, as JSON and in short: whole, safe, and in need of nothing else."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from tests.incident.story import HOSTILE, NEW, OLD, PAY, Story, climbing, declared, judged, logs, protocol, sample
from warroom.incident import events
from warroom.incident.comms.comms import ActionAdded, ActionChanged, PostMortemSet
from warroom.report.data import data
from warroom.report.markdown import markdown
from warroom.report.page import page
from warroom.report.sections.outward import link
from warroom.report.sections.summary import summary
from warroom.rollout.evidence import Grade

SHIPPED = protocol()
NOW = 1_764_004_000.0
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Follows tags as a browser would, and fails where one is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: dict[str, int] = {}
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opened."""
        self.seen[tag] = self.seen.get(tag, 0) + 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opened and closed in one."""
        self.seen[tag] = self.seen.get(tag, 0) + 1
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        """Closed: it was the innermost one."""
        assert self.open.pop() == tag


def read(text: str) -> Reader:
    """A page, read to its end with nothing left open."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def measured() -> Story:
    """A climb with samples before and after a gap, a verdict with a limit, an update, a send with a link."""
    story = climbing(25, 300)
    for minute in (*range(1, 12), *range(20, 26)):
        story.at(minute * 60, events.Sampled(PAY, (sample(minute * 60, OLD, 90, 9), sample(minute * 60, NEW, 30, 1))))
    story.at(1600, judged(Grade.PASS, 25), events.UpdateSent("we know", "Slack #releases", link="https://slack.test/1"))
    return story.at(
        1700, events.SendIntended("s1", "slack", "update", to="#releases"), events.SendDone("s1", "M1", LINK)
    )


LINK = "https://slack.test/archives/C1/p1?thread=2"


def test_the_page_is_whole_and_needs_nothing_else() -> None:
    """Every tag is closed; no script, no picture, no address that is fetched; a policy that forbids them."""
    text = page(measured().log, SHIPPED, NOW)
    reader = read(text)
    assert not {"script", "img", "link", "iframe", "object"} & set(reader.seen)
    assert not [value for name, value in reader.attributes if name in ("src", "srcset", "style") or name[:2] == "on"]
    assert "url(" not in text and "@import" not in text and "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    assert re.findall(r"<h3>\d\. ", text) == [f"<h3>{number}. " for number in range(1, 8)]


def test_it_has_plots_with_limits_and_gaps() -> None:
    """Error rate, p95 and traffic; the line breaks where samples are missing."""
    text = page(measured().log, SHIPPED, NOW)
    figures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(figures) == 3
    for figure in figures:
        ElementTree.fromstring(figure)
    assert "limit 1" in figures[0]
    assert figures[0].count('class="candidate"') == 2 and figures[0].count('class="stable"') == 2
    assert figures[2].count('class="traffic"') == 1
    assert "```" not in text and "plots-" not in text


def test_instances_are_in_both_reports() -> None:
    """A figure without a limit on the page, and the most of each side in Markdown."""
    story = measured()
    mine, theirs = replace(sample(1620, NEW), instances=3), replace(sample(1620, OLD), instances=12)
    story.at(1800, events.Sampled(PAY, (mine, theirs)))
    figures = re.findall(r"<figure>.*?</figure>", page(story.log, SHIPPED, NOW), re.DOTALL)
    assert [("Instances of payments-api, count" in one, "limit" in one) for one in figures][2] == (True, False)
    text = markdown(story.log, SHIPPED, NOW).replace("\\", "")
    assert "Instances of payments-api: the hotfix 3 at most, stable 12 at most." in text


def test_without_metrics_it_says_so() -> None:
    """No empty axes."""
    text = page(Story().log, SHIPPED, NOW)
    assert "No metrics were recorded" in text and "<svg" not in text
    read(text)


def test_hostile_text_stays_text_on_the_page() -> None:
    """Nothing from outside becomes a tag, an attribute or an address."""
    evil = f'{HOSTILE} "><img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](https://e.test/i.png)'
    story = Story(declared(impact=evil, issue=evil)).at(
        80, events.Noted(evil), events.UpdateSent(evil, evil, link=evil)
    )
    story.at(90, ActionAdded("a1", evil, evil, evil), events.SendIntended("s1", evil, evil, "", evil, evil))
    story.at(95, events.SendDone("s1", evil, evil), events.Sampled(PAY, (sample(60, evil, 5, 5),)))
    reader = read(page(story.log, SHIPPED, NOW))
    assert not {"img", "script", "a"} & set(reader.seen)
    assert not [one for one in reader.attributes if one[0][:2] == "on"]


@settings(max_examples=15, deadline=None)
@given(logs())
def test_any_log_makes_a_page_and_json(log: list[events.Event]) -> None:
    """Whatever happened, all formats can be written, and encoded."""
    read(page(log, SHIPPED, NOW))
    assert json.loads(data(log, SHIPPED, NOW))["events"][0]["fact"]["kind"] == "declared"
    assert summary(log, SHIPPED, NOW)


def test_the_json_has_every_event_and_a_version() -> None:
    """And what the report tells, as values."""
    story = measured().at(1800, ActionAdded("a1", "plan it"), events.Mitigated("roll-back"), events.Resolved())
    found = json.loads(data(story.log, SHIPPED, NOW))
    assert (found["format"], found["version"]) == ("warroom.report", 1)
    assert [one["seq"] for one in found["events"]] == [event.seq for event in story.log]
    assert found["sla"]["resolution"]["outcome"].startswith("met with")
    assert found["impact"][0]["failed"] == 170 and found["actions"][0]["settled"] is False
    assert found["sends"][0]["link"] == LINK and found["change_record"]["changes"]


def test_links_are_followed_only_where_they_are_plain() -> None:
    """Everything else is shown as text."""
    assert link(LINK) == f"[link]({LINK})"
    for url in ("http://x.test/", "javascript:alert(1)", "https://x.test/a)b", "https://x.test/ y", "https://"):
        assert "](" not in link(url)


def test_actions_stay_open_until_they_have_owner_and_date() -> None:
    """The post-mortem's deadline counts in its own kind of days, and is told when it is set too late."""
    story = Story(declared("P1")).at(900, events.Mitigated("roll-back"), events.Resolved())
    assert "no action was written down yet" in markdown(story.log, SHIPPED, NOW)
    story.at(950, ActionAdded("a1", "plan it", owner="@a"), ActionAdded("a2", "tell them", "@b", "2026-01-02"))
    assert "The post-mortem is open: a1 without an owner or a date." in markdown(story.log, SHIPPED, NOW)
    story.at(960, ActionChanged("a1", due="2026-01-03"), PostMortemSet(NOW + 30 * 86400))
    text = markdown(story.log, SHIPPED, NOW)
    assert "Every action that was written down has an owner and a date." in text
    assert "a Monday: 5 business days after the resolution. It is set for" in text and "too late" in text


def test_the_change_record_is_a_section() -> None:
    """Who authorised what, what was tested or skipped, and deviations."""
    text = markdown(measured().log, SHIPPED, NOW)
    part = text[text.index("## Change record") : text.index("## Record\n")]
    for heading in ("Changes and who authorised them", "Tested, or skipped", "Decisions", "Deviations"):
        assert f"#### {heading}" in part
    assert "| advance of payments\\-api" in part or "| advance of payments-api" in part


@pytest.mark.parametrize("drill", [True, False])
def test_the_summary_is_short_and_tells_the_limits(drill: bool) -> None:
    """For a ticket: the release block, the SLA, what is left."""
    text = summary(Story(declared(drill=drill)).log, SHIPPED, NOW)
    assert text.startswith("INC-0001 checkout") and "Total resolution" in text and "Action items" in text
