"""The projector's slice: what a room needs to see, and nothing that is secret."""

from msgspec.structs import replace

from warroom.board.build import board, focused
from warroom.board.view import View
from warroom.board.words import GRADE_TONE
from warroom.incident.state import Incident
from warroom.protocol.model import Protocol
from warroom.rollout.split import percents
from widgets.data import Projector, Text


def projector(incident: Incident, protocol: Protocol, now: float, view: View) -> Projector:
    """The board of this moment, boiled down. A private incident shows neither title nor impact."""
    lane = focused(incident, view)
    full = board(incident, protocol, now, view)
    climbing = lane.ladder
    judged = lane.step_verdict
    commander = incident.roles.get(protocol.leader.id)
    leads = protocol.leader.title
    due = next((row for row in full.clocks.rows if row.label.startswith("update")), None)
    return Projector(
        header=replace(full.header, title="confidential") if incident.declared.private else full.header,
        sentence=full.sentence,
        clocks=tuple(row for row in full.clocks.rows if row.value and not row.label.startswith(("level", "update")))[
            :3
        ],
        percent=percents(lane.serving, lane.latest_ready).get(climbing.candidate, 0) if climbing else None,
        percent_label="hotfix takes",
        verdict=Text(judged.grade, GRADE_TONE[judged.grade]) if judged else Text(""),
        verdict_note=Text(judged.words) if judged else Text(""),
        traffic=full.traffic,
        leads=Text(f"{leads} {commander.person}" if commander else f"No {leads}"),
        due=Text(f"{due.label} {due.value}", due.tone) if due else Text(""),
    )
