"""What a customer sends without words: a voice message, a sticker, a picture, a place; or an emoji set on a message of
ours. Pure, apart from reading `media.yml` once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.conversation.state import Message
from survey_flows import engine
from survey_flows.model import Survey
from survey_flows.recorded import mark
from survey_flows.session import Session

MEDIA = Path(__file__).with_name("media.yml")
FILE = "file"
IN_WORDS = {"text", "number", "date", "contact"}
"""Types of questions that an emoji never answers, whatever it could be read as."""


def kinds(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """What was sent along, in our words: sticker, voice, picture, video, location, contact, file."""
    media = payload.get("media") or ()
    found = [_kind(str(one)) for one in ([media] if isinstance(media, str) else media)]
    return tuple(dict.fromkeys(found + (["location"] if payload.get("location") else [])))


def unread(message: Message) -> str:
    """What was sent instead of words, "" where there are words: nobody here can look at it or listen to it."""
    sent = kinds(message.payload)
    return sent[0] if sent and not message.text.strip() and not message.picked else ""


def recorded(message: Message) -> Message:
    """A recorded answer has no words until its transcript comes: a mark stands for them."""
    if not message.payload.get("recording") or message.text.strip():
        return message
    return replace(message, text=mark(message.id))


def note(text: str, payload: Mapping[str, Any]) -> str:
    """What a person reads of a message: its words, and what was sent along or set on a message, in brackets."""
    if payload.get("reaction"):
        return f"[reaction] {text}"
    return " ".join([*([text] if text else []), *(f"[{kind}]" for kind in kinds(payload))])


def answers(text: str, asked: str, survey: Survey, session: Session) -> bool:
    """Whether an emoji, set on the message that asked the question `asked`, is an answer. Only the open question can
    be answered so: a late thumb under an older one means that, and not what is open now."""
    node = engine.current(survey, session)
    if node is None or node.id != asked or node.question.type in IN_WORDS:
        return False
    return engine.read(survey, session, text).kind == "value"


def _kind(reported: str) -> str:
    known = reported.strip().lower()
    return next((kind for kind, begins in _table().items() if known.startswith(begins)), FILE)


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    loaded: dict[str, list[str]] = yaml.safe_load(MEDIA.read_text(encoding="utf-8"))
    return {kind: tuple(begins) for kind, begins in loaded.items()}
