"""The Twilio account that the three Twilio channels share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from channels.errors import NotConfigured

API_BASE_URL = "https://api.twilio.com"
_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")  # twilio_api_v2010: parameter AccountSid
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Account:
    """`public_url` is where Twilio reaches this server, without a slash at the end: what it signs, and where it reports
    deliveries. `api_base_url` is None for Twilio itself."""

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    api_base_url: str | None = None


def account_from_environment(environ: Mapping[str, str]) -> Account:
    """The account: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, CONDUCTOR_PUBLIC_URL and TWILIO_API_BASE_URL (optional).

    Call it once it is clear that a Twilio channel is wanted. Errors: NotConfigured for the first one that is missing or
    malformed.
    """
    sid = _required(environ, "TWILIO_ACCOUNT_SID", "It stands on the first page of the Twilio Console.")
    if not _ACCOUNT_SID.fullmatch(sid):
        raise NotConfigured("TWILIO_ACCOUNT_SID is AC and 32 hexadecimal digits. Copy it from the Twilio Console.")
    token = _required(environ, "TWILIO_AUTH_TOKEN", "Without it a forged message could not be told from a real one.")
    public = _required(
        environ,
        "CONDUCTOR_PUBLIC_URL",
        "Twilio signs the address that it calls, such as https://surveys.example.com.",
    )
    base = environ.get("TWILIO_API_BASE_URL", "").strip()
    return Account(
        sid,
        token,
        _web_address("CONDUCTOR_PUBLIC_URL", public),
        _web_address("TWILIO_API_BASE_URL", base) if base else None,
    )


def _required(environ: Mapping[str, str], name: str, why: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise NotConfigured(f"{name} is not set. {why}")
    return value


def _web_address(name: str, value: str) -> str:
    """The address without a slash at the end. https, or http on this machine: the token must not travel in clear."""
    parts = _split(value)
    wrong = parts is None or parts.query or parts.fragment or parts.username is not None
    if parts is None or wrong or not parts.hostname or parts.scheme not in ("http", "https"):
        raise NotConfigured(f"{name} is no web address. Set it like https://surveys.example.com.")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise NotConfigured(f"{name} begins with http://. Use https://; plain http is for this machine only.")
    return value.rstrip("/")


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    return parts
