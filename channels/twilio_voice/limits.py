"""What Twilio Voice can take, as data with sources."""

from __future__ import annotations

PROVIDER = "twilio_voice"
CHANNEL = "voice"

SAY_LIMIT = 4096
"""Characters of one <Say>. https://www.twilio.com/docs/voice/twiml/say#limits-and-considerations"""
TWIML_LIMIT = 64 * 1024
"""Bytes of a document. https://www.twilio.com/docs/api/errors/12100"""
SAY_MARKUP = 64
"""Bytes that <Say voice=… language=…> itself takes, at most (the longest voice's name among `languages`)."""
WORDS_LIMIT = 48 * 1024
"""Bytes of messages in a document: the rest is for the question, its choices and our own words."""
HINTS_LIMIT = 500
"""Phrases of one <Gather>'s hints, each of at most 100 characters.
https://www.twilio.com/docs/voice/twiml/gather#hints"""
HINT_LIMIT = 100

ANSWER_SECONDS = 8.0
"""How long a webhook waits for the conversation before it asks Twilio for patience. Twilio itself waits 15 s:
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"""
PATIENCE = 3
"""Rounds of waiting before we give up with an apology."""

SILENCE_SECONDS = 6
"""Seconds without a key or a word, after the question, until it is asked again (Twilio's default is 5)."""
SECOND_KEY_SECONDS = 2
"""Seconds to wait, after a 1, for the 0 of a 10."""
LAST_KEY_SECONDS = 4
"""Seconds after the last key of an answer of unknown length, for who does not press the hash key."""
SILENCES = 3
"""The third silence in a row ends the call."""
RECORD_SECONDS = 120
"""The longest recorded answer; Twilio transcribes 2 to 120 seconds.
https://www.twilio.com/docs/voice/twiml/record#transcribe"""
RECORD_BYTES = 4_000_000
"""Of a recording: `RECORD_SECONDS` of 16-bit sound at 8 kHz are half of it."""
RING_SECONDS = 25
"""How long we let a telephone ring: before most voice mailboxes answer."""
DIAL_SECONDS = 20
"""How long the team's telephone rings before the caller is promised a call back."""

HIDDEN_NUMBERS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+7748283"})
"""What stands as the number of callers who hide theirs: anonymous, restricted, blocked, unknown, unavailable and
private, spelled on a keypad. From Twilio's help, "calls from strange numbers" (widely known; not verified here)."""

PER_SECOND = 1
"""Calls that an account may begin, unless Twilio raised it. https://www.twilio.com/docs/glossary/cps"""
