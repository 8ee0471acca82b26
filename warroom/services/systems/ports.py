"""The ports to the systems beside Google's: chat, pager, status page, code, database, flags.

Every method raises `services.errors.ServiceError` and nothing else. `ref` is the id in that system, `link` where a
person can look at it. Texts go out as they are; each client escapes what its system would take for markup.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Posted(Struct, frozen=True):
    """What an outside system made of a request. `merged`: it was there already, and nothing new was made of it."""

    ref: str = ""
    link: str = ""
    merged: bool = False


class Chat(Protocol):
    """A channel per incident."""

    async def open_channel(self, name: str, *, private: bool, ours: bool = False) -> Posted:
        """Make the channel; `ref` is its id. One that is there already is found where it is `ours`, else a Conflict."""
        ...

    async def set_topic(self, channel: str, text: str) -> None:
        """Set the line above the channel."""
        ...

    async def invite(self, channel: str, emails: Sequence[str]) -> tuple[str, ...]:
        """Bring people in; the e-mail addresses that belong to nobody there."""
        ...

    async def post(self, channel: str, text: str, *, thread: str = "") -> Posted:
        """Say something, in the thread of message `thread` where given; `ref` is the message's id."""
        ...

    async def edit(self, channel: str, message: str, text: str) -> None:
        """Change what a message says: the headline is kept current so."""
        ...

    async def pin(self, channel: str, message: str) -> None:
        """Pin a message. One that is pinned already stays so."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class OnCall(Struct, frozen=True):
    """Who is on call: `level` of the escalation policy (from 1), until `until` (Unix seconds, None: always)."""

    name: str
    email: str
    level: int
    until: float | None = None


class Responder(Struct, frozen=True):
    """Somebody who was asked to come: `state` is pending, joined, declined or user_cancelled."""

    name: str
    email: str
    state: str


class PagerIncident(Struct, frozen=True):
    """The pager's own incident: `status` is triggered, acknowledged or resolved.

    An acknowledgement by `acknowledged_by` ends at `expires_at` (Unix seconds) by itself.
    """

    id: str
    status: str
    link: str = ""
    acknowledged_by: str = ""
    acknowledged_at: float | None = None
    expires_at: float | None = None
    responders: tuple[Responder, ...] = ()


class OpenPage(Struct, frozen=True):
    """An incident that is open at the pager since `opened_at` (Unix seconds)."""

    id: str
    name: str
    opened_at: float
    link: str = ""


class OpenPages(Struct, frozen=True):
    """Those that are open now; `where` says of what, in words."""

    where: str
    found: tuple[OpenPage, ...] = ()


class Pager(Protocol):
    """Reaches people by phone. `key` is the deduplication key: a second trigger of the same pages nobody anew."""

    async def trigger(
        self,
        key: str,
        summary: str,
        *,
        severity: str,
        source: str,
        details: Mapping[str, str] | None = None,
        ours: bool = True,
    ) -> Posted:
        """Page. `severity` is critical, error, warning or info.

        Unless an open incident of that key would be `ours`, a Conflict where one is there, and nothing is sent.
        """
        ...

    async def acknowledge(self, key: str) -> None:
        """Say that somebody is on it."""
        ...

    async def resolve(self, key: str) -> None:
        """Say that it is over."""
        ...

    async def change(self, summary: str, *, source: str, details: Mapping[str, str] | None = None) -> None:
        """Send a change event, which pages nobody: one per rung."""
        ...

    async def on_calls(self, schedule: str = "") -> tuple[OnCall, ...]:
        """Who is on call now, by level; on the pager's `schedule` of that id alone where one is named."""
        ...

    async def incident(self, key: str) -> PagerIncident | None:
        """The incident that `trigger` opened; None while there is none yet."""
        ...

    async def open_incidents(self, but: str) -> OpenPages:
        """What is open there, but for the incident that a trigger of the key `but` opened."""
        ...

    async def ask(self, incident: str, email: str, message: str) -> Posted:
        """Ask one person to come to the pager's incident `incident`. NotFound for an address that nobody has."""
        ...

    async def note(self, incident: str, text: str) -> None:
        """Write into the pager's incident."""
        ...

    async def set_status(self, incident: str, status: str, resolution: str = "") -> None:
        """Acknowledge or resolve the pager's incident by its id."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class StatusPage(Protocol):
    """The public page. `status` is investigating, identified, monitoring or resolved."""

    async def create(
        self,
        name: str,
        status: str,
        body: str,
        *,
        impact: str = "",
        components: Mapping[str, str] | None = None,
        notify: bool = False,
    ) -> Posted:
        """Publish an incident; `impact` none, minor, major or critical, `components` their status by service name."""
        ...

    async def update(
        self,
        incident: str,
        status: str,
        body: str,
        *,
        components: Mapping[str, str] | None = None,
        notify: bool = False,
    ) -> Posted:
        """Say more about it."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class PullRequest(Struct, frozen=True):
    """A hotfix under review, as the gate of phase 2 sees it.

    `approvals` are people with write access, not its author, whose latest review approves the head commit `sha`; those
    who approved an older commit are `stale`, approvals of others `uncounted`. `rejections` are those whose latest asks
    for changes; `checks` the conclusion of each check and commit status by name ("" while it runs), `required` the
    names that must be among them. `unknown` is what could not be asked. `mergeable` is None until it is worked out.
    """

    number: int
    title: str
    link: str
    head: str
    sha: str
    merged: bool = False
    approvals: tuple[str, ...] = ()
    rejections: tuple[str, ...] = ()
    checks: dict[str, str] = {}
    state: str = "open"
    draft: bool = False
    mergeable: bool | None = True
    stale: tuple[str, ...] = ()
    uncounted: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Added(Struct, frozen=True):
    """A line that a branch brings into a file."""

    file: str
    line: str


class CodeHost(Protocol):
    """The repository that the hotfix is made in."""

    async def production_tag(self, version: str = "") -> tuple[str, str]:
        """The tag of `version` and the commit it stands on; without one the newest version tag."""
        ...

    async def create_branch(self, name: str, sha: str, *, ours: bool = False) -> Posted:
        """Make a branch on a commit; one that is there already is taken where it is `ours`, else a Conflict."""
        ...

    async def open_pull(self, title: str, head: str, body: str) -> Posted:
        """Open a pull request into the base branch; `ref` is its number. One that is open for `head` is taken."""
        ...

    async def pull(self, number: int) -> PullRequest:
        """The pull request with its reviews and checks."""
        ...

    async def added(self, head: str) -> tuple[Added, ...]:
        """What branch `head` adds to the base branch, as far as the host shows it; NotFound where there is none."""
        ...

    async def comment(self, number: int, text: str) -> Posted:
        """Write a comment on an issue or pull request."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Databases(Protocol):
    """Backups of the database beneath the services."""

    async def back_up(self, description: str) -> Posted:
        """Begin a backup; `ref` is the id that a restore needs."""
        ...

    async def backup_status(self, backup: str) -> str:
        """One of ENQUEUED, RUNNING, SUCCESSFUL, FAILED, or what else the API says."""
        ...

    async def restore(self, backup: str) -> Posted:
        """Overwrite the database with a backup; `ref` is the operation."""
        ...

    async def restore_status(self, operation: str) -> str:
        """PENDING, RUNNING or DONE. Raises ServiceError when it ended in an error."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Flags(Protocol):
    """Feature flags."""

    async def turn_off(self, flag: str, comment: str) -> Posted:
        """Turn a feature off for everybody. NotFound where there is no such flag."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Others(Struct, frozen=True):
    """Those systems that are configured and have their secrets.

    Each field is a `protocol.integrations.Port`. `missing` says for each of the others, by the product's id, why it is
    not here and what to do, in one sentence: the step is then done by hand.
    """

    chat: Chat | None = None
    pager: Pager | None = None
    status_page: StatusPage | None = None
    code: CodeHost | None = None
    databases: Databases | None = None
    flags: Flags | None = None
    missing: dict[str, str] = {}

    async def close(self) -> None:
        """Close the connections of all."""
        for one in (self.chat, self.pager, self.status_page, self.code, self.databases, self.flags):
            if one is not None:
                await one.close()
