"""How questions of the FAQ are understood, in the process, without Rasa's server: a minute instead of ten.

    python -m benchmarks.understood [--folds]

The classifier learns what `conductor train` would teach it, without the questions of `benchmarks/questions/`, and is
asked those as a customer's first message, through `bot.conversation.understand`. *Right*: the entry is answered.
*Offered*: "did you mean" names it, among at most three. *Asked back*: it is not named, or we say that we don't know.
*Wrong*: another entry is answered. Of the questions under `nothing` no answer is right, and every one is wrong.
`--folds` cross-validates the first guess on all phrasings, by language (five trainings more).
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rasa.shared.nlu.training_data.message import Message as RasaMessage

from benchmarks.parts import machine
from benchmarks.parts.questions import Question, asked, never_taught
from bot.conversation.state import Conversation, Message
from bot.conversation.understand import understand
from bot.conversation.understood import Understood
from bot.faq.read import read_folder
from bot.rasa_glue.nlu.classifier import ConductorClassifier
from bot.rasa_glue.nlu.phrasings import Phrasing, own
from bot.rasa_glue.nlu.teaching import Lesson, chosen, held_out, train
from bot.rasa_glue.training import ROOT, Project

NOTHING = "nothing"


@dataclass(frozen=True)
class Ear:
    """The classifier, as the conversation hears it (`bot.conversation.ports.Listener`)."""

    classifier: ConductorClassifier

    async def understand(self, text: str, language: str) -> Mapping[str, Any]:
        message = RasaMessage(data={"text": text})
        self.classifier.classify(message)
        return dict(message.data)

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        return language, 1.0


def ear(phrasings: Iterable[Phrasing]) -> Ear:
    """A classifier that has learnt these."""
    taught = list(phrasings)
    model = train(Lesson([one.text for one in taught], [one.intent for one in taught]))
    config = ConductorClassifier.get_default_config()
    return Ear(ConductorClassifier(config, None, None, model))  # type: ignore[arg-type]


def verdict(question: Question, understood: Understood) -> str:
    """right, offered, asked back or wrong."""
    parsed = understood.parse_data
    if str(parsed["intent"]["name"]) == "faq":
        return "right" if _entry(parsed) == question.entry else "wrong"
    return "offered" if question.entry in [guess.key for guess in understood.guesses] else "asked back"


def _entry(parsed: Mapping[str, Any]) -> str:
    name = parsed["response_selector"]["faq"]["response"]["intent_response_key"]
    return str(name).partition("/")[2]


async def judge(questions: Iterable[Question], listener: Ear, titles: Mapping[tuple[str, str], str]) -> Counter[str]:
    """Ask them all, each as a new customer of its language."""
    found: Counter[str] = Counter()
    for question in questions:
        here = Conversation(1, 1, "sms", "sms", "+447700900123", question.language, "bot")
        said = Message(1, "message", question.text, None, {}, "2026-11-26T12:00:00+00:00")
        found[verdict(question, await understand(said, here, None, listener, titles=titles))] += 1
    return found


def line(name: str, found: Counter[str]) -> str:
    kinds = ("right", "offered", "asked back", "wrong")
    return f"{name}: {found.total()}: " + ", ".join(f"{kind} {found[kind] / found.total():.1%}" for kind in kinds)


def first_guesses(phrasings: list[Phrasing]) -> str:
    """Cross-validated: how often the first guess is right, by language."""
    lesson = Lesson([one.text for one in phrasings], [one.intent for one in phrasings])
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for held in held_out(lesson, chosen(lesson)[0]):
        language = phrasings[held.position].language
        seen[language] += 1
        right[language] += held.right
    each = ", ".join(f"{language} {right[language] / seen[language]:.1%} of {seen[language]}" for language in seen)
    return f"first guess, all intents: {right.total() / seen.total():.1%} ({each})"


def main() -> None:
    """Train, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", action="store_true", help="cross-validate all phrasings, too")
    wanted = parser.parse_args()
    print(machine.line())
    phrasings, started = own(Project.at(ROOT)), time.process_time()
    taught = [one for one in phrasings if not never_taught(one.text)]
    listener = ear(taught)
    print(f"{len(taught)} phrasings taught of {len(phrasings)}, {time.process_time() - started:.0f} s of CPU")
    titles = {(entry.language, entry.key): entry.title for entry in read_folder(ROOT / "dialogues" / "faq")}
    for name, questions in asked().items():
        print(line(name, asyncio.run(judge(questions, listener, titles))), flush=True)
    if wanted.folds:
        print(first_guesses(phrasings))


if __name__ == "__main__":
    main()
