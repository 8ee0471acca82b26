"""Chat, pager, status page and code host in memory: each remembers what it was asked, and fails as it is told to."""

from collections.abc import Mapping, Sequence

from tests.conductor.rig import Rig
from warroom.services.clients import Clients
from warroom.services.errors import ServiceError
from warroom.services.systems.ports import Added, Others, Posted, PullRequest


class Failing:
    """`fails` holds errors by method, each raised once, in order; `asked` is (method, what it was asked with)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.fails: dict[str, list[ServiceError]] = {}

    def note(self, method: str, *words: str) -> None:
        """Remember it, and fail if it must."""
        if errors := self.fails.get(method):
            raise errors.pop(0)
        self.asked.append((method, *words))

    def of(self, method: str) -> list[list[str]]:
        """What one method was asked with."""
        return [words for name, *words in self.asked if name == method]

    async def close(self) -> None:
        """Nothing to close."""


class FakeChat(Failing):
    """Slack. `nobody` are e-mails that belong to no one there."""

    nobody: tuple[str, ...] = ()

    async def open_channel(self, name: str, *, private: bool, ours: bool = False) -> Posted:
        """A channel."""
        self.note("open", name, "private" if private else "public")
        return Posted("C1", f"https://slack.test/{name}")

    async def set_topic(self, channel: str, text: str) -> None:
        """Its topic."""
        self.note("topic", channel, text)

    async def invite(self, channel: str, emails: Sequence[str]) -> tuple[str, ...]:
        """Bring people in."""
        self.note("invite", channel, *emails)
        return tuple(email for email in emails if email in self.nobody)

    async def post(self, channel: str, text: str, *, thread: str = "") -> Posted:
        """Say something."""
        self.note("post", channel, text, thread)
        return Posted(f"M{len(self.of('post'))}", f"https://slack.test/{channel}/M{len(self.of('post'))}")

    async def edit(self, channel: str, message: str, text: str) -> None:
        """Say it otherwise."""
        self.note("edit", channel, message, text)

    async def pin(self, channel: str, message: str) -> None:
        """Pin it."""
        self.note("pin", channel, message)


class FakePage(Failing):
    """Statuspage."""

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
        """Publish."""
        self.note("create", name, status, body, impact, str(dict(components or {})), str(notify))
        return Posted("SP1", "https://status.test/SP1")

    async def update(
        self,
        incident: str,
        status: str,
        body: str,
        *,
        components: Mapping[str, str] | None = None,
        notify: bool = False,
    ) -> Posted:
        """Say more."""
        self.note("update", incident, status, body, str(dict(components or {})), str(notify))
        return Posted("SP1", "https://status.test/SP1")


class FakePager(Failing):
    """PagerDuty, as far as it is told of changes and of the end."""

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
        """Page."""
        self.note("trigger", key, summary, severity, source)
        return Posted(key)

    async def resolve(self, key: str) -> None:
        """It is over."""
        self.note("resolve", key)

    async def change(self, summary: str, *, source: str, details: Mapping[str, str] | None = None) -> None:
        """A change event."""
        self.note("change", summary, source)


class FakeCode(Failing):
    """GitHub, as far as comments go."""

    async def comment(self, number: int, text: str) -> Posted:
        """Write a comment."""
        self.note("comment", str(number), text)
        return Posted("7", f"https://github.test/{number}#7")

    def __init__(self) -> None:
        super().__init__()
        self.diff: dict[str, tuple[Added, ...]] = {}

    async def added(self, head: str) -> tuple[Added, ...]:
        """What a test says that a branch adds."""
        self.note("added", head)
        return self.diff.get(head, ())

    async def pull(self, number: int) -> PullRequest:
        """One that is open."""
        return PullRequest(number, "HOTFIX: x", "", "hotfix/x", "abc")


class Parties:
    """All four, and a way to have a rig speak to them."""

    def __init__(self) -> None:
        self.chat, self.page, self.pager, self.code = FakeChat(), FakePage(), FakePager(), FakeCode()

    def others(self) -> Others:
        """As a conductor holds them."""
        return Others(chat=self.chat, pager=self.pager, status_page=self.page, code=self.code)  # type: ignore[arg-type]

    def join(self, rig: Rig) -> None:
        """Have the rig's conductor speak to them."""
        rig.conductor.attach(Clients(rig.run, rig.monitoring, rig.prober, others=self.others()))
