"""What a person could do now, as blocks: the Home tab, and the answer to a slash command. Pure.

https://docs.slack.dev/surfaces/app-home
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from channels.contract import Offer, Overview
from channels.slack import limits
from channels.slack.phrases import say
from channels.slack.pressed import BEGIN, SAY

LANGUAGE_NAMES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "pt": "Português",
    "nl": "Nederlands",
    "pl": "Polski",
    "tr": "Türkçe",
}
OFFERS = 50
"""Surveys shown at once, ours: nobody reads more. Two blocks of buttons."""


def home(seen: Overview, note: str = "") -> dict[str, Any]:
    """The Home tab. `note`: what has just been done; the state below it may still be the one before."""
    language = seen.language
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=say(language, "home_title")))]
    if note:
        blocks.append(_section(note))
    blocks += _blocks(seen) if not note else []
    state = say(language, "state", tongue=LANGUAGE_NAMES.get(language, language))
    blocks.append(ContextBlock(elements=[PlainTextObject(text=state)]))
    if not seen.opted_out and not note:
        blocks.append(ActionsBlock(elements=[_saying("STOP", say(language, "opt_out"))]))
    view: dict[str, Any] = View(type="home", blocks=blocks).to_dict()
    return view


def menu(seen: Overview, note: str = "") -> dict[str, Any]:
    """The answer to a slash command, which only they see."""
    blocks = [*([_section(note)] if note else []), *_blocks(seen)]
    return {
        "response_type": "ephemeral",
        "text": note or say(seen.language, "offers"),
        "blocks": [block.to_dict() for block in blocks],
    }


def told(note: str) -> dict[str, Any]:
    """A sentence that only they see, in place of the menu it was chosen from."""
    return {"response_type": "ephemeral", "replace_original": True, "text": note, "blocks": [_section(note).to_dict()]}


def chosen(offers: Sequence[Offer], words: str) -> str:
    """The key of the survey that somebody named by its key or its title; "" for none of them."""
    wanted = words.strip().casefold()
    return next((o.key for o in offers if wanted in (o.key.casefold(), o.title.strip().casefold())), "")


def _blocks(seen: Overview) -> list[Block]:
    language = seen.language
    if seen.owner == "human":
        return [_section(say(language, "person"))]
    if seen.opted_out:
        return [
            _section(say(language, "opted_out")),
            ActionsBlock(elements=[_saying("START", say(language, "opt_in"))]),
        ]
    blocks: list[Block] = []
    if seen.question is not None:
        asked = f"{say(language, 'open')}: {seen.survey}\n{seen.question.text}"
        go_on = _button(f"{BEGIN}:open", say(language, "go_on"), {"survey": ""}, style="primary")
        blocks += [_section(asked), ActionsBlock(elements=[go_on])]
    return blocks + _offered(seen)


def _offered(seen: Overview) -> list[Block]:
    buttons = [_button(f"{BEGIN}:{n}", o.title, {"survey": o.key}) for n, o in enumerate(seen.offers[:OFFERS])]
    if not buttons:
        return [] if seen.question is not None else [_section(say(seen.language, "nothing"))]
    rows = [buttons[n : n + limits.ACTIONS] for n in range(0, len(buttons), limits.ACTIONS)]
    return [_section(say(seen.language, "offers")), *(ActionsBlock(elements=[*row]) for row in rows)]


def _section(text: str) -> SectionBlock:
    """Plain text: a title or a question never becomes a link or a mention."""
    return SectionBlock(text=PlainTextObject(text=text[: limits.SECTION_TEXT]))


def _saying(words: str, shown: str) -> ButtonElement:
    return _button(f"{SAY}:{words.lower()}", shown, {"say": words})


def _button(action: str, words: str, value: dict[str, str], style: str | None = None) -> ButtonElement:
    cut = words if len(words) <= limits.BUTTON_TEXT else f"{words[: limits.BUTTON_TEXT - 1]}…"
    return ButtonElement(action_id=action, text=PlainTextObject(text=cut), value=json.dumps(value), style=style)
