"""One customer's story on Telegram over HTTP: a deep link, buttons, an old button, an edit, a thumb, commands.

A real server, the official SDK, and the strict stand-in, which holds us to the Bot API where there is a copy of it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys

import pytest

from channels.telegram.local_provider import LocalTelegram
from channels.telegram.set_up import PATH, set_up
from channels.telegram.settings import TelegramSettings
from tests.backends import Backend
from tests.channels.telegram.test_local_provider import API
from tests.live.until import until
from tests.server import Server
from tests.test_connected import WHOLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CHAT = 777


class Customer:
    """A customer with a phone: what was sent to the chat, and what they do there."""

    def __init__(self, telegram: LocalTelegram) -> None:
        self.telegram = telegram

    def heard(self) -> list[str]:
        return [str(p["text"]) for name, p in self.telegram.calls if name == "sendMessage"]

    async def hears(self, word: str) -> int:
        """Wait for a message with `word` in it; returns its number in the chat (the latest, if there are several)."""
        await until(self.heard, word)
        return max(number for (_, number), m in self.telegram.messages.items() if word in str(m.get("text")))

    async def sees(self, message: int, rows: list[list[str]]) -> None:
        """Wait until the buttons below a message are these."""
        for _ in range(600):
            if self.telegram.keyboard(CHAT, message) == rows:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the buttons are {self.telegram.keyboard(CHAT, message)}, not {rows}")

    def acknowledged(self) -> int:
        return sum(name == "answerCallbackQuery" for name, _ in self.telegram.calls)


def a_code(backend: Backend, environment: dict[str, str]) -> str:
    """What the operator's command prints."""
    options = ("--external-id", "C-1", "--name", "Ada", "--survey", "delivery_nps")
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "link", *options],
        env={**environment, **backend.environment, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"https://t\.me/local_survey_bot\?start=(\S+)", done.stdout)
    assert found, done.stdout
    return found[1]


async def test_the_story(backend: Backend) -> None:
    settings = TelegramSettings(WHOLE["telegram"]["TELEGRAM_BOT_TOKEN"], WHOLE["telegram"]["TELEGRAM_WEBHOOK_SECRET"])
    async with LocalTelegram(settings, API or None) as telegram:
        environment = {**WHOLE["telegram"], "TELEGRAM_API_BASE_URL": telegram.url}
        server = await asyncio.to_thread(Server, backend, **environment)
        try:
            await set_up(TelegramSettings(settings.token, settings.secret, telegram.url), server.url)
            assert telegram.webhook == server.url + PATH
            code = await asyncio.to_thread(a_code, backend, environment)
            await tell(Customer(telegram), code)
        finally:
            await asyncio.to_thread(server.stop)
    assert backend.rows("SELECT external_id, name, opted_out_at IS NOT NULL FROM contacts") == [("C-1", "Ada", True)]
    given = backend.rows("SELECT node, value, state FROM answers ORDER BY id")
    assert ("score", "9", "superseded") in given
    assert ("score", "3", "current") in given
    assert ("liked", '["courier"]', "withdrawn") in given
    assert backend.rows("SELECT count(*) FROM inbox WHERE status != 'done'") == [(0,)]


async def tell(ada: Customer, code: str) -> None:
    telegram = ada.telegram
    assert await telegram.say(CHAT, f"/start {code}") == 200
    await ada.hears("now I know that it is you")
    asked = await ada.hears("How likely are you")
    assert [len(row) for row in telegram.keyboard(CHAT, asked)] == [6, 5]

    assert await telegram.press(CHAT, asked, "9") == 200
    await ada.hears("What did you like best")
    await ada.sees(asked, [["✓ 9"]])
    said = len(ada.heard())
    assert await telegram.press(CHAT, asked, "✓ 9") == 200  # once more, on the old button
    await until(lambda: ["answered"] * (ada.acknowledged() == 2), "answered")

    assert await telegram.say(CHAT, "the driver") == 200
    await ada.hears("promised day")
    assert len(ada.heard()) == said + 1  # the old button said nothing

    await telegram.say(CHAT, "I meant 10")
    correction = max(number for _, number in telegram.messages)
    await ada.hears("Changed to 10")
    assert await telegram.edit(CHAT, correction, "I meant 3") == 200
    await ada.hears("Changed to 3")
    await ada.hears("What went wrong")

    assert await telegram.say(CHAT, "/language") == 200
    await ada.hears("Deutsch")
    assert await telegram.say(CHAT, "/stop") == 200
    await ada.hears("no more surveys")
