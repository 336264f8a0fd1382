"""Talks to Telegram with python-telegram-bot: sends messages, answers pressed buttons, sets the webhook."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from channels.contract import Gate, Outbound, SendError, open_gate
from channels.telegram.keyboard import Keyboard
from channels.telegram.limits import PER_CHAT, PER_SECOND, UPDATES
from channels.telegram.parse import Press
from channels.telegram.render import Bubble, render
from channels.telegram.settings import TelegramSettings

log = logging.getLogger(__name__)

SECONDS = 10.0
"""How long Telegram may take to answer before we don't know whether a message went out."""

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What the SDK raises where a 200 carries no result of the expected shape (a proxy's page, for example)."""

_REMEMBERED = 1000
"""Messages of several bubbles of which some are out, so that the next attempt goes on where the last one failed."""


class TelegramClient:
    """Implements `channels.contract.Sender` for one bot, and `acknowledge` for pressed buttons.

    `counters`: acknowledged, acknowledge_failed."""

    per_second = PER_SECOND
    per_chat = PER_CHAT

    def __init__(self, settings: TelegramSettings, seconds: float = SECONDS) -> None:
        _keep_secrets_out_of_logs()
        self._settings = settings
        request = HTTPXRequest(
            connection_pool_size=32,
            read_timeout=seconds,
            write_timeout=seconds,
            connect_timeout=seconds,
            pool_timeout=seconds,
        )
        base = settings.base_url
        self._bot = Bot(settings.token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request)
        self._request = request
        self._begun: OrderedDict[str, list[str]] = OrderedDict()
        self.counters: Counter[str] = Counter()
        self.gate: Gate = open_gate

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        """Send `message` to the chat `address`; returns ``chat:message`` of its last bubble. See `Sender` for what it
        raises. Telegram reports no delivery: a message that it took is as good as delivered."""
        bubbles = render(message)
        if not bubbles:
            raise SendError("There is nothing to send: the message has no text.", "never")
        out = self._begun.pop(key, [])
        try:
            for bubble in bubbles[len(out) :]:
                async with self.gate(address):
                    out.append(await self._bubble(address, bubble))
        except (SendError, TimeoutError):
            if out:
                self._remember(key, out)
            raise
        return out[-1]

    async def acknowledge(self, press: Press) -> bool:
        """Answer a pressed button, so that it stops spinning, and show the choice in the message's keyboard.

        The press is committed already, so a failure loses nothing: it is counted, logged and reported as False."""
        try:
            await self._bot.answer_callback_query(press.callback)
            if press.keyboard is not None:
                await self._bot.edit_message_reply_markup(
                    chat_id=press.chat,
                    message_id=press.message,
                    # The SDK leaves an empty keyboard out of its JSON; no keyboard at all is what takes it away.
                    reply_markup=_markup(press.keyboard) if press.keyboard else None,
                )
        except (TelegramError, *_UNREADABLE) as error:
            self.counters["acknowledge_failed"] += 1
            log.warning("A pressed button could not be acknowledged: %s", type(error).__name__)
            return False
        self.counters["acknowledged"] += 1
        return True

    async def set_webhook(self, url: str) -> None:
        """Tell Telegram where to send updates, with which secret, and which kinds. Raises SendError or TimeoutError."""
        await _told(self._bot.set_webhook(url, allowed_updates=UPDATES, secret_token=self._settings.secret))

    async def set_commands(self, commands: Mapping[str, str], language: str = "") -> None:
        """Put `commands` (name → what it does) into the bot's menu, for customers whose app speaks `language` ("":
        every other). Raises SendError or TimeoutError."""
        await _told(self._bot.set_my_commands(list(commands.items()), language_code=language or None))

    async def user_name(self) -> str:
        """The bot's name in links (``https://t.me/NAME``). Raises SendError or TimeoutError."""
        return str((await _told(self._bot.get_me())).username)

    async def close(self) -> None:
        """Close the connections to Telegram."""
        await self._request.shutdown()

    async def _bubble(self, address: str, bubble: Bubble) -> str:
        sent = await _told(
            self._bot.send_message(
                address,
                bubble.text,
                reply_markup=_markup(bubble.keyboard) if bubble.keyboard else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
        return f"{sent.chat_id}:{sent.message_id}"

    def _remember(self, key: str, out: list[str]) -> None:
        self._begun[key] = out
        if len(self._begun) > _REMEMBERED:
            self._begun.popitem(last=False)


async def _told(call: Awaitable[Any]) -> Any:
    """What Telegram answers to `call`. Raises SendError or TimeoutError."""
    try:
        return await call
    except TelegramError as error:
        raise _explained(error) from error
    except _UNREADABLE as error:
        raise TimeoutError("Telegram took the request, but its answer could not be read.") from error


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in keyboard]
    )


def _explained(error: TelegramError) -> SendError | TimeoutError:
    """What the caller should do about `error`. Telegram's own descriptions name no customer and no secret."""
    cause = error.__cause__
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        return SendError(f"Telegram asks to wait {seconds:.0f} s.", "later", seconds)
    if isinstance(error, InvalidToken):
        return SendError(
            f"Telegram refuses the bot's token: {error.message}. Check TELEGRAM_BOT_TOKEN.", "channel_dead"
        )
    if isinstance(error, Forbidden):
        # A bot may not write first: who never started it has not withdrawn anything.
        stranger = "initiate conversation" in error.message
        return SendError(f"Telegram: {error.message}", "never", opted_out=not stranger)
    if isinstance(error, (BadRequest, ChatMigrated)):
        return SendError(f"Telegram: {error.message}", "never")
    if isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return SendError("Telegram could not be reached.", "later")
    if isinstance(cause, httpx.HTTPError) or error.message.startswith("Invalid server response"):
        return TimeoutError(f"Telegram took the request, but its answer did not arrive ({type(cause).__name__}).")
    return SendError(f"Telegram has a problem of its own: {type(error).__name__}.", "later")


def _keep_secrets_out_of_logs() -> None:
    """httpx logs each URL, and Telegram's URLs hold the token; the SDK logs each text when it debugs."""
    for name, level in (("httpx", logging.WARNING), ("httpcore", logging.WARNING), ("telegram", logging.INFO)):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, level))
