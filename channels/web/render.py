"""A message to the customer → what the page draws. The form is decided here, by what the imitated channel can do; the
page only draws."""

from __future__ import annotations

from typing import Any

from channels.contract import Capabilities, Outbound
from channels.forms import Form, form_of, label, rows
from channels.looks import LOOKS
from channels.phrases import phrase
from survey_flows.prompt import Choice, Prompt


def render(channel: str, message: Outbound) -> dict[str, Any]:
    """The drawing instructions for `message` on the imitated `channel`, as JSON.

    `text` is what is written in the bubble and `speech` what a telephone says. `form` is one of
    `channels.forms.Form`; `question` what a
    pressed button sends back; `rows` the buttons; `keys` (keypad) digits → value, and `longest` how many digits a key
    sequence can have.
    """
    can = LOOKS[channel]
    if message.prompt is None:
        text = clip(message.text, can)
        return {"form": "plain", "text": text, "speech": text}
    return _question(message.prompt, can)


def _question(prompt: Prompt, can: Capabilities) -> dict[str, Any]:
    form = form_of(prompt, can)
    view: dict[str, Any] = {
        "form": form,
        "kind": prompt.form,
        "question": prompt.question,
        "language": prompt.language,
        "text": clip(_written(prompt, form), can),
        "speech": clip(_spoken(prompt, form), can),
        "low": prompt.low,
        "high": prompt.high,
    }
    if form in ("buttons", "list", "toggles"):
        scale = prompt.form == "scale"
        view["rows"] = [[_button(c) for c in row] for row in rows(prompt.offered, scale)]
        if scale:
            _explain_ends(prompt, view["rows"])
        view["menu"], view["send"] = phrase(prompt.language, "menu"), phrase(prompt.language, "send")
    if form == "keypad":
        view["keys"] = [
            {"digits": _keys(c, n), "value": c.value, "label": label(c)} for n, c in enumerate(prompt.choices, 1)
        ]
        view["longest"] = max(len(key["digits"]) for key in view["keys"])
        view["several"] = prompt.form == "multi_choice"
    return view


def _button(choice: Choice) -> dict[str, Any]:
    return {"value": choice.value, "label": label(choice), "full": choice.label}


def _explain_ends(prompt: Prompt, buttons: list[list[dict[str, Any]]]) -> None:
    """What the ends of a scale mean, beside the first and the last choice (a list has room for it)."""
    buttons[0][0]["note"], buttons[-1][-1]["note"] = prompt.low, prompt.high


def _keys(choice: Choice, position: int) -> str:
    return choice.keypad or str(position)


def _written(prompt: Prompt, form: Form) -> str:
    """The words in the bubble. Where there is nothing to press they say how to answer."""
    lines = [prompt.text]
    if form == "scale_line":
        lines.append(_ends(prompt))
    elif form == "numbered":
        lines += [f"{n}. {label(c)}" for n, c in prompt.numbered]
        lines.append(phrase(prompt.language, "several" if prompt.form == "multi_choice" else "one"))
    return "\n".join(line for line in lines if line)


def _ends(prompt: Prompt) -> str:
    first, last = prompt.choices[0].label, prompt.choices[-1].label
    low = f"{first} ({prompt.low})" if prompt.low else first
    high = f"{last} ({prompt.high})" if prompt.high else last
    return f"{low} – {high}"


def _spoken(prompt: Prompt, form: Form) -> str:
    """The words a telephone says: the question, then what to press."""
    if form != "keypad":
        return prompt.text
    if prompt.form == "scale":
        keys = phrase(prompt.language, "press_scale", low=prompt.choices[0].label, high=prompt.choices[-1].label)
    else:
        keys = " ".join(
            phrase(prompt.language, "press", label=c.short or c.label, keys=_keys(c, n)) for n, c in prompt.numbered
        )
    if prompt.form == "multi_choice":
        keys = f"{keys} {phrase(prompt.language, 'hash')}"
    return f"{prompt.text} {keys}"


def clip(text: str, can: Capabilities) -> str:
    """`text` within the channel's limit; what is cut off is shown as cut off."""
    return text if len(text) <= can.text_limit else text[: can.text_limit - 1] + "…"
