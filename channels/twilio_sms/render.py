"""A message to the customer → the texts that are sent. Pure: plain text only, each within Twilio's limit."""

from __future__ import annotations

import smsutil

from channels.contract import Outbound
from channels.phrases import phrase
from channels.splitting import split, utf16_units
from channels.twilio_sms.limits import ONE_LINE, TEXT_LIMIT
from survey_flows.checks.sms import PLAIN
from survey_flows.prompt import Choice, Prompt

_PLAIN = str.maketrans(PLAIN)


def render(message: Outbound) -> list[str]:
    """The message as one text, or as several when it is longer than Twilio takes; none for a blank one.

    Typographic quotes and dashes become plain where that makes the text GSM-7: half the price, and nothing is lost.
    """
    text = message.text if message.prompt is None else _question(message.prompt)
    return split(economical(text), TEXT_LIMIT, utf16_units)


def economical(text: str) -> str:
    """`text` in GSM-7 where only typography (3GPP TS 23.038) keeps it from that; else as it is."""
    if text.isascii():
        return text
    plain = text.translate(_PLAIN)
    return plain if plain != text and smsutil.is_valid_gsm(plain) else text


def _question(prompt: Prompt) -> str:
    lines = [prompt.text, *_answers(prompt)]
    return "\n".join(line for line in lines if line)


def _answers(prompt: Prompt) -> list[str]:
    """How to answer: the ends of a scale in one line, options by number, in one line where they are few and short."""
    if not prompt.choices or (prompt.form == "scale" and prompt.meant):
        return []
    if prompt.form == "scale":
        return [f"{_end(prompt.choices[0], prompt.low)} - {_end(prompt.choices[-1], prompt.high)}"]
    how = phrase(prompt.language, "several" if prompt.form == "multi_choice" else "one")
    in_one = ", ".join(f"{n} = {_words(choice)}" for n, choice in prompt.numbered)
    if prompt.form != "multi_choice" and len(in_one) <= ONE_LINE:
        return [f"{how}: {in_one}"]
    return [*(f"{n}. {_words(choice)}" for n, choice in prompt.numbered), how]


def _end(choice: Choice, meaning: str) -> str:
    return f"{choice.label} ({meaning})" if meaning else choice.label


def _words(choice: Choice) -> str:
    """Without the emoji: one of them makes the whole text UCS-2, at twice the price."""
    return choice.short or choice.label
