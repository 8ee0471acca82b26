"""The probe's clause: what a revision's own health URL answers, within seconds."""

from warroom.rollout import words
from warroom.rollout.bad_news.asked import Asked
from warroom.rollout.evidence import Clause, Grade
from warroom.rollout.measured.stats import wilson
from warroom.rollout.rules.looks import FAIL_Z
from warroom.rollout.rules.passing import PASS_Z


def clause(asked: Asked) -> Clause | None:
    """What the probe says: FAIL, or a PASS that counts for nothing. None when it is old or was never sent.

    NO DATA where it was turned away, and not by this revision alone: that counts for nothing either.
    """
    probe, limits = asked.probe, asked.look.limits
    if probe is None:
        return None
    age = max(0.0, asked.look.at - probe.latest_at)
    if not probe.sent + probe.refused or age > limits.stale_seconds:
        return None
    if not probe.sent:
        why = f"the probe can't tell: {words.short(probe.detail or 'it is turned away')}, and not by this one alone"
        return Clause("probe", probe.revision, Grade.NO_DATA, age=age, words=why, data_end=probe.latest_at)
    failed = min(probe.failed, probe.sent)
    lower, _ = wilson(failed, probe.sent, FAIL_Z)
    _, upper = wilson(failed, probe.sent, PASS_Z)
    fails = failed >= limits.least_events and lower > limits.probe_failure_share
    told = f"{words.count(failed)} of {words.count(probe.sent)} probes failed"
    told += f", limit {words.limit(limits.probe_failure_share)}"
    if failed and probe.detail:
        told += f": {words.short(probe.detail)}"
    return Clause(
        "probe", probe.revision, Grade.FAIL if fails else Grade.PASS, probe.sent, failed, failed / probe.sent,
        lower, upper, limits.probe_failure_share, age=age, words=told, data_end=probe.latest_at,
    )  # fmt: skip
