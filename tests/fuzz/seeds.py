"""Where fuzzing begins: real-shaped deliveries, definitions and tables of the repository, and what was kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
"""`corpus/<door>/*`: inputs that found something once."""

_FORM = {"Body": "9", "From": "+491512345678", "To": "+4930123", "MessageSid": "SM" + "0" * 32, "NumMedia": "0"}
_CALL = {"CallSid": "CA" + "0" * 32, "From": "+491512345678", "To": "+4930123", "CallStatus": "in-progress"}
_HEARD = {**_CALL, "SpeechResult": "nine", "Confidence": "0.9", "Digits": "9", "Direction": "inbound"}


def seeds(door: str) -> list[bytes]:
    return [*_given(door), *(file.read_bytes() for file in sorted((CORPUS / door).glob("*")))]


def _given(door: str) -> Iterator[bytes]:
    form, call = urlencode(_FORM).encode(), urlencode(_HEARD).encode()
    if door in ("slack_json", "telegram", "slack_form"):
        for file in sorted((ROOT / "channels" / door.partition("_")[0] / "payloads").glob("*.json")):
            case = json.loads(file.read_text())
            data = json.dumps(case.get("update") or case.get("payload") or case.get("body") or case)
            yield urlencode({"payload": data}).encode() if door == "slack_form" else data.encode()
    elif door == "web":
        yield b'{"message_id": "m1", "channel": "sms", "sender": "ada", "text": "9", "picked": {"value": 9}}'
    elif door in ("sms", "whatsapp"):
        yield form
        yield form + b"&MediaUrl0=x&MediaContentType0=audio%2Fogg&Latitude=1.0&ButtonPayload=P&ProfileName=A"
    elif door.startswith("voice"):
        yield b"step=1&silent=0&question=score&kind=scale&ten=1" if door == "voice_address" else call
        yield call + b"&RecordingSid=RE" + b"0" * 32 + b"&TranscriptionText=hello&AnsweredBy=human&CallStatus=busy"
    elif door.endswith("signature"):
        yield b"v0=abc 1700000000\n" + form
    elif door == "link_code":
        yield b"LINK ABCD-EFGH-JKMN"
    elif door == "survey":
        yield from (file.read_bytes() for file in sorted((ROOT / "survey_flows/definitions").glob("*.yml")))
    else:
        yield b"key,title,answer,phrasing\nhours,Hours,We open at 9.,When do you open?|Opening hours\n"
