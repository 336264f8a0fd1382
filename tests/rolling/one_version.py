# ruff: noqa: E402
"""One version of the conductor around a database, told what to do line by line. Run in the folder of the version that
is meant; uses only what both have. Each line is JSON: ["say", text], ["take", agent], ["reply", agent, text],
["back", agent], ["send"]: only what is due; each answer is a JSON list of the texts that were sent."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bot.rasa_glue import lean_import

lean_import.install()

from bot.bootstrap import Conductor, use
from bot.rasa_glue.agent import load_agent
from bot.rasa_glue.training import ROOT, ensure_model
from bot.settings import load_settings
from channels.contract import Inbound


class Provider:
    remembers_keys = True

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, channel: str, address: str, message: Any, key: str) -> str:
        prompt = message.prompt
        self.sent.append(f"[{prompt.question}] {message.text}" if prompt else message.text)
        return f"theirs-{key}"


async def main(url: str, prefix: str) -> None:
    provider = Provider()
    agent = load_agent(ensure_model(), ROOT / "endpoints.yml")
    here = Conductor(load_settings(database_url=url), agent, senders={"web": provider})
    await here.prepare()
    use(here)
    number, seen = 0, 0
    print(json.dumps([str(ROOT)]), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        what, *with_ = json.loads(line)
        conversation = await here.ensure_conversation("web", "sms", "ada", "en")
        if what == "say":
            number += 1
            assert await here.accept(Inbound("web", "sms", f"{prefix}{number}", "ada", with_[0], language="en"))
        elif what == "take":
            await here.takeover.claim(conversation, with_[0])
        elif what == "reply":
            await here.takeover.reply(conversation, *with_)
        elif what == "back":
            await here.takeover.hand_back(conversation, with_[0])
        await here.settle()
        print(json.dumps(provider.sent[seen:]), flush=True)
        seen = len(provider.sent)
    use(None)
    await here.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
