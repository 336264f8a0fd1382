"""Does a webhook come from Twilio? Its signature covers the public address and every field.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

from channels.receive import Delivery, Refused, Verify
from channels.twilio.form import Form, form_of

HEADER = "x-twilio-signature"
FORGED = (
    "This request is not signed by the Twilio account of this server. When it does come from Twilio, compare "
    "TWILIO_AUTH_TOKEN with the Console, and CONDUCTOR_PUBLIC_URL with the webhook's address at Twilio."
)
_PORTS = {"http": 80, "https": 443}


def verifier(auth_token: str) -> Verify:
    """A `Verify` for deliveries whose `url` is the public one. It raises Refused for a missing or wrong signature, and
    Malformed for a body that is no form and so can't have been signed. Errors: ValueError for an empty token."""
    if not auth_token:
        raise ValueError("An empty auth token would let anybody in.")

    def verify(delivery: Delivery) -> None:
        given = _bytes(delivery.headers.get(HEADER, ""))
        fields = _signed_fields(delivery)
        # All are compared, also after a match, so that the time tells nothing.
        ours = [sign(auth_token, url, fields).encode() for url in _spellings(delivery.url)]
        matches = [hmac.compare_digest(given, signature) for signature in ours]
        if not any(matches):
            raise Refused(FORGED)

    return verify


def sign(auth_token: str, url: str, fields: Form) -> str:
    """The signature that Twilio sends with these fields to `url`."""
    return str(RequestValidator(auth_token).compute_signature(url, fields))


def _signed_fields(delivery: Delivery) -> Form:
    """A form is signed field by field; of a JSON body the hash stands in the signed address."""
    if not delivery.headers.get("content-type", "").lower().startswith("application/json"):
        return form_of(delivery)
    promised = parse_qs(urlsplit(delivery.url).query).get("bodySHA256", [""])[0]
    if not hmac.compare_digest(_bytes(promised), hashlib.sha256(delivery.body).hexdigest().encode()):
        raise Refused(FORGED)
    return Form()


def _bytes(given: str) -> bytes:
    """A header or a part of the address as it was sent: Sanic keeps bytes that are no UTF-8 as halves of surrogates."""
    return given.encode("utf-8", "surrogateescape")


def _spellings(url: str) -> Iterable[str]:
    """Twilio writes the default port into the address that it signs, or doesn't."""
    parts = urlsplit(url)
    default = _PORTS.get(parts.scheme)
    if parts.port is None:
        return url, urlunsplit(parts._replace(netloc=f"{parts.netloc}:{default}"))
    return url, urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))
