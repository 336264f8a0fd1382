"""Writes `channels/twilio_voice/twiml_types.json` anew from Twilio's published types, for the verbs that we use:

npm pack twilio && tar xzf twilio-*.tgz
python -m tests.channels.twilio_voice.write_twiml_types package
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from channels.twilio_voice.twiml_rules import TYPES

USED = ("Say", "Pause", "Redirect", "Gather", "Record", "Dial", "Number")
_PLAIN = ("string", "boolean", "number")


def written(package: Path) -> str:
    """The types of the unpacked npm package `twilio`, as the file holds them."""
    text = (package / "lib/twiml/VoiceResponse.d.ts").read_text(encoding="utf-8")
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    enumerations = {
        name: re.findall('"([^"]+)"', values) for name, values in re.findall(r"type (\w+) = ([^;]+);", text)
    }
    verbs = []
    for verb in USED:
        body = re.search(rf"interface {verb}Attributes {{(.*?)^    }}", text, re.DOTALL | re.MULTILINE)
        assert body, f"the types know no <{verb}>"
        kinds = re.findall(r"^\s+(\w+)\?: ([^;]+);", body[1], re.MULTILINE)
        lines = [f"  {json.dumps(name)}: {json.dumps(_kind(kind, enumerations))}" for name, kind in kinds]
        verbs.append(f" {json.dumps(verb)}: {{\n" + ",\n".join(lines) + "\n }")
    source = f"https://www.npmjs.com/package/twilio {version} (MIT), lib/twiml/VoiceResponse.d.ts"
    return f'{{"source": {json.dumps(source)}, "verbs": {{\n' + ",\n".join(verbs) + "\n}}\n"


def _kind(kind: str, enumerations: dict[str, list[str]]) -> object:
    """ "string", "boolean", "number"; or {"one of": […]}, {"some of": […]} where several may stand."""
    bare = kind.removesuffix("[]")
    if bare in _PLAIN:
        return bare
    return {"some of" if kind.endswith("[]") else "one of": enumerations[bare]}


if __name__ == "__main__":
    TYPES.write_text(written(Path(sys.argv[1])), encoding="utf-8")
