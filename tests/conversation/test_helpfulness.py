"""Whether an answer helped: what is asked, and what customers say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.conversation import helpfulness as asking
from bot.conversation.calling import Calling, Standing
from bot.conversation.faq_turns import FaqTurns
from bot.conversation.helpfulness import HELPED, PERSON, Pending, Verdict
from bot.conversation.nlu_result import answerable
from bot.conversation.state import Conversation, Message
from bot.faq.entry import Book, Entry

REFUND = Entry(
    "refund", "en", "Where is my refund?", "Five days.", ("refund",), follow_up=("return", "arrived", "long")
)
TITLES = {("en", "return"): "Return", ("en", "arrived"): "Did it arrive?", ("en", "long"): "A title of many more words"}
PENDING = Pending(HELPED, "refund", (("return", "Return an item"),))
NOON = "2026-12-01T12:00:00+00:00"


class Letters:
    """Knows which of our messages was an FAQ's answer."""

    async def faq_of(self, conversation: int, reference: str) -> str:
        return "refund" if reference == "ours" else ""


@pytest.mark.parametrize(
    ("text", "says", "next_"),
    [
        ("yes", "helped", ""),
        ("👍", "helped", ""),
        ("1", "helped", ""),
        ("yes thank you", "helped", ""),
        ("no", "not_helped", ""),
        ("👎", "not_helped", ""),
        ("2", "not_helped", ""),
        ("not really", "not_helped", ""),
        ("3", "next", "return"),
        ("return an item", "next", "return"),
        ("where is my parcel", None, ""),
        ("no, where is my parcel?", None, ""),
        ("thanks", None, ""),
        ("7", None, ""),
        ("stop", None, ""),
    ],
)
def test_what_is_said_of_an_answer(text: str, says: str | None, next_: str) -> None:
    found = asking.said(text, PENDING, "en")
    assert found == (Verdict(says, "refund", next_) if says else None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("button", "verdict"),
    [
        ({"question": HELPED, "value": "refund:yes"}, Verdict("helped", "refund")),
        ({"question": HELPED, "value": "refund:no"}, Verdict("not_helped", "refund")),
        ({"question": HELPED, "value": "refund:return"}, Verdict("next", "refund", "return")),
        ({"question": PERSON, "value": "refund:yes"}, Verdict("person", "refund")),
        ({"question": PERSON, "value": "refund:no"}, Verdict("no_person", "refund")),
        ({"question": "score", "value": 9}, None),
        (None, None),
    ],
)
def test_a_button_says_what_it_is(button: dict[str, object] | None, verdict: Verdict | None) -> None:
    assert asking.pressed(button) == verdict


@pytest.mark.parametrize(
    ("channel", "offered"),
    [("web", ["return", "arrived"]), ("whatsapp", ["return"]), ("sms", []), ("voice", [])],
)
def test_follow_ups_are_offered_where_they_fit(channel: str, offered: list[str]) -> None:
    assert [key for key, _ in asking.follow_ups(REFUND, TITLES, channel)] == offered


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pt", "pl"])
@pytest.mark.parametrize("channel", ["web", "sms", "voice"])
def test_one_message_answers_and_asks(language: str, channel: str) -> None:
    prompt = asking.ask_whether("Five days.", PENDING, language, channel)
    assert prompt.text.startswith("Five days.\n\n")
    assert [choice.keypad for choice in prompt.choices] == ["1", "2", "3"]
    if channel == "sms":
        assert "👍" not in prompt.choices[0].label  # one emoji doubles the price


@pytest.mark.parametrize(
    ("extra", "text", "surveyed", "says"),
    [
        ({"reaction": True, "message": "ours"}, "👎", False, "not_helped"),
        ({"reaction": True, "message": "ours"}, "👍", True, "helped"),
        ({"reaction": True, "message": "ours"}, "🎂", False, None),
        ({"reaction": True, "message": "other"}, "👎", False, None),
        ({}, "yes", False, "helped"),
        ({"media": ["sticker"]}, "", False, None),
    ],
)
async def test_reactions_and_words(extra: dict[str, object], text: str, surveyed: bool, says: str | None) -> None:
    here = Conversation(1, 1, "web", "web", "a", "en", "bot", pending=PENDING.as_json())
    verdict = await FaqTurns(Book.of([REFUND])).verdict(Message(1, "message", text, None, extra, NOON), here, Letters())
    assert (verdict.says if verdict else None) == says


def test_what_is_pending_is_kept_as_json() -> None:
    assert Pending.from_json(PENDING.as_json()) == PENDING


@pytest.mark.parametrize(("now", "known"), [("2026-12-24T22:59:00+00:00", True), ("2026-12-24T23:00:00+00:00", False)])
def test_an_entry_is_answered_on_its_days_where_the_company_is(now: str, known: bool) -> None:
    turns = FaqTurns(
        Book.of([replace(REFUND, valid_until="2026-12-24"), Entry("x", "en", "X", "X", ("x",))]), "Europe/Berlin"
    )
    titles = turns.titles(now)
    selected = {"faq": {"response": {"intent_response_key": "faq/refund"}}}
    parsed = {"intent": {"name": "faq", "confidence": 0.9}, "response_selector": selected}
    assert (answerable(parsed, "en", titles) is parsed) is known


@pytest.mark.parametrize(
    ("pending", "says", "values"),
    [
        (PENDING, "Did that help?", ["refund:yes", "refund:no", "refund:return"]),
        (Pending(PERSON, "refund"), "Shall a person", ["refund:yes", "refund:no"]),
    ],
)
def test_a_silent_caller_is_asked_again_without_the_answer(pending: Pending, says: str, values: list[str]) -> None:
    asked = asking.again(pending, "en", "voice")
    assert says in asked.text
    assert [choice.value for choice in asked.choices] == values
    assert "Five days" not in asked.text


class Caller:
    """A caller outside a survey, as the store has them."""

    def __init__(self, guesses: list[list[str]], pending: list[object]) -> None:
        self.kept = guesses, pending

    async def caller(self, provider: str, address: str) -> tuple[int, Standing]:
        return 1, Standing(True, "bot", "en", False)

    async def offered(self, conversation: int) -> tuple[list[list[str]], list[object]]:
        return self.kept


@pytest.mark.parametrize(
    ("guesses", "pending", "question"),
    [([], PENDING.as_json(), HELPED), ([["refund", "Refund"]], [], "did_you_mean"), ([], [], None)],
)
async def test_after_a_silence_the_faq_asks_what_it_asked(
    guesses: list[list[str]], pending: list[object], question: str | None
) -> None:
    store: Any = Caller(guesses, pending)
    unused: Any = None
    heard = await Calling(store, *[unused] * 6).open_question("twilio_voice", "+441")
    assert [letter.prompt and letter.prompt.question for letter in heard.messages] == ([question] if question else [])
