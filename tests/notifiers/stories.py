"""A case, as teams are told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.recovery.desk import Notices, Team
from bot.recovery.telling import CaseFile, Notification, Told
from bot.recovery.working_time import WorkingTime
from channels.hours import Hours
from tests.doubles import NOON

TEAM = Team(
    "care",
    {"en": "Customer care", "de": "Kundenservice"},
    WorkingTime(Hours((), ZoneInfo("Europe/Berlin"))),
    notify=Notices(slack=("C0CARE",)),
)
CASE = CaseFile(
    7,
    "new",
    "care",
    "high",
    "whatsapp",
    "score",
    NOON,
    "2026-11-23T13:00:00+00:00",
    "2026-11-24T13:00:00+00:00",
    touchpoint="delivery",
    metric="nps",
    score=2.0,
    band="detractor",
    verbatim="It came <b>late</b> & wet",
    name="Ada",
    conversation=3,
)
NOTIFICATION = Notification(12, 7, "first_response_risk", "email", "lead@example.com", 0, "queued", NOON)


def told(way: str = "email", target: str = "lead@example.com", **of_the_case: Any) -> Told:
    notification = replace(NOTIFICATION, way=way, target=target)
    return Told(notification, replace(CASE, **of_the_case), TEAM, "https://surveys.example/console/inbox?case=7")
