"""The one way in: nothing passes unverified or unreadable, and 200 is said only for what is committed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.contract import Inbound
from channels.receive import Acknowledgement, Delivery, Malformed, Refused, Seam
from channels.web.parse import parse

JSON = {"content-type": "application/json"}


class Inbox:
    """Keeps what it accepts; `broken` makes it fail."""

    def __init__(self, broken: bool = False) -> None:
        self.messages: list[Inbound] = []
        self.broken = broken

    async def accept(self, message: Inbound) -> bool:
        if self.broken:
            raise OSError("disk full")
        if any(known.message_id == message.message_id for known in self.messages):
            return False
        self.messages.append(message)
        return True


def anybody(delivery: Delivery) -> None:
    """Verifies nothing."""


def nobody(delivery: Delivery) -> None:
    raise Refused("The signature is wrong.")


def delivery(**changes: Any) -> Delivery:
    data = {"message_id": "m1", "channel": "sms", "sender": "c1", "text": "9", **changes}
    return Delivery(JSON, json.dumps(data).encode())


async def test_a_message_is_committed_before_it_is_acknowledged() -> None:
    seam, inbox = Seam("web", parse), Inbox()

    assert await seam.receive(delivery(), anybody, inbox) == Acknowledgement(200, accepted=1)
    assert [m.text for m in inbox.messages] == ["9"]


async def test_a_message_that_comes_twice_is_acknowledged_twice_and_kept_once() -> None:
    seam, inbox = Seam("web", parse), Inbox()

    await seam.receive(delivery(), anybody, inbox)

    assert await seam.receive(delivery(), anybody, inbox) == Acknowledgement(200, duplicates=1)
    assert len(inbox.messages) == 1
    assert seam.counters == {"ok": 2, "accepted": 1, "duplicate": 1}


@pytest.mark.parametrize(
    ("body", "verify", "inbox", "status", "counter"),
    [
        (b"{}", nobody, Inbox(), 403, "refused"),
        (b"not json", anybody, Inbox(), 400, "malformed"),
        (b"x" * 300_000, anybody, Inbox(), 413, "too_large"),
        (delivery().body, anybody, None, 503, "unavailable"),
        (delivery().body, anybody, Inbox(broken=True), 503, "unavailable"),
    ],
)
async def test_what_is_not_committed_is_not_acknowledged(
    body: bytes, verify: Any, inbox: Inbox | None, status: int, counter: str
) -> None:
    seam = Seam("web", parse)

    acknowledgement = await seam.receive(Delivery(JSON, body), verify, inbox)

    assert acknowledgement.status == status
    assert acknowledgement.message.endswith(".")
    assert seam.counters == {counter: 1}
    assert inbox is None or inbox.messages == []


@pytest.mark.parametrize(("verify", "outcome"), [(nobody, "refused"), (anybody, "malformed")])
async def test_what_is_turned_away_leaves_a_line_in_the_log_without_what_was_in_it(
    verify: Any, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    await Seam("web", parse).receive(delivery(sender="Ada Lovelace", text="my secret", name="Ada"), verify, Inbox())

    [line] = caplog.messages
    assert line.startswith(f"web: a delivery is turned away ({outcome}). ")
    assert not [word for word in ("Ada", "Lovelace", "secret") if word in line]


async def test_100_kilobytes_of_text_are_taken() -> None:
    assert (await Seam("web", parse).receive(delivery(text="x" * 100_000), anybody, Inbox())).status == 200


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"message_id": ""}, "message_id"),
        ({"message_id": 7}, "message_id"),
        ({"message_id": "x" * 121}, "message_id"),
        ({"sender": "a b"}, "sender"),
        ({"channel": "fax"}, "sms, whatsapp, telegram, slack, voice, web"),
        ({"text": "  "}, "text"),
        ({"text": None}, "text"),
        ({"picked": 3}, "picked"),
        ({"picked": {"question": "score"}}, "picked"),
        ({"language": "english"}, "language"),
        ({"name": "x" * 200}, "name"),
    ],
)
def test_a_wrong_payload_is_told_what_is_wrong(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Malformed, match=named):
        parse(delivery(**changes))


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b"[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(Delivery(JSON, body))


def test_a_form_post_is_malformed_so_that_other_sites_can_not_send_one() -> None:
    with pytest.raises(Malformed, match="Content-Type"):
        parse(Delivery({"content-type": "text/plain"}, delivery().body))


async def test_what_no_database_takes_is_replaced_not_refused_for_ever() -> None:
    body = (
        b'{"message_id": "m1", "channel": "sms", "sender": "c1", "text": "9\\u0000\\ud83d", "name": "A\\u0000", '
        b'"picked": {"question": "q\\udc00", "value": ["\\u0000"]}}'
    )
    inbox = Inbox()
    done = await Seam("web", parse).receive(Delivery(JSON, body), anybody, inbox)
    [message] = inbox.messages
    assert done.status == 200
    assert (message.text, message.name) == ("9\ufffd\ufffd", "A\ufffd")
    assert message.picked == {"question": "q\ufffd", "value": ["\ufffd"]}


async def test_a_failure_is_logged_without_the_words_of_the_message(caplog: pytest.LogCaptureFixture) -> None:
    class Quoting(Inbox):
        async def accept(self, message: Inbound) -> bool:
            raise ValueError(f"can't store {message.text!r}")

    await Seam("web", parse).receive(delivery(text="a secret"), anybody, Quoting())
    assert "ValueError" in caplog.text
    assert "a secret" not in caplog.text
