"""Reading a message in its context, before Rasa's policies decide what to do with it.

What fits the open question becomes an intent of the context (`CONTEXT_INTENTS`) and skips the NLU; everything else goes
through it. What a message means depends on where it comes: `within_survey.py`, `without_survey.py`, `on_the_phone.py`.
"""

from __future__ import annotations

from bot.conversation import guessing, language_offer
from bot.conversation.guessing import PERSON, Pick, Titles
from bot.conversation.on_the_phone import on_the_phone, ringing
from bot.conversation.ports import Listener
from bot.conversation.state import Conversation, Message
from bot.conversation.taking_up import Offered
from bot.conversation.turn import SURVEY_CONTROL, SURVEY_INVITED, SURVEY_PICKED
from bot.conversation.understood import OUT_OF_SCOPE, TEXT_LIMIT, Understood, intent
from bot.conversation.unspoken import unread
from bot.conversation.within_survey import within_survey
from bot.conversation.without_survey import without_survey
from survey_flows import serialise
from survey_flows.model import Survey
from survey_flows.reading import NOT_AN_ANSWER, control

NO_TITLES: Titles = {}


async def understand(
    message: Message,
    conversation: Conversation,
    survey: Survey | None,
    agent: Listener,
    offered: Offered | None = None,
    titles: Titles = NO_TITLES,
) -> Understood:
    """What `message` means in `conversation`, whose open survey is `survey` (None: none is open, but perhaps one was
    `offered`). `titles`: of the FAQ's entries, for "did you mean"."""
    if message.kind == "invite":
        return Understood(intent(SURVEY_INVITED))
    if message.kind in ("timeout", "expire", "resume"):
        return Understood(intent(SURVEY_CONTROL))
    if message.kind == "call":
        return ringing(message, conversation)
    if message.payload.get("corrects"):
        return Understood(intent(SURVEY_CONTROL))
    if unread(message):
        return Understood(intent(OUT_OF_SCOPE if conversation.response is None else SURVEY_CONTROL))
    text = message.text[:TEXT_LIMIT].strip()
    if (pick := _picked(message, text, conversation, titles)) is not None:
        return _meant(pick, surveyed=survey is not None and conversation.response is not None)
    if language := language_offer.accepted(message, conversation, survey):
        open_survey = survey is not None and conversation.response is not None
        return Understood(intent(SURVEY_CONTROL if open_survey else "control_language"), control("language", language))
    if survey is None or conversation.response is None:
        return await without_survey(message, conversation, agent, offered, titles)
    if message.picked:
        return Understood(intent(SURVEY_PICKED))
    session = serialise.loads(conversation.response.session)
    if conversation.channel == "voice" and (
        heard := on_the_phone(text, message, survey, session, reachable=conversation.address.startswith("+"))
    ):
        return heard
    return await within_survey(text, message.received_at, survey, session, agent, titles)


def _picked(message: Message, text: str, conversation: Conversation, titles: Titles) -> Pick | None:
    """The customer's choice after "did you mean"; None when the message is something else."""
    if message.picked:
        return guessing.picked(message.picked, titles, conversation.language)
    if not conversation.guesses:
        return None
    return guessing.said(text, guessing.from_json(conversation.guesses), conversation.language)


def _meant(pick: Pick, *, surveyed: bool) -> Understood:
    """The chosen answer, a person, or what is said when it was none of them: how to reach one."""
    if pick.key and pick.key != PERSON:
        return Understood(guessing.parse_data(pick.key), NOT_AN_ANSWER)
    if not pick.key:
        return Understood(intent(OUT_OF_SCOPE), NOT_AN_ANSWER)
    return Understood(intent(SURVEY_CONTROL if surveyed else "control_human"), control("human"))
