"""What Slack's words for failures mean, and what to do about each. Source: https://api.slack.com/methods."""

from collections.abc import Mapping
from typing import Any

from warroom.services.errors import Denied, Effect, NotFound, ServiceError, Unreachable
from warroom.text import plain


class SlackError(ServiceError):
    """Slack said `ok: false` with `word`; `words` are those for each of several people."""

    word: str = ""
    words: tuple[str, ...] = ()


class SlackDenied(SlackError, Denied):
    """The token, its scopes or the workspace's rules do not allow it."""


class SlackNotFound(SlackError, NotFound):
    """Slack knows no such channel, message or user."""


class SlackUnreachable(SlackError, Unreachable):
    """Slack itself is in trouble."""


_TOKEN = "Put a bot's token (xoxb-…) of the workspace into its variable."
_BY_HAND = "Do it by hand in Slack."

SAID: dict[str, tuple[type[SlackError], str, str]] = {
    "missing_scope": (SlackDenied, "Slack's token lacks a scope", "Add it to the app and install the app anew."),
    "invalid_auth": (SlackDenied, "Slack refuses the token", _TOKEN),
    "not_authed": (SlackDenied, "Slack was given no token", _TOKEN),
    "token_expired": (
        SlackDenied,
        "Slack's token has expired",
        "Renew it, or take token rotation off the app: a rotating token lives 12 hours.",
    ),
    "team_access_not_granted": (
        SlackDenied,
        "Slack's token belongs to an app of the organisation that is not in this workspace",
        "Have an administrator add the app to the workspace, and set slack.team_id.",
    ),
    "team_not_found": (SlackNotFound, "Slack knows no such workspace", "Set slack.team_id to its id, T…"),
    "missing_argument": (
        SlackError,
        "Slack misses an argument, as it does of an app of a whole organisation without its workspace",
        "Set slack.team_id to the workspace's id, T…",
    ),
    "token_revoked": (SlackDenied, "Slack's token was revoked", _TOKEN),
    "account_inactive": (SlackDenied, "Slack's token belongs to a bot that was removed", _TOKEN),
    "not_allowed_token_type": (SlackDenied, "Slack wants another kind of token", _TOKEN),
    "ekm_access_denied": (SlackDenied, "Slack's administrators have suspended writing", _BY_HAND),
    "restricted_action": (
        SlackDenied,
        "Slack's workspace does not allow it",
        "Ask an administrator, or do it by hand.",
    ),
    "channel_not_found": (
        SlackNotFound,
        "Slack knows no such channel",
        "Check its name in integrations.toml, and invite the app if it is private.",
    ),
    "not_in_channel": (SlackDenied, "warroom's app is not in the channel", "Invite it: /invite @warroom."),
    "is_archived": (SlackError, "The channel is archived", "Unarchive it, or open another."),
    "name_taken": (SlackError, "The channel's name is taken", "Invite the app there, or rename it."),
    "message_not_found": (SlackNotFound, "The message is gone", "Post it anew."),
    "cant_update_message": (SlackDenied, "The message is somebody else's", "Post it anew."),
    "edit_window_closed": (SlackDenied, "The message is too old to be changed", "Post it anew."),
    "thread_not_found": (SlackNotFound, "The message to answer is gone", "Post it without a thread."),
    "msg_too_long": (SlackError, "The message is too long", "Shorten it."),
    "no_text": (SlackError, "The message is empty", "Write something."),
    "users_not_found": (SlackNotFound, "Slack knows nobody with that e-mail address", "Check the roster."),
    "user_not_found": (SlackNotFound, "Slack knows no such person", "Check the roster."),
    "ratelimited": (SlackError, "Slack takes no more for now", "Try again in a minute."),
    "already_pinned": (SlackError, "The message is pinned already", "Nothing is to be done."),
    "too_many_pins": (SlackError, "The channel has too many pins", "Take one off."),
}

_UNKNOWN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
"""Slack's own trouble: it may have done something all the same."""


def refusal(method: str, answer: Mapping[str, Any]) -> SlackError:
    """The error that an answer without `ok: true` stands for."""
    word = plain(str(answer.get("error") or "no reason given"), 80)
    if word in _UNKNOWN:
        error: SlackError = SlackUnreachable(
            "Slack has trouble of its own", "Look there; then try again.", detail=word, effect=Effect.UNKNOWN
        )
    else:
        kind, title, remedy = SAID.get(word, (SlackError, f"Slack refused {method}: {word}", _BY_HAND))
        if needed := plain(str(answer.get("needed") or ""), 80):
            title = f"{title}: {needed}"
        error = kind(title, remedy, detail=f"{method}: {word}")
    error.word = word
    listed = answer.get("errors")
    found = listed if isinstance(listed, list) else []
    error.words = tuple(str(one.get("error") or "") for one in found if isinstance(one, dict) and not one.get("ok"))
    return error
