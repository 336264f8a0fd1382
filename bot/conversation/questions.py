"""Whether a customer's text is a question of their own, by its form alone."""

from __future__ import annotations

_OPENERS: dict[str, tuple[str, ...]] = {
    "en": ("where", "when", "how", "what", "who", "why", "which", "can i", "can you", "could", "do you", "is there"),
    "de": ("wo", "wann", "wie", "was", "wer", "warum", "wieso", "welche", "kann ich", "können sie", "gibt es"),
    "fr": ("où", "quand", "comment", "que", "quel", "qui", "pourquoi", "est-ce", "puis-je", "pouvez"),
    "es": ("dónde", "donde", "cuándo", "cuando", "cómo", "como", "qué", "quién", "por qué", "puedo", "pueden"),
    "it": ("dove", "quando", "come", "che", "chi", "cosa", "perché", "quale", "quanto", "posso", "potete", "c'è"),
    "nl": ("waar", "wanneer", "hoe", "wat", "wie", "waarom", "welke", "kan ik", "kunnen jullie", "kunt u", "is er"),
    "pt": ("onde", "quando", "como", "que", "quem", "por que", "porque é que", "qual", "posso", "podem", "há", "tem"),
    "pl": ("gdzie", "kiedy", "jak", "co", "kto", "dlaczego", "czemu", "który", "ile", "czy", "skąd"),
}
_MARKS = ("?", "？", "؟")


def is_question(text: str, language: str) -> bool:
    """True for one sentence that ends with a question mark, or that starts as questions do and says nothing else.

    A text of several sentences is an account, which may hold a question ("It was late. Where is my invoice?"): as the
    answer to "why?" it is the answer.
    """
    sentence = text.strip()
    body = sentence.rstrip("?？؟!. ")
    if any(mark in body for mark in (*_MARKS, ". ", "! ")):
        return False
    if sentence.endswith(_MARKS):
        return True
    openers = _OPENERS.get(language, ()) + _OPENERS["en"]
    start = f"{body.casefold()} "
    return len(body.split()) >= 3 and any(start.startswith(f"{opener.strip()} ") for opener in openers)
