"""A survey played in the terminal: no Rasa, no database, no network.

Reads lines and writes lines through what it is given, so that a pipe, a test or a terminal can be the customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from survey_flows import engine
from survey_flows.effects import (
    Ask,
    Effect,
    Ended,
    HandOver,
    LanguageChanged,
    OptedOut,
    Paused,
    QuotaCounted,
    Recorded,
    Recover,
    Say,
    Withdrawn,
)
from survey_flows.inputs import Input, Picked, Said
from survey_flows.model import Survey
from survey_flows.prompt import Choice, Prompt
from survey_flows.reading import control
from survey_flows.session import Context, Session

Style = Literal["bot", "choice", "effect"]
Line = tuple[Style, str]
Write = Callable[[Style, str], object]

BUTTONS = ("whatsapp", "telegram", "slack", "web")
"""Channels that show choices as buttons; the others get a numbered list or a keypad prompt."""


def shown(prompt: Prompt, channel: str) -> list[Line]:
    """A prompt roughly as `channel` would show it."""
    lines: list[Line] = [("bot", prompt.text)]
    if prompt.form == "scale" and prompt.choices:
        lines.append(("choice", _scale(prompt)))
    elif channel in BUTTONS and prompt.choices:
        lines.append(("choice", "  ".join(f"[ {_label(choice)} ]" for choice in prompt.offered)))
    elif channel == "voice":
        lines += [("choice", f"press {choice.keypad or n}: {choice.label}") for n, choice in prompt.numbered]
    else:
        lines += [("choice", f"{n} {_label(choice)}") for n, choice in prompt.numbered]
    if prompt.hint:
        lines.append(("bot", prompt.hint))
    return lines


def _label(choice: Choice) -> str:
    return f"{choice.emoji} {choice.label}".strip()


def _scale(prompt: Prompt) -> str:
    points = " ".join(choice.label for choice in prompt.offered)
    ends = [
        f"{choice.label} = {words}"
        for choice, words in ((prompt.choices[0], prompt.low), (prompt.choices[-1], prompt.high))
        if words
    ]
    return f"{points}   ({', '.join(ends)})" if ends else points


def told(effect: Effect) -> str:
    """What an effect would do in the real house, in a few words; "" for what is shown anyway."""
    if isinstance(effect, Recorded):
        value = "skipped" if effect.skipped else f"{effect.value!r}"
        band = f", {effect.band}" if effect.band else ""
        return f"answer kept: {effect.node} = {value}{band}" + (
            " (replaces the earlier one)" if effect.replaced else ""
        )
    if isinstance(effect, Withdrawn):
        return f"answer no longer counts: {effect.node}"
    if isinstance(effect, Recover):
        return f"case would open: team {effect.team}, priority {effect.priority}, due in {effect.respond_within} min"
    if isinstance(effect, HandOver):
        return f"a person would take over ({effect.reason})"
    if isinstance(effect, Ended):
        return f"response ends: {effect.status}" + (f", ending {effect.ending}" if effect.ending else "")
    return _less_told(effect)


def _less_told(effect: Effect) -> str:
    if isinstance(effect, LanguageChanged):
        return f"language is now {effect.language}"
    if isinstance(effect, OptedOut):
        return "contact opts out of surveys"
    if isinstance(effect, Paused):
        return "paused until the customer writes again"
    return f"counts for quota {effect.quota}" if isinstance(effect, QuotaCounted) else ""


def play(survey: Survey, context: Context, lines: Iterable[str], write: Write, now: Callable[[], str]) -> Session:
    """Conduct `survey` with whoever writes `lines`, until it is over or the lines end. `now` gives ISO 8601 times.

    On the channel `voice` a line of digits is what the caller presses, and a star repeats.
    """
    turn = engine.start(survey, context)
    _show(turn.effects, context.channel, write)
    source = iter(lines)
    while not turn.session.over:
        line = next(source, None)
        if line is None:
            write("effect", "left unfinished; the answers so far are kept")
            break
        turn = engine.receive(survey, turn.session, _heard(survey, turn.session, line.strip()), now())
        _show(turn.effects, context.channel, write)
    return turn.session


def _heard(survey: Survey, session: Session, line: str) -> Input:
    if session.channel == "voice" and line == "*":
        return Said(line, control("repeat"))
    prompt = engine.prompt(survey, session) if session.channel == "voice" and line.isdigit() else None
    pressed = next((choice for choice in prompt.choices if choice.keypad == line), None) if prompt else None
    return Picked(prompt.question, pressed.value) if prompt and pressed else Said(line)


def _show(effects: Iterable[Effect], channel: str, write: Write) -> None:
    for effect in effects:
        if isinstance(effect, Say):
            write("bot", effect.text)
        elif isinstance(effect, Ask):
            for style, line in shown(effect.prompt, channel):
                write(style, line)
        elif told(effect):
            write("effect", told(effect))
