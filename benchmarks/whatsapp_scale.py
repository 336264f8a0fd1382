"""Forms of a 0-10 question on WhatsApp, side by side: what each costs the customer, as far as it can be counted here.

    .venv/bin/python benchmarks/whatsapp_scale.py

Each form is rendered in the four languages of the shipped delivery survey and checked by the local provider's limits.
Taps are counted by a model, not measured on people: a quick reply is 1; a list is 3 (open, choose, send); typing is 3
and one for each digit (into the field, to the digits, send). The mean is over the eleven scores alike. What a form does
to the answers is not counted: docs/adr/0008-a-score-is-typed-on-whatsapp.md has what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from channels.contract import Outbound
from channels.twilio_whatsapp.local_provider import wrong_with
from channels.twilio_whatsapp.render import content, scale_line, texts
from survey_flows import engine
from survey_flows.loader import load_file
from survey_flows.opening import opening
from survey_flows.prompt import Choice, Prompt

SURVEY = Path(engine.__file__).parent / "definitions" / "delivery_nps.yml"
SCORES = range(11)
BUTTON, LIST, TYPED = 1, 3, 3


@dataclass(frozen=True)
class Form:
    """`asked`: the messages that a customer with this score sees, in order. `grouped`: whether scores are shown in
    groups, which suggests that those of one group are alike."""

    name: str
    asked: Callable[[Prompt, int], Sequence[Outbound]]
    grouped: bool


def _choices(prompt: Prompt, groups: Sequence[Sequence[int]], words: str) -> Outbound:
    choices = tuple(
        Choice(group[0], str(group[0]) if len(group) == 1 else f"{group[0]}–{group[-1]}") for group in groups
    )
    return Outbound(prompt=Prompt(prompt.question, "choice", words, prompt.language, choices))


def _steps(*groups: range) -> Callable[[Prompt, int], Sequence[Outbound]]:
    """First which group, then which of it; a group of one needs no second step."""

    def asked(prompt: Prompt, score: int) -> Sequence[Outbound]:
        mine = next(group for group in groups if score in group)
        ends = scale_line(prompt)
        first = _choices(prompt, [list(group) for group in groups], f"{prompt.text}\n{ends}")
        return [first] if len(mine) == 1 else [first, _choices(prompt, [[one] for one in mine], ends)]

    return asked


def _line(prompt: Prompt, score: int) -> Sequence[Outbound]:
    return [Outbound(prompt=prompt)]


FORMS = (
    Form("a number is typed (chosen)", _line, False),
    Form("two steps: 0–3, 4–7, 8–10", _steps(range(4), range(4, 8), range(8, 11)), True),
    Form("two steps by NPS band: 0–6, 7–8, 9–10", _steps(range(7), range(7, 9), range(9, 11)), True),
    Form("a list of 10, 0 and 1 in one row", _steps(range(2), *(range(n, n + 1) for n in range(2, 11))), True),
)


def taps(message: Outbound, score: int) -> int:
    """Of one message, by the form that it takes on WhatsApp."""
    made = content(message)
    if made is None:
        return TYPED + len(str(score))
    assert not wrong_with(made.definition), wrong_with(made.definition)
    return BUTTON if "twilio/quick-reply" in made.definition["types"] else LIST


def read(message: Outbound) -> int:
    """Characters that stand in the chat before the customer does anything: a closed list shows none of its rows."""
    assert message.prompt is not None
    made = content(message)
    if made is None:
        return len("".join(texts(message)))
    shown = "".join(c.label for c in message.prompt.choices) if "twilio/quick-reply" in made.definition["types"] else ""
    return len(message.prompt.text) + len(shown)


def measure(form: Form, prompts: Sequence[Prompt]) -> tuple[float, int, float, float, int]:
    """Mean taps, most taps, mean messages to the customer, mean characters to read, contents at Twilio."""
    runs = [(score, form.asked(prompt, score)) for prompt in prompts for score in SCORES]
    each = [sum(taps(message, score) for message in asked) for score, asked in runs]
    contents = {made.fingerprint for _, asked in runs for message in asked if (made := content(message))}
    return (
        mean(each),
        max(each),
        mean(len(asked) for _, asked in runs),
        mean(sum(map(read, asked)) for _, asked in runs),
        len(contents),
    )


def main() -> None:
    survey = load_file(SURVEY)
    prompts = [prompt for language in survey.languages if (prompt := opening(survey, language).prompt)]
    print(
        "| form | taps, mean | taps, most | messages, mean | characters to read | contents at Twilio | groups scores |"
    )
    print("|---|---|---|---|---|---|---|")
    for form in FORMS:
        average, most, messages, characters, contents = measure(form, prompts)
        groups = "yes" if form.grouped else "no"
        print(f"| {form.name} | {average:.1f} | {most} | {messages:.1f} | {characters:.0f} | {contents} | {groups} |")


if __name__ == "__main__":
    main()
