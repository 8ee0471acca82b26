"""Whether users are better, as line 2 says it: what is measured, and while they are not, what the choices are."""

from warroom.incident import mitigation
from warroom.incident.state import Incident
from warroom.marks import key
from widgets.data import Text, Tone


def relief(incident: Incident) -> list[Text]:
    """Nothing before something was done for them, and while a hotfix is on its way."""
    found = mitigation.measured(incident)
    if incident.mitigated_at is not None:
        how = f"Mitigated: {mitigation.told(incident)}."
        tone = Tone.GOOD if incident.mitigated_evidence else Tone.WATCH
        if found is not None and found.burning:  # somebody says so all the same
            return [Text(how, Tone.WATCH), Text(f"But {found.words}.", Tone.BAD)]
        return [Text(how, tone), Text(f"Verify, then {key('resolve')} resolves.", tone)]
    if found is None:
        return []
    if found.burning:
        again = "Not mitigated any more" if incident.relapse else "NOT mitigated"
        others = f"{key('roll-back')} to another revision, {key('deploy')} for another fix"
        return [Text(f"{again}: {found.words}.", Tone.BAD), Text(f"{others}, or a flag.", Tone.BAD)]
    return [Text(f"Not measured to be better yet: {found.words}.", Tone.WATCH)]
