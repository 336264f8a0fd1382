"""Setting the account up: the webhook, and the menu in every language."""

from __future__ import annotations

import pytest

from bot.conversation.phrases import languages
from channels.contract import SendError
from channels.telegram.limits import UPDATES
from channels.telegram.local_provider import LocalTelegram, Trouble
from channels.telegram.set_up import commands, set_up
from channels.telegram.words import command
from tests.channels.telegram.support import SECRET, settings

PUBLIC = "https://surveys.example/"


async def test_the_webhook_and_the_menu_are_set_and_said(telegram: LocalTelegram) -> None:
    done = await set_up(settings(telegram.url), PUBLIC)

    assert telegram.webhook == "https://surveys.example/webhooks/telegram/webhook"
    assert telegram.calls[0][1]["secret_token"] == SECRET
    assert telegram.calls[0][1]["allowed_updates"] == list(UPDATES)
    assert telegram.commands[""] == telegram.commands["en"] == commands()["en"]
    assert telegram.commands["de"]["stop"] == "Keine Umfragen mehr"
    assert telegram.webhook in done[0]
    assert "/help, /language, /stop" in done[1]
    assert SECRET not in str(done)


async def test_it_can_be_repeated(telegram: LocalTelegram) -> None:
    assert await set_up(settings(telegram.url), PUBLIC) == await set_up(settings(telegram.url), PUBLIC)


async def test_what_telegram_does_not_like_is_said(telegram: LocalTelegram) -> None:
    telegram.troubles.append(Trouble(400, "Bad Request: bad webhook: An HTTPS URL must be provided"))
    with pytest.raises(SendError, match=r"(?i)https url must be provided"):
        await set_up(settings(telegram.url), "http://surveys.example")


def test_every_language_that_the_bot_speaks_has_its_menu() -> None:
    assert set(languages()) <= set(commands())


@pytest.mark.parametrize("language", commands())
def test_every_command_of_the_menu_is_understood(language: str) -> None:
    for name in commands()[language]:
        words, _ = command(f"/{name}", language)
        assert not words.startswith("/")
