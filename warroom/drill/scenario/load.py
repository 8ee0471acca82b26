"""Finds, reads and checks scenario files."""

import difflib
import math
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import tomli

from warroom.drill.scenario import faults
from warroom.drill.scenario.model import Behaviour, Scenario, ServicePlan

_REVISION = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


class ScenarioError(Exception):
    """A scenario cannot be used. `problems` are sentences, each with the file and the key."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def list_scenarios(directory: Path) -> tuple[Scenario, ...]:
    """All scenarios of `directory`, by file name. Raises ScenarioError with the problems of all files."""
    scenarios: list[Scenario] = []
    problems: list[str] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            scenarios.append(read_scenario(path))
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(tuple(problems))
    return tuple(scenarios)


def load_scenario(name: str | Path, directory: Path) -> Scenario:
    """The scenario called `name` in `directory`, or in the file that `name` is the path of. Raises ScenarioError."""
    if isinstance(name, Path) or name.endswith(".toml"):
        return read_scenario(Path(name))
    known = sorted(path.stem for path in directory.glob("*.toml"))
    if name in known:
        return read_scenario(directory / f"{name}.toml")
    near = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ScenarioError((f"There is no scenario {name!r}.{hint} Known: {', '.join(known) or 'none'}.",))


def read_scenario(path: Path) -> Scenario:
    """The scenario in the file `path`, checked. Raises ScenarioError."""
    try:
        raw = tomli.loads(path.read_text(encoding="utf-8"))
        scenario = msgspec.convert(raw, Scenario)
    except OSError as error:
        raise ScenarioError((f"{path.name}: cannot be read: {error.strerror or error}.",)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ScenarioError((f"{path.name}: is not TOML: line {line} is no UTF-8. Save it as UTF-8.",)) from error
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError((f"{path.name}: is not TOML: {error}.",)) from error
    except msgspec.ValidationError as error:
        what, _, key = str(error).partition(" - at `$.")
        raise ScenarioError((f"{path.name}: {key.rstrip('`') or 'top level'}: {what}.",)) from error
    problems = [f"{path.name}: {problem}." for problem in _problems(scenario, path.stem)]
    if problems:
        raise ScenarioError(tuple(problems))
    return msgspec.structs.replace(scenario, id=path.stem)


def _problems(scenario: Scenario, stem: str) -> Iterator[str]:
    if scenario.id not in ("", stem):
        yield f"id: is {scenario.id!r}, the file's name says {stem!r}"
    if not scenario.services:
        yield "services: at least one is needed"
    yield from _out_of_range("history_minutes", scenario.history_minutes, 5, 24 * 60)
    yield from _out_of_range("operation_seconds", scenario.operation_seconds, 0, 600)
    yield from _out_of_range("metrics.sample_period_seconds", scenario.metrics.sample_period_seconds, 1, 3600)
    yield from _out_of_range("metrics.ingest_delay_seconds", scenario.metrics.ingest_delay_seconds, 0, 3600)
    yield from _out_of_range("metrics.stops_at_percent", scenario.metrics.stops_at_percent, 0, 100)
    yield from _out_of_range("expected.at_percent", scenario.expected.at_percent, 0, 100)
    yield from _out_of_range("review.approve_seconds", scenario.review.approve_seconds, 0, 86_400)
    yield from _out_of_range("review.checks_seconds", scenario.review.checks_seconds, 0, 86_400)
    for name in scenario.review.red:
        if name not in scenario.review.checks:
            yield f"review.red: {name!r} is none of review.checks"
    for key in ("queued_seconds", "backup_seconds", "restore_seconds"):
        yield from _out_of_range(f"database.{key}", getattr(scenario.database, key), 0, 86_400)
    if scenario.by_the_book.on_no_data == "advance" and not scenario.by_the_book.reason:
        yield "by_the_book.reason: advancing on NO DATA needs one"
    for number, fault in enumerate(scenario.faults):
        for problem in faults.problems(fault):
            yield f"faults[{number}].{problem}"
    yield from _out_of_range("responders.after_seconds", scenario.responders.after_seconds, 0, 24 * 3600)
    for number, answer in enumerate(scenario.responders.people):
        yield from _out_of_range(f"responders.people[{number}].after_seconds", answer.after_seconds, 0, 24 * 3600)
    refs = [ref for plan in scenario.services for ref in (plan.ref, plan.staging_ref) if ref is not None]
    if len(set(refs)) != len(refs):
        yield "services: two have the same name, region and project"
    for number, plan in enumerate(scenario.services):
        for problem in _service_problems(plan, scenario.history_minutes):
            yield f"services[{number}].{problem}"
        if plan.incident.flag and plan.incident.flag not in scenario.flags:
            yield f"services[{number}].incident.flag: {plan.incident.flag!r} is none of flags"


def _service_problems(plan: ServicePlan, history_minutes: float) -> Iterator[str]:
    for page in plan.pages:
        if not page.startswith("/"):
            yield f"pages: {page!r} is no path, which begins with a slash"
    yield from _out_of_range("normal.requests_per_second", plan.normal.requests_per_second, 0, 100_000)
    yield from _out_of_range("staging_requests_per_second", plan.staging_requests_per_second, 0, 100_000)
    yield from _out_of_range("normal.error_share", plan.normal.error_share, 0, 1)
    yield from _out_of_range("normal.client_error_share", plan.normal.client_error_share, 0, 1)
    yield from _out_of_range("normal.median_ms", plan.normal.median_ms, 1, 60_000)
    yield from _out_of_range("normal.sigma", plan.normal.sigma, 0.01, 3)
    yield from _out_of_range("incident.begins_minutes_ago", plan.incident.begins_minutes_ago, 0, history_minutes)
    yield from _behaviour_problems("incident", plan.incident)
    percents = [level.from_percent for level in plan.candidate.levels]
    if percents != sorted(set(percents)):
        yield "candidate.levels: from_percent must ascend"
    for number, level in enumerate(plan.candidate.levels):
        yield from _out_of_range(f"candidate.levels[{number}].from_percent", level.from_percent, 0, 100)
        yield from _behaviour_problems(f"candidate.levels[{number}]", level)
    names = [plan.stable.revision, *(previous.revision for previous in plan.previous)]
    for name in names:
        if not name.startswith(f"{plan.name}-") or not _REVISION.fullmatch(name):
            yield f"stable, previous: revision {name!r} must begin with {plan.name + '-'!r} and be a valid name"
    if len(set(names)) != len(names):
        yield "previous: a revision's name occurs twice"


def _behaviour_problems(key: str, behaviour: Behaviour) -> Iterator[str]:
    yield from _out_of_range(f"{key}.error_share", behaviour.error_share, 0, 1)
    yield from _out_of_range(f"{key}.latency_factor", behaviour.latency_factor, 0.01, 1000)
    yield from _out_of_range(f"{key}.health_failure_share", behaviour.health_failure_share, 0, 1)


def _out_of_range(key: str, value: float, least: float, most: float) -> Iterator[str]:
    if not (math.isfinite(value) and least <= value <= most):
        yield f"{key}: {value:g} is not within {least:g} and {most:g}"
