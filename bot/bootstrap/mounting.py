"""The conductor on Rasa's own server; `bot/console/mount.py` calls these."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from bot.bootstrap.actions_house import use
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.conductor import Conductor
from bot.bootstrap.configured import faq_of
from bot.conversation.chores import Chores
from bot.conversation.faults import arm
from bot.conversation.spooling import Porch
from bot.running_model import swapping
from bot.settings import Settings, load_settings
from channels.arrival import arrival_of


async def attach(app: Any) -> None:
    """Wire a conductor around the agent that Rasa loaded, and start it. Idempotent."""
    if getattr(app.ctx, "conductor", None) is not None:
        return
    settings = _listening(load_settings(), app)
    arm(settings.fault)
    if settings.actions_url:  # it may stand in .env; bot.rasa_glue.in_process_actions looks into the environment
        os.environ.setdefault("CONDUCTOR_ACTIONS_URL", settings.actions_url)
    agent, watch = swapping(app, settings, SystemClock())
    conductor = Conductor(settings, agent)
    arrival_of(app).porch = Porch(conductor.spooling)
    await conductor.prepare()
    use(conductor)
    app.ctx.conductor = conductor
    app.ctx.receiver = conductor
    arrival_of(app).come(conductor)
    await conductor.start()
    from bot.labelling import label_chore  # NumPy: commands need none

    app.ctx.labelling = label_chore(conductor.database, settings.themes)

    async def label() -> int:
        """One server of several does it."""
        leads = conductor.together is None or await conductor.together.crew.leads("labels")
        return await app.ctx.labelling.look() if leads else 0

    async def follow() -> int:
        """With another model come other entries: their titles and days are read anew."""
        changed = await watch.look()
        if changed:
            conductor.handler.faq = await asyncio.to_thread(faq_of, conductor.settings)
        return changed

    app.ctx.beside = Chores([follow, label])
    app.ctx.beside.start()


def _listening(settings: Settings, app: Any) -> Settings:
    """`settings` with the address that the server really listens on: `rasa run` takes all of them and does not ask
    ours, and the playground must know."""
    host = getattr(getattr(app, "state", None), "host", None)
    return settings.copy(update={"host": host}) if host else settings


async def detach(app: Any) -> None:
    """Finish what is in flight, and begin nothing more. From the first moment on it is not ready; webhooks that come
    nevertheless (it listens until this is over, and longer) are still committed, for others or the next start to
    handle: not every provider delivers again."""
    conductor: Conductor | None = getattr(app.ctx, "conductor", None)
    if conductor is not None:
        app.ctx.draining = True
        await app.ctx.beside.stop()
        await app.ctx.labelling.stop()
        await conductor.finish()  # the actions of turns in flight still use it


async def leave(app: Any) -> None:
    """Close what is left, once nobody listens any more."""
    conductor: Conductor | None = getattr(app.ctx, "conductor", None)
    if conductor is not None:
        app.ctx.conductor = app.ctx.receiver = None
        use(None)
        await conductor.close()
