"""Proof that a delivery comes from Slack: signature v0 over the raw body, at most five minutes old."""

from __future__ import annotations

from slack_sdk.signature import Clock, SignatureVerifier

from channels.receive import Delivery, Refused, Verify
from channels.slack.limits import SIGNATURE_AGE

MISSING = "This request is not signed by Slack. It needs X-Slack-Request-Timestamp and X-Slack-Signature."
WRONG = (
    "The signature does not fit this request, or it is older than "
    f"{SIGNATURE_AGE // 60} minutes. Compare SLACK_SIGNING_SECRET and the server's clock."
)
NOT_BY_WEBHOOK = (
    "Webhooks are off: this app takes Slack's events in through Socket Mode. Set SLACK_SIGNING_SECRET for both."
)


def verifier(signing_secret: str, clock: Clock | None = None) -> Verify:
    """A check for deliveries that raises Refused. Constant-time; what it can't read it refuses.

    https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    if not signing_secret:
        return _nothing
    slack = SignatureVerifier(signing_secret, clock or Clock())

    def verify(delivery: Delivery) -> None:
        timestamp = delivery.headers.get("x-slack-request-timestamp", "")
        signature = delivery.headers.get("x-slack-signature", "")
        if not timestamp or not signature:
            raise Refused(MISSING)
        # The SDK fails on these with errors of its own: int(), compare_digest() and decode() would raise.
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12 and signature.isascii()):
            raise Refused(WRONG)
        try:
            body = delivery.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(
                "The signature can't be checked: this body is not UTF-8, which is all that Slack sends."
            ) from error
        if not slack.is_valid(body, timestamp, signature):
            raise Refused(WRONG)

    return verify


def _nothing(delivery: Delivery) -> None:
    """With no secret nothing is proven, however it is signed."""
    raise Refused(NOT_BY_WEBHOOK)
