"""What is allowed in a configuration and probably not meant: told by `check` and doctor, and refused by nobody."""

from collections.abc import Iterator

from warroom.protocol.checks.problem import Problem, quote, row
from warroom.protocol.model import Config


def doubts(config: Config) -> Iterator[Problem]:
    """Every doubtful place of a configuration without problems."""
    for index, service in enumerate(config.services.services):
        if why := reserved_path(service.health_path):
            path = f"{row('services', config.services.services, index)}.health_path"
            sentence = f"{quote(service.health_path)}: {why}. Serve the page under another path, and name that."
            yield Problem("services.toml", path, sentence)


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
