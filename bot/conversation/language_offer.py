"""A customer who writes clearly in another language of ours is asked once whether to go on in it. Pure.

Nobody's language is changed by a guess: they tap the button, write the language's name (a control, always) or say yes
right after it. Whoever lets it pass is never asked again, and whoever chose a language themselves is not asked at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.conversation.phrases import languages, phrase
from bot.conversation.ports import Listener
from bot.conversation.state import Conversation, Message, Outcome
from channels.contract import Outbound
from channels.looks import LOOKS
from survey_flows import answers, engine, serialise
from survey_flows.model import Question, Survey
from survey_flows.plan import language_name
from survey_flows.prompt import Choice, Prompt
from survey_flows.reading import Reading

QUESTION = "language_offer"
"""Id of the question that the button sends back. No node of a survey has it."""
MADE = "-"
"""What is kept of an offer that is over."""

SURE = 0.99
"""Probability from which a language is plain. Measured on our own phrasings (782 with so many words): 0.4 % of those in
the right language would be offered another, 72 % (Portuguese) to 100 % (Polish) of the others their own."""
WORDS, LETTERS = 4, 16
"""Shorter texts belong to no language for sure ("ok super", "Amazon Prime")."""


class InChosenLanguage:
    """The NLU for a customer who chose their language: nothing is guessed about it."""

    def __init__(self, agent: Listener) -> None:
        self._agent = agent

    async def understand(self, text: str, language: str, chosen: bool = True) -> Mapping[str, Any]:
        """See `ports.Listener`."""
        return await self._agent.understand(text, language, True)

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        """See `ports.Listener`."""
        return language, 1.0


def in_words(message: Message) -> Message:
    """A tap on the offer's button, at any time, is the language's name, which is a control everywhere."""
    picked = message.picked or {}
    if picked.get("question") != QUESTION or picked.get("value") not in languages():
        return message
    return replace(message, picked=None, text=language_name(str(picked["value"])))


def accepted(message: Message, conversation: Conversation, survey: Survey | None) -> str:
    """The language that the customer takes up now; "" when the message is something else. "Yes" to an open question
    that it answers is that answer."""
    offered = conversation.language_offer
    if message.picked or offered in ("", MADE) or not _says(message.text, conversation, offered, True):
        return ""
    return "" if _answers(message.text, conversation, survey) else offered


def declined(message: Message, conversation: Conversation) -> bool:
    """Whether the customer says no to it, where nothing else is open that a no could answer."""
    offered = conversation.language_offer
    free = message.kind == "message" and conversation.response is None and offered not in ("", MADE)
    return free and not message.picked and _says(message.text, conversation, offered, False)


def _says(text: str, conversation: Conversation, offered: str, wanted: bool) -> bool:
    reading = answers.read(Question("_", "yes_no", {}), text, offered, (offered, conversation.language))
    return reading.kind == "value" and reading.value is wanted and not reading.rest


def _answers(text: str, conversation: Conversation, survey: Survey | None) -> bool:
    if survey is None or conversation.response is None:
        return False
    session = serialise.loads(conversation.response.session)
    node = engine.current(survey, session)
    return node is not None and node.question.type != "text" and engine.read(survey, session, text).kind != "none"


def chosen(reading: Reading | None) -> bool:
    """Whether the customer names the language in which they want to go on, be it the one that is spoken already."""
    wish = reading is not None and reading.kind == "control" and reading.value == "language"
    return wish and reading is not None and bool(reading.candidates)


def worth_guessing(outcome: Outcome) -> bool:
    """Whether this turn may make the offer: once a conversation, in writing, and with enough words to go by."""
    here, message, text = outcome.conversation, outcome.message, outcome.message.text
    if message.kind != "message" or message.picked or here.channel == "voice":
        return False
    if here.language_chosen or here.language_offer or outcome.language_chosen:
        return False
    if outcome.owner == "human" or outcome.opted_out or outcome.forget_contact or here.opted_out:
        return False
    return len(text.split()) >= WORDS and sum(char.isalpha() for char in text) >= LETTERS


def offer(outcome: Outcome, guess: tuple[str, float], known: Sequence[str]) -> None:
    """Add the offer to the turn, before the question if one is asked, if `guess` (language, probability) is plain and
    one of `known`."""
    language, probability = guess
    if language == outcome.conversation.language or language not in known or probability < SURE:
        return
    at = next((n for n, letter in enumerate(outcome.outbox) if letter.role == "question"), len(outcome.outbox))
    outcome.outbox.insert(at, _letter(language, outcome.conversation.channel))
    outcome.language_offer = language


def _letter(language: str, channel: str) -> Outbound:
    """With a button, or where a channel has none with the word to write: a number would answer the open question."""
    look = LOOKS[channel] if channel in LOOKS else LOOKS["web"]
    if not look.buttons:
        return Outbound(phrase("language_offer_written", language))
    button = Choice(language, phrase("language_offer_button", language))
    text = phrase("language_offer", language)
    return Outbound(text, Prompt(QUESTION, "choice", text, language, (button,)))
