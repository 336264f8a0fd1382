"""Published surveys. A response ends with the definition that it began with, whatever is published meanwhile."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ConductorError
from bot.storage.engine import Database
from bot.storage.tables import surveys
from survey_flows.loader import load_survey
from survey_flows.model import Survey

_LIVE = sa.select(surveys.c.fingerprint).where(surveys.c.key == sa.bindparam("survey"), surveys.c.live)
_ANY = sa.select(surveys.c.key).limit(1)


class UnknownSurvey(ConductorError):
    """No such survey is published."""


@dataclass(frozen=True)
class Published:
    """One live survey, as lists show it. `changed`: this call made it live. `replaced`: the version (fingerprint) that
    was live until this call, and since when; None where there was none."""

    survey: Survey
    published_at: str
    changed: bool = False
    replaced: tuple[str, str] | None = None


LOCK = 0x5EC2
"""Number of PostgreSQL's advisory lock, see `bot/storage/migrate.py`."""


class SqlCatalogue:
    """Implements `bot.conversation.ports.Catalogue`. Versions never change, so each is loaded once per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._versions: dict[str, Survey] = {}

    async def live(self, key: str) -> Survey:
        async with self._database.fast_read() as connection:
            fingerprint = (await connection.execute(_LIVE, {"survey": key})).scalar()
        if fingerprint is None:
            raise await self._unknown(key)
        return await self.version(fingerprint)

    async def version(self, fingerprint: str) -> Survey:
        known = self._versions.get(fingerprint)
        if known is not None:
            return known
        query = sa.select(surveys).where(surveys.c.fingerprint == fingerprint)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            raise UnknownSurvey(f"No version {fingerprint} of any survey is published.")
        survey = load_survey(row["source"], filename=f"{row['key']}.yml", resolve=_from(json.loads(row["parts"])))
        self._versions[fingerprint] = survey
        return survey

    async def check(self, source: str, filename: str, beside: Path | None = None) -> Survey:
        """Load a definition as `publish` would, without changing anything. Raises SurveyError with all its mistakes."""
        return load_survey(source, filename=filename, resolve=_collecting({}, await self._sources(), beside))

    async def publish(self, source: str, now: str, filename: str = "<text>", beside: Path | None = None) -> Published:
        """Make a definition live. The running version stays live when it has mistakes: raises SurveyError with all
        of them."""
        parts: dict[str, str] = {}
        published = await self._sources()
        survey = load_survey(source, filename=filename, resolve=_collecting(parts, published, beside))
        async with self._database.write() as connection:
            before = await _replaced_by(connection, survey)
            changed = await _make_live(connection, survey, source, parts, now)
        return Published(survey, now, changed, before)

    async def empty(self) -> bool:
        """Whether no version of any survey was ever published."""
        async with self._database.read() as connection:
            return (await connection.execute(_ANY)).first() is None

    async def publish_first(self, sources: Sequence[tuple[Path, str]], now: str, beside: Path) -> None:
        """Make these definitions (file, text) live where no survey ever was; all of them or none, whichever of several
        servers comes first. Raises SurveyError."""
        loaded = []
        for file, source in sources:
            parts: dict[str, str] = {}
            survey = load_survey(source, filename=str(file), resolve=_collecting(parts, {}, beside))
            loaded.append((survey, source, parts))
        async with self._database.write() as connection:
            await _one_at_a_time(connection)
            if (await connection.execute(_ANY)).first() is None:
                for survey, source, parts in loaded:
                    await _make_live(connection, survey, source, parts, now)

    async def published(self) -> list[Published]:
        """All live surveys, by key."""
        query = sa.select(surveys.c.fingerprint, surveys.c.published_at).where(surveys.c.live).order_by(surveys.c.key)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [Published(await self.version(fingerprint), at) for fingerprint, at in rows]

    async def _sources(self) -> dict[str, str]:
        query = sa.select(surveys.c.key, surveys.c.source).where(surveys.c.live)
        async with self._database.read() as connection:
            return {row.key: row.source for row in await connection.execute(query)}

    async def _unknown(self, key: str) -> UnknownSurvey:
        known = sorted(await self._sources())
        near = difflib.get_close_matches(key, known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        return UnknownSurvey(f"There is no published survey named {key!r}.{hint}", f"Published: {', '.join(known)}.")


async def _replaced_by(connection: AsyncConnection, survey: Survey) -> tuple[str, str] | None:
    """The live version that this one takes the place of, and since when it is live. Nobody publishes in between."""
    await _one_at_a_time(connection)
    query = sa.select(surveys.c.fingerprint, surveys.c.published_at).where(surveys.c.key == survey.key, surveys.c.live)
    row = (await connection.execute(query)).first()
    return None if row is None or row.fingerprint == survey.fingerprint else (row.fingerprint, row.published_at)


async def _make_live(
    connection: AsyncConnection, survey: Survey, source: str, parts: Mapping[str, str], now: str
) -> bool:
    """Returns False when this very version was live already."""
    await _one_at_a_time(connection)
    mine = sa.and_(surveys.c.key == survey.key, surveys.c.fingerprint == survey.fingerprint)
    live = (await connection.execute(sa.select(surveys.c.live).where(mine))).scalar()
    if live:
        return False
    await connection.execute(sa.update(surveys).where(surveys.c.key == survey.key).values(live=False))
    values = {"live": True, "published_at": now}
    if live is None:
        row = {"key": survey.key, "fingerprint": survey.fingerprint, "source": source, "parts": json.dumps(dict(parts))}
        await connection.execute(sa.insert(surveys).values(**row, **values))
    else:
        await connection.execute(sa.update(surveys).where(mine).values(**values))
    return True


async def _one_at_a_time(connection: AsyncConnection) -> None:
    """Several servers start at once, each with the same folder."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _from(parts: Mapping[str, str]) -> Callable[[str], str]:
    return parts.__getitem__


def _collecting(parts: dict[str, str], published: Mapping[str, str], beside: Path | None) -> Callable[[str], str]:
    """Sub-surveys: the file beside this one, else the live version; kept with the survey as they are now."""

    def resolve(key: str) -> str:
        file = beside / f"{key}.yml" if beside else None
        parts[key] = file.read_text(encoding="utf-8") if file and file.exists() else published[key]
        return parts[key]

    return resolve
