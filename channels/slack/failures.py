"""What Slack's errors mean for a message that we wanted to send. Pure.

The codes are those of https://docs.slack.dev/reference/methods/chat.postMessage#errors and conversations.open.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from channels.contract import Retry, SendError

_DEAD: Mapping[str, str] = MappingProxyType(
    {
        "invalid_auth": "Set SLACK_BOT_TOKEN to the app's current Bot User OAuth Token.",
        "not_authed": "Set SLACK_BOT_TOKEN to the app's Bot User OAuth Token.",
        "token_revoked": "Install the app again and set SLACK_BOT_TOKEN to its new token.",
        "token_expired": "Switch token rotation off for the app, or set SLACK_BOT_TOKEN to a current token.",
        "account_inactive": "The app was removed from the workspace: install it again.",
        "not_allowed_token_type": "Set SLACK_BOT_TOKEN to a bot token (xoxb-).",
        "missing_scope": "Paste `conductor slack manifest` at App Manifest, and install the app again.",
        "no_permission": "Paste `conductor slack manifest` at App Manifest, and install the app again.",
        "org_login_required": "The workspace is being moved to an organisation: sign in there.",
        "team_access_not_granted": "Ask an administrator to let the app into this workspace.",
        "access_denied": "Ask an administrator to allow the app.",
        "ekm_access_denied": "An administrator has suspended messages in this workspace.",
        "two_factor_setup_required": "An administrator has to set up two-factor authentication.",
        "messages_tab_disabled": "Switch the Messages Tab on, on the app's page App Home.",
    }
)
"""No message can be sent until somebody does this."""

_LATER = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "message_limit_exceeded",
        "service_unavailable",
        "internal_error",
        "fatal_error",
        "request_timeout",
        "team_added_to_org",
    }
)

_NEVER: Mapping[str, str] = MappingProxyType(
    {
        "channel_not_found": "this conversation does not exist",
        "user_not_found": "this person is not in the workspace",
        "users_not_found": "this person is not in the workspace",
        "user_not_visible": "this person can't be seen by the app",
        "user_disabled": "this person's account is switched off",
        "cannot_dm_bot": "this is not a person but a bot",
        "is_archived": "this conversation is archived",
        "not_in_channel": "the app is not in this conversation",
        "restricted_action": "an administrator's rule forbids this message",
        "invalid_blocks": "the message is not what Slack takes",
        "msg_too_long": "the message is too long",
        "msg_blocks_too_long": "the message is too long",
    }
)


def refusal(code: str, status: int, retry_after: str | None) -> SendError:
    """The SendError for Slack's answer: its error `code`, the HTTP `status`, and its Retry-After header in seconds."""
    if code in _DEAD:
        return SendError(f"Slack refuses every message ({code}). {_DEAD[code]}", "channel_dead")
    if status == 401:
        return SendError("Slack refuses every message (HTTP 401). Check SLACK_BOT_TOKEN.", "channel_dead")
    if status == 429 or status >= 500 or code in _LATER:
        return SendError(
            f"Slack can't take the message now ({code or f'HTTP {status}'}).", "later", _seconds(retry_after)
        )
    retry: Retry = "never"
    reason = _NEVER.get(code, "see https://docs.slack.dev/reference/methods/chat.postMessage")
    return SendError(f"Slack does not take the message ({code or f'HTTP {status}'}): {reason}.", retry)


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdecimal() else None
