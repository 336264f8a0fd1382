"""The only place where the parts are wired. `Conductor` is a running installation; `attach` mounts it on Rasa's
server; `use` tells the Rasa actions of this process which one is theirs."""

from __future__ import annotations

from bot.bootstrap.actions_house import direct, house, use
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.conductor import Conductor
from bot.bootstrap.configured import desk_of, faq_of
from bot.bootstrap.mounting import attach, detach, leave
from bot.bootstrap.publishing import publish_folder

__all__ = [
    "Conductor",
    "SystemClock",
    "attach",
    "desk_of",
    "detach",
    "direct",
    "faq_of",
    "house",
    "leave",
    "publish_folder",
    "use",
]
