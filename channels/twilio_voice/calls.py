"""What to answer in a call: from what happened to what the caller hears next. Nothing is remembered between requests:
where we are stands in our own (signed) addresses, everything else in the conversation."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.contract import HUNG_UP, Converser, DeliveryStatus, Heard, Inbound
from channels.receive import clean
from channels.twilio.webhook import public_address
from channels.twilio_voice import limits, render
from channels.twilio_voice.languages import TONGUES
from channels.twilio_voice.limits import CHANNEL, PROVIDER
from channels.twilio_voice.parse import Event, Place
from channels.twilio_voice.render import Line
from channels.twilio_voice.settings import TwilioVoiceSettings
from channels.twilio_voice.words import say

log = logging.getLogger(__name__)

OVER = ("completed", "busy", "no-answer", "failed", "canceled")
"""How a call ends. https://www.twilio.com/docs/voice/api/call-resource#call-status-values"""

_PERSON_KEYS = ("1", "0")
"""Where a person is offered: the key that we name, and the one that asks for a person everywhere."""


class Calls:
    """One number's calls. `now` tells the time, for the team's hours."""

    def __init__(self, settings: TwilioVoiceSettings, now: Callable[[], datetime], counters: Counter[str]) -> None:
        self._settings, self._now, self._counters = settings, now, counters

    async def answer(self, event: Event, receiver: Converser | None) -> str:
        """The TwiML for what happened. Raises nothing while the caller is there: whatever fails, they hear a sentence,
        and are asked again for what was not kept."""
        line = self._line(event)
        if event.status in OVER and not event.machine:
            await self._last_words(event, receiver)
            return render.end(line)  # nobody hears this
        if receiver is None:
            return self._patience(event, line, "unavailable", again=not event.silent)
        try:
            return await self._answer(event, line, receiver)
        except Exception as error:
            # The error's own words may quote the caller, so only its kind and its way are logged.
            way = "".join(traceback.format_tb(error.__traceback__))
            log.error("A call could not be answered: %s\n%s", type(error).__name__, way)
            return self._patience(event, line, "unavailable", again=True)

    async def _answer(self, event: Event, line: Line, receiver: Converser) -> str:
        place = event.place
        if event.machine:
            return await self._machine(event, line, receiver)
        if place.kind == "dial":
            return self._after_dial(event, line)
        if place.kind == "again":
            return self._next(event, line, await receiver.open_question(PROVIDER, event.address))
        if place.step and not place.waited and event.silent and place.one != 1:
            return await self._silence(event, line, receiver)
        if (first := self._one_or_ten(event, line)) is not None:
            return first
        if place.kind == "offer" and event.digits not in ("", *_PERSON_KEYS):
            return render.offer(line, ())  # that key is none of those that there are: they are told again
        message = await self._message(event, receiver)
        heard = await receiver.converse(message, limits.ANSWER_SECONDS)
        self._counters["ok"] += 1
        if not heard.complete:
            return self._patience(event, line, "slow")
        return self._next(event, self._line(event, heard.language), heard)

    async def _last_words(self, event: Event, receiver: Converser | None) -> None:
        """Hanging up ends a recording, too: what was said counts, and then the call is over, whatever Twilio tells
        first. Raises what the house raises: nobody can be asked again."""
        if event.silent:
            return
        if receiver is None:
            raise RuntimeError("The server is still starting.")
        await receiver.accept(await self._message(event, receiver))
        self._counters["ok"] += 1
        await receiver.call_ended(PROVIDER, event.address, event.call)

    def _line(self, event: Event, language: str = "") -> Line:
        """The line after this event: the next thing said is one step further."""
        spoken = language or event.place.language
        place = replace(event.place, step=event.place.step + 1, language=spoken)
        where = spoken if spoken in TONGUES else "en"
        return Line(where, place, self._address, f"{event.call}-{place.step}")

    def _address(self, what: str, place: Place) -> str:
        address, query = public_address(self._settings.account, PROVIDER, what), place.query()
        return f"{address}?{query}" if query else address

    async def _message(self, event: Event, receiver: Converser) -> Inbound:
        """What the caller did, as a message. The first one of a call has no words. A key of a closed question is what
        it stands for, if that question is still the open one."""
        place = event.place
        extra: dict[str, Any] = {HUNG_UP: True} if event.status in OVER else {"call": event.call}
        if place.step == 0:
            extra |= {k: v for k, v in (("survey", place.survey), ("invitation", place.invitation)) if v}
        if event.recording and not self._key_of_record(event):
            extra["recording"] = event.recording
        picked = await self._picked(event, receiver) if place.kind == "keys" and event.digits else None
        if picked:
            extra["keys"] = event.digits.rstrip("#")  # what a person reads of it
        return Inbound(
            PROVIDER,
            CHANNEL,
            f"{event.call}-{place.step}",
            event.address,
            "" if picked else clean(self._words(event)),
            picked=picked,
            language=place.language or None,
            extra=clean(extra),
            kind="message" if place.step else "call",
        )

    @staticmethod
    def _key_of_record(event: Event) -> str:
        """The key that ended a recording and means something itself; "" for the hash key, and for Twilio's "hangup"."""
        return event.digits if event.place.kind == "record" and event.digits in ("*", "0") else ""

    @staticmethod
    def _words(event: Event) -> str:
        place = event.place
        person = (place.kind == "offer" and event.digits in _PERSON_KEYS) or (
            place.kind == "record" and event.digits == "0"
        )
        if person:
            return say(place.language or "en", "agent")
        if event.recording:
            return Calls._key_of_record(event)
        if place.one and event.digits == "0":
            return "10"
        if place.one == 2 and event.digits == "1":
            return "1"
        if place.one == 1 and event.digits.isdigit():
            return f"1{event.digits}"
        return event.digits.rstrip("#") or event.speech

    @staticmethod
    async def _picked(event: Event, receiver: Converser) -> dict[str, Any] | None:
        asked = await receiver.open_question(PROVIDER, event.address)
        prompt = next((m.prompt for m in asked.messages if m.prompt is not None), None)
        if prompt is None or prompt.question != event.place.question:
            return None
        table = render.key_table(prompt)
        keys = event.digits.rstrip("#")
        if prompt.form != "multi_choice":
            return {"question": prompt.question, "value": table[keys].value} if keys in table else None
        pressed = list(dict.fromkeys(keys)) if max(map(len, table)) == 1 else keys.split("*")
        if not pressed or any(key not in table for key in pressed):
            return None
        return {"question": prompt.question, "value": [table[key].value for key in pressed]}

    def _one_or_ten(self, event: Event, line: Line) -> str | None:
        """On a scale to 10 a 1 may be the beginning of a 10. Every other key is an answer at once. Who was asked for
        patience has answered already."""
        place = event.place
        if place.kind != "scale" or event.speech or place.waited:
            return None
        same = replace(line, place=replace(place, silent=0))
        if not place.one and event.digits == "1" and place.ten:
            return render.second_key(same, asked=False)
        if place.one == 1 and not event.digits:
            return render.second_key(same, asked=True)
        return None

    async def _silence(self, event: Event, line: Line, receiver: Converser) -> str:
        """Ask again with more help, twice; then a friendly end. What was answered is kept."""
        silent = event.place.silent + 1
        if event.place.kind in ("free", "offer"):
            return render.end(line, self._goodbye(line))
        if silent >= limits.SILENCES:
            return render.end(line, say(line.language, "goodbye_kept"))
        asked = await receiver.open_question(PROVIDER, event.address)
        line = self._line(event, asked.language)
        return render.ask(line, asked, silent=silent)

    def _next(self, event: Event, line: Line, heard: Heard) -> str:
        """What follows once the conversation has decided."""
        said = render.spoken(heard.messages)
        if heard.owner == "human":
            return self._person(line, heard)
        if heard.moved and not heard.survey_open:
            return render.end(line, *said)
        if heard.survey_open:
            return render.ask(line, heard)
        if any(m.role == "ending" for m in heard.messages) or event.place.kind == "again":
            if heard.case_opened and self._team_answers():
                return render.offer(line, heard.messages)
            return render.end(line, *said, self._goodbye(line))
        if not said:
            return render.end(line, self._goodbye(line))
        return render.ask(line, heard)

    @staticmethod
    def _goodbye(line: Line) -> str:
        """Nobody is thanked for calling whom we have called."""
        return say(line.language, "goodbye_placed" if line.place.key else "goodbye")

    def _person(self, line: Line, heard: Heard) -> str:
        if self._team_answers():
            return render.dial(line, heard.messages, self._settings.team_number, self._settings.sender)
        return render.end(line, *render.spoken(heard.messages), say(line.language, "called_back"))

    def _team_answers(self) -> bool:
        return bool(self._settings.team_number) and self._settings.hours.open_at(self._now())

    def _after_dial(self, event: Event, line: Line) -> str:
        """The talk with the team is over, or nobody took it."""
        answered = event.dialled in ("completed", "answered")
        return render.end(line, self._goodbye(line) if answered else say(line.language, "nobody"))

    async def _machine(self, event: Event, line: Line, receiver: Converser) -> str:
        await receiver.status(self._unreached(event, "machine"))
        words = [say(line.language, "machine")] if self._settings.message_on_machine else []
        return render.end(line, *words)

    @staticmethod
    def _unreached(event: Event, why: str) -> DeliveryStatus:
        return DeliveryStatus(PROVIDER, event.call, "unreached", why, event.place.key)

    def _patience(self, event: Event, line: Line, why: str, *, again: bool = False) -> str:
        """Ask Twilio to come back: with the same message, or (`again`) for the open question."""
        self._counters[why] += 1
        if event.place.waited >= limits.PATIENCE:
            return render.end(line, say(line.language, "give_up"))
        same = replace(event.place, kind="again") if again and event.place.step else event.place
        words = say(line.language, "sorry" if again else "moment")
        return render.wait(replace(line, place=same), words)

    async def ended(self, event: Event, receiver: Converser) -> None:
        """A call's status. Only its end means something to us."""
        if event.status not in OVER:
            self._counters["ignored"] += 1
            return
        self._counters["status"] += 1
        if event.place.key:
            reached = event.status == "completed" and not event.machine
            why = "machine" if event.machine else event.status
            status = DeliveryStatus(PROVIDER, event.call, "delivered", key=event.place.key)
            await receiver.status(status if reached else self._unreached(event, why))
        await receiver.call_ended(PROVIDER, event.address, event.call)
