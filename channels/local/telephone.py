"""Telephones at the local Twilio: rung by us, or ringing our number; TwiML is what the customer hears."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.local.phone import Line, NotTaken, Now, Phone, fictional_number, utc, words
from channels.twilio_voice.local_provider import Call, LocalTelephone

_FICTION = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
_KEYS = re.compile(r"[0-9*#]")


@dataclass
class Receiver:
    """One customer's telephone. `keys` were pressed and are not sent yet; `heard` counts what was spoken and shown."""

    call: Call | None = None
    ringing: bool = False
    keys: str = ""
    heard: int = 0
    waiting: asyncio.Task[None] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TelephonePhone(Phone):
    """Calls. A key is sent when the TwiML's Gather says so: after so many digits, its last key, or its silence."""

    provider, channel = "twilio_voice", "voice"

    def __init__(self, telephone: LocalTelephone, now: Now = utc) -> None:
        super().__init__(now)
        self.telephone = telephone
        self._receivers: dict[str, Receiver] = {}
        self._number = 0
        telephone.twilio.server.told.append(self._look)

    def meet(self) -> str:
        return fictional_number(self._threads)

    def ours(self, address: str) -> bool:
        return _FICTION.fullmatch(address) is not None

    # What the customer does

    async def answer(self, address: str) -> None:
        """Take the call, or ring our number when nobody rings."""
        receiver = self._receiver(address)
        async with receiver.lock:
            receiver.keys, receiver.heard = "", 0
            if receiver.ringing:
                receiver.ringing = False
                self._take_out(address)
                self.telephone.picks.appendleft("person")
                receiver.call = await self._going(self.telephone.answer())
            else:
                receiver.call = await self._going(self.telephone.ring(address))
            self._hear(address)

    async def decline(self, address: str) -> None:
        """Don't take the call: the line is busy."""
        receiver = self._receiver(address)
        if receiver.ringing:
            receiver.ringing = False
            self._take_out(address)
            self.telephone.picks.appendleft("busy")
            await self._going(self.telephone.answer())
        self._changed(address)

    async def hang_up(self, address: str) -> None:
        """End the call."""
        receiver = self._receiver(address)
        self._still(receiver)
        if receiver.call is not None and not receiver.call.over:
            await self._going(receiver.call.hang_up())
        self._changed(address)

    async def key(self, address: str, key: str) -> None:
        """Press one key of the keypad."""
        receiver = self._receiver(address)
        if not _KEYS.fullmatch(key):
            raise NotTaken("A telephone has the keys 0 to 9, * and #.")
        async with receiver.lock:
            verb = receiver.call.asks if receiver.call is not None else None
            if verb is None:
                return
            self._still(receiver)
            if verb.tag == "Record":
                if key in verb.get("finishOnKey", ""):
                    await self._spoken(address, receiver, "", key)
                return
            receiver.keys += key
            most, end = int(verb.get("numDigits", "0")), verb.get("finishOnKey", "#")
            if key == end or len(receiver.keys) == most:
                await self._send_keys(address, receiver)
            else:
                self._later(address, receiver, float(verb.get("timeout", "5")))
            self._changed(address)

    async def stay_silent(self, address: str) -> None:
        """Neither press nor say anything until the TwiML goes on."""
        receiver = self._receiver(address)
        async with receiver.lock:
            if receiver.call is not None and receiver.call.asks is not None:
                await self._going(receiver.call.stay_silent())
                self._hear(address)

    async def _say(self, address: str, text: str) -> int:
        """Speak: to the recogniser, or onto the recording where one is made."""
        receiver = self._receiver(address)
        async with receiver.lock:
            self._still(receiver)
            verb = receiver.call.asks if receiver.call is not None else None
            if receiver.call is None or verb is None:
                raise NotTaken("Nobody is listening: there is no call.")
            if verb.tag == "Record":
                await self._spoken(address, receiver, text, "#")
            else:
                self._mine(address, text)
                await self._going(receiver.call.say(text))
                self._hear(address)
        return 200

    async def _press(self, address: str, message: str, labels: Sequence[str]) -> int:
        for key in labels:
            await self.key(address, key)
        return 200

    # What happens then

    async def _spoken(self, address: str, receiver: Receiver, text: str, key: str) -> None:
        """End a recording with `key`. Its transcript comes behind it, where the TwiML orders one."""
        assert receiver.call is not None
        self._mine(address, text or key)
        await self._going(receiver.call.record(text, key=key, transcript=bool(text)))
        self._hear(address)

    async def _send_keys(self, address: str, receiver: Receiver) -> None:
        keys, receiver.keys = receiver.keys, ""
        assert receiver.call is not None
        self._mine(address, keys)
        await self._going(receiver.call.press(keys))
        self._hear(address)

    def _later(self, address: str, receiver: Receiver, seconds: float) -> None:
        """After so long without another key, what was pressed is sent."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            receiver.waiting = None
            async with receiver.lock:
                if receiver.call is None or receiver.call.asks is None:
                    return
                if receiver.keys:
                    await self._send_keys(address, receiver)
                else:
                    await self._going(receiver.call.stay_silent())
                    self._hear(address)

        receiver.waiting = asyncio.create_task(wait())

    @staticmethod
    def _still(receiver: Receiver) -> None:
        if receiver.waiting is not None:
            receiver.waiting.cancel()
            receiver.waiting = None

    def _hear(self, address: str) -> None:
        """Shows what was spoken since. A Gather that says nothing waits for the second key of a 10: it ends by
        itself."""
        receiver = self._receivers[address]
        call = receiver.call
        assert call is not None
        for text in call.said[receiver.heard :]:
            self._line(address, "out", text)
        receiver.heard = len(call.said)
        for number in call.dialled[len([1 for line in self._threads[address].lines if line.ref == call.sid]) :]:
            self._line(address, "out", f"☎ {number}", call.sid)
        if call.asks is not None and call.asks.tag == "Gather" and call.asks.find("Say") is None:
            self._later(address, receiver, float(call.asks.get("timeout", "5")))
        self._changed(address)

    def _mine(self, address: str, text: str) -> None:
        self._line(address, "in", text)

    def _line(self, address: str, direction: str, text: str, ref: str = "") -> None:
        self._number += 1
        content = words(text) if direction == "out" else {"text": text}
        self._keep(address, Line(f"call-{self._number}", direction, self._at(), lambda: content, ref))

    async def _going(self, work: Any) -> Any:
        """What the local telephone complains about is our TwiML, or nothing waits for what was done."""
        try:
            return await work
        except AssertionError as complaint:
            raise NotTaken(str(complaint)) from complaint

    def _receiver(self, address: str) -> Receiver:
        return self._receivers.setdefault(address, Receiver())

    def _look(self, request: web.Request, status: int) -> None:
        """A call that was placed rings."""
        for form in self.telephone.placed:
            address = form.text("To")
            receiver = self._receiver(address)
            if not receiver.ringing:
                receiver.ringing = True
                self._changed(address)

    def _take_out(self, address: str) -> None:
        """The telephone answers the oldest call: this customer's becomes that."""
        placed = self.telephone.placed
        mine = next(form for form in placed if form.text("To") == address)
        placed.remove(mine)
        placed.insert(0, mine)

    def state(self, address: str) -> dict[str, Any]:
        receiver = self._receiver(address)
        call = receiver.call
        on = call is not None and not call.over
        state = "on" if on else "ringing" if receiver.ringing else "over" if call is not None else "idle"
        verb = call.asks if call is not None and on else None
        waits = {"Gather": "keys", "Record": "record"}.get(verb.tag, "") if verb is not None else ""
        return {"call": {"state": state, "waits": waits, "keys": receiver.keys, "id": call.sid if call else ""}}
