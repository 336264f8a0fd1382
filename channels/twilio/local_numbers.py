"""The numbers and Messaging Services of the local Twilio, as its API shows and changes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.twilio.form import Form
from channels.twilio.local_provider import LocalTwilio, error, read_form
from channels.twilio.local_rules import Refusal

NUMBER_FIELDS = ("SmsUrl", "SmsMethod", "VoiceUrl", "VoiceMethod", "StatusCallback", "StatusCallbackMethod")
CODE_FIELDS = ("SmsUrl", "SmsMethod")
SERVICE_FIELDS = ("InboundRequestUrl", "InboundMethod", "UseInboundWebhookOnNumber", "StatusCallback")
"""Parameters of an update that we may send. A test compares them with Twilio's OpenAPI files."""


@dataclass
class LocalNumbers:
    """Make it before the `LocalTwilio` starts. `numbers`, `codes` and `services` are what the account has, as the API
    shows them, by sid; `updates` counts what was changed."""

    twilio: LocalTwilio
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    updates: int = 0

    def __post_init__(self) -> None:
        router, account = self.twilio.app.router, "/2010-04-01/Accounts/{account}"
        for path, owned, name, known in (
            (f"{account}/IncomingPhoneNumbers", self.numbers, "PhoneNumber", NUMBER_FIELDS),
            (f"{account}/SMS/ShortCodes", self.codes, "ShortCode", CODE_FIELDS),
        ):
            router.add_get(f"{path}.json", self._lister(owned, name, path.rpartition("/")[2]))
            router.add_post(f"{path}/{{sid}}.json", self._updater(owned, known))
        router.add_get("/v1/Services/{sid}", self._updater(self.services, ()))
        router.add_post("/v1/Services/{sid}", self._updater(self.services, SERVICE_FIELDS))

    def own_number(self, number: str, **fields: Any) -> dict[str, Any]:
        """The account has this number from now on."""
        return self._own(self.numbers, "PN", phone_number=number, sms_url="", voice_url="", **fields)

    def own_code(self, code: str) -> dict[str, Any]:
        return self._own(self.codes, "SC", short_code=code, sms_url="")

    def own_service(self, **fields: Any) -> dict[str, Any]:
        fields = {"inbound_request_url": None, "use_inbound_webhook_on_number": True, **fields}
        return self._own(self.services, "MG", **fields)

    def _own(self, owned: dict[str, dict[str, Any]], prefix: str, **fields: Any) -> dict[str, Any]:
        sid = self.twilio.sid(prefix)
        owned[sid] = {"sid": sid, "account_sid": self.twilio.account_sid, **fields}
        return owned[sid]

    def _lister(self, owned: Mapping[str, dict[str, Any]], name: str, plural: str) -> Callable[[web.Request], Any]:
        key, kind = _snake(name), _snake(plural)

        async def found(request: web.Request) -> web.Response:
            if no := self._refused(request):
                return error(no)
            wanted = request.query.get(name)
            page = [one for one in owned.values() if wanted in (None, one[key])]
            more = {
                "next_page_uri": None,
                "page": 0,
                "page_size": 50,
                "start": 0,
                "end": 0,
                "uri": str(request.rel_url),
            }
            return web.json_response({kind: page, **more})

        return found

    def _updater(self, owned: Mapping[str, dict[str, Any]], known: tuple[str, ...]) -> Callable[[web.Request], Any]:
        async def updated(request: web.Request) -> web.Response:
            form, one = await read_form(request), owned.get(request.match_info["sid"])
            no = self._refused(request) or (None if one else Refusal(404, 20404, "The resource was not found"))
            no = no or _wrong(form, known)
            if no or one is None:
                return error(no or Refusal(404, 20404, "The resource was not found"))
            values = {_snake(name): form.text(name) for name in form}
            self.updates += bool(values)
            one.update({k: v == "true" if v in ("true", "false") else v for k, v in _lower(values).items()})
            return web.json_response(one)

        return updated

    def _refused(self, request: web.Request) -> Refusal | None:
        no = self.twilio.refusal_of_account(request)
        trouble = self.twilio.troubles.popleft() if self.twilio.troubles else None
        return no or (Refusal(trouble.status, trouble.code, "As told") if trouble and trouble.status else None)


def _wrong(form: Form, known: tuple[str, ...]) -> Refusal | None:
    """Unknown parameters, and addresses that Twilio could not call (error 21502 and its kin)."""
    for name in form:
        if name not in known:
            return Refusal(400, 20001, f"Unknown parameter {name}")
        if name.endswith(("Url", "StatusCallback")) and not form.text(name).startswith("https://"):
            return Refusal(400, 21502, f"Invalid {name}")
    return None


def _lower(values: Mapping[str, str]) -> dict[str, str]:
    return {k: v.lower() if v in ("True", "False") else v for k, v in values.items()}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
