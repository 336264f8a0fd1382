"""One question as a card: its type, id, text, and a strip that shows what may be answered."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from survey_flows.drawing.told import told, type_name
from survey_flows.drawing.words import ELLIPSIS, STRONG, clip, width, wrap
from survey_flows.model import Node, Question, Survey, Text

WIDTH = 248.0
"""Width of a card, in pixels."""
SMALL = 188.0
"""Width of a card inside a frame."""
_PAD = 14.0
_TEXT = 13.0
_LEADING = 17.5
_LINES = 3
_STRIP_CELLS = 11
_MONO = 6.4
"""Width of one character of an id, in pixels: 0.61 em at 10.5 px."""

FAMILIES = {
    "nps": "score", "ces": "score", "csat": "score", "rating": "score",
    "choice": "pick", "multi_choice": "pick", "yes_no": "pick", "consent": "pick",
    "text": "open", "number": "open", "date": "open", "contact": "open",
    "message": "say",
}  # fmt: skip
"""Question type → the family that gives a card its colour."""


def say(text: Text, language: str, survey: Survey) -> str:
    """A text in `language`, else in the survey's first language, else in any it has."""
    return text.get(language) or text.get(survey.language) or next(iter(text.values()), "")


def scale(question: Question) -> tuple[tuple[int, str], ...]:
    """The points of a scale with their bands (ARCHITECTURE §5); empty when the question has no scale that fits a
    strip."""
    if question.type == "nps":
        return tuple((n, "good" if n >= 9 else "middle" if n >= 7 else "bad") for n in range(11))
    if question.type == "csat":
        return tuple((n, "good" if n >= 4 else "middle" if n == 3 else "bad") for n in range(1, 6))
    if question.type == "ces" and question.version == "1.0":
        return tuple((n, "good" if n <= 2 else "middle" if n == 3 else "bad") for n in range(1, 6))
    if question.type == "ces":
        return tuple((n, "good" if n >= 5 else "middle" if n == 4 else "bad") for n in range(1, 8))
    if question.type == "rating" and question.scale and question.scale[1] - question.scale[0] < _STRIP_CELLS:
        return tuple((n, "plain") for n in range(question.scale[0], question.scale[1] + 1))
    return ()


def _answers(question: Question, language: str, survey: Survey) -> str:
    """One muted line that says what may be answered, for questions without a scale."""
    if question.options:
        return " · ".join(say(o.label, language, survey) for o in question.options)
    if question.type == "number" and (question.minimum is not None or question.maximum is not None):
        low, high = (f"{n:g}" if n is not None else "" for n in (question.minimum, question.maximum))
        return f"{low}–{high} {say(question.unit, language, survey)}".strip()
    return question.kind if question.kind not in ("", "any") else ""


def text_of(survey: Survey, node: Node, language: str) -> str:
    """What a question asks; in a loop with the option's label in its place."""
    text = say(node.question.text, language, survey)
    key = node.binding.get("option")
    over = next((n.question for n in survey.nodes if n.id == node.binding.get("over")), None)
    option = next((o for o in over.options if o.key == key), None) if over else None
    return text.replace("{option}", say(option.label, language, survey)) if option else text


def _named(node: Node, room: float, framed: bool) -> str:
    """A node's id, in a fixed-width face; inside a frame only its last part, as the frame says the rest."""
    name = node.id.rsplit(".", 1)[-1] if framed else node.id
    fits = int(room / _MONO)
    return name if len(name) <= fits else name[: max(1, fits - 1)] + ELLIPSIS


def _notes(node: Node, language: str) -> str:
    """What else may happen here, in a few words."""
    question, notes = node.question, []
    if question.required:
        notes.append(told(language, "required"))
    if question.timeout:
        minutes = question.timeout.minutes
        after = f"{minutes // 1440} d" if minutes % 1440 == 0 else f"{minutes // 60} h" if minutes % 60 == 0 else ""
        notes.append(told(language, f"timeouts.{question.timeout.then}", after=after or f"{minutes} min"))
    if question.tell_more:
        notes.append(told(language, "more"))
    if question.shuffle:
        notes.append(told(language, "shuffled"))
    return " · ".join(notes)


def height(survey: Survey, node: Node, language: str, room: float = WIDTH) -> float:
    """Height of a node's card, in pixels, at width `room`."""
    lines = wrap(text_of(survey, node, language), _TEXT, room - 2 * _PAD, _LINES)
    extra = 24.0 if scale(node.question) else 18.0 if _answers(node.question, language, survey) else 0.0
    return 32.0 + len(lines) * _LEADING + extra + (16.0 if _notes(node, language) else 0.0) + 8.0


def _strip(question: Question, y: float, room: float) -> str:
    points = scale(question)
    step = (room - 2 * _PAD + 2.0) / max(len(points), 5)
    parts = []
    for n, (point, band) in enumerate(points):
        x = _PAD + n * step
        parts.append(
            f'<rect class="sf-band sf-{band}" x="{x:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="15" rx="4"/>'
            f'<text class="sf-point" x="{x + step / 2 - 1:.1f}" y="{y + 11:.1f}" text-anchor="middle">{point}</text>'
        )
    return "".join(parts)


def draw(survey: Survey, node: Node, language: str, corner: tuple[float, float], room: float, current: bool) -> str:
    """The card as an SVG group with `data-node`, its left upper corner at `corner`."""
    question, tall = node.question, height(survey, node, language, room)
    text = text_of(survey, node, language)
    family = FAMILIES.get(question.type, "open")
    lit = " sf-current" if current else ""
    kind = type_name(language, question.type) + (f" {question.version}" if question.type == "ces" else "")
    named = _named(node, room - 2 * _PAD - width(kind.upper(), 10 * STRONG) - 34.0, room < WIDTH)
    parts = [
        f'<g class="sf-node sf-{family}{lit}" data-node={quoteattr(node.id)} '
        f'transform="translate({corner[0]:.1f} {corner[1]:.1f})">',
        f"<title>{escape(f'{node.id}: {text}')}</title>",
        f'<rect class="sf-card" width="{room:g}" height="{tall:.1f}" rx="13"/>',
        f'<circle class="sf-dot" cx="{_PAD + 4:g}" cy="18" r="4"/>',
        f'<text class="sf-type" x="{_PAD + 14:g}" y="21.5">{escape(kind.upper())}</text>',
        f'<text class="sf-id" x="{room - _PAD:g}" y="21.5" text-anchor="end">{escape(named)}</text>',
    ]
    y = 44.0
    for line in wrap(text, _TEXT, room - 2 * _PAD, _LINES):
        parts.append(f'<text class="sf-text" x="{_PAD:g}" y="{y:.1f}">{escape(line)}</text>')
        y += _LEADING
    answers = _answers(question, language, survey)
    if scale(question):
        parts.append(_strip(question, y - 9.0, room))
        y += 24.0
    elif answers:
        line = clip(answers, 11, room - 2 * _PAD)
        parts.append(f'<text class="sf-answers" x="{_PAD:g}" y="{y:.1f}">{escape(line)}</text>')
        y += 18.0
    if notes := _notes(node, language):
        parts.append(f'<text class="sf-note" x="{_PAD:g}" y="{y:.1f}">{escape(clip(notes, 10, room - 28))}</text>')
    parts.append("</g>")
    return "".join(parts)
