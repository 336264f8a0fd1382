"""The phones of the playground: at local providers, where `conductor serve` brought some along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic import Blueprint, Sanic

from bot.console.playground.asking import Ask, Missing
from channels.contract import CHANNELS

if TYPE_CHECKING:
    from channels.local.phone import Phone
    from channels.local.providers import LocalProviders

OFF = (
    "This channel is connected to its real provider, so its phone is off here: nothing pretends to be a customer of a "
    "live set-up. Use your own phone, or start without its variables."
)
_brought: LocalProviders | None = None


def bring(providers: LocalProviders | None) -> None:
    """What the server of this process runs with. Called before it starts."""
    global _brought
    _brought = providers


def phone_of(app: Sanic, channel: str) -> Phone | None:
    """The phone at the channel's local provider; None: it talks to the house directly. Raises Missing when the real
    provider is connected."""
    providers: LocalProviders | None = getattr(app.ctx, "local_providers", None)
    if providers is None:
        return None
    if channel in providers.off:
        raise Missing(OFF)
    return providers.phones.get(channel)


def modes(app: Sanic) -> dict[str, str]:
    """Channel → "local", "direct" or "off"."""
    providers: LocalProviders | None = getattr(app.ctx, "local_providers", None)
    if providers is None:
        return dict.fromkeys(CHANNELS, "direct")
    return {c: "off" if c in providers.off else "local" if c in providers.phones else "direct" for c in CHANNELS}


def mount(blueprint: Blueprint) -> None:
    """The local providers run while the server does: before the first message can go out, after the last one has."""

    @blueprint.listener("before_server_start")
    async def start(app: Sanic, loop: Any) -> None:
        global _brought
        app.ctx.local_providers, _brought = _brought, None  # they are this server's, and no other's
        if app.ctx.local_providers is not None:
            await app.ctx.local_providers.start()

    @blueprint.listener("after_server_stop")
    async def stop(app: Sanic, loop: Any) -> None:
        if app.ctx.local_providers is not None:
            await app.ctx.local_providers.stop()


async def do(phone: Phone, address: str, ask: Ask) -> bool:
    """What the customer does with the phone. False: it was done already. Raises Missing, and NotTaken."""
    what, deed = ask.text("do"), ask.text("deed")
    if what == "say":
        return await phone.say(address, ask.text("text", 20_000), deed)
    if what == "press":
        return await phone.press(address, ask.text("message"), ask.texts("labels"), deed)
    alone = {"answer", "decline", "hang_up", "stay_silent", "close", "visit"}
    if what in alone and hasattr(phone, what):
        await getattr(phone, what)(address)
        return True
    if what == "fill" and hasattr(phone, "fill"):
        await phone.fill(address, ask.texts("answer", limit=4000))
        return True
    if what == "key" and hasattr(phone, "key"):
        await phone.key(address, ask.text("key", 1))
        return True
    raise Missing(
        "`do` is say, press; on a telephone answer, decline, hang_up, stay_silent, key; in Slack fill, close, visit."
    )
