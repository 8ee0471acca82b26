"""What is allowed in a configuration and probably not meant: told by `check` and doctor, and refused by nobody."""

from collections.abc import Iterator

from warroom.protocol.checks.problem import Problem, quote, row
from warroom.protocol.integrations import Port
from warroom.protocol.model import Config
from warroom.protocol.roster import Roster

TAGGED_MOST = 43
"""Characters of a service's name beside which a tag still fits: 46 for both, and a tag has three at least."""


def doubts(config: Config) -> Iterator[Problem]:
    """Every doubtful place of a configuration without problems."""
    for index, service in enumerate(config.services.services):
        place = row("services", config.services.services, index)
        asked = [("health_path", service.health_path)]
        asked += [(f"smoke[{number}].path", one.path) for number, one in enumerate(service.smoke)]
        for key, path in asked:
            if why := reserved_path(path):
                sentence = f"{quote(path)}: {why}. Serve the page under another path, and name that."
                yield Problem("services.toml", f"{place}.{key}", sentence)
        if why := untagged(service.name):
            yield Problem(
                "services.toml",
                f"{place}.name",
                f"{why}, so no probe reaches a hotfix below 100 %. Metrics alone judge it until then.",
            )
    if not list(config.integrations.configured(Port.PAGER)):
        yield from _schedules(config.roster)


def _schedules(roster: Roster) -> Iterator[Problem]:
    """Schedules that nobody can be asked about: without a pager nobody knows who is on call in them."""
    for index, duty in enumerate(roster.duties):
        for key, person in (("primary", duty.primary), ("backup", duty.backup)):
            if person is not None and person.schedule:
                place = f"{row('duties', roster.duties, index)}.{key}.schedule"
                sentence = f"No pager says who is on call in {quote(person.schedule)}. Add it to integrations.toml"
                yield Problem("roster.toml", place, f"{sentence}, or name a person with a phone number.")


def untagged(name: str) -> str:
    """Why a hotfix of a service gets no tag, and so no address of its own, in a sentence; "" where it gets one."""
    if len(name) <= TAGGED_MOST:
        return ""
    return f"{quote(name)} has {len(name)} characters: beyond {TAGGED_MOST} no tag fits beside it"


def reserved_path(path: str) -> str:
    """Why a path may never reach a Cloud Run service, in a phrase; "" where it does.

    Google's documentation of Cloud Run's known issues names /eventlog, /_ah/ and "some paths ending with z".
    """
    plain = path.partition("?")[0]
    if plain == "/healthz":
        return "Google's front end keeps this path for itself and answers 404, whatever the service does"
    if plain == "/eventlog" or plain.startswith("/_ah/"):
        return "Google's front end keeps this path for itself"
    return "Google's front end keeps some paths that end in z for itself" if plain.endswith("z") else ""
