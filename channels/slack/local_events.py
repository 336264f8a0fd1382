"""What Slack sends, as payloads of the shape in its documentation, with ids of their own. For the local provider."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.slack.limits import TRIGGER_SECONDS

APP, BOT, TEAM, NAME = "A0LOCAL", "U0BOT", "T0LOCAL", "local"


def direct(user: str) -> str:
    """The direct message of `user` with the app."""
    return f"D{user[1:]}"


@dataclass
class Triggers:
    """Permits to open a modal: valid for three seconds, and once. `clock` in seconds."""

    clock: Callable[[], float] = time.monotonic
    _until: dict[str, float] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def issue(self) -> str:
        trigger = f"{len(self._until) + 1}.local"
        self._until[trigger] = self.clock() + TRIGGER_SECONDS
        return trigger

    def use(self, trigger: Any) -> str:
        """Slack's error for it; "" when it is good, and spent now."""
        if trigger not in self._until:
            return "invalid_trigger_id"
        if trigger in self._used:
            return "exchanged_trigger_id"
        self._used.add(trigger)
        return "expired_trigger_id" if self.clock() > self._until[trigger] else ""


class Events:
    """Makes payloads. `base` is where the provider is reached, for the addresses in them."""

    def __init__(self, first: int, triggers: Triggers) -> None:
        self._count = first - 1
        self.triggers = triggers
        self.base = ""

    def number(self) -> int:
        self._count += 1
        return self._count

    def stamp(self) -> str:
        """A message's id: Slack counts seconds and events within them."""
        return f"1700000000.{self.number():06d}"

    # Events API

    def event(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        """A direct message of `user`; `more` changes its event."""
        message = {"type": "message", "channel_type": "im", "channel": direct(user), "user": user, "text": text}
        return self._callback({**message, "ts": self.stamp(), **more})

    def thread(self, user: str, below: Mapping[str, Any], text: str, **more: Any) -> dict[str, Any]:
        """`user` writes in the thread of the posted message `below`."""
        kind = "im" if below["channel"].startswith("D") else "channel"
        where = {"channel_type": kind, "channel": below["channel"], "thread_ts": below.get("thread_ts", below["ts"])}
        return self.event(user, text, **where, **more)

    def delete(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """The person who sent the event `said` deletes it."""
        before = said["event"]
        gone = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": before["channel"]}
        more = {"channel_type": before["channel_type"], "deleted_ts": before["ts"], "previous_message": before}
        return self._callback({**gone, "ts": self.stamp(), **more})

    def edit(self, said: Mapping[str, Any], text: str) -> dict[str, Any]:
        """The person who sent the event `said` changes its words."""
        before = said["event"]
        now = {**before, "text": text, "edited": {"user": before["user"], "ts": self.stamp()}}
        changed = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": before["channel"]}
        return self._callback(
            {
                **changed,
                "channel_type": before["channel_type"],
                "ts": self.stamp(),
                "message": now,
                "previous_message": before,
            }
        )

    def react(self, user: str, message: Mapping[str, Any], reaction: str) -> dict[str, Any]:
        """`user` puts an emoji, by its name, under a message of the app's."""
        item = {"type": "message", "channel": message["channel"], "ts": message["ts"]}
        return self._callback(
            {
                "type": "reaction_added",
                "user": user,
                "reaction": reaction,
                "item": item,
                "item_user": BOT,
                "event_ts": self.stamp(),
            }
        )

    def mention(self, user: str, channel: str, text: str, **more: Any) -> dict[str, Any]:
        """`user` names the app in a channel."""
        stamp = self.stamp()
        event = {"type": "app_mention", "channel": channel, "user": user, "text": f"<@{BOT}> {text}", "ts": stamp}
        return self._callback({**event, "event_ts": stamp, **more})

    def visit(self, user: str, tab: str = "home") -> dict[str, Any]:
        """`user` opens the app: its Home tab, or the conversation (messages)."""
        event = {"type": "app_home_opened", "user": user, "channel": direct(user), "tab": tab}
        return self._callback({**event, "event_ts": self.stamp()})

    def _callback(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": APP,
            "event_id": f"Ev{self.number():08d}",
            "event": dict(event),
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        }

    # Interactivity and slash commands

    def press(self, user: str, shown: Mapping[str, Any], label: str) -> dict[str, Any]:
        """`user` presses the button `label` of a posted message, of what only they see, or of their Home tab."""
        actions = [(b, e) for b in shown["blocks"] if b["type"] == "actions" for e in b["elements"]]
        block, button = next((b, e) for b, e in actions if e["text"]["text"] == label)
        pressed = {**button, "block_id": block.get("block_id", "b0"), "action_ts": self.stamp()}
        return {**self._interaction("block_actions", user), **self._around(user, shown), "actions": [pressed]}

    def _around(self, user: str, shown: Mapping[str, Any]) -> dict[str, Any]:
        if shown.get("type") == "home":
            return {"container": {"type": "view", "view_id": shown["id"]}, "view": dict(shown)}
        ephemeral = shown.get("response_type") == "ephemeral"
        channel, stamp = shown.get("channel", direct(user)), shown.get("ts", "1700000000.000000")
        return {
            "container": {
                "type": "message",
                "message_ts": stamp,
                "channel_id": channel,
                "is_ephemeral": ephemeral,
            },
            "channel": {"id": channel, "name": "directmessage"},
            "message": {"type": "message", "user": BOT, **shown},
            "response_url": self._respond(),
            "state": {"values": {}},
        }

    def submit(self, user: str, view: Mapping[str, Any], answer: str | Sequence[str]) -> dict[str, Any]:
        """`user` fills in the modal `view` and sends it: a text, or the labels of what is ticked."""
        block = next(b for b in view["blocks"] if b["type"] == "input")
        element = block["element"]
        state: dict[str, Any] = {"type": element["type"]}
        if element["type"] == "plain_text_input":
            state["value"] = answer
        else:
            state["selected_options"] = [o for o in element["options"] if o["text"]["text"] in answer]
        values = {block["block_id"]: {element["action_id"]: state}}
        return {**self._interaction("view_submission", user), "view": {**view, "state": {"values": values}}}

    def fill(self, user: str, view: Mapping[str, Any], **answers: Any) -> dict[str, Any]:
        """`user` fills in a modal with several inputs and sends it: by block, a text, an option's label, or labels."""
        values = {}
        for block in (b for b in view["blocks"] if b["type"] == "input"):
            element = block["element"]
            state: dict[str, Any] = {"type": element["type"]}
            given = answers.get(block["block_id"], element.get("initial_options", ()))
            if element["type"] == "plain_text_input":
                state["value"] = given or None
            elif element["type"] == "static_select":
                state["selected_option"] = next(o for o in element["options"] if o["text"]["text"] == given)
            else:
                state["selected_options"] = [o for o in element["options"] if o in given or o["text"]["text"] in given]
            values[block["block_id"]] = {element["action_id"]: state}
        return {**self._interaction("view_submission", user), "view": {**view, "state": {"values": values}}}

    def command(self, user: str, text: str = "", command: str = "/survey") -> dict[str, Any]:
        """The form that a slash command is sent as."""
        return {
            "team_id": TEAM,
            "api_app_id": APP,
            "channel_id": "C0GENERAL",
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": text,
            "response_url": self._respond(),
            "trigger_id": self.triggers.issue(),
        }

    def _interaction(self, kind: str, user: str) -> dict[str, Any]:
        who = {"id": user, "name": user.lower(), "team_id": TEAM}
        return {"type": kind, "user": who, "api_app_id": APP, "trigger_id": self.triggers.issue()}

    def _respond(self) -> str:
        return f"{self.base}/respond/{self.number()}"
