"""A strict stand-in for Twilio's Messages API, on this machine: it checks what it is sent, signs its webhooks as Twilio
does, reports deliveries, and fails when it is told to. For tests and for running without an account."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from itertools import count
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

import aiohttp
import smsutil
from aiohttp import web

from channels.loopback import Loopback
from channels.twilio.form import Form
from channels.twilio.local_rules import Refusal, refusal
from channels.twilio.verify import sign

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "local-provider"  # noqa: S105 (of nobody's account)

_STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
_START = ("START", "UNSTOP", "YES")
_HELP = ("HELP", "INFO")
"""https://help.twilio.com/articles/223134027; YES only where the customer had stopped."""
OWN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe.",
        "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
        "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
        "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    }
)
"""What Twilio itself answers to these words, unless an account has set other ones. The same page."""


@dataclass(frozen=True)
class Sent:
    """A message that the provider took, with the form that we sent."""

    sid: str
    form: Form

    @property
    def to(self) -> str:
        return self.form.text("To")

    @property
    def body(self) -> str:
        return self.form.text("Body")


@dataclass(frozen=True)
class Own:
    """What Twilio itself said to a customer, after it had taken `after` messages of ours."""

    after: int
    to: str
    body: str


@dataclass(frozen=True)
class Trouble:
    """How the next request ends. `hang`: it is taken, but the answer comes only after so many seconds."""

    status: int = 0
    code: int = 0
    retry_after: str = ""
    hang: float = 0.0


@dataclass
class LocalTwilio:
    """``async with LocalTwilio() as twilio``: listens at `twilio.url` (loopback, a free port unless one is given).

    `sent` holds what was taken, `refused` what was not, `own` what it answered to STOP, START and HELP; `first` is the
    number of the first id it makes. `public_url` → `reach`: webhooks are signed for the public address of the server
    and sent to where it really listens. `advanced`: Advanced Opt-Out is on at the Messaging Service.
    """

    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    public_url: str = ""
    reach: str = ""
    port: int = 0
    sent: list[Sent] = field(default_factory=list)
    refused: list[tuple[Refusal, Form]] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)
    own: list[Own] = field(default_factory=list)
    advanced: bool = False
    troubles: deque[Trouble] = field(default_factory=deque)
    first: int = 1
    url: str = ""

    def __post_init__(self) -> None:
        self._numbers = count(self.first)
        self.server = Loopback()
        self.app = self.server.app
        """Further routes (Content API, calls) are added before it starts."""
        self.app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self.messages)

    async def __aenter__(self) -> LocalTwilio:
        self.url = self.server.bind(self.port)
        await self.server.start()
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()
        await self.server.stop()

    def sid(self, prefix: str) -> str:
        """A fresh id in Twilio's form."""
        return f"{prefix}{next(self._numbers):032x}"

    def fail_next(self, status: int, code: int = 0, retry_after: str = "") -> None:
        """The next request is answered with this error."""
        self.troubles.append(Trouble(status, code, retry_after))

    def succeed_next(self) -> None:
        """The next request is answered as usual, before the trouble that follows."""
        self.troubles.append(Trouble())

    def hang_next(self, seconds: float) -> None:
        """The next request is taken, but answered so late."""
        self.troubles.append(Trouble(hang=seconds))

    async def customer_says(self, url: str, fields: Mapping[str, str]) -> int:
        """Call the webhook at the public address `url` as Twilio does for an incoming message. Returns the status.

        STOP, START and HELP are handled as Twilio does itself: the customer is off the list or on it again, and gets an
        answer. Without Advanced Opt-Out it does so for text messages only, and the webhook learns of it by the text
        alone; with it also on WhatsApp, and by OptOutType.
        """
        who = fields["From"]
        kind = self._keyword(fields.get("Body", ""), who) if self.advanced or who.startswith("+") else ""
        if kind == "STOP":
            self.opted_out.add(who)
        elif kind == "START":
            self.opted_out.discard(who)
        if kind:
            self.own.append(Own(len(self.sent), who, OWN_WORDS[kind]))
        return await self.call(url, {**fields, **({"OptOutType": kind} if kind and self.advanced else {})})

    def _keyword(self, said: str, who: str) -> str:
        """STOP, START or HELP; "" for other words. To STOP a second time, and to HELP after it, nothing is said."""
        word, stopped = said.strip().upper(), who in self.opted_out
        if word in _START:
            return "START" if stopped or word != "YES" else ""
        return "" if stopped else "STOP" if word in _STOP else "HELP" if word in _HELP else ""

    async def report(self, sent: Sent, status: str, error_code: str = "") -> int:
        """Tell the message's StatusCallback what became of it. Returns the HTTP status of the answer."""
        fields = {
            "MessageSid": sent.sid,
            "SmsSid": sent.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": sent.to,
            "From": sent.form.text("From"),
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
        }
        if error_code:
            fields["ErrorCode"] = error_code
        return await self.call(sent.form.text("StatusCallback"), fields)

    async def call(self, url: str, fields: Mapping[str, str], signature: str | None = None) -> int:
        """POST a signed form (or one with the given `signature`) as Twilio does. Returns the HTTP status."""
        form = Form({name: [value] for name, value in fields.items()})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self.auth_token, url, form) if signature is None else signature,
            "I-Twilio-Idempotency-Token": self.sid("EV"),
        }
        place = self.reach + url.removeprefix(self.public_url) if self.reach else url
        async with self._session.post(place, data=urlencode(fields), headers=headers) as answer:
            await answer.read()
            return answer.status

    async def messages(self, request: web.Request) -> web.Response:
        """POST …/Messages.json."""
        form = await read_form(request)
        no = self.refusal_of_account(request) or refusal(form, self.opted_out)
        trouble = self.troubles.popleft() if self.troubles else Trouble()
        if trouble.status:
            no = Refusal(trouble.status, trouble.code, "As told")
        if no:
            self.refused.append((no, form))
            return error(no, trouble.retry_after)
        sent = self.keep(form)
        await asyncio.sleep(trouble.hang)
        return web.json_response(self.resource(sent), status=201)

    def keep(self, form: Form) -> Sent:
        """Take a message."""
        self.sent.append(Sent(self.sid("MM" if "MediaUrl" in form else "SM"), form))
        return self.sent[-1]

    def refusal_of_account(self, request: web.Request) -> Refusal | None:
        """401 for wrong credentials, 404 for another account's path."""
        pair = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Basic {pair}".encode()):
            return Refusal(401, 20003, "Authenticate")
        if request.match_info.get("account", self.account_sid) != self.account_sid:
            return Refusal(404, 20404, "The requested resource was not found")
        return None

    def resource(self, sent: Sent) -> dict[str, object]:
        """The message as the API returns it (api.v2010.account.message)."""
        now = format_datetime(datetime.now(timezone.utc))
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sent.sid}"
        service = sent.form.text("MessagingServiceSid")
        return {
            "sid": sent.sid,
            "account_sid": self.account_sid,
            "messaging_service_sid": service or None,
            "api_version": "2010-04-01",
            "body": sent.body,
            "from": sent.form.text("From") or None,
            "to": sent.to,
            "status": "accepted" if service else "queued",
            "direction": "outbound-api",
            "num_segments": "0" if service else str(max(1, len(smsutil.split(sent.body).parts))),
            "num_media": str(len(sent.form.getlist("MediaUrl"))),
            "price": None,
            "price_unit": None,
            "error_code": None,
            "error_message": None,
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
            "uri": f"{path}.json",
            "subresource_uris": {"media": f"{path}/Media.json"},
        }


async def read_form(request: web.Request) -> Form:
    """The fields of a request, in UTF-8."""
    form = Form()
    for name, value in parse_qsl((await request.read()).decode(), keep_blank_values=True):
        form.setdefault(name, []).append(value)
    return form


def error(no: Refusal, retry_after: str = "") -> web.Response:
    """An error in Twilio's form."""
    more_info = f"https://www.twilio.com/docs/errors/{no.code}"
    body = {"code": no.code, "message": no.message, "more_info": more_info, "status": no.status}
    headers = {"Retry-After": retry_after} if retry_after else {}
    text = json.dumps(body) if no.code else "upstream failed"
    kind = "application/json" if no.code else "text/plain"
    return web.Response(text=text, status=no.status, headers=headers, content_type=kind)
