"""What is wrong with the people and the services: roles that nobody holds, services that can't be what they say."""

import math
import re
from collections.abc import Iterator

from warroom.protocol.checks.problem import Finding, nearest, quote, row
from warroom.protocol.checks.smoke import check_smoke
from warroom.protocol.checks.values import LEFT_TO_FILL
from warroom.protocol.model import Protocol, Services
from warroom.protocol.roster import Roster

# Compiled at first use: holders.py is imported on the way to the first paint.
_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_PROJECT = r"[a-z]([a-z0-9.:-]*[a-z0-9])?"  # older ones lead with a domain, example.com:shop
_NOT_IN_PATHS = r"[^!$-~]"  # what no request line holds, and the fragment, which no server is sent
_NAME_MOST = 49  # run.v2: serviceId "must contain fewer than 50 characters"; the same as rollout.naming's
_ADDRESS = r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})"


LEAST_LOGGED, MOST_LOGGED = 10, 900
"""Requests a second whose logs may be read: below, a sample shows nothing; a project's tails give 1 000 at most."""


def check_roster(roster: Roster, protocol: Protocol | None) -> Iterator[Finding]:
    """Every fault of the duties, and against the protocol's roles where `protocol` could be read."""
    seen: set[str] = set()
    roles = {role.id: role for role in protocol.roles} if protocol else {}
    for index, duty in enumerate(roster.duties):
        place = row("duties", roster.duties, index)
        if duty.role in seen:
            yield f"{place}.role", f"{quote(duty.role)} has a duty already. Put both people into one."
        seen.add(duty.role)
        if protocol and duty.role not in roles:
            yield f"{place}.role", f"{quote(duty.role)} is no role of the protocol. {nearest(duty.role, roles)}"
        role = roles.get(duty.role)
        if duty.backup is None and role and role.kind == "core" and role.backup:
            yield (
                f"{place}.backup",
                "A core role has a backup. Name one, or write backup = false at its role.",
            )
        for key, person in (("primary", duty.primary), ("backup", duty.backup)):
            if person is not None and not person.handle.strip():
                yield f"{place}.{key}.handle", "Is empty. Write the name that the board should show."
    for name in roles:
        if name not in seen:
            yield "duties", f"Nobody holds the role {quote(name)}. Add [[duties]] with role = {quote(name)}."


def check_services(services: Services) -> Iterator[Finding]:
    """Every fault of the services and endpoints."""
    if not services.services:
        yield "services", "There is none. Add [[services]] with name, region and project."
    seen: set[tuple[str, str, str]] = set()
    for index, service in enumerate(services.services):
        place = row("services", services.services, index)
        for key, value, form, what in (
            ("name", service.name, _NAME, "service's name"),
            ("region", service.region, _NAME, "region, which looks like europe-west1"),
            ("project", service.project, _PROJECT, "project's id"),
            ("staging_project", service.staging_project or "none", _PROJECT, "project's id"),
        ):
            if not re.fullmatch(form, value) and not re.search(LEFT_TO_FILL, value):
                yield f"{place}.{key}", f"{quote(value)} is no {what}. Write small letters, digits and hyphens."
        if len(service.name) > _NAME_MOST:
            yield f"{place}.name", f"No Cloud Run service has more than {_NAME_MOST} characters. Write its real name."
        if not service.health_path.startswith("/"):
            yield f"{place}.health_path", f"{quote(service.health_path)} is no path. Begin it with a slash."
        elif re.search(_NOT_IN_PATHS, service.health_path):
            sentence = f"{quote(service.health_path)} can't be asked. Write spaces and other signs as %20, and no #."
            yield f"{place}.health_path", sentence
        if service.smoke:
            yield from check_smoke(service.smoke, place)
        identity = (service.name, service.region, service.project)
        if identity in seen:
            yield place, "Stands here a second time, in the same region and project. Take one away."
        seen.add(identity)
    per_second = services.evidence.logs_per_second
    if not (math.isfinite(per_second) and LEAST_LOGGED <= per_second <= MOST_LOGGED):
        words = f"{per_second:g} is not within {LEAST_LOGGED} and {MOST_LOGGED} requests a second."
        yield "evidence.logs_per_second", f"{words} Leave it out for 200, or set logs = false to read none."
    places = services.endpoints
    addresses = {"cloud_run": places.cloud_run, "monitoring": places.monitoring, "logging": places.logging}
    for key, address in addresses.items():
        match = re.fullmatch(_ADDRESS, address)
        if address and not (match and 1 <= int(match[2]) <= 65535):
            yield f"endpoints.{key}", f"{quote(address)} is no host:port. Write it like 127.0.0.1:8085."
