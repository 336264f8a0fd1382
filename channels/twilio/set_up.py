"""Tells Twilio where the server is: the addresses of a number, a short code, or a Messaging Service.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource,
https://www.twilio.com/docs/messaging/api/service-resource
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.contract import SendError
from channels.twilio.client import opened
from channels.twilio.settings import Account

_BEFORE_URLS = {"sms_url": "sms_application_sid", "voice_url": "voice_application_sid"}
"""What goes before an address where it is set, so that the address would be ignored."""


async def set_number(account: Account, number: str, addresses: Mapping[str, str]) -> list[str]:
    """Set `addresses` (the SDK's names: sms_url, voice_url, status_callback) of one of the account's numbers, or of its
    short codes. What stands already is left alone. Returns what was done, as sentences. Raises SendError (with the
    sentence that says how to mend it) and TimeoutError."""
    async with opened(account) as client:
        owned = client.incoming_phone_numbers if number.startswith("+") else client.short_codes
        named = {"phone_number": number} if number.startswith("+") else {"short_code": number}
        found = await owned.list_async(**named, limit=1)
        if not found:
            raise SendError(
                f"The account has no number {number}. Compare it with the Twilio Console, under Phone Numbers.", "never"
            )
        for address, application in _BEFORE_URLS.items():
            if address in addresses and getattr(found[0], application, None):
                raise SendError(
                    f"{number} belongs to a TwiML App, which goes before its own addresses. Take it out of the app in "
                    "the Twilio Console, or set the app's addresses there.",
                    "never",
                )
        wanted = {name: url for name, url in addresses.items() if getattr(found[0], name, None) != url}
        if wanted:
            methods = {_method(name): "POST" for name in wanted}
            await owned(found[0].sid).update_async(**wanted, **methods)
    return [_sentence(number, name, url, name in wanted) for name, url in addresses.items()]


async def set_service(account: Account, sid: str, address: str) -> list[str]:
    """Let a Messaging Service send what customers write to `address`. As `set_number`. Delivery reports need no
    setting: each message carries its own address for them.

    A service has one address, so SMS and WhatsApp can't share one: that is refused."""
    async with opened(account) as client:
        service: Any = await client.messaging.v1.services(sid).fetch_async()
        present = service.inbound_request_url or ""
        ours = address.rpartition("/webhooks/")[0] + "/webhooks/"
        if present.startswith(ours) and present != address:
            raise SendError(
                f"The Messaging Service {sid} sends to {present} already, and it has one address only. SMS and "
                "WhatsApp need a service each.",
                "never",
            )
        fits = present == address and not service.use_inbound_webhook_on_number
        if not fits:
            fields = {"inbound_request_url": address, "inbound_method": "POST", "use_inbound_webhook_on_number": False}
            await client.messaging.v1.services(sid).update_async(**fields)
    return [_sentence(f"Messaging Service {sid}", "inbound_request_url", address, not fits)]


def _method(name: str) -> str:
    return "status_callback_method" if name == "status_callback" else name.replace("_url", "_method")


_MEANING = {
    "sms_url": "what customers write",
    "inbound_request_url": "what customers write",
    "voice_url": "calls",
    "status_callback": "how calls end",
}


def _sentence(whose: str, name: str, url: str, new: bool) -> str:
    return f"{whose} sends {_MEANING[name]} to {url}{'' if new else ' (it did so before)'}."
