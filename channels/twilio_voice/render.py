"""What a caller hears and can do → TwiML. Pure.

Prompts stand inside their <Gather>, so that who knows the question already need not hear it to the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from twilio.twiml.voice_response import Gather, VoiceResponse

from channels.contract import Heard, Outbound
from channels.splitting import split
from channels.twilio_voice import limits
from channels.twilio_voice.languages import tongue
from channels.twilio_voice.parse import Place
from channels.twilio_voice.words import say
from survey_flows.prompt import Choice, Prompt

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold (https://www.w3.org/TR/xml/#charsets): with one of them in it, a caller
hears "an application error has occurred"."""

Address = Callable[[str, Place], str]
"""What ("webhook", "transcript") and the place in the call → the public address."""


@dataclass(frozen=True)
class Line:
    """The caller's line: their language, where in the call they are, and how our addresses look."""

    language: str
    place: Place
    address: Address
    message: str = ""
    """The id that the next message will have: a recording's transcript names it."""

    def action(self, **changed: object) -> str:
        return self.address("webhook", replace(self.place, **changed))  # type: ignore[arg-type]

    def talk(self, verb: VoiceResponse | Gather, *texts: str) -> None:
        """Say the texts in the caller's language."""
        spoken = tongue(self.language)
        for text in texts:
            for part in split(speakable(text), limits.SAY_LIMIT):
                verb.say(part, voice=spoken.voice, language=spoken.locale)


def spoken(messages: Sequence[Outbound]) -> list[str]:
    """The words of messages that ask nothing, as many as a document can hold: what is behind them would take most of
    an hour to say, and a longer document is not said at all."""
    texts: list[str] = []
    room = limits.WORDS_LIMIT
    for message in messages:
        if message.prompt is None and message.text:
            for part in split(speakable(message.text), limits.SAY_LIMIT):
                room -= len(escape(part).encode()) + limits.SAY_MARKUP
                if room < 0:
                    return texts
                texts.append(part)
    return texts


def speakable(text: str) -> str:
    """`text` without what XML can't hold."""
    return _NOT_XML.sub("", text)


def ask(line: Line, heard: Heard, *, silent: int = 0) -> str:
    """Say the messages and ask the open question: the last prompt among them. `silent` silences came before: each time
    there is more help. Without a prompt the caller may say anything."""
    prompt = next((m.prompt for m in reversed(heard.messages) if m.prompt is not None), None)
    before = spoken(heard.messages)
    if silent:
        before = [say(line.language, "silence"), *before]
    if prompt is None:
        return _listen(line, before)
    if prompt.form == "text":
        return _record(line, prompt, before, silent)
    return _gather(line, prompt, before, silent)


def _gather(line: Line, prompt: Prompt, before: Sequence[str], silent: int) -> str:
    keys = key_table(prompt)
    kind = "scale" if prompt.form == "scale" else "keys" if keys else "digits"
    one_key = kind == "scale" or (kind == "keys" and prompt.form != "multi_choice" and max(map(len, keys)) == 1)
    length: dict[str, object] = {"num_digits": 1} if one_key else {"finish_on_key": "#"}
    answer = VoiceResponse()
    gather = answer.gather(
        input="dtmf speech",
        action=line.action(
            kind=kind, question=prompt.question, silent=silent, one=0, waited=0, ten=_reaches_ten(prompt)
        ),
        method="POST",
        timeout=limits.SILENCE_SECONDS if one_key else limits.LAST_KEY_SECONDS,
        speech_timeout="auto",
        action_on_empty_result=True,
        language=tongue(line.language).locale,
        hints=hints(prompt),
        **length,
    )
    more = [say(line.language, "more")] if silent > 1 or prompt.reask > 1 else []
    line.talk(gather, *before, prompt.text, *how(prompt, line.language, silent), *more)
    return document(answer)


def _reaches_ten(prompt: Prompt) -> int:
    return int(any(choice.value == 10 for choice in prompt.choices))


def _record(line: Line, prompt: Prompt, before: Sequence[str], silent: int) -> str:
    answer = VoiceResponse()
    line.talk(answer, *before, prompt.text, say(line.language, "record_more" if silent else "record"))
    place = replace(line.place, kind="record", question=prompt.question, silent=silent, one=0, waited=0)
    transcribed = {}
    if tongue(line.language).transcribed:
        transcribed = {
            "transcribe": True,
            "transcribe_callback": f"{line.address('transcript', Place())}?{urlencode({'message': line.message})}",
        }
    answer.record(
        action=line.address("webhook", place),
        method="POST",
        max_length=limits.RECORD_SECONDS,
        timeout=limits.SILENCE_SECONDS,
        finish_on_key="#*0",
        play_beep=True,
        **transcribed,
    )
    answer.redirect(line.address("webhook", place), method="POST")  # nothing was recorded: a silence
    return document(answer)


def _listen(line: Line, before: Sequence[str]) -> str:
    """No question is open: the caller may ask something of their own."""
    answer = VoiceResponse()
    gather = answer.gather(
        input="dtmf speech",
        action=line.action(kind="free", question="", silent=0, one=0, waited=0),
        method="POST",
        timeout=limits.SILENCE_SECONDS,
        speech_timeout="auto",
        action_on_empty_result=True,
        num_digits=1,
        language=tongue(line.language).locale,
    )
    line.talk(gather, *before, say(line.language, "anything"))
    return document(answer)


def second_key(line: Line, asked: bool) -> str:
    """A 1 was pressed where a 10 is possible. First we wait in silence for the 0; when none comes, we ask: a key that
    got lost between two requests must never make a 10 a 1."""
    answer = VoiceResponse()
    gather = answer.gather(
        input="dtmf speech",
        action=line.action(one=2 if asked else 1),
        method="POST",
        timeout=limits.SILENCE_SECONDS if asked else limits.SECOND_KEY_SECONDS,
        speech_timeout="auto",
        action_on_empty_result=True,
        num_digits=1,
        language=tongue(line.language).locale,
    )
    if asked:
        line.talk(gather, say(line.language, "one_or_ten"))
    return document(answer)


def offer(line: Line, messages: Sequence[Outbound]) -> str:
    """The survey is over and somebody was unhappy: they may talk to the team at once."""
    answer = VoiceResponse()
    gather = answer.gather(
        input="dtmf speech",
        action=line.action(kind="offer", question="", silent=0, one=0, waited=0),
        method="POST",
        timeout=limits.SILENCE_SECONDS,
        speech_timeout="auto",
        num_digits=1,
        language=tongue(line.language).locale,
    )
    line.talk(gather, *spoken(messages), say(line.language, "offer"))
    answer.hangup()
    return document(answer)


def dial(line: Line, messages: Sequence[Outbound], number: str, sender: str) -> str:
    """A person, now: ring the team's telephone."""
    answer = VoiceResponse()
    line.talk(answer, *spoken(messages), say(line.language, "connecting"))
    ringing = answer.dial(
        caller_id=sender, timeout=limits.DIAL_SECONDS, action=line.action(kind="dial", question=""), method="POST"
    )
    ringing.number(number)
    return document(answer)


def end(line: Line, *texts: str) -> str:
    """Say the texts and hang up."""
    answer = VoiceResponse()
    line.talk(answer, *texts)
    answer.hangup()
    return document(answer)


def wait(line: Line, *texts: str) -> str:
    """The conversation is still thinking: say so, and ask again."""
    answer = VoiceResponse()
    line.talk(answer, *texts)
    answer.pause(length=1)
    answer.redirect(line.action(waited=line.place.waited + 1), method="POST")
    return document(answer)


def document(answer: VoiceResponse) -> str:
    return str(answer.to_xml())


def key_table(prompt: Prompt) -> dict[str, Choice]:
    """The keys of a closed question, and what each means."""
    return {choice.keypad or str(number): choice for number, choice in enumerate(prompt.choices, 1)}


def how(prompt: Prompt, language: str, silent: int) -> list[str]:
    """How to answer by key or by voice."""
    if prompt.form == "scale":
        low, high = prompt.choices[0].label, prompt.choices[-1].label
        return [say(language, "scale_more" if silent else "scale", low=low, high=high)]
    table = key_table(prompt)
    if not table:
        return [say(language, "digits")]
    offered = [(keys, choice) for keys, choice in table.items() if choice in prompt.offered]
    told = [say(language, "press", label=c.short or c.label, keys=" ".join(keys)) for keys, c in offered]
    if prompt.form != "multi_choice":
        return told
    return [*told, say(language, "several_star" if max(map(len, table)) > 1 else "several")]


def hints(prompt: Prompt) -> str | None:
    """What the recogniser should expect: the question's own answers."""
    words = [speakable(word).replace(",", " ") for c in prompt.choices for word in (c.label, c.short) if word]
    known = list(dict.fromkeys(word[: limits.HINT_LIMIT] for word in words))
    return ", ".join(known[: limits.HINTS_LIMIT]) or None
