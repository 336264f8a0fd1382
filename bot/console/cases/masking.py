"""What somebody reads who may not see personal data: who it is, what was said and written is not there at all.

Scores, states, times, teams and surveys stay: they are what an analyst works with. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.storage.case_list import CaseRow
from bot.storage.case_thread import Event, Given, Line, Thread
from bot.storage.customer_view import Customer
from bot.storage.live_view import Now

HIDDEN = "•••"
IN_NUMBERS = ("nps", "ces", "csat", "rating", "number", "yes_no", "choice", "multi_choice")
"""Types of questions whose answers nobody can write their name into."""
_EVENT_DATA = ("from", "to", "reason", "team", "score", "until", "resumed", "root_cause")
_CASE_TEXTS = ("verbatim", "action_taken", "reply_to")


def somebody(contact: int | None) -> str:
    """The same customer has the same number everywhere."""
    return f"#{contact}" if contact is not None else ""


def hidden(text: str) -> str:
    return HIDDEN if text else ""


def masked_row(row: CaseRow) -> CaseRow:
    last = replace(row.last, words=hidden(row.last.words))
    return replace(row, name=somebody(row.contact), address=hidden(row.address), last=last)


def masked_thread(thread: Thread) -> Thread:
    case = {**thread.case, **{name: hidden(thread.case[name] or "") for name in _CASE_TEXTS}}
    return replace(
        thread,
        case=case,
        name=somebody(thread.case["contact_id"]),
        address=hidden(thread.address),
        items=[_masked_event(i) if isinstance(i, Event) else _masked_line(i) for i in thread.items],
    )


def _masked_line(line: Line) -> Line:
    given = tuple(_masked_answer(answer) for answer in line.answers)
    return replace(line, text=hidden(line.text), error=hidden(line.error), choices=(), answers=given, recording="")


def _masked_answer(given: Given) -> Given:
    return given if given.type in IN_NUMBERS else replace(given, label=hidden(given.label))


def _masked_event(event: Event) -> Event:
    kept = {name: value for name, value in event.data.items() if name in _EVENT_DATA}
    return replace(event, data=kept, text=hidden(event.text))


def masked_customer(customer: Customer) -> Customer:
    return replace(
        customer,
        name=somebody(customer.id),
        attributes=dict.fromkeys(customer.attributes, HIDDEN),
        places=[replace(place, address=HIDDEN) for place in customer.places],
    )


def masked_now(now: Now) -> Now:
    return replace(
        now, answering=[replace(a, name=somebody(a.contact), address=hidden(a.address)) for a in now.answering]
    )


def masked_rows(rows: Sequence[CaseRow]) -> list[CaseRow]:
    return [masked_row(row) for row in rows]
