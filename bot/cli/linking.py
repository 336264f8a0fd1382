"""What `conductor link` does, apart from its options."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.cli.opened import opened
from bot.connected import PROVIDERS
from bot.errors import ConductorError
from bot.outreach.codes import WORD
from bot.outreach.invitee import normal_address, normal_external_id, normal_language
from bot.outreach.linking import Linking
from bot.storage.links import SqlLinks
from channels import links as draw
from channels.contract import SendError


@dataclass(frozen=True)
class Wanted:
    """For whom a code is, and what it does. `place`: channel and address."""

    external_id: str | None
    place: tuple[str, str] | None
    name: str | None
    language: str | None
    survey: str | None
    days: int


async def code_for(wanted: Wanted) -> tuple[str, str]:
    """A new code, and until when it can be used. Raises ConductorError."""
    async with opened() as house:
        if wanted.survey:
            await house.catalogue.live(wanted.survey)
        place = wanted.place
        if place is not None:
            place = place[0], normal_address(*place, house.settings.default_region)
        store, now = SqlLinks(house.database), house.clock.now()
        external_id, language = normal_external_id(wanted.external_id), normal_language(wanted.language)
        contact = await store.contact(external_id, place, wanted.name, language, now)
        return await Linking(store, secrets.token_bytes).make(contact, wanted.survey, wanted.days, now)


async def links(code: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Channel → how a customer brings the code there, for the channels that are connected in this environment."""
    said = f"{WORD} {code}"
    ways: dict[str, str] = {}
    for provider in PROVIDERS:
        settings = provider.settings(environment)
        if settings is None:
            continue
        if provider.name == "telegram":
            ways["telegram"] = draw.telegram(await _bot_name(settings), code)
        elif provider.name == "twilio_whatsapp":
            ways["whatsapp"] = draw.whatsapp(environment["TWILIO_WHATSAPP_FROM"], said)
        elif provider.name == "twilio_sms" and (number := environment.get("TWILIO_SMS_FROM", "")).startswith("+"):
            ways["sms"] = draw.sms(number, said)
        elif provider.name == "slack":
            ways["slack"] = f'write "{said}" to the app'
    return ways


async def _bot_name(settings: object) -> str:
    """The bot's name, asked of Telegram. Raises ConductorError."""
    from channels.telegram.client import TelegramClient

    client = TelegramClient(settings)  # type: ignore[arg-type]
    try:
        return await client.user_name()
    except (SendError, TimeoutError) as error:
        raise ConductorError(
            f"Telegram does not say what the bot is called: {error}", "Check TELEGRAM_BOT_TOKEN and the network."
        ) from error
    finally:
        await client.close()


def drawable(environment: Mapping[str, str], wanted: str | None, can: Sequence[str]) -> str:
    """Whose link a QR code can hold: `wanted`, else the first of `can` that is connected. Raises ConductorError, before
    a code is made."""
    there = {provider.name for provider in PROVIDERS if provider.settings(environment) is not None}
    there = {name.removeprefix("twilio_") for name in there}
    if not environment.get("TWILIO_SMS_FROM", "").startswith("+"):
        there.discard("sms")  # nobody can write to a Messaging Service
    connected = [channel for channel in can if channel in there]
    if not connected or (wanted and wanted not in connected):
        raise ConductorError(
            f"There is no link for {wanted or 'a QR code'}: "
            + ("it is not connected here." if wanted else "no channel that has one is connected here."),
            f"Choose one that is connected with --on: {', '.join(connected)}."
            if connected
            else "'conductor channels' says what is missing; without --qr the code alone is made.",
        )
    return wanted or connected[0]


def drawn(ways: Mapping[str, str], channel: str, file: Path) -> str:
    """Write the link of a channel that is `drawable` as a QR code; returns a sentence."""
    import segno

    segno.make(ways[channel], error="m", micro=False).save(str(file), scale=8)
    return f"{file} holds the link for {channel}."
