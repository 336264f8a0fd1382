"""The way of one inbound message: load, understand, converse, commit.

Whatever fails before the commit leaves the old world with the message still to do. When Rasa itself fails, the customer
is handed to a person: never silence.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from bot.conversation import language_offer
from bot.conversation.adding import Addition, addition, concerns
from bot.conversation.bursts import Burst, gather
from bot.conversation.editing import judge
from bot.conversation.failure import hand_over, place, trace
from bot.conversation.faq_turns import FaqTurns, instead
from bot.conversation.faults import fault
from bot.conversation.handled import Handled, frees_more
from bot.conversation.inviting import in_its_turn, ring
from bot.conversation.late import too_late
from bot.conversation.offering import chosen, is_over, offer
from bot.conversation.outcome import apply
from bot.conversation.phrases import languages, phrase
from bot.conversation.ports import (
    Catalogue,
    Clock,
    ConversationFailed,
    Desk,
    DialogueAgent,
    Links,
    LiveEvents,
    Redemption,
    Stale,
    Store,
)
from bot.conversation.questions import is_question
from bot.conversation.showing import shown
from bot.conversation.state import PERSON_HAS_IT, TO_A_PERSON, Conversation, Message, Outcome
from bot.conversation.taking_up import Offered
from bot.conversation.turn import Uttered
from bot.conversation.turn_input import turn_input
from bot.conversation.understand import understand
from bot.conversation.understood import TEXT_LIMIT, Understood
from bot.conversation.unspoken import answers, recorded
from bot.conversation.use_cases import Facts, House, UseCase, opt_in, opt_out
from bot.conversation.waiting_word import waiting_word
from bot.conversation.window import has_window, window_closed
from bot.conversation.wishes import says
from bot.telemetry.figures import FAILURES
from bot.telemetry.tracing import span
from bot.telemetry.turns import turn
from channels.contract import Outbound
from survey_flows import serialise
from survey_flows.model import Survey

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""After so many failures of the store or the handler itself a message is set aside and a person takes over."""


@dataclass
class Handler:
    """Handles messages of conversations, one at a time each (`worker.py` sees to the order)."""

    store: Store
    agent: DialogueAgent
    catalogue: Catalogue
    events: LiveEvents
    clock: Clock
    desk: Desk
    calling: Collection[str] = ()
    """Providers that a customer hears only in a call: an invitation rings them up first."""
    links: Links | None = None
    faq: FaqTurns = field(default_factory=FaqTurns)
    join_seconds: float = 0.0
    """So long words that may go on wait for what the customer writes next (`bursts.py`)."""
    later: Callable[[int, float], None] = lambda conversation, seconds: None
    """Look at a conversation again in so many seconds. Only a hint: the database knows when it is due."""

    async def handle_next(self, conversation_id: int) -> Handled:
        """Handle the oldest open message of a conversation."""
        read_at = self.clock.now()
        loaded = await self.store.next_message(conversation_id, read_at[:10])
        if loaded is None:
            return Handled.NOTHING
        message, conversation = replace(loaded[0], read_at=read_at), loaded[1]
        fault("loaded")
        with turn(conversation.id, conversation.provider, message.kind, message.id):
            try:
                outcome = await self._turn(message, conversation)
            except Exception as error:
                return await self._failed(message, conversation, error)
            if outcome.held_until:
                return await self._hold(outcome)
            return await self._commit(outcome, message)

    async def _hold(self, outcome: Outcome) -> Handled:
        """The customer may go on: nothing changes but when the messages are due."""
        here, message = outcome.conversation, outcome.message
        await self.store.hold([message.id, *message.parts], outcome.held_until)
        fault("held")
        due = datetime.fromisoformat(outcome.held_until) - datetime.fromisoformat(outcome.now)
        self.later(here.id, due.total_seconds())
        return Handled.NOTHING

    async def _turn(self, message: Message, conversation: Conversation) -> Outcome:
        if conversation.owner == "human" and message.kind != "resume":
            return await self._left_to_person(message, conversation)
        if too_late(message, conversation):
            return Outcome(message, conversation, self.clock.now())
        if message.kind == "invite":
            now = self.clock.now()
            if conversation.response is not None:
                return in_its_turn(message, conversation, conversation.response.survey_key, now)
            conversation = replace(conversation, provider=message.payload.get("provider", conversation.provider))
            if conversation.provider in self.calling:
                return ring(message, conversation, now)
            if window_closed(conversation.provider, conversation.channel, conversation.heard_at, now):
                return await offer(message, conversation, self.store, self.catalogue, now)
        if (verdict := await self.faq.verdict(message, conversation, self.store)) is not None:
            if verdict.says != "next":
                return self.faq.judged(verdict, message, conversation, self.desk, self.clock.now())
            message = instead(verdict, message)
        if message.payload.get("reaction") and not await self._answered_by_reaction(message, conversation):
            return Outcome(message, conversation, self.clock.now())  # it wants no reply: nobody is told off for a heart
        if (brought := await self._brought(message, conversation)) is not None:
            outcome = Outcome(message, conversation, self.clock.now(), redeemed=brought.code)
            outcome.outbox.append(Outbound(phrase(brought.phrase, conversation.language)))
            return outcome
        message = language_offer.in_words(message)
        if language_offer.declined(message, conversation):
            outcome = Outcome(message, conversation, self.clock.now())
            outcome.outbox.append(Outbound(phrase("faq_all_right", conversation.language)))
            return outcome
        if message.payload.get("edited"):
            return await self._edited(message, conversation)
        return await self._converse(message, conversation)

    async def _answered_by_reaction(self, message: Message, conversation: Conversation) -> bool:
        """Whether an emoji that was set on a message of ours answers the question that this message asked."""
        survey, response = await self._survey(conversation), conversation.response
        if survey is None or response is None:
            return False
        asked = await self.store.asked(conversation.id, str(message.payload.get("message", "")))
        return answers(message.text, asked, survey, serialise.loads(response.session))

    async def _brought(self, message: Message, conversation: Conversation) -> Redemption | None:
        """What the link code in the message comes to; None when it brings none."""
        if self.links is None or message.kind != "message" or message.picked:
            return None
        start = str(message.payload.get("start") or "")
        return await self.links.look(message.text[:TEXT_LIMIT], start, conversation.id, self.clock.now())

    async def _edited(self, message: Message, conversation: Conversation) -> Outcome:
        """An earlier message has a new text."""
        original = await self.store.original(conversation, message)
        edit = judge(message, original, conversation, self.clock.now())
        if edit.verdict in ("say", "correct"):
            return await self._converse(edit.message(message), edit.conversation(conversation), edit.aside)
        outcome = Outcome(message, conversation, self.clock.now())
        if edit.verdict == "closed":
            outcome.outbox.append(Outbound(phrase("survey_closed", conversation.language)))
        return outcome

    async def _converse(self, message: Message, conversation: Conversation, aside: bool = False) -> Outcome:
        """One turn with Rasa. `aside`: the conversation's response is over and only corrected."""
        started = time.perf_counter()
        message = recorded(message)
        survey = await self._survey(conversation)
        offered = await self._offered(message, conversation)
        with span("understand"):
            burst = await self._read(message, conversation, survey, offered)
        message, understood = burst.message, burst.understood
        if burst.until:
            return Outcome(message, conversation, self.clock.now(), held_until=burst.until)
        if (found := await self._addition(message, conversation, understood)) is not None:
            return await self._converse(found.message(message), found.conversation(conversation), found.aside)
        fault("understood")
        given = await turn_input(message, conversation, understood, offered, self.store, self.clock.now())
        outcome = Outcome(message, conversation, given.now, aside=aside)
        try:
            with span("converse"):
                conversed = await self.agent.converse(given, understood.parse_data, conversation.tracker)
        except ConversationFailed as error:
            if message.kind != "message" or self.store.outage(error):
                raise  # nobody wrote to us: there is nobody to apologise to; or it will work when the database is back
            log.error("Rasa failed in conversation %s; it goes to a person: %s", conversation.id, error)
            FAILURES.labels("rasa").inc()
            self.agent.forget(conversation.id)
            return hand_over(outcome, self.desk)
        fault("conversed")
        apply(outcome, conversed.uttered)
        self.faq.after(outcome, understood, conversed.actions, self.desk)
        outcome.language_chosen = language_offer.chosen(understood.reading)
        if language_offer.worth_guessing(outcome):
            guess = self.agent.language_of(outcome.message.text[:TEXT_LIMIT], conversation.language)
            language_offer.offer(outcome, guess, survey.languages if survey else languages())
        if burst.hushed:
            outcome.outbox = [letter for letter in outcome.outbox if letter.role != "question"]
        outcome.tracker = conversed.tracker
        outcome.understood = shown(understood, conversed.actions, started)
        return outcome

    async def _read(
        self, message: Message, conversation: Conversation, survey: Survey | None, offered: Offered | None
    ) -> Burst:
        """What the customer says, with what they have said right after it."""
        now = message.read_at  # not later: who has written since then has not been heard
        titles = self.faq.titles(now)
        nlu = language_offer.InChosenLanguage(self.agent) if conversation.language_chosen else self.agent

        async def read(said: Message) -> Understood:
            return await understand(said, conversation, survey, nlu, offered, titles)

        async def stands_alone(said: Message) -> bool:
            judged = await self.faq.verdict(said, conversation, self.store)
            return judged is not None or await self._brought(said, conversation) is not None

        return await gather(message, conversation, read, stands_alone, now, self.join_seconds)

    async def _addition(self, message: Message, conversation: Conversation, understood: Understood) -> Addition | None:
        """What the message goes on with, if it means nothing as it stands."""
        about = concerns(understood, conversation)
        if not about or is_question(message.text, conversation.language):
            return None
        if about == "faq" and conversation.response is None:
            return None  # nothing is looked up for what an open survey alone could take
        return addition(message, await self.store.last_answer(conversation.id), conversation, about)

    async def _left_to_person(self, message: Message, conversation: Conversation) -> Outcome:
        """While a person owns the conversation the bot says nothing, and what it was to do by itself waits. Before one
        has taken it, the customer hears once that they are heard."""
        outcome = Outcome(message, conversation, self.clock.now())
        outcome.wait = PERSON_HAS_IT if message.kind in ("invite", "timeout", "expire") else ""
        outcome.idle_minutes = self.desk.idle_minutes
        outcome.understood = TO_A_PERSON if message.kind == "message" else None
        wants = partial(says, message.text, conversation.language) if message.kind == "message" else _nothing
        if wants("stop"):
            await self._steer(outcome, opt_out)
        elif conversation.opted_out and wants("start"):
            await self._steer(outcome, opt_in)
        elif (brought := await self._brought(message, conversation)) is not None:
            outcome.redeemed = brought.code  # without a word; its survey waits for the hand-back
        elif message.kind == "message" and (word := waiting_word(message, conversation, self.desk, outcome.now)):
            outcome.outbox.append(word)
        return outcome

    async def _steer(self, outcome: Outcome, use_case: UseCase) -> None:
        """Consent is the customer's alone, whoever owns the conversation: it stays with the person."""
        given = await turn_input(outcome.message, outcome.conversation, Understood({}), None, self.store, outcome.now)
        done = await use_case(given, House(self.catalogue, self.desk), Facts())
        outcome.owner = "human"
        apply(outcome, [Uttered(decision=done.decision.as_dict())])

    async def _survey(self, conversation: Conversation) -> Survey | None:
        if conversation.response is None:
            return None
        return await self.catalogue.version(conversation.response.fingerprint)

    async def _offered(self, message: Message, conversation: Conversation) -> Offered | None:
        """The survey that this message may begin: a template offered it."""
        free = conversation.response is None and not conversation.opted_out
        if message.kind != "message" or not free or not has_window(conversation.channel):
            return None
        found = chosen(await self.store.offers(conversation.id), message.picked)
        if found is None:
            return None
        survey = await self.catalogue.live(found.survey_key)
        return None if is_over(found, survey, self.clock.now()) else Offered(found, survey)

    async def _commit(self, outcome: Outcome, message: Message) -> Handled:
        """`message` as it was read, with those that wait behind it."""
        try:
            with span("commit"):
                await self.store.commit(outcome)
        except Stale:
            self.agent.forget(outcome.conversation.id)
            return Handled.MORE  # a person took it, or the customer opted out elsewhere: the message meets that now
        except Exception as error:
            self.agent.forget(outcome.conversation.id)
            return await self._failed(outcome.message, outcome.conversation, error)
        fault("committed")
        if outcome.forgets:
            self.agent.forget(outcome.conversation.id)
        self._publish(outcome)
        return Handled.MORE if message.then or frees_more(outcome) else Handled.LAST

    async def _failed(self, message: Message, conversation: Conversation, error: Exception) -> Handled:
        """Try again later, and at last set the message aside and call a person, so that the conversation can go on. A
        failed message is tried again at the worker's next look, a second later: NOTHING, for now. A database that is
        gone or full is no message's fault: no attempt is counted."""
        self.agent.forget(conversation.id)
        if self.store.outage(error):
            log.error("Message %s waits: the database failed (%s).", message.id, place(error))
            FAILURES.labels("outage").inc()
            return Handled.NOTHING
        log.error("Message %s of conversation %s failed.\n%s", message.id, conversation.id, trace(error))
        again = message.attempts + 1 < ATTEMPTS
        FAILURES.labels("retry" if again else "parked").inc()
        if again:
            await self.store.failed(message, place(error), False, self.clock.now())
            return Handled.NOTHING
        if message.kind == "message" and conversation.owner != "human":
            await self._give_up(message, conversation, error)
        else:
            await self.store.failed(message, place(error), True, self.clock.now())
        return Handled.MORE

    async def _give_up(self, message: Message, conversation: Conversation, error: Exception) -> None:
        """Set the message aside and call a person, in one transaction: nobody is left with silence by a crash between
        the two."""
        outcome = Outcome(message, conversation, self.clock.now(), error=place(error))
        try:
            await self.store.commit(hand_over(outcome, self.desk))
        except Stale:
            return  # it fails once more, or a person has it by now
        except Exception as worse:
            log.error("Conversation %s could not be handed over either.\n%s", conversation.id, trace(worse))
            await self.store.failed(message, place(error), True, self.clock.now())
        else:
            self._publish(outcome)

    def _publish(self, outcome: Outcome) -> None:
        here = outcome.conversation.id
        if outcome.understood and outcome.understood != TO_A_PERSON:
            self.events.publish(here, "understood", outcome.understood)
        if outcome.owner:
            self.events.publish(here, "owner", {"owner": outcome.owner})
        if outcome.cases:
            self.events.publish(here, "case", {"opened": len(outcome.cases)})
        self.events.publish(here, "answers", {"recorded": len(outcome.recorded)})


def _nothing(_wish: str) -> bool:
    """A clock wishes for nothing."""
    return False
