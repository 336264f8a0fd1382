"""What the FAQ does around a turn with Rasa: which entries are answered today, what follows an answer (did it help,
follow-ups, a team), what the customer says of it, and the events that the reports count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.conversation import helpfulness as asking
from bot.conversation.guessing import QUESTION as DID_YOU_MEAN
from bot.conversation.guessing import Titles
from bot.conversation.helpfulness import Pending, Verdict
from bot.conversation.phrases import phrase
from bot.conversation.ports import CaseFacts, Desk, full_intent
from bot.conversation.state import Conversation, FaqEvent, Message, NewCase, Outcome
from bot.conversation.turn import FAQ
from bot.conversation.understood import Understood
from bot.conversation.unspoken import unread
from bot.conversation.when import due_in_words
from bot.faq.day import day_of
from bot.faq.entry import Book, Entry
from channels.contract import Outbound

UNANSWERED = "action_out_of_scope"


class FaqStore(Protocol):
    """What of the store is needed."""

    async def faq_of(self, conversation: int, reference: str) -> str:
        """The entry that a message of ours answered with; "" for none."""


@dataclass(frozen=True)
class FaqTurns:
    """`zone`: the installation's, in which entries have their days."""

    book: Book = field(default_factory=Book)
    zone: str = "UTC"
    _titles: dict[str, Titles] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Of today: they are wanted for every message."""

    def titles(self, now: str) -> Titles:
        """The entries that are answered today, and what each is called."""
        today = day_of(now, self.zone)
        if today not in self._titles:
            self._titles.clear()
            self._titles[today] = {(entry.language, entry.key): entry.title for entry in self.book.on(today)}
        return self._titles[today]

    async def verdict(self, message: Message, conversation: Conversation, store: FaqStore) -> Verdict | None:
        """What the message says of an answer of the FAQ; None when it is about something else."""
        if message.kind != "message":
            return None
        if message.payload.get("reaction"):
            key = await store.faq_of(conversation.id, str(message.payload.get("message", "")))
            return asking.thumb(message.text, key) if key else None
        if message.picked:
            return asking.pressed(message.picked)
        if not conversation.pending or conversation.response is not None or unread(message):
            return None
        return asking.said(message.text, Pending.from_json(conversation.pending), conversation.language)

    def judged(self, verdict: Verdict, message: Message, conversation: Conversation, desk: Desk, now: str) -> Outcome:
        """The turn of a verdict."""
        outcome = Outcome(message, conversation, now)
        language, channel = conversation.language, conversation.channel
        reaction = bool(message.payload.get("reaction"))
        surveyed = conversation.response is not None
        if verdict.says in ("helped", "not_helped"):
            outcome.faq.append(_event(verdict.says, verdict.key, conversation))
        if verdict.says == "person":
            outcome.outbox += _handed_over(outcome, self.book, verdict.key, desk)
        elif verdict.says == "not_helped" and not surveyed:
            outcome.pending = Pending(asking.PERSON, verdict.key).as_json()
            prompt = asking.ask_for_person(verdict.key, language, channel)
            outcome.outbox.append(Outbound(prompt.text, prompt, role="faq"))
        elif not reaction:  # nobody is answered for a thumb beside a survey
            outcome.outbox.append(Outbound(phrase(_WORDS[verdict.says], language, channel)))
        return outcome

    def after(self, outcome: Outcome, understood: Understood, actions: Sequence[str], desk: Desk) -> None:
        """Complete a turn with Rasa: count it, and below an answer ask whether it helped."""
        here, message = outcome.conversation, outcome.message
        if understood.guesses:
            outcome.faq.append(_event("offered", understood.guesses[0].key, here, _confidence(understood)))
        if UNANSWERED in actions and message.kind == "message" and message.text.strip() and not message.picked:
            outcome.faq.append(replace(_event("gap", "", here), text=_question(outcome)))
        if understood.asked and not understood.guesses and understood.reading is not None:
            outcome.faq.append(replace(_event("gap", "", here), text=_question(outcome, understood.reading.rest)))
        key = _answered(understood, actions)
        entry = self.book.entry(key, here.language) if key else None
        if entry is not None:
            outcome.faq.append(_event("answered", key, here, _confidence(understood)))
            self._below(entry, outcome, desk)
        if outcome.owner == "human" and not any(event.kind == "handed_over" for event in outcome.faq):
            outcome.faq.append(_event("handed_over", key, here))

    def _below(self, entry: Entry, outcome: Outcome, desk: Desk) -> None:
        """What stands below an answer."""
        here = outcome.conversation
        place = next((n for n, letter in enumerate(outcome.outbox) if letter.role == "faq"), None)
        if place is None:
            return
        answer = outcome.outbox[place] = replace(outcome.outbox[place], data={"faq": entry.key})
        if entry.hand_to and outcome.owner != "human":
            outcome.outbox = [letter for letter in outcome.outbox if letter.role != "question"]
            outcome.outbox += _handed_over(outcome, self.book, entry.key, desk, entry.hand_to)
        elif self._may_ask(entry, outcome):
            fitting = asking.follow_ups(entry, self.titles(outcome.now), here.channel)
            pending = Pending(asking.HELPED, entry.key, fitting)
            prompt = asking.ask_whether(answer.text, pending, entry.language, here.channel)
            outcome.outbox[place] = replace(answer, text=prompt.text, prompt=prompt)
            outcome.pending = pending.as_json()
            outcome.faq.append(_event("asked", entry.key, here))

    def _may_ask(self, entry: Entry, outcome: Outcome) -> bool:
        """Once for each entry and day, and never beside a survey."""
        here = outcome.conversation
        surveyed = here.response is not None or outcome.new_response is not None
        if surveyed or outcome.owner == "human" or outcome.message.kind != "message":
            return False
        return entry.key not in here.asked


_WORDS = {"helped": "faq_glad", "no_person": "faq_all_right", "not_helped": "faq_sorry"}


def instead(verdict: Verdict, message: Message) -> Message:
    """The message of a customer who took a follow-up: as if "did you mean" had offered it."""
    return replace(message, picked={"question": DID_YOU_MEAN, "value": verdict.next})


def _answered(understood: Understood, actions: Sequence[str]) -> str:
    """The key of the entry that was answered; "" for none."""
    if not any(action == FAQ or action.startswith(f"{FAQ}/") for action in actions):
        return ""
    name = understood.digression or full_intent(understood.parse_data)
    return name.partition("/")[2]


def _confidence(understood: Understood) -> float | None:
    found = (understood.parse_data.get("intent") or {}).get("confidence")
    return None if found is None or understood.digression else float(found)


def _question(outcome: Outcome, rest: str = "") -> str:
    """What nobody answered (`rest`: beside an answer); not beside an anonymous survey, whose answers nothing may lead
    to."""
    response = outcome.conversation.response
    return "" if response is not None and response.anonymous else (rest or outcome.message.text)[:500]


def _event(kind: str, key: str, here: Conversation, confidence: float | None = None) -> FaqEvent:
    return FaqEvent(kind, key, here.language, here.channel, confidence)


def _handed_over(outcome: Outcome, book: Book, key: str, desk: Desk, team: str = "") -> list[Outbound]:
    """A person takes over, with the entry as the reason. Returns what the customer is told."""
    here = outcome.conversation
    about: Mapping[str, Any] = {"channel": here.channel, "language": here.language, "attributes": here.attributes}
    given = desk.assign(CaseFacts("faq", team=team, **about), outcome.now)
    entry = book.entry(key, here.language)
    case = NewCase(
        "faq", given.team, given.priority, given.due_at, verbatim=f"[faq/{key}] {entry.title if entry else ''}"
    )
    outcome.cases.append(replace(case, resolve_by=given.resolve_by, clocks=given.clocks))
    outcome.owner = "human"
    outcome.faq.append(_event("handed_over", key, here))
    due = due_in_words(given.due_at, outcome.now, here.language, given.zone)
    return [Outbound(phrase("handover", here.language, here.channel, due=due))]
