"""pagerduty's clients on the embedded pager: REST with its wrapped entities and pages, and events."""

from collections.abc import Iterator
from typing import Any

import pytest
from pagerduty import EventsApiV2Client, HttpError, RestApiV2Client

from tests.sdk.conftest import Cloud

ME = "someone@example.com"


class Rest(RestApiV2Client):
    """The client takes only https:// in the attribute that this one hides."""

    url = ""


class Events(EventsApiV2Client):
    """The same for events."""

    url = ""


@pytest.fixture(scope="module")
def rest(cloud: Cloud) -> Iterator[Any]:
    """As anyone would build it, but for the address."""
    with Rest(cloud.secrets["pagerduty"], default_from=ME, base_url=cloud.url("pagerduty")) as client:
        yield client


@pytest.fixture(scope="module")
def events(cloud: Cloud) -> Iterator[Any]:
    """The sender of events."""
    with Events(cloud.secrets["pagerduty-events"], base_url=cloud.url("pagerduty-events")) as client:
        yield client


def refused(call: Any) -> tuple[int, str]:
    """HTTP status and text of the answer that a call is refused with."""
    with pytest.raises(HttpError) as told:
        call()
    answer: Any = told.value.response
    return answer.status_code, str(answer.text)


@pytest.mark.parametrize("name", ["users", "oncalls"])
def test_a_list_is_read_page_by_page(rest: Any, name: str) -> None:
    """A small page leads to the next one, and not to itself again."""
    whole, by_twos = rest.rget(f"/{name}", params={"limit": 100}), list(rest.iter_all(name, page_size=2))
    assert len(whole) > 2 and by_twos == whole
    first = rest.get(f"/{name}", params={"limit": 2}).json()
    assert (len(first[name]), first["more"]) == (2, True)


def test_an_incident_by_rest(rest: Any) -> None:
    """Service, policy, people on call; opened, acknowledged, snoozed, noted, asked for, resolved."""
    service = rest.rget("/services")[0]
    policy = rest.rget(f"/escalation_policies/{service['escalation_policy']['id']}")
    assert policy["escalation_rules"] and rest.rget("/oncalls")
    opened = rest.rpost(
        "/incidents",
        json={"type": "incident", "title": "payments fail", "service": service, "incident_key": "k-1"},
    )
    number = opened["id"]
    assert (opened["status"], opened["urgency"], opened["service"]["id"]) == ("triggered", "high", service["id"])
    assert rest.rput(opened["self"], json={**opened, "status": "acknowledged"})["status"] == "acknowledged"
    assert rest.rpost(f"/incidents/{number}/snooze", json={"duration": 3600})["pending_actions"]
    rest.rpost(f"/incidents/{number}/notes", json={"content": "10 % on the hotfix"})
    assert [note["content"] for note in rest.rget(f"/incidents/{number}/notes")] == ["10 % on the hotfix"]
    user = rest.find("users", ME, attribute="email")
    target = {"responder_request_target": {"id": user["id"], "type": "user_reference"}}
    asked = {"requester_id": user["id"], "message": "please come", "responder_request_targets": [target]}
    rest.post(f"/incidents/{number}/responder_requests", json=asked).raise_for_status()
    changed = rest.rput("/incidents", json=[{"id": number, "type": "incident_reference", "status": "resolved"}])
    assert [one["status"] for one in changed] == ["resolved"]
    assert rest.rget(f"/incidents/{number}/alerts")[0]["status"] == "resolved"


def test_pages_and_filters(rest: Any) -> None:
    """iter_all finds every incident once, newest first; statuses[] may be told more than once."""
    service = rest.rget("/services")[0]
    made = [
        rest.rpost("/incidents", json={"title": f"page {count}", "service": service, "incident_key": f"page-{count}"})
        for count in range(5)
    ]
    found = [one["id"] for one in rest.iter_all("incidents", page_size=2)]
    assert found[:5] == [one["id"] for one in reversed(made)] and len(found) == len(set(found))
    open_ones = rest.list_all("incidents", params={"statuses[]": ["triggered", "acknowledged"]})
    assert {one["id"] for one in made} <= {one["id"] for one in open_ones}
    assert not rest.list_all("incidents", params={"statuses[]": ["resolved"], "incident_key": "page-0"})
    assert rest.get_total("incidents") == len(found)
    assert len(list(rest.iter_all("users", page_size=2))) > 2


def test_refusals_of_rest(rest: Any, cloud: Cloud) -> None:
    """401, 404 and 400, each with an error object as the API has it."""
    with Rest("wrong", default_from=ME, base_url=cloud.url("pagerduty")) as wrong:
        assert refused(lambda: wrong.rget("/services"))[0] == 401
    assert refused(lambda: rest.rget("/incidents/NONE")) == (404, '{"error": {"message": "Not Found", "code": 2100}}')
    assert refused(lambda: rest.rget("/services/NONE"))[0] == 404
    assert refused(lambda: rest.rget("/schedules"))[0] == 404
    assert refused(lambda: rest.rpost("/incidents", json={"title": "t"}))[0] == 400
    service = rest.rget("/services")[0]
    first = {"title": "t", "service": service, "incident_key": "twice"}
    rest.rpost("/incidents", json=first)
    assert "matching dedup key already exists" in refused(lambda: rest.rpost("/incidents", json=first))[1]
    assert "not included" in refused(lambda: rest.rget("/incidents", params={"statuses[]": ["ill"]}))[1]
    token, nobody = cloud.secrets["pagerduty"], "nobody@example.com"
    with Rest(token, default_from=nobody, base_url=cloud.url("pagerduty")) as stranger:
        assert "Requester User Not Found" in refused(lambda: stranger.rpost("/incidents", json=first))[1]


def test_events(events: Any, rest: Any) -> None:
    """Trigger pages, acknowledge and resolve are seen by REST, a change is taken, a bad event is refused."""
    key = events.trigger("payments fail", "warroom", dedup_key="sdk-events", severity="critical")
    assert key == "sdk-events"

    def status() -> str:
        return str(rest.list_all("incidents", params={"incident_key": key})[0]["status"])

    assert status() == "triggered"
    events.acknowledge(key)
    assert status() == "acknowledged"
    events.resolve(key)
    assert status() == "resolved"
    events.send_change_event(payload={"summary": "25 % of payments-api on the hotfix", "source": "warroom"})
    assert "payload.severity" in refused(lambda: events.trigger("s", "warroom", severity="huge"))[1]
