"""What a message means while no survey is open: a reply to an invitation, a wish, an FAQ, small talk."""

from __future__ import annotations

from bot.conversation import taking_up
from bot.conversation.guessing import Titles
from bot.conversation.nlu_result import SURE, WITHOUT_FORM, answerable, confidence_of, name_of, parting, unsure
from bot.conversation.on_the_phone import key_between_questions
from bot.conversation.phrases import languages
from bot.conversation.ports import Listener
from bot.conversation.questions import FEWEST_WORDS, is_question
from bot.conversation.state import Conversation, Message
from bot.conversation.taking_up import BEGINS, Offered
from bot.conversation.turn import SURVEY_INVITED, SURVEY_PICKED
from bot.conversation.understood import INTENTS, OUT_OF_SCOPE, TEXT_LIMIT, Understood, intent
from bot.conversation.wishes import stops_beside, written_in
from channels.contract import LATER
from survey_flows import answers
from survey_flows.model import Question

ANYWHERE = ("stop", "start", "help", "human", "language", "later", "who", "delete", "complaint")
"""Controls that mean something without a survey, too."""

_FREE = Question(id="_", type="text", text={})

_CLOSED = Question(id="_", type="nps", text={})

_YES_NO = Question(id="_", type="yes_no", text={})


async def without_survey(
    message: Message, conversation: Conversation, agent: Listener, offered: Offered | None, titles: Titles
) -> Understood:
    """What `message` means where no question is open; `offered`: an invitation that has not been answered yet."""
    text, language = message.text[:TEXT_LIMIT].strip(), conversation.language
    if offered is not None and (reply := taking_up.plain(message, text, conversation, offered)) is not None:
        name = SURVEY_INVITED if reply.begins else f"control_{LATER}"
        return Understood(intent(name), reply.reading)
    if conversation.channel == "voice" and (key := key_between_questions(text)) is not None:
        return key
    if message.picked or _late_score(text):
        return Understood(intent(SURVEY_PICKED))
    reading = answers.read(_FREE, text, language, languages())
    if reading.kind == "control" and reading.value in ANYWHERE:
        return Understood(intent(INTENTS.get(reading.value, f"control_{reading.value}")), reading)
    if stops_beside(text, language):
        return Understood(intent("control_stop"))
    if offered is None and _polite(text, language):
        return Understood(intent("thanks"))
    parsed = parting(answerable(await agent.understand(text, language), language, titles))
    if name_of(parsed) == "faq" and len(text.split()) == 1 and confidence_of(parsed) < WITHOUT_FORM:
        parsed = {**parsed, "intent": {"name": OUT_OF_SCOPE, "confidence": SURE}}
    sure = name_of(parsed) == "faq" or confidence_of(parsed) >= SURE
    if offered is not None and (
        name_of(parsed) in BEGINS or not (sure or is_question(text, *written_in(text, language, agent)))
    ):
        return Understood(intent(SURVEY_INVITED))  # whatever it is, it answers the invitation
    return unsure(parsed, language, titles, parsed if sure else intent(OUT_OF_SCOPE, confidence_of(parsed)))


def _polite(text: str, language: str) -> bool:
    """ "no, thanks", "ok great": the end of a conversation, where nothing was asked. Nobody is to be called for it. A
    "yes" was meant for something, and is none."""
    if len(text.split()) > FEWEST_WORDS or answers.read(_CLOSED, text, language, (language, "en")).kind == "value":
        return False  # "two" is a number here
    said = answers.read(_YES_NO, text, language, (language, "en"))
    return said.kind == "value" and not said.rest and (said.value is False or text.casefold().startswith("ok"))


def _late_score(text: str) -> bool:
    """A bare number on a scale, when no question is open: the survey has ended meanwhile."""
    return text.isdecimal() and int(text) <= 10
