"""What counts as a question of the customer's own, at a free-text question."""

from __future__ import annotations

import pytest

from bot.conversation.questions import is_question


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my refund?", "en"),
        ("where is my refund", "en"),
        ("Wo bleibt mein Geld?", "de"),
        ("wie kann ich das zurückgeben", "de"),
        ("Où est mon colis ?", "fr"),
        ("cuándo llega mi pedido", "es"),
        ("where is my parcel", "de"),
    ],
)
def test_a_question(text: str, language: str) -> None:
    assert is_question(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("delivery was late and where is the invoice", "en"),
        ("It was late. Where is my invoice?", "en"),
        ("the courier was rude", "en"),
        ("whatever", "en"),
        ("where", "en"),
        ("wow, was für ein Chaos", "de"),
        ("was?! so nicht", "de"),
        ("", "en"),
    ],
)
def test_an_account(text: str, language: str) -> None:
    assert not is_question(text, language)
