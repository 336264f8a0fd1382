"""What of a message and its conversation the Rasa actions are given."""

from __future__ import annotations

from bot.conversation import guessing
from bot.conversation.ports import Store, full_intent
from bot.conversation.showing import reading
from bot.conversation.state import Conversation, Message
from bot.conversation.taking_up import Offered
from bot.conversation.turn import SURVEY_INVITED, SURVEY_WANTED, TEXT_ME, TurnInput
from bot.conversation.understood import TEXT_LIMIT, Understood
from bot.conversation.unspoken import unread
from bot.conversation.use_cases import FEEDBACK_SURVEY


async def turn_input(
    message: Message,
    conversation: Conversation,
    understood: Understood,
    offered: Offered | None,
    store: Store,
    now: str,
) -> TurnInput:
    """Looks up in `store` what the turn may need of the customer's past, and no more."""
    response = conversation.response
    start = str(message.payload.get("survey", "")) if message.kind in ("invite", "call") else ""
    taken = offered.offer if offered and full_intent(understood.parse_data) == SURVEY_INVITED else None
    start = taken.survey_key if taken else start
    begins = bool(start) or full_intent(understood.parse_data) == SURVEY_WANTED
    return TurnInput(
        id=message.id,
        conversation=conversation.id,
        channel=conversation.channel,
        language=str(message.payload.get("language") or conversation.language),
        owner=conversation.owner,
        now=now,
        kind=message.kind,
        said=message.text[:TEXT_LIMIT],
        picked=message.picked,
        reading=reading(understood),
        digression=understood.digression,
        guesses=guessing.as_json(understood.guesses),
        asked=understood.asked,
        remark=understood.remark,
        corrects=message.payload.get("corrects"),
        unread=unread(message),
        session=response.session if response else None,
        fingerprint=response.fingerprint if response else None,
        start=start,
        invitation=taken.invitation if taken else message.payload.get("invitation"),
        seed=message.id,
        opted_out=conversation.opted_out,
        attributes={**({"name": conversation.name} if conversation.name else {}), **conversation.attributes},
        earlier=await store.history(conversation.contact_id) if begins else {},
        texts_free=await _texts_free(conversation, understood, store),
        quotas=await store.quotas(start or FEEDBACK_SURVEY) if begins else {},
    )


async def _texts_free(conversation: Conversation, understood: Understood, store: Store) -> bool:
    """Whether no survey and no person is in the way of going on in text messages. Looked up only for a caller who asks
    for texts."""
    if understood.reading is None or understood.reading.value != TEXT_ME:
        return True
    there = await store.known("sms", conversation.address)
    return there is None or (there.owner != "human" and there.response is None)
