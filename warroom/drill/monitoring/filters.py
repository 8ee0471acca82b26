"""The part of Monitoring's filter language that a client of Cloud Run's metrics needs.

Terms `key = "value"` and `key = one_of("a", "b")`, joined by AND.
"""

import re

from warroom.drill.monitoring.metrics import METRICS

_TERM = re.compile(
    r"""\s*(?P<key>[a-z_]+(?:\.[a-z_]+)*)\s*=\s*
    (?:"(?P<value>(?:[^"\\]|\\.)*)"|one_of\(\s*(?P<values>"(?:[^"\\]|\\.)*"(?:\s*,\s*"(?:[^"\\]|\\.)*")*)\s*\))\s*""",
    re.VERBOSE,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_AND = re.compile(r"AND\b")
_ESCAPED = re.compile(r"\\(.)")

KEYS = frozenset(
    {"metric.type", "resource.type", "project"}
    | {f"resource.labels.{label}" for label in ("project_id", "service_name", "revision_name", "location")}
    | {"resource.labels.configuration_name"}
    | {f"metric.labels.{label}" for metric in METRICS for label in metric.labels}
)


class FilterError(ValueError):
    """The filter is not one that can be answered."""


def parse_filter(text: str) -> dict[str, frozenset[str]]:
    """The allowed values by key. Labels may be written `label.` or `labels.`. Raises FilterError."""
    wanted: dict[str, frozenset[str]] = {}
    position = 0
    while True:
        term = _TERM.match(text, position)
        if term is None:
            raise FilterError(f"Could not parse the filter at character {position}.")
        key = term["key"].replace(".label.", ".labels.")
        if key not in KEYS:
            raise FilterError(f"The filter names '{key}', which these metrics do not have.")
        quoted = [term["value"]] if term["value"] is not None else _QUOTED.findall(term["values"])
        values = frozenset(_ESCAPED.sub(r"\1", value) for value in quoted)
        wanted[key] = wanted[key] & values if key in wanted else values
        position = term.end()
        if position == len(text):
            return wanted
        joined = _AND.match(text, position)
        if joined is None:
            raise FilterError(f"Could not parse the filter at character {position}: AND is expected.")
        position = joined.end()
