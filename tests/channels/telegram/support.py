"""What the tests of the Telegram channel share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from channels.contract import DeliveryStatus, Inbound
from channels.receive import Delivery
from channels.telegram.settings import TelegramSettings
from survey_flows.prompt import Choice, Prompt

TOKEN = "123456:" + "A" * 35
SECRET = "s3cret_Of-the-webhook"
PAYLOADS = Path(__file__).parents[3] / "channels" / "telegram" / "payloads"
CASES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(PAYLOADS.glob("*.json"))}
CHAT = 4711


def settings(base_url: str = "http://127.0.0.1:1") -> TelegramSettings:
    return TelegramSettings(TOKEN, SECRET, base_url)


def delivery(update: Any) -> Delivery:
    return Delivery({"content-type": "application/json"}, json.dumps(update).encode())


def scale(question: str = "score", low: int = 0, high: int = 10) -> Prompt:
    choices = tuple(Choice(n, str(n)) for n in range(low, high + 1))
    return Prompt(question, "scale", "How likely?", "en", choices, low="never", high="surely")


def several(question: str = "liked") -> Prompt:
    choices = (Choice("speed", "Speed"), Choice("price", "Price"), Choice("care", "Care"))
    return Prompt(question, "multi_choice", "What did you like?", "en", choices)


class Inbox:
    """A receiver that remembers, as the database does, which messages it has."""

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken
        self.messages: dict[str, Inbound] = {}

    async def accept(self, message: Inbound) -> bool:
        if self.broken:
            raise ConnectionError("the database is gone")
        fresh = message.message_id not in self.messages
        self.messages.setdefault(message.message_id, message)
        return fresh

    async def status(self, status: DeliveryStatus) -> bool:
        return False
