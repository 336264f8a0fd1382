"""What happened on the channels of late, from the database, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.bootstrap import SystemClock
from bot.cli.moments import in_utc
from bot.cli.place import must_exist
from bot.errors import ConductorError
from bot.settings import load_settings
from bot.storage.channel_news import DAYS, News, channel_news
from bot.storage.migrate import status

PENDING = "The database has to be migrated before its messages can be shown: run 'conductor db migrate'."


def news(providers: Sequence[str]) -> tuple[Mapping[str, News], str]:
    """Each provider's news, or none with the sentence that says why: no database yet, out of reach, not migrated."""
    try:
        settings = load_settings()
        must_exist(settings)
        if status(settings.database_url).pending:
            return {}, PENDING
        return channel_news(settings.database_url, providers, SystemClock().now()), ""
    except ConductorError as error:
        return {}, f"No messages are shown: {error}"


def in_words(news: News) -> Iterator[str]:
    """Lines for the terminal; none for a channel on which nothing ever happened."""
    if news.out_of_order:
        yield f"OUT OF ORDER, its messages wait: {news.out_of_order}"
    if news.last_in or news.last_out or news.letters:
        yield f"last message in: {when(news.last_in) or 'never'}"
        yield f"last message out: {when(news.last_out) or f'none in {DAYS} days'}"
    if news.letters:
        counted = ", ".join(f"{number} {status}" for status, number in sorted(news.letters.items()))
        yield f"sent in {DAYS} days: {counted}"


def when(at: str) -> str:
    """A stored time for people; "" for none."""
    return in_utc(at) if at else ""
