"""A caller's mouth and the telephone company's ear: espeak-ng speaks, pocketsphinx listens. Both come in wheels, work
without a network, and take tens of milliseconds a sentence."""

from __future__ import annotations

import audioop
import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import espeakng_loader
from pocketsphinx import Decoder

VOICE, WORDS_A_MINUTE = b"en-us+klatt4", 130
"""What this recogniser understands best (measured: 9 of the 11 numbers over a telephone line; six and seven fail)."""
HEARD_AT = 16_000
"""Samples a second that the recogniser's model was trained with."""
LINE = 8_000
"""Samples a second of a telephone line, with 8 bits each (G.711 µ-law)."""
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SYNCHRONOUS, _DO_NOT_EXIT, _RATE, _UTF_8 = 2, 0x8000, 1, 1  # speak_lib.h
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Mouth:
    """Speaks English, as 16-bit samples of a telephone line."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
        assert self._rate > 0, "espeak-ng does not find its data"
        self._samples = bytearray()
        self._callback = _Callback(self._take)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)
        assert self._library.espeak_SetVoiceByName(VOICE) == 0
        self._library.espeak_SetParameter(_RATE, WORDS_A_MINUTE, 0)

    def _take(self, samples: object, count: int, _events: object) -> int:
        if count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return 0

    def say(self, words: str) -> bytes:
        """What the line carries when `words` are said."""
        self._samples.clear()
        text = words.encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF_8, None, None)
        self._library.espeak_Synchronize()
        line, _ = audioop.ratecv(bytes(self._samples), 2, 1, self._rate, LINE, None)
        return audioop.ulaw2lin(audioop.lin2ulaw(line, 2), 2)


@dataclass(frozen=True)
class Ear:
    """Understands what it is told to expect: a Gather's hints. Free speech of this voice it does not understand."""

    def hear(self, line: bytes, hints: Sequence[str]) -> str:
        """The phrase that it was; "" when it was none."""
        decoder = Decoder(samprate=HEARD_AT, loglevel="FATAL", lm=None)
        decoder.add_jsgf_string("hints", f"#JSGF V1.0; grammar hints; public <hint> = {_phrases(hints)};")
        decoder.activate_search("hints")
        sound, _ = audioop.ratecv(line, 2, 1, LINE, HEARD_AT, None)
        silence = bytes(HEARD_AT)  # half a second
        decoder.start_utt()
        decoder.process_raw(silence + sound + silence, full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        return heard.hypstr if heard else ""


def _phrases(hints: Sequence[str]) -> str:
    """The hints as the recogniser's dictionary knows them: in small letters, numbers as words."""
    return " | ".join(NUMBERS[int(hint)] if hint.isdecimal() else hint.lower() for hint in hints)
