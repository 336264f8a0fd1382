"""How long a search in the inbox takes over 100,000 messages: ``python -m benchmarks.inbox_search [DATABASE_URL]``.

5,000 cases (as many as a search looks through) with 20 messages each, in a new database. The baseline is the same
search as one `LIKE` over the columns as they are stored, which finds neither umlauts in capitals nor escaped letters.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time

import sqlalchemy as sa

from bot.storage.case_list import CaseList, Wanted
from bot.storage.engine import Database
from bot.storage.migrate import migrate
from bot.storage.tables import cases, contacts, conversations, inbox, outbox

CASES, EACH = 5_000, 10
NOW = "2026-11-23T12:00:00.000000+00:00"
TEXT = "My parcel came {n} days late and nobody at the counter could tell me anything, Grüße 🙏"
WORDS = {"nothing found": "zeppelin", "found often": "grüße", "found once": "4711x", "two words": "parcel zeppelin"}
ROUNDS = 7


async def fill(database: Database) -> None:
    numbers = range(1, CASES + 1)
    people = [{"id": n, "name": f"Customer {n} Müller", "language": "en", "created_at": NOW} for n in numbers]
    chats = [
        {"id": n, "contact_id": n, "provider": "web", "channel": "web", "address": f"a{n}", "language": "en"}
        | {"created_at": NOW}
        for n in numbers
    ]
    opened = [
        {"id": n, "contact_id": n, "conversation_id": n, "channel": "web", "reason": "asked", "team": "care"}
        | {"priority": "high", "opened_at": NOW, "due_at": NOW}
        for n in numbers
    ]
    said, sent = [], []
    for n in numbers:
        for m in range(EACH):
            text = TEXT.format(n=m) + (" 4711x" if (n, m) == (2500, 5) else "")
            at = {"conversation_id": n, "status": "done"}
            said.append({**at, "provider": "web", "message_id": f"{n}-{m}", "text": text, "received_at": NOW})
            payload = json.dumps({"text": text, "prompt": None, "role": "agent", "sender": "Kim"})
            sent.append(
                {**at, "role": "agent", "payload": payload, "next_attempt_at": NOW, "created_at": NOW, "status": "sent"}
            )
    async with database.write() as connection:
        for table, rows in ((contacts, people), (conversations, chats), (cases, opened), (inbox, said), (outbox, sent)):
            for begin in range(0, len(rows), 1000):
                await connection.execute(sa.insert(table), rows[begin : begin + 1000])


async def milliseconds(database: Database, words: str) -> tuple[float, float]:
    """Median and worst."""
    view, taken = CaseList(database), []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        await view.page(Wanted("Kim", view="all", search=words), NOW)
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken), max(taken)


async def baseline(database: Database, words: str) -> float:
    said = sa.exists().where(inbox.c.conversation_id == cases.c.conversation_id, inbox.c.text.contains(words))
    sent = sa.exists().where(outbox.c.conversation_id == cases.c.conversation_id, outbox.c.payload.contains(words))
    query = sa.select(cases.c.id).where(sa.or_(said, sent)).order_by(cases.c.id.desc()).limit(51)
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        async with database.read(patient=True) as connection:
            (await connection.execute(query)).all()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


async def main(url: str) -> None:
    await asyncio.to_thread(migrate, url)
    database = Database(url)
    await fill(database)
    print(f"{2 * CASES * EACH:,} messages of {CASES:,} cases, {'SQLite' if database.sqlite else 'PostgreSQL'}, ms:")
    print("| search | median | worst | LIKE as stored |\n|---|---|---|---|")
    for name, words in WORDS.items():
        middle, worst = await milliseconds(database, words)
        print(f"| {name} | {middle:.0f} | {worst:.0f} | {await baseline(database, words):.0f} |")
    await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite+aiosqlite:///{folder}/search.db"))
