"""Which voice speaks a language and which one the recogniser listens for.

Voices: Amazon Polly neural voices, https://www.twilio.com/docs/voice/twiml/say/text-speech#available-voices-and-languages;
recogniser: https://www.twilio.com/docs/voice/twiml/gather#languagetags. All of them stand in Twilio's published types
(`twiml_types.json`); no live account was tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Tongue:
    """`locale` for <Say> and <Gather>, `voice` for <Say>. `transcribed`: Twilio's <Record> writes it down (English
    only: https://www.twilio.com/docs/voice/twiml/record#transcribe)."""

    locale: str
    voice: str
    transcribed: bool = False


TONGUES: Mapping[str, Tongue] = MappingProxyType(
    {
        "en": Tongue("en-US", "Polly.Joanna-Neural", transcribed=True),
        "de": Tongue("de-DE", "Polly.Vicki-Neural"),
        "fr": Tongue("fr-FR", "Polly.Lea-Neural"),
        "es": Tongue("es-ES", "Polly.Lucia-Neural"),
        "it": Tongue("it-IT", "Polly.Bianca-Neural"),
        "nl": Tongue("nl-NL", "Polly.Laura-Neural"),
        "pt": Tongue("pt-PT", "Polly.Ines-Neural"),
        "pl": Tongue("pl-PL", "Polly.Ola-Neural"),
    }
)


def tongue(language: str) -> Tongue:
    """How `language` is spoken; English where we have no voice for it."""
    return TONGUES.get(language, TONGUES["en"])
