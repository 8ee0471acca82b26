"""Where to go back to: captured when the ladder starts, never guessed."""

from collections.abc import Sequence

from warroom.rollout.split import apportioned, percents
from warroom.rollout.traffic import Revision, Service


class NoTarget(Exception):
    """Nothing fits to go back to; the text says why in a sentence, and that the operator must choose."""


def rollback_target(service: Service, revisions: Sequence[Revision] | None, candidate: str) -> dict[str, int]:
    """Revision → percent (making 100): those that really serve, are ready, and are not the `candidate`.

    `revisions` is None where the list could not be had: what serves now is then taken to be ready.
    Several keep their proportions. Raises NoTarget when none fits; a revision that merely came before never does.
    """
    known = {revision.name: revision for revision in revisions or ()}
    serving = percents(service.serving, service.latest_ready) if service.serving else {}
    others = {name: percent for name, percent in serving.items() if name and name != candidate}
    fit = {
        name: percent for name, percent in others.items() if revisions is None or (name in known and known[name].ready)
    }
    if fit:
        return apportioned(fit, 100)
    if others:
        why = "; ".join(_unfit(name, percent, known.get(name)) for name, percent in others.items())
    elif candidate in serving:
        why = f"only the candidate {candidate} serves"
    else:
        why = "no revision serves"
    raise NoTarget(f"Nothing to go back to: {why}. Choose a revision.")


def _unfit(name: str, percent: int, revision: Revision | None) -> str:
    if revision is None:
        return f"{name} serves {percent} % but is not among the service's revisions"
    reason = f" ({revision.reason})" if revision.reason else ""
    return f"{name} serves {percent} % but is not ready{reason}"
