"""An exercise that ran faster than time has its last hour ahead of this machine's clock."""

import json
import time

from tests.e2e.home import Home
from warroom.incident import events
from warroom.incident.journal.sqlite import SqliteStore
from warroom.rollout.evidence import Sample
from warroom.rollout.traffic import ServiceRef

PAY = ServiceRef("payments-api", "europe-west1", "shop-prod")


def test_what_lies_ahead_is_counted(home: Home) -> None:
    """The report and the status look at the incident from its last event on, not from before it."""
    now = time.time()
    journal = SqliteStore(home.path / "fast.db")
    begun = journal.begin(events.Declared("cards fail", "P0", "payment-failure", (PAY,), now), "@rm", now)
    samples = tuple(Sample("r-1", now + at, now + at + 60, 100, 25) for at in range(0, 3000, 60))
    journal.append(begun.incident, [events.Sampled(PAY, samples)], "@rm", now + 3060, begun.seq)
    mended: list[events.AnyFact] = [events.Mitigated("roll-back"), events.Resolved("all well")]
    journal.append(begun.incident, mended, "@rm", now + 3600, begun.seq + 1)
    journal.close()
    report = home.run("report", "INC-0001", "--journal", "fast.db").stdout
    assert "1250 of 5000 requests failed (25 %)" in report and "in 50 of 50 minutes" in report
    status = json.loads(home.run("status", "--incident", "INC-0001", "--json", "--journal", "fast.db").stdout)
    assert status["incident"]["state"] == "resolved"
