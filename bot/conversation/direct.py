"""Turns that came without our handler: `rasa shell`, or a Rasa channel of somebody's own. The action's decision is
carried out at once.

Such turns have no inbox in front and no outbox behind: that is the price of a channel that is not ours, and why ours
exist. State, answers and cases are kept all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversation.outcome import apply
from bot.conversation.ports import Clock, Store
from bot.conversation.state import Conversation, Message, Outcome
from bot.conversation.turn import TurnInput, Uttered
from bot.conversation.use_cases import Facts, House, UseCase
from channels.contract import Inbound, Outbound

PROVIDER = "rasa"


@dataclass
class Direct:
    """Runs a use case for a sender of Rasa's and commits what it decides. `new_id` makes ids for the inbox rows."""

    store: Store
    house: House
    clock: Clock
    new_id: Callable[[], str]

    async def run(
        self, use_case: UseCase, sender: str, text: str, facts: Facts
    ) -> tuple[Sequence[str], Mapping[str, Any]]:
        """Returns the texts to utter and the slots to set."""
        inbound = Inbound(PROVIDER, "web", self.new_id(), f"rasa:{sender}", text)
        here = (await self.store.accept(inbound, self.clock.now())).conversation
        loaded = await self.store.next_message(here)
        if loaded is None:
            raise RuntimeError(f"Conversation {here}: the message that was just stored is gone.")
        message, conversation = loaded
        turn = self._turn(message, conversation)
        result = await use_case(turn, self.house, facts)
        outcome = apply(Outcome(message, conversation, turn.now), [Uttered(decision=result.decision.as_dict())])
        said = [in_words(m) for m in outcome.outbox]
        outcome.outbox = []
        await self.store.commit(outcome)
        return said, result.slots

    def _turn(self, message: Message, conversation: Conversation) -> TurnInput:
        response = conversation.response
        return TurnInput(
            id=message.id,
            conversation=conversation.id,
            channel=conversation.channel,
            language=conversation.language,
            owner=conversation.owner,
            now=self.clock.now(),
            said=message.text,
            session=response.session if response else None,
            fingerprint=response.fingerprint if response else None,
            seed=message.id,
            opted_out=conversation.opted_out,
            attributes=conversation.attributes,
        )


def in_words(message: Outbound) -> str:
    """A message as plain text: the choices of a closed question are numbered, a scale's ends are named."""
    prompt = message.prompt
    if prompt is None:
        return message.text
    if prompt.form == "scale" and prompt.choices:
        ends = f"{prompt.choices[0].value} = {prompt.low}, {prompt.choices[-1].value} = {prompt.high}"
        return f"{prompt.text} ({ends})" if prompt.low and prompt.high else prompt.text
    if prompt.form in ("choice", "multi_choice"):
        return "\n".join([prompt.text, *(f"{n}. {c.label}" for n, c in enumerate(prompt.choices, 1))])
    return prompt.text
