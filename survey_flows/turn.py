"""One turn in the making: a session that may change, and the effects so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from survey_flows import asking, noting, piping, wording
from survey_flows.effects import (
    Ask,
    Effect,
    Ended,
    QuotaCounted,
    Recorded,
    Recover,
    Say,
    Withdrawn,
)
from survey_flows.model import RecoveryRule, Survey
from survey_flows.plan import Plan, Step, plan_of
from survey_flows.questions.base import UNSCORED, Scored
from survey_flows.session import Given, Session
from survey_flows.walk import Walk, walk


@dataclass(frozen=True, slots=True)
class Turn:
    """What one input did: the session after it, and the effects to carry out, in this order."""

    session: Session
    effects: tuple[Effect, ...]


class Draft:
    """A session being changed. At the end the effects are put in order: records, steering, recovery, words, then the
    question or the end."""

    __slots__ = (
        "_walk", "answers", "attributes", "channel", "closing", "current", "earlier", "fired", "language", "now",
        "plan", "probing", "quotas", "reasks", "records", "recovers", "reopened", "says", "seed", "session", "shown",
        "status", "steering",
    )  # fmt: skip

    def __init__(self, survey: Survey, session: Session, now: str) -> None:
        self.plan: Plan = plan_of(survey)
        self.session, self.now = session, now
        self.language, self.channel, self.seed = session.language, session.channel, session.seed
        self.status, self.current, self.reasks = session.status, session.current, session.reasks
        self.answers, self.shown, self.fired = session.answers, session.shown, session.fired
        self.reopened, self.probing = session.reopened, session.probing
        self.attributes, self.earlier, self.quotas = session.attributes, session.earlier, session.quotas
        self.records: list[Effect] = []
        self.steering: list[Effect] = []
        self.recovers: list[Effect] = []
        self.says: list[Effect] = []
        self.closing: list[Effect] = []
        self._walk: Walk | None = None

    # What is known

    def known_facts(self) -> dict[str, Any]:
        """Everything conditions and pipes may read beside the answers."""
        plan = self.plan
        facts: dict[str, Any] = {"channel": self.channel, "language": self.language}
        for name, key in plan.contact_facts:
            if key in self.attributes:
                facts[name] = self.attributes[key]
        for name, survey, question in plan.earlier_facts:
            value = self.earlier.get(survey, {}).get(question)
            if value is not None:
                facts[name] = value
        for name, split in plan.split_facts:
            facts[name] = plan.arm(split, self.seed)
        return facts

    def walk(self) -> Walk:
        """The path as it stands, up to the reopened question if there is one."""
        if self._walk is None:
            self._walk = self._derive(self.reopened)
        return self._walk

    def counted(self) -> dict[str, Given]:
        """The answers that lie on the path, whatever is reopened."""
        whole = self.walk() if self.reopened is None else self._derive(None)
        return {step.id: self.answers[step.id] for step in whole.path}

    def _derive(self, stop_at: str | None) -> Walk:
        plan = self.plan
        order = plan.order(self.seed)
        return walk(plan, order, self.known_facts(), self.answers, self.shown, self.quotas, stop_at)

    def changed(self) -> None:
        """Forget the derived path: something it depends on has changed."""
        self._walk = None

    def reopen(self, node: str | None) -> None:
        """Opens an answered question again, if the path leads to it before any that has no answer."""
        self.reopened = node
        self._walk = None
        opened = self.walk().open
        if opened is None or opened.id != node:
            self.reopened, self._walk = None, None

    def open_step(self) -> Step | None:
        """The step whose question is open."""
        return self.plan.by_id[self.current] if self.current is not None else None

    # What is done

    def say(self, key: str, **values: object) -> None:
        self.says.append(Say(wording.phrase(self.language, key, **values)))

    def ask(self, *, short: bool = False, words: str = "", meant: tuple[Any, ...] = ()) -> None:
        """Puts the open question (or its follow-up) once more. `words`, `meant`: see `asking.prompt`."""
        step = self.open_step()
        if step is not None:
            facts = self.walk().facts
            more = self.probing == step.id
            self.closing.append(
                Ask(
                    asking.prompt(
                        self.plan,
                        step,
                        self.language,
                        facts,
                        self.seed,
                        short=short,
                        reask=self.reasks,
                        words=words,
                        more=more,
                        meant=meant,
                    )
                )
            )

    def store(self, step: Step, given: Given, replaced: bool, comment: str = "", *, retold: bool = False) -> None:
        """Keeps an answer and says so. `comment` and `retold`: see `Recorded`; the session does not hold them."""
        self.answers = {**self.answers, step.id: given}
        self.shown = noting.remember(self.shown, step, comment, retold=retold)
        self._walk = None
        self.record(step, given, replaced, comment, retold=retold)

    def record(
        self, step: Step, given: Given, replaced: bool = False, comment: str = "", *, retold: bool = False
    ) -> None:
        scored = UNSCORED if given.skipped else step.type.score(step.question, given.value)
        self.records.append(
            Recorded(
                step.id, step.question.id, step.question.type, given.value, given.raw,
                scored.metric, scored.score, scored.band, given.skipped, replaced, comment, retold,
            )
        )  # fmt: skip

    def settle(self, recorded: Step | None = None, before: dict[str, Given] | None = None) -> None:
        """After a change: follow the path to the next question or the end.

        `recorded` is the step just answered. `before` holds the answers counted before, when an earlier one may have
        been changed.
        """
        derived = self.note(recorded, before)
        if self.probing is not None:
            self.current = self.probing
            self.ask()
            return
        if derived.messages:
            self._say_messages(derived)
        if derived.open is not None:
            if self.current != derived.open.id:
                self.current, self.reasks = derived.open.id, 0
            self.ask(words=self._noted(derived.open, derived.path[-1].id if derived.path else ""))
        else:
            self.arrive(derived.ending)

    def _noted(self, step: Step, before: str) -> str:
        """The question behind "I have noted what you said", where the customer has told already what it may ask for;
        else "". `before`: the node answered last."""
        if not noting.to_be_noted(self.shown, step, before):
            return ""
        self.shown = noting.note(self.shown, step)
        question = asking.question_words(self.plan, step, self.language, self.walk().facts)
        # What a caller says to a question in own words is recorded, and read by people only: "skip", too.
        keys = ("noted",) if self.channel == "voice" else ("noted", "noted_skip")
        return " ".join((*(wording.phrase(self.language, key) for key in keys), question))

    def note(self, recorded: Step | None, before: dict[str, Given] | None) -> Walk:
        """What a change means for the path and the recovery rules; asks nothing. Arguments as for `settle`."""
        derived = self.walk()
        self._follow(derived, recorded, before)
        if recorded is not None:
            self._recover(derived, recorded)
        return derived

    def follow_closed(self, recorded: Step, before: dict[str, Given]) -> None:
        """After a change in a response that is over: the path and the recovery rules. Nothing is asked: a question that
        is new on the path is left out, so that the answers behind it still count."""
        unasked: set[str] = set()
        while (open_step := self.walk().open) is not None:
            unasked.add(open_step.id)
            self.answers = {**self.answers, open_step.id: Given(None, "", True)}
            self.changed()
        self._follow(self.walk(), recorded, before)
        self.records = [r for r in self.records if not (isinstance(r, Recorded) and r.node in unasked)]
        self._recover(self.walk(), recorded)

    def _follow(self, derived: Walk, recorded: Step | None, before: dict[str, Given] | None) -> None:
        """Withdraws the answers that left the path, and records again those that came back to it."""
        own = recorded.id if recorded is not None else ""
        if before is None:
            if not derived.path or derived.path[-1].id == own:
                return
            # Nothing lay behind the open question: whatever lies there now came back.
            places = [step.id for step in derived.path]
            back = derived.path[places.index(own) + 1 :] if own in places else []
        else:
            now = self.counted()
            self.records.extend(Withdrawn(node) for node in before if node not in now and node != own)
            back = [self.plan.by_id[node] for node in now if node not in before and node != own]
        for step in back:
            self.record(step, self.answers[step.id])

    def _recover(self, derived: Walk, recorded: Step) -> None:
        for position, (rule, test) in enumerate(self.plan.recovery):
            if position not in self.fired and test(derived.facts):
                self.fired = (*self.fired, position)
                self.recovers.append(self._case(position, rule, recorded, derived))

    def _case(self, position: int, rule: RecoveryRule, recorded: Step, derived: Walk) -> Recover:
        """The case to open, with the score that the rule looks at (else that of the answer just given)."""
        on_path = {step.id: step for step in derived.path}
        candidates = [on_path[name] for name in rule.when.names if name in on_path] + [recorded]
        node, scored = recorded, UNSCORED
        for step in candidates:
            given = self.answers[step.id]
            found: Scored = UNSCORED if given.skipped else step.type.score(step.question, given.value)
            if found.metric:
                node, scored = step, found
                break
        tell = self.plan.piped(rule.tell, self.plan.everything, self.language, {"due": "{due}"}) if rule.tell else ""
        return Recover(
            position, rule.team, rule.priority, rule.respond_within, node.id,
            scored.metric, scored.score, scored.band, piping.fill(tell, derived.facts),
        )  # fmt: skip

    def _say_messages(self, derived: Walk) -> None:
        for step in derived.messages:
            text = asking.text_of(self.plan, step, step.question.text, self.language, derived.facts)
            self.says.append(Say(text, "message"))
        self.shown = (*self.shown, *(step.id for step in derived.messages))

    def arrive(self, key: str) -> None:
        """The end of the path: its words, the review invitation for everyone who completes, and what counts for
        quotas."""
        plan, survey, derived = self.plan, self.plan.survey, self.walk()
        ending = survey.endings[key]
        text = piping.fill(plan.piped(ending.text, plan.everything, self.language), derived.facts)
        self.closing.append(Say(text, "ending"))
        if ending.status == "completed":
            if survey.review is not None:
                said = next((text for test, text in plan.wordings if test(derived.facts)), survey.review.text)
                invitation = plan.piped(said, plan.everything, self.language, {"url": survey.review.url})
                self.closing.append(Say(piping.fill(invitation, derived.facts), "review"))
            for quota, test in plan.quotas:
                if test is None or test(derived.facts):
                    self.closing.append(QuotaCounted(quota.name))
        self.end(ending.status, key)

    def end(self, status: Any, ending: str = "") -> None:
        """Closes the response; the answers stay."""
        self.status, self.current, self.reasks = status, None, 0
        self.reopened = self.probing = None
        self.closing.append(Ended(status, ending))

    def finish(self) -> Turn:
        session = Session.made_of(
            {
                **self.session.__dict__,
                "language": self.language,
                "status": self.status,
                "current": self.current,
                "answers": self.answers,
                "reasks": self.reasks,
                "reopened": self.reopened,
                "shown": self.shown,
                "fired": self.fired,
                "probing": self.probing,
            }
        )
        return Turn(session, (*self.records, *self.steering, *self.recovers, *self.says, *self.closing))
