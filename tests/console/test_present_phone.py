"""What the page shows of a phone at a local provider: what that was sent, with what the house knows beside it."""

from __future__ import annotations

from typing import Any

from bot.console.playground.present import present, present_phone

SINCE = "2026-11-26T12:00:00.000000+00:00"
BEFORE, AFTER = "2026-11-26T11:59:59.999999+00:00", "2026-11-26T12:00:00.500000+00:00"


def house(direction: str, text: str, at: str = AFTER, **more: Any) -> dict[str, Any]:
    known = {"id": f"{direction}-{text}", "direction": direction, "text": text, "at": at, "role": "notice"}
    return {**known, "sender": "bot", "status": "done", "picked": None, "prompt": None, "ref": None, **more}


def phone(direction: str, text: str, ref: str = "") -> dict[str, Any]:
    return {"id": f"p-{text}", "direction": direction, "at": AFTER, "text": text, "ref": ref}


def shown(said: list[dict[str, Any]], messages: list[dict[str, Any]]) -> dict[str, Any]:
    view = {"conversation": {"channel": "sms"}, "transcript": said}
    return present_phone(view, messages, {}, SINCE)


def test_a_report_and_the_sender_stand_beside_the_message_that_the_provider_was_sent() -> None:
    said = [house("out", "as the house wrote it", ref="SM1", status="delivered", sender="Dana")]

    [line] = shown(said, [phone("out", "as it was sent", "SM1")])["transcript"]

    assert (line["text"], line["delivery"], line["sender"]) == ("as it was sent", "delivered", "Dana")


def test_what_the_house_has_not_handled_yet_is_sent_and_not_read() -> None:
    said = [house("in", "one"), house("in", "two", status="new")]

    lines = shown(said, [phone("in", "one"), phone("in", "two")])["transcript"]

    assert [line["status"] for line in lines] == ["done", "sent"]


def test_what_an_earlier_start_said_is_shown_and_can_not_be_pressed() -> None:
    lines = shown([house("out", "before", BEFORE), house("in", "now")], [phone("in", "now")])["transcript"]

    assert [line["text"] for line in lines] == ["before", "now"]
    assert lines[0]["live"] is False


def test_a_pressed_button_is_named() -> None:
    assert shown([house("in", "Yes", picked={"question": "q", "value": True})], [])["pressed"] == "Yes"
    assert shown([house("in", "yes")], [])["pressed"] is None
    assert shown([house("in", "", picked={"question": "q", "value": False})], [])["pressed"] is False  # a key


def test_what_was_taken_back_is_not_seen_by_a_customer_without_a_provider_either() -> None:
    said = [house("out", "rash", status="withheld"), house("out", "kept", status="sent"), house("in", "hello")]

    lines = present({"conversation": {"channel": "web"}, "transcript": said})["transcript"]

    assert [line["text"] for line in lines] == ["kept", "hello"]
