"""What the outside was told, and what is left to do: the facts beside the updates themselves, and their meaning."""

from msgspec import Struct
from msgspec.structs import replace

from warroom.incident.fact import Fact

PERMANENT_FIX = "permanent-fix"
"""The id of the action that going back leaves."""

REGULAR_RELEASE = "regular-release"
"""The id of the action that a decision to wait leaves."""


class UpdateSnoozed(Fact, frozen=True, tag="update-snoozed"):
    """The next update is not owed before `until` (Unix seconds), for a reason."""

    until: float
    reason: str = ""


class HeadlineKept(Fact, frozen=True, tag="headline-kept"):
    """Written before the channel's headline is changed to `text`. `owner` is the process that keeps it, host/pid/start.

    `works` says, after a change that came through, that the trouble before it is over.
    """

    owner: str
    text: str
    works: bool = False


class HeadlineFailed(Fact, frozen=True, tag="headline-failed"):
    """The headline could not be kept current; written once, until it can be again."""

    title: str
    remedy: str = ""


class PostMortemSet(Fact, frozen=True, tag="post-mortem-set"):
    """The post-mortem is held at `starts_at` (Unix seconds)."""

    starts_at: float


class ActionAdded(Fact, frozen=True, tag="action-added"):
    """Something is to be done afterwards. `action` is its id ("a1", "a2" …), `due` a date (YYYY-MM-DD) or ""."""

    action: str
    text: str
    owner: str = ""
    due: str = ""


class ActionChanged(Fact, frozen=True, tag="action-changed"):
    """An action has an owner or a date now, or others; "" leaves what is there."""

    action: str
    owner: str = ""
    due: str = ""


class ActionDone(Fact, frozen=True, tag="action-done"):
    """An action is done."""

    action: str


class Action(Struct, frozen=True):
    """One action item. It is `settled` once it has an owner and a date: until then the post-mortem stays open."""

    id: str
    text: str
    owner: str = ""
    due: str = ""
    done_at: float | None = None

    @property
    def settled(self) -> bool:
        """Whether somebody answers for it by a date."""
        return self.done_at is not None or bool(self.owner and self.due)


class Headline(Struct, frozen=True):
    """What the channel's headline says since `at`, and which process keeps it; `trouble` while it can't be kept."""

    owner: str
    text: str
    at: float
    trouble: str = ""


class Outward(Struct, frozen=True):
    """What the outside knows. `told` is when each channel was last told; `links` where that stands."""

    told: dict[str, float] = {}
    links: dict[str, str] = {}
    snoozed_until: float | None = None
    snooze_reason: str = ""
    headline: Headline | None = None
    post_mortem_at: float | None = None
    actions: dict[str, Action] = {}


OutwardFact = UpdateSnoozed | HeadlineKept | HeadlineFailed | PostMortemSet | ActionAdded | ActionChanged | ActionDone


def meaning(before: Outward, fact: OutwardFact, at: float) -> Outward:
    """What the outside knows after one more fact."""
    match fact:
        case UpdateSnoozed():
            return replace(before, snoozed_until=fact.until, snooze_reason=fact.reason)
        case HeadlineKept():
            trouble = "" if fact.works or before.headline is None else before.headline.trouble
            return replace(before, headline=Headline(fact.owner, fact.text, at, trouble))
        case HeadlineFailed():
            kept = before.headline or Headline("", "", at)
            return replace(before, headline=replace(kept, trouble=fact.title))
        case PostMortemSet():
            return replace(before, post_mortem_at=fact.starts_at)
    return replace(before, actions=_actions(before.actions, fact, at))


def told(before: Outward, channel: str, link: str, at: float) -> Outward:
    """A channel was told; whatever was snoozed is over."""
    links = {**before.links, channel: link} if link else before.links
    return replace(before, told={**before.told, channel: at}, links=links, snoozed_until=None, snooze_reason="")


def _actions(before: dict[str, Action], fact: ActionAdded | ActionChanged | ActionDone, at: float) -> dict[str, Action]:
    if isinstance(fact, ActionAdded):
        return {**before, fact.action: Action(fact.action, fact.text, fact.owner, fact.due)}
    known = before.get(fact.action)
    if known is None:
        return before
    if isinstance(fact, ActionDone):
        return {**before, fact.action: replace(known, done_at=at)}
    return {**before, fact.action: replace(known, owner=fact.owner or known.owner, due=fact.due or known.due)}
