"""The official SDK against the stand-in over HTTP: what is sent, and what each failure means."""

from __future__ import annotations

import logging

import pytest

from channels.contract import Outbound, SendError
from channels.telegram.client import TelegramClient
from channels.telegram.local_provider import LocalTelegram, Trouble
from channels.telegram.parse import Press
from channels.telegram.settings import TelegramSettings
from channels.testing import gated
from tests.channels.telegram.support import CHAT, SECRET, TOKEN, scale, settings

HELLO = Outbound("<b>Hello</b> *you* https://example.com")


async def test_a_message_arrives_as_it_is(telegram: LocalTelegram, client: TelegramClient) -> None:
    assert await client.send("telegram", str(CHAT), HELLO, "k1") == f"{CHAT}:1"
    assert telegram.messages[CHAT, 1]["text"] == HELLO.text


async def test_a_long_message_is_several_and_the_last_has_the_keyboard(
    telegram: LocalTelegram, client: TelegramClient
) -> None:
    prompt = scale()
    message = Outbound(prompt=type(prompt)("q", "scale", "word " * 1000, "en", prompt.choices))

    assert await client.send("telegram", str(CHAT), message, "k1") == f"{CHAT}:2"
    assert telegram.keyboard(CHAT, 1) == []
    assert len(telegram.keyboard(CHAT, 2)) == 2


async def test_the_next_attempt_goes_on_where_the_last_one_failed(
    telegram: LocalTelegram, client: TelegramClient
) -> None:
    message = Outbound("word " * 1000)
    telegram.troubles.extend([Trouble(), Trouble(status=500)])
    with pytest.raises(SendError):
        await client.send("telegram", str(CHAT), message, "k1")

    assert await client.send("telegram", str(CHAT), message, "k1") == f"{CHAT}:2"
    assert len(telegram.messages) == 2


@pytest.mark.parametrize(
    ("trouble", "retry", "after", "opted_out"),
    [
        (Trouble(429, "Too Many Requests: retry after 7", retry_after=7), "later", 7.0, False),
        (Trouble(500, "Internal Server Error"), "later", None, False),
        (Trouble(502, "Bad Gateway"), "later", None, False),
        (Trouble(403, "Forbidden: bot was blocked by the user"), "never", None, True),
        (Trouble(403, "Forbidden: bot can't initiate conversation with a user"), "never", None, False),
        (Trouble(400, "Bad Request: chat not found"), "never", None, False),
        (Trouble(401, "Unauthorized"), "channel_dead", None, False),
        (Trouble(404, "Not Found"), "channel_dead", None, False),
    ],
    ids=lambda value: value.description if isinstance(value, Trouble) else "",
)
async def test_each_refusal_says_whether_to_try_again(
    telegram: LocalTelegram, client: TelegramClient, trouble: Trouble, retry: str, after: float | None, opted_out: bool
) -> None:
    telegram.troubles.append(trouble)
    with pytest.raises(SendError) as failure:
        await client.send("telegram", str(CHAT), HELLO, "k1")
    assert (failure.value.retry, failure.value.retry_after, failure.value.opted_out) == (retry, after, opted_out)
    assert telegram.messages == {}


async def test_a_customer_who_blocked_the_bot_has_opted_out(telegram: LocalTelegram, client: TelegramClient) -> None:
    telegram.blocked.add(CHAT)
    with pytest.raises(SendError) as failure:
        await client.send("telegram", str(CHAT), HELLO, "k1")
    assert failure.value.opted_out


async def test_a_wrong_token_is_a_dead_channel(telegram: LocalTelegram) -> None:
    client = TelegramClient(TelegramSettings("99999:" + "B" * 35, SECRET, telegram.url))
    with pytest.raises(SendError) as failure:
        await client.send("telegram", str(CHAT), HELLO, "k1")
    await client.close()
    assert failure.value.retry == "channel_dead"
    assert "TELEGRAM_BOT_TOKEN" in str(failure.value)


async def test_no_answer_in_time_is_unknown_not_failed(telegram: LocalTelegram) -> None:
    client = TelegramClient(settings(telegram.url), seconds=0.05)
    telegram.troubles.append(Trouble(seconds=0.3))
    with pytest.raises(TimeoutError):
        await client.send("telegram", str(CHAT), HELLO, "k1")
    await client.close()
    assert len(telegram.messages) == 1


async def test_an_answer_that_can_not_be_read_is_unknown(telegram: LocalTelegram, client: TelegramClient) -> None:
    telegram.troubles.extend([Trouble(200), Trouble(200)])
    with pytest.raises(TimeoutError):
        await client.send("telegram", str(CHAT), HELLO, "k1")
    assert not await client.acknowledge(Press("1"))


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    client = TelegramClient(settings("http://127.0.0.1:1"))
    with pytest.raises(SendError) as failure:
        await client.send("telegram", str(CHAT), HELLO, "k1")
    await client.close()
    assert failure.value.retry == "later"


async def test_a_message_without_text_is_not_tried_again(client: TelegramClient) -> None:
    with pytest.raises(SendError) as failure:
        await client.send("telegram", str(CHAT), Outbound(" "), "k1")
    assert failure.value.retry == "never"


async def test_the_webhook_is_set_with_secret_and_updates(telegram: LocalTelegram, client: TelegramClient) -> None:
    await client.set_webhook("https://example.com/webhooks/telegram/webhook")
    [(method, sent)] = telegram.calls
    assert (method, sent["secret_token"]) == ("setWebhook", SECRET)
    assert sent["allowed_updates"] == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "message_reaction",
    ]


async def test_a_webhook_that_can_not_be_set_says_why(telegram: LocalTelegram, client: TelegramClient) -> None:
    telegram.troubles.append(Trouble(400, "Bad Request: bad webhook: HTTPS url must be provided"))
    with pytest.raises(SendError, match="https url must be provided"):
        await client.set_webhook("http://example.com")


async def test_a_press_that_fails_halfway_is_reported_not_raised(
    telegram: LocalTelegram, client: TelegramClient
) -> None:
    assert not await client.acknowledge(Press("1", CHAT, 99, ()))
    assert [method for method, _ in telegram.calls] == ["answerCallbackQuery"]


async def test_no_log_line_holds_the_token_or_the_text(
    telegram: LocalTelegram, client: TelegramClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.troubles.append(Trouble(500))
    with pytest.raises(SendError) as failure:
        await client.send("telegram", str(CHAT), HELLO, "k1")
    await client.send("telegram", str(CHAT), HELLO, "k1")
    said = caplog.text + str(failure.value)
    assert TOKEN not in said
    assert "Hello" not in said


async def test_each_bubble_goes_through_the_gate(telegram: LocalTelegram, client: TelegramClient) -> None:
    """To Telegram's limits each of them is a message."""
    passed = gated(client)
    await client.send("telegram", str(CHAT), Outbound("word " * 1000), "k1")
    assert passed == [str(CHAT)] * 2
