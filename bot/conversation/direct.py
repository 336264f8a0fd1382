"""Turns that came without our handler: `rasa shell`, or a Rasa channel of somebody's own. Each action's decision is
carried out at once.

Such turns have no inbox in front and no outbox behind: that is the price of a channel that is not ours, and why ours
exist. State, answers and cases are kept all the same. One message may need several actions; they find their common
inbox row by Rasa's id of the message, so that the agenda of the first is known to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.conversation import guessing
from bot.conversation.faq_turns import FaqTurns
from bot.conversation.outcome import apply
from bot.conversation.phrases import languages
from bot.conversation.ports import Accepted, Clock, full_intent
from bot.conversation.state import Conversation, Message, Outcome
from bot.conversation.turn import CONTEXT_INTENTS, SURVEY_ACTIVE, TurnInput, Uttered
from bot.conversation.understand import understand
from bot.conversation.understood import TEXT_LIMIT, Understood
from bot.conversation.use_cases import LISTEN, Facts, House, UseCase, survey_step
from channels.contract import Inbound, Outbound
from survey_flows import answers, engine, serialise
from survey_flows.model import Question
from survey_flows.reading import Reading

PROVIDER = "rasa"
CHANNEL = "web"
LANGUAGE = "language"
"""Slot: which variation of a response Rasa chooses."""

_FREE = Question(id="_", type="text", text={})


class DirectStore(Protocol):
    """What of the store is needed (`bot/storage/store.py`)."""

    async def accept_handled(self, message: Inbound, now: str) -> Accepted:
        """Keep the message, and no worker takes it up. The same id a second time changes nothing."""

    async def message(self, provider: str, message_id: str) -> tuple[Message, Conversation] | None:
        """The message, and the state as it stands now."""

    async def known(self, channel: str, address: str) -> Conversation | None:
        """The conversation with this address, if there is one."""

    async def history(self, contact: int) -> Mapping[str, Mapping[str, Any]]:
        """The contact's earlier answers."""

    async def commit(self, outcome: Outcome) -> None:
        """Everything the action changes, or nothing."""


@dataclass(frozen=True)
class Said:
    """A message as Rasa has it. `id` is the same for all actions that answer it. `parsed` is what the NLU made of it
    (empty: nobody asked it); `read` what was found when it was read in its context (None: not yet)."""

    sender: str
    id: str
    text: str
    parsed: Mapping[str, Any] = field(default_factory=dict)
    read: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Done:
    """What Rasa has to know of an action: the texts to utter, the slots to set, whether a person owns the conversation
    now, so that the bot has to be silent; and `again`, what the message means instead of an answer: Rasa's rules have
    to hear it so."""

    texts: Sequence[str] = ()
    slots: Mapping[str, Any] | None = None
    with_person: bool = False
    again: Understood | None = None


@dataclass(frozen=True)
class Parsed:
    """Stands in for the agent: Rasa has parsed the message before it came here."""

    data: Mapping[str, Any]

    async def understand(self, text: str, language: str) -> Mapping[str, Any]:
        """What Rasa made of the whole message; of a part of it ("3, where is my refund?") it says as much."""
        return self.data

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        """As `LanguageTagger` found it for the whole message."""
        return str(self.data.get("language") or language), float(self.data.get("language_confidence") or 0.0)


@dataclass
class Direct:
    """Runs use cases for senders of Rasa's and commits what they decide."""

    store: DirectStore
    house: House
    clock: Clock
    faq: FaqTurns = field(default_factory=FaqTurns)

    async def run(self, use_case: UseCase, said: Said, facts: Facts) -> Done:
        """Run `use_case` for `said` and commit its decision. Nothing is decided while a person owns the
        conversation."""
        message, conversation = await self._loaded(said)
        outcome = Outcome(message, conversation, self.clock.now(), parked=True)  # its inbox row is done already
        if conversation.owner == "human":
            await self.store.commit(outcome)
            return Done(with_person=True)
        understood = (
            await self._understood(said, message, conversation, outcome.now) if _unread(use_case, said, facts) else None
        )
        if understood is not None and full_intent(understood.parse_data) not in CONTEXT_INTENTS:
            closed = {SURVEY_ACTIVE: False} if conversation.response is None else {}
            return Done(slots=closed, again=understood)
        turn = await self._turn(said, message, conversation, understood, outcome.now)
        result = await use_case(turn, self.house, facts)
        apply(outcome, [Uttered(decision=result.decision.as_dict())])
        texts = [in_words(m) for m in outcome.outbox]
        outcome.outbox = []
        await self.store.commit(outcome)
        slots = {**result.slots, **({LANGUAGE: outcome.language} if outcome.language else {})}
        return Done(texts, slots, with_person=outcome.owner == "human")

    async def standing(self, sender: str) -> Done:
        """Where the conversation with `sender` stands, for a Rasa process that meets it for the first time."""
        conversation = await self.store.known(CHANNEL, _address(sender))
        if conversation is None:
            return Done(slots={})
        slots = {SURVEY_ACTIVE: conversation.response is not None, LANGUAGE: conversation.language}
        return Done(slots=slots, with_person=conversation.owner == "human")

    async def _loaded(self, said: Said) -> tuple[Message, Conversation]:
        inbound = Inbound(PROVIDER, CHANNEL, said.id, _address(said.sender), said.text)
        await self.store.accept_handled(inbound, self.clock.now())
        loaded = await self.store.message(PROVIDER, said.id)
        if loaded is None:
            raise RuntimeError(f"Message {said.id} of Rasa's is gone, though it was stored just now.")
        return loaded

    async def _understood(self, said: Said, message: Message, conversation: Conversation, now: str) -> Understood:
        """What the message means in its context, as our handler would find it."""
        response = conversation.response
        survey = await self.house.catalogue.version(response.fingerprint) if response else None
        agent: Any = Parsed(said.parsed)  # nothing but its NLU is asked
        return await understand(message, conversation, survey, agent, titles=self.faq.titles(now))

    async def _turn(
        self, said: Said, message: Message, conversation: Conversation, understood: Understood | None, now: str
    ) -> TurnInput:
        response = conversation.response
        found = understood or Understood({})
        reading = found.reading or await self._reading(message, conversation)
        guesses = guessing.as_json(found.guesses) if understood else (said.read or {}).get("guesses") or ()
        return TurnInput(
            id=message.id,
            conversation=conversation.id,
            channel=conversation.channel,
            language=conversation.language,
            owner=conversation.owner,
            now=now,
            said=message.text[:TEXT_LIMIT],
            reading=reading.as_json(),
            digression=found.digression,
            guesses=guesses,
            asked=found.asked,
            remark=found.remark,
            session=response.session if response else None,
            fingerprint=response.fingerprint if response else None,
            seed=message.id,
            opted_out=conversation.opted_out,
            attributes={**({"name": conversation.name} if conversation.name else {}), **conversation.attributes},
            earlier={} if response else await self.store.history(conversation.contact_id),
        )

    async def _reading(self, message: Message, conversation: Conversation) -> Reading:
        """What the text means at the open question; without one it may still be a control ("Deutsch")."""
        text = message.text[:TEXT_LIMIT].strip()
        if conversation.response is None:
            return answers.read(_FREE, text, conversation.language, languages())
        survey = await self.house.catalogue.version(conversation.response.fingerprint)
        session = serialise.loads(conversation.response.session)
        return engine.read(survey, session, text, today=message.received_at[:10])


def _unread(use_case: UseCase, said: Said, facts: Facts) -> bool:
    """Whether the message has to be read in its context first: the survey policy gives every message to the step."""
    return use_case is survey_step and facts.latest_action == LISTEN and bool(said.parsed) and said.read is None


def _address(sender: str) -> str:
    return f"rasa:{sender}"


def in_words(message: Outbound) -> str:
    """A message as plain text: the choices of a closed question are numbered, a scale's ends are named."""
    prompt = message.prompt
    if prompt is None:
        return message.text
    if prompt.form == "scale" and prompt.choices:
        ends = f"{prompt.choices[0].value} = {prompt.low}, {prompt.choices[-1].value} = {prompt.high}"
        return f"{prompt.text} ({ends})" if prompt.low and prompt.high else prompt.text
    if prompt.form in ("choice", "multi_choice"):
        return "\n".join([prompt.text, *(f"{n}. {c.label}" for n, c in prompt.numbered)])
    return prompt.text
