"""A message to the customer → the bubbles that Telegram shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from channels.contract import Outbound
from channels.forms import Form, form_of, label, rows
from channels.looks import LOOKS
from channels.phrases import phrase
from channels.splitting import split, utf16_units
from channels.telegram.keyboard import OFF, PICK, SEND, TOGGLE, Button, Keyboard, encode
from survey_flows.prompt import Prompt

CAN = LOOKS["telegram"]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One call of sendMessage: plain text (no parse_mode, so nothing in it is markup), and buttons below it."""

    text: str
    keyboard: Keyboard = ()


def render(message: Outbound) -> list[Bubble]:
    """The bubbles of `message`, in order: each at most 4096 UTF-16 units, the buttons below the last. Empty for a blank
    text."""
    prompt = message.prompt
    if prompt is None:
        return _bubbles(message.text, ())
    form = form_of(prompt, CAN)
    keyboard = _keyboard(prompt, form)
    if form in ("buttons", "toggles") and not keyboard:
        form = "scale_line" if prompt.form == "scale" else "numbered"
    return _bubbles(_written(prompt, form), keyboard)


def _bubbles(text: str, keyboard: Keyboard) -> list[Bubble]:
    parts = split(text, CAN.text_limit, utf16_units)
    return [Bubble(part, keyboard if number == len(parts) else ()) for number, part in enumerate(parts, 1)]


def _keyboard(prompt: Prompt, form: Form) -> Keyboard:
    if form not in ("buttons", "toggles"):
        return ()
    several = form == "toggles"
    kind = TOGGLE if several else PICK
    entries = [(kind, choice.value) for choice in prompt.offered] + ([(SEND, None)] if several else [])
    data = encode(prompt.question, entries)
    if data is None:
        return ()
    mark = OFF if several else ""
    left = iter(data)
    drawn: list[tuple[Button, ...]] = [
        tuple(Button(mark + label(choice), next(left)) for choice in row)
        for row in rows(prompt.offered, prompt.form == "scale")
    ]
    if several:
        drawn.append((Button(phrase(prompt.language, "send"), next(left)),))
    return tuple(drawn)


def _written(prompt: Prompt, form: Form) -> str:
    lines = [prompt.text]
    if prompt.form == "scale" and prompt.choices and (form == "scale_line" or prompt.low or prompt.high):
        lines.append(_ends(prompt))
    elif form == "numbered":
        lines += [f"{n}. {label(choice)}" for n, choice in prompt.numbered]
        lines.append(phrase(prompt.language, "several" if prompt.form == "multi_choice" else "one"))
    return "\n".join(line for line in lines if line)


def _ends(prompt: Prompt) -> str:
    first, last = label(prompt.choices[0]), label(prompt.choices[-1])
    low = f"{first} ({prompt.low})" if prompt.low else first
    high = f"{last} ({prompt.high})" if prompt.high else last
    return f"{low} – {high}"
