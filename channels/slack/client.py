"""Sends to Slack, with its official SDK. The only part of this channel that talks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from channels.contract import Gate, Outbound, SendError, open_gate
from channels.slack.failures import refusal
from channels.slack.found import Pressed
from channels.slack.limits import PER_CHAT, PER_SECOND
from channels.slack.people import People, Person
from channels.slack.pressed import after
from channels.slack.render import render
from channels.slack.settings import SlackSettings

TIMEOUT_SECONDS = 10
"""For one call. Slack answers within one; the sender's own limit is longer."""
_REMEMBERED = 10_000
"""Direct messages whose ids are kept, and messages that are half sent. Forgetting one costs a call."""

_UNREADABLE = (AttributeError, TypeError, ValueError, RecursionError)
"""What the SDK raises where an answer is no JSON object (a proxy's page, for example)."""

Call = Callable[[], Awaitable[Any]]


class SlackClient:
    """A Sender. An address is a person's id (U…, W…: their direct message is opened) or a conversation's (D…, C…, G…).

    The SDK's own retries are off: they repeat a request that Slack may have taken already.
    """

    per_second = PER_SECOND
    per_chat = PER_CHAT

    def __init__(self, settings: SlackSettings, timeout: int = TIMEOUT_SECONDS) -> None:
        self._slack = AsyncWebClient(settings.bot_token, base_url=settings.base_url, timeout=timeout, retry_handlers=[])
        self._timeout = timeout
        self.people = People()
        self._conversations: dict[str, str] = {}
        self._half_sent: dict[str, list[str]] = {}
        self.gate: Gate = open_gate

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        """Posts `message`; returns the `ts` of the last part (there is one, unless the text is very long). A later
        attempt with the same `key` goes on behind the part that Slack took last. Raises SendError, or TimeoutError
        when only Slack knows whether it has the message."""
        bodies = render(message)
        if not bodies:
            raise SendError("There is nothing to send: the text is blank.", "never")
        place = await self.conversation(address)
        posted = self._half_sent.pop(key, [])
        for body in bodies[len(posted) :]:
            try:
                async with self.gate(address):
                    answer = await _ask(partial(self._slack.chat_postMessage, channel=place, **body))
            except BaseException as error:
                _remember(self._half_sent, key, posted)
                if isinstance(error, SendError) and error.retry == "never":
                    self._conversations.pop(address, None)  # perhaps it was closed: opened again at the next message
                raise
            posted.append(str(answer["ts"]))
        return posted[-1]

    async def show(self, press: Pressed) -> bool:
        """Puts what was chosen in place of the buttons. False: there is nothing to show. Raises as `send` does; the
        answer itself is safe by then."""
        update = after(press)
        if update is None:
            return False
        await self.update(update)
        return True

    async def update(self, body: Mapping[str, Any]) -> None:
        """Changes a message of ours. Raises as `send` does, as do all that follow."""
        await _ask(partial(self._slack.chat_update, **body))

    async def open_form(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Opens a modal for whoever pressed a button at most three seconds ago."""
        await _ask(partial(self._slack.views_open, trigger_id=trigger, view=dict(view)))

    async def publish(self, user: str, view: Mapping[str, Any]) -> None:
        """Shows `view` on the Home tab of a person."""
        await _ask(partial(self._slack.views_publish, user_id=user, view=dict(view)))

    async def say_in_thread(self, channel: str, thread: str, text: str) -> None:
        """A short text in a channel, below the message that it answers."""
        async with self.gate(channel):
            await _ask(partial(self._slack.chat_postMessage, channel=channel, thread_ts=thread, text=text))

    async def respond(self, address: str, body: Mapping[str, Any]) -> None:
        """Puts `body` in place of what only one person sees, at the address that Slack gave for it."""
        webhook = AsyncWebhookClient(address, timeout=self._timeout, retry_handlers=[])
        try:
            answer = await webhook.send_dict(dict(body))
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise TimeoutError(f"Slack did not answer ({type(error).__name__}).") from error
        if answer.status_code != 200:
            raise refusal("", answer.status_code, answer.headers.get("Retry-After"))

    async def person(self, user: str) -> Person:
        """What a person is called, and their language. Asked of Slack once."""
        known = self.people.known(user)
        if known is None:
            answer = await _ask(partial(self._slack.users_info, user=user, include_locale=True))
            known = self.people.learn(user, answer.get("user"))
        return known

    async def call(self, method: str, *, as_form: bool = False, **body: Any) -> Any:
        """Any other method of Slack's; those that read take no JSON (`as_form`)."""
        given: Any = {"data" if as_form else "json": body}
        return await _ask(partial(self._slack.api_call, method, **given))

    async def conversation(self, address: str) -> str:
        """The conversation of an address: a person's direct message is opened."""
        if not address.startswith(("U", "W")):
            return address
        if address not in self._conversations:
            try:
                answer = await _ask(partial(self._slack.conversations_open, users=address))
            except TimeoutError as error:  # opening twice opens once, and nothing was posted yet
                raise SendError("Slack did not answer when the direct message was opened.", "later") from error
            _remember(self._conversations, address, _opened(answer))
        return self._conversations[address]


def _remember(memory: dict[str, Any], key: str, value: Any) -> None:
    if value:
        memory[key] = value
    if len(memory) > _REMEMBERED:
        del memory[next(iter(memory))]


def _opened(answer: Any) -> str:
    """The id of the direct message. Raises SendError: nothing was posted yet."""
    channel = answer.get("channel")
    if not isinstance(channel, dict) or not channel.get("id"):
        raise SendError("Slack opened the direct message and did not say which.", "later")
    return str(channel["id"])


async def _ask(call: Call) -> Any:
    """The answer to `call`. Raises SendError where Slack says no or was never reached, else TimeoutError."""
    try:
        return await call()
    except SlackApiError as error:
        raise _refusal(error) from error
    except aiohttp.ClientConnectorError as error:
        raise SendError("Slack can't be reached.", "later") from error
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise TimeoutError(f"Slack did not answer ({type(error).__name__}).") from error
    except _UNREADABLE as error:
        raise TimeoutError("Slack's answer could not be read.") from error


def _refusal(error: SlackApiError) -> SendError | TimeoutError:
    response: Any = error.response  # a SlackResponse, or aiohttp's where the body was no JSON
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 200 and not code:
        return TimeoutError("Slack's answer could not be read.")
    return refusal(code, status, response.headers.get("Retry-After"))
