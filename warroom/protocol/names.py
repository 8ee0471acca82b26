"""Names that the configuration may use of the program's own, and those of the configuration that the program uses."""

from collections.abc import Mapping
from typing import Final

FACTS: Final[Mapping[str, str]] = {
    "fact:declared": "the incident was declared",
    "fact:channel-created": "the chat has the incident's channel: it was opened there, or taken as it was",
    "fact:roles-answered": "every core role is held by somebody who has answered",
    "fact:decided": "the way out was decided: roll back, hotfix or wait",
    "fact:data-change-known": "somebody said whether data or schema is changed",
    "fact:staged": "staging shows the newest image that was sent there",
    "fact:smoke-tested": "the smoke test met that image in staging and it answered well",
    "fact:deployed": "the hotfix stands in production, tagged, at 0 %",
    "fact:ladder-started": "the first split with the hotfix in it is applied",
    "fact:judged": "a verdict was given on real evidence",
    "fact:update-sent": "at least one update went to stakeholders",
    "fact:full-traffic": "the hotfix takes 100 %",
    "fact:resolved": "the incident was declared resolved",
    "fact:un-pinned": "traffic follows the latest revision again",
    "fact:reported": "the report was written",
    "fact:permanent-fix-planned": "the action of the permanent fix, or the regular release, has an owner and a date",
}
"""What warroom sees by itself, for a checklist item's `ticked_by`."""

NATIVE: Final[Mapping[str, str]] = {
    "declare": "declare the incident",
    "alert": "open the incident's channel and alert the team in it",
    "update": "send an update from the step's template",
    "status-page": "set the public incident to resolved",
    "ticket": "put the report's summary into the ticket",
    "post-mortem": "set the post-mortem's date",
    "decide": "decide between rolling back, a hotfix and waiting",
    "data-change": "say whether data or schema is changed",
    "stage": "deploy the hotfix to staging",
    "smoke": "probe the hotfix in staging",
    "deploy": "deploy the hotfix at 0 % with a tag",
    "ladder": "take it through the rungs",
    "health": "probe the service's health address",
    "metrics": "judge the response time",
    "errors": "judge the error rate",
    "resolve": "declare the incident resolved",
    "report": "write the report",
    "unpin": "let traffic follow the latest revision again",
    "roll-back": "put all traffic on a chosen revision",
    "branch": "make the hotfix branch on the production tag's commit",
    "version": "propose the next patch version, and see that the code has it",
    "permanent-fix": "give the permanent fix an owner and a date",
    "pull-request": "open the pull request with the HOTFIX: prefix",
    "gate": "follow the review until it is enough",
    "back-up": "back up the database, and the services' definitions",
    "restore-backup": "overwrite the database with a backup",
    "flag-off": "turn a feature flag off",
    "save-definitions": "save the Cloud Run services' definitions",
    "restore-definition": "put traffic back where it was when the definition was saved",
}
"""What a native step's `native` can name."""

EVIDENCE: Final[Mapping[str, str]] = {
    "needs": "every step that it needs was shown to be done, and no program of theirs failed",
    "staging-smoke": "the smoke test's requests to what staging runs",
    "staging-errors": "the error rate of staging's new revision since it was deployed there, against its limit",
    "staging-latency": "its response time, likewise",
    "staging-logs": "the entries of severity ERROR and above in the logs of staging's new revision",
    "smoke": "the smoke test's requests to what serves since the newest act; nothing where none was made",
    "open-alerts": "the alerts that Cloud Monitoring and the pager have open since the hotfix came",
}
"""What a step's `evidence` can name: measured or asked by warroom, good, bad or not known."""

OTHERWISE: Final = frozenset({"branch", "back-up", "restore-backup", "flag-off"})
"""Native names that need another system. Where it is not configured, the step's `argv` is run instead."""

CONDITIONS: Final[Mapping[str, str]] = {
    "security": "the trigger was a security one",
    "personal-data": "personal data is or may be breached",
    "data-change": "the hotfix changed data or schema",
    "rolled-back": "the way out was a rollback",
}
"""What `when` can name: the step or duty applies only then."""

TOPICS: Final[Mapping[str, str]] = {
    "services": "which services are affected",
    "impact": "what users feel",
    "data-at-risk": "which data is at risk",
    "doing": "what is being done",
    "changed": "what was changed",
    "root-cause": "root cause so far",
    "eta": "ETA",
}
"""What only people know and everybody asks, for a step's `asks`."""

STEP_FIELDS: Final = frozenset(
    {"backup", "feature", "image", "incident", "issue", "production_version", "project", "region", "revision"}
    | {"service", "severity", "staging_project", "tag", "title", "version"}
)
"""Fields in braces that a step's `argv` and `text` may carry. `version` is the hotfix's, `issue` the ticket's."""

TEMPLATE_FIELDS: Final = frozenset(
    {"changed", "channel", "completed", "data_at_risk", "eta", "fix_deployed_at", "impact", "in_progress", "incident"}
    | {"monitoring", "next_update_minutes", "no_action_sentence", "post_mortem_at", "root_cause", "services"}
    | {"severity", "status", "time", "title", "verified_at", "version"}
)
"""Fields in braces that a template may carry. `channel` brings its own #."""

PHASES: Final = ("assessment", "preparation", "testing", "deployment", "verification", "post-deployment")
"""The kinds of phases. The clocks stop at some of them, and what may be done asks for some of them."""

ONCE: Final = {"deployment": (1, 1), "verification": (0, 1)}
"""How often a kind may stand, at least and at most: what happens to traffic moves the incident on to these."""

SPOKEN_TEMPLATES: Final = ("initial-alert", "progress-update", "resolution-notice")
"""The templates that the program itself reaches for."""
