"""Sends the parts of one message, and goes on where an attempt broke off."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from twilio.rest import Client

from channels.contract import Gate, SendError, open_gate
from channels.twilio.client import create_message, sdk
from channels.twilio.http import HttpClient
from channels.twilio.settings import Account
from channels.twilio.webhook import status_callback

_KEPT = 1000
"""Half-sent messages that are remembered: more are only waiting when Twilio is out of order for long."""

Part = Mapping[str, str]
"""What is said, as the SDK's keywords: body, or content_sid and content_variables."""


class Messenger:
    """Twilio's Messages API for one provider. `sender`: {"from_": …} or {"messaging_service_sid": …}.

    The API has no idempotency key, so it can't drop a second copy: a message that may have been taken is unknown until
    its status callback, whose address carries our key."""

    def __init__(
        self, account: Account, provider: str, sender: Mapping[str, str], connect_seconds: float, read_seconds: float
    ) -> None:
        self._http = HttpClient(account.api_base_url, connect_seconds, read_seconds)
        self.client: Client = sdk(account, self._http)
        self._account = account
        self._provider = provider
        self._sender = dict(sender)
        self._half_sent: OrderedDict[str, list[str]] = OrderedDict()
        self.gate: Gate = open_gate

    def has_begun(self, key: str) -> bool:
        """An earlier attempt has sent some parts of the message with this key, and not all."""
        return key in self._half_sent

    async def send(self, to: str, parts: Sequence[Part], key: str) -> str:
        """Send the parts in order; the id of the last one is returned. When a later part fails, another attempt with
        the same `key` goes on behind the parts that were sent. Only the last part's report bears `key`: an earlier
        one's ("out-12.1") would settle the message before the rest has left. Raises SendError and TimeoutError."""
        if not parts:
            raise SendError("The message has no text.", "never")
        done = self._half_sent.pop(key, [])
        try:
            for number, part in enumerate(parts[len(done) :], len(done) + 1):
                named = key if number == len(parts) else f"{key}.{number}"
                callback = status_callback(self._account, self._provider, named)
                fields = {"to": to, **self._sender, **part, "status_callback": callback}
                async with self.gate(to):
                    done.append(await create_message(self.client, fields))
        except BaseException:  # also where its answer did not come: what was taken before that part is known
            self._remember(key, done)
            raise
        return done[-1]

    async def close_connections(self) -> None:
        """Close the connections to Twilio; the next message opens new ones."""
        await self._http.close()

    def _remember(self, key: str, done: list[str]) -> None:
        if done:
            self._half_sent[key] = done
        while len(self._half_sent) > _KEPT:
            self._half_sent.popitem(last=False)
