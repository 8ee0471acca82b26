"""What was measured and asked for a step of the protocol, and whether it says that the step is done. Pure.

Of each name of `protocol.names.EVIDENCE` there are several where there are several services or systems.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from warroom.clock import clock_time
from warroom.incident import mitigation
from warroom.incident.boxes.seen import since
from warroom.incident.state import Incident, Lane, Staging
from warroom.incident.steps.steps import newest_run
from warroom.incident.validation.words import answer, read
from warroom.protocol.model import Protocol, Step
from warroom.rollout.evidence import Grade
from warroom.rollout.signals import JUDGED, Judged, clause_of
from warroom.rollout.split import percents
from warroom.rollout.words import count, percent

LOGGED_SECONDS = 30.0
"""An entry is there within seconds of what it tells; by then it is."""


class Evidence(Struct, frozen=True):
    """One thing that was looked at: `state` says whether it speaks for the step, against it, or neither.

    `words` tell it with numbers, `short` in a word or two; `at` is when that was (Unix seconds), None before it was.
    """

    kind: str
    state: Literal["good", "bad", "unknown"]
    words: str
    short: str = ""
    at: float | None = None

    @property
    def told(self) -> str:
        """The words with the moment."""
        return f"{self.words}, at {clock_time(self.at)}" if self.at is not None else self.words


def of_step(incident: Incident, step: Step, protocol: Protocol) -> tuple[Evidence, ...]:
    """All that there is for and against a step; nothing for one that names no evidence."""
    return tuple(one for name in step.evidence for one in _KINDS.get(name, _nothing)(incident, step, protocol))


def shown(found: tuple[Evidence, ...]) -> bool:
    """Whether all of it says that the step is done, and there is some."""
    return bool(found) and all(one.state == "good" for one in found)


def against(found: tuple[Evidence, ...]) -> str:
    """What speaks against the step, in words; "" where nothing does."""
    return "; ".join(one.told for one in found if one.state == "bad")


def _nothing(incident: Incident, step: Step, protocol: Protocol) -> Iterator[Evidence]:
    """Of a name that an older or newer protocol has."""
    yield from ()


def _needs(incident: Incident, step: Step, protocol: Protocol) -> Iterator[Evidence]:
    for name in step.needs:
        needed, tick, run = protocol.find_step(name), incident.ticks.get(name), newest_run(incident.work, name)
        title = needed.title if needed else name
        if tick is not None and tick.evidence:
            yield Evidence("needs", "good", f"{title}: {tick.evidence}", "done", tick.at)
        elif run is not None and run.outcome in ("failed", "timed out"):
            yield Evidence("needs", "bad", f"{title} {run.outcome}", "failed", run.started_at)
        elif tick is not None:
            yield Evidence("needs", "unknown", f"{title}: ticked by {tick.actor}, not shown", "by hand", tick.at)
        else:
            yield Evidence("needs", "unknown", f"{title}: not done yet")


def _staging_smoke(incident: Incident, step: Step, protocol: Protocol) -> Iterator[Evidence]:
    for lane, staged in _staged(incident):
        if staged is None:
            yield _not_there("staging-smoke", lane)
        elif staged.tested is None:
            yield Evidence("staging-smoke", "unknown", f"{staged.revision}: not tested in staging yet")
        else:
            state: Literal["good", "bad"] = "good" if staged.tested else "bad"
            words = f"smoke test of {staged.revision} {'passed' if staged.tested else 'failed'}: {staged.detail}"
            well = sum(one.ok for one in staged.results)
            short = f"smoke {well}/{len(staged.results)}" if staged.results else "smoke"
            yield Evidence("staging-smoke", state, words, short, staged.tested_at)


def _staging_signal(signal: Judged) -> "_Kind":
    kind = f"staging-{signal.id}"

    def found(incident: Incident, step: Step, protocol: Protocol) -> Iterator[Evidence]:
        for lane, staged in _staged(incident):
            verdict = staged.verdict if staged is not None else None
            clause = clause_of(verdict.clauses, signal.id) if verdict is not None else None
            if staged is None:
                yield _not_there(kind, lane)
            elif verdict is None or clause is None:
                what = f"{signal.title.lower()} of {staged.revision} in staging"
                yield Evidence(kind, "unknown", f"{what}: not measured yet")
            else:
                numbers = f"{percent(clause.share or 0.0)} of {count(clause.n)}" if clause.n else "NO DATA"
                words = f"staging, {staged.revision}: {clause.words}: {clause.grade}"
                yield Evidence(kind, _STATES.get(clause.grade, "unknown"), words, numbers, verdict.at)

    return found


def _staging_logs(incident: Incident, step: Step, protocol: Protocol) -> Iterator[Evidence]:
    """That there is no error says something once the revision was asked, and what it wrote had time to come."""
    for lane, staged in _staged(incident):
        seen = staged.logs if staged is not None and staged.logs is not None else None
        if staged is None:
            yield _not_there("staging-logs", lane)
        elif seen is None:
            yield Evidence("staging-logs", "unknown", f"{staged.revision}: its error logs are not read yet")
        elif seen.answer.failed:
            words = f"{lane.ref.name}: {seen.answer.failed}. {seen.answer.remedy}".rstrip()
            yield Evidence("staging-logs", "unknown", words, "by hand", seen.at)
        elif seen.answer.count:
            short = f"{seen.answer.count}{'+' if seen.answer.more else ''} errors"
            yield Evidence("staging-logs", "bad", read(seen.answer), short, seen.at)
        elif staged.tested is None or staged.tested_at is None or seen.answer.to < staged.tested_at + LOGGED_SECONDS:
            words = f"{read(seen.answer)}, which has answered no smoke test since"
            yield Evidence("staging-logs", "unknown", words, "0 errors", seen.at)
        else:
            yield Evidence("staging-logs", "good", read(seen.answer), "0 errors", seen.at)


def _smoke(incident: Incident, step: Step, protocol: Protocol) -> Iterator[Evidence]:
    relief = incident.relief
    for lane in incident.lanes.values():
        ran = lane.smokes.get("service")
        serving = [name for name, share in percents(lane.serving, lane.latest_ready).items() if share]
        if ran is None or relief is None or ran.at < mitigation.since(lane, relief) or serving != [ran.revision]:
            continue
        well = sum(one.ok for one in ran.results)
        words = f"smoke test of {ran.revision} {'passed' if ran.ok else 'failed'}: {ran.detail}"
        yield Evidence("smoke", "good" if ran.ok else "bad", words, f"smoke {well}/{len(ran.results)}", ran.at)


def _alerts(incident: Incident, step: Step, protocol: Protocol) -> Iterator[Evidence]:
    begun = since(incident)
    if begun is None or not incident.alerts:
        yield Evidence("open-alerts", "unknown", "open alerts are asked for once something was done for the users")
        return
    for seen in incident.alerts.values():
        told = seen.answer
        if told.failed:
            words = f"{told.system}: {told.failed}. {told.remedy}"
            yield Evidence("open-alerts", "unknown", words.rstrip(), "by hand", seen.at)
        elif told.open and told.since == begun:
            yield Evidence("open-alerts", "bad", answer(told), f"{len(told.open)} open", seen.at)
        elif told.since != begun or incident.mitigated_at is None or seen.at < incident.mitigated_at:
            words = f"{answer(told)}; users are not measured to be better since"
            yield Evidence("open-alerts", "unknown", words, "0 open", seen.at)
        else:
            yield Evidence("open-alerts", "good", answer(told), "0 open", seen.at)


def _staged(incident: Incident) -> Iterator[tuple[Lane, Staging | None]]:
    """Each service with what stands in staging of it; one that did not come up there is not there."""
    for lane in incident.lanes.values():
        staged = lane.staging
        yield lane, staged if staged is not None and staged.percent is not None and not staged.failed else None


def _not_there(kind: str, lane: Lane) -> Evidence:
    return Evidence(kind, "unknown", f"{lane.ref.name} is not in staging")


_Kind = Callable[[Incident, Step, Protocol], Iterator[Evidence]]
_STATES: Mapping[Grade, Literal["good", "bad"]] = {Grade.PASS: "good", Grade.FAIL: "bad"}
_KINDS: Mapping[str, _Kind] = {
    "needs": _needs,
    "staging-smoke": _staging_smoke,
    **{f"staging-{signal.id}": _staging_signal(signal) for signal in JUDGED},
    "staging-logs": _staging_logs,
    "smoke": _smoke,
    "open-alerts": _alerts,
}
