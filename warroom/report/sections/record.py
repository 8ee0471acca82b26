"""The change record as Markdown: who authorised what, what was tested or skipped and why, and every deviation."""

from warroom.clock import rfc3339
from warroom.protocol.model import Protocol
from warroom.report.change_record import ChangeRecord, StepRecord, change_record
from warroom.report.history import History
from warroom.report.safe import SHORT, bullets, inline, table


def section(history: History, protocol: Protocol) -> str:
    """The whole of it, as it stands by the journal."""
    record = change_record(history.log, protocol)
    return "\n\n".join(
        [
            _head(record),
            "#### Changes and who authorised them",
            _changes(record),
            "#### Tested, or skipped",
            _tests(record),
            "#### Decisions",
            _decisions(record),
            "#### Deviations from the protocol",
            _deviations(record),
        ]
    )


def _head(record: ChangeRecord) -> str:
    reviewed = inline(", ".join(record.approved_by), SHORT)
    return bullets(
        [
            f"Declared by {inline(record.declared_by, SHORT)} as {inline(record.declared_severity, SHORT)}, "
            f"{rfc3339(record.declared_at)}",
            f"Followed: protocol version {inline(record.protocol_version, SHORT) or '_unknown_'}, "
            f"SHA-256 {inline(record.protocol_hash, SHORT) or '_unknown_'}",
            f"Review of the hotfix approved by: {reviewed or '_nobody, as far as warroom saw_'}",
            f"Data or schema changed: {inline(record.data_change, SHORT) or '_not recorded_'}",
        ],
        "",
    )


def _changes(record: ChangeRecord) -> str:
    rows = [
        (
            rfc3339(one.at),
            inline(f"{one.action} of {one.service} in {one.project}", SHORT),
            inline(one.authorised_by, SHORT),
            inline(one.commander, SHORT) or "_nobody_",
            inline(f"{one.grade}: {one.reason}" if one.grade and one.reason else one.grade or one.reason, SHORT),
            inline(one.outcome or "open", SHORT),
        )
        for one in record.changes
    ]
    heads = ("Time (UTC)", "Change", "Authorised by", "Incident Commander", "On", "Outcome")
    return table(heads, rows) if rows else "Nothing was changed."


def _tests(record: ChangeRecord) -> str:
    rows = [(inline(one.title, SHORT), inline(one.outcome, SHORT), _shown(one)) for one in record.tests]
    return table(("Test", "Outcome", "By, or why not"), rows) if rows else "The protocol names no test."


def _shown(one: StepRecord) -> str:
    by = ", ".join(part for part in (f"by hand, {one.by}" if one.by_hand else one.by, one.evidence) if part)
    return inline(by or one.why, SHORT)


def _decisions(record: ChangeRecord) -> str:
    told = [
        f"{rfc3339(one.at)} {inline(one.actor, SHORT)}: {inline(one.choice, SHORT)}, "
        f"{inline(one.reason) or 'no reason given'}"
        for one in record.decisions
    ]
    return bullets(told, "None was recorded.")


def _deviations(record: ChangeRecord) -> str:
    told = []
    for one in record.deviations:
        when = f"{rfc3339(one.at)} " if one.at is not None else ""
        by = f", by {inline(one.by, SHORT)}" if one.by else ""
        why = f": {inline(one.why)}" if one.why else ", no reason given" if one.by else ""
        told.append(f"{when}{inline(one.kind, SHORT)}: {inline(one.what)}{by}{why}")
    return bullets(told, "None.")
