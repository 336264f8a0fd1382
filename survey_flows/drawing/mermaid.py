"""A survey's flow as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Sequence

from survey_flows.drawing import card
from survey_flows.drawing.edges import END, START, Edge, is_quota
from survey_flows.drawing.words import clip
from survey_flows.model import Survey

_EXITS = {"exit:person": "a person takes over", "exit:timeout": "closed by time-out"}
_STYLES = {
    "score": "fill:#efedff,stroke:#5b4bdb,color:#1d2130",
    "pick": "fill:#e2f5f3,stroke:#0b8a7d,color:#1d2130",
    "open": "fill:#fdf0df,stroke:#b4690e,color:#1d2130",
    "say": "fill:#eef0f4,stroke:#64708a,color:#1d2130",
}


def write(survey: Survey, language: str, edges: Sequence[Edge]) -> str:
    """The flowchart's source. Edges of quotas are left out, as they lead from everywhere to one ending; a comment
    names them."""
    names = {START: "start"} | {node.id: f"n{n}" for n, node in enumerate(survey.nodes)}
    names |= {END + key: f"e{n}" for n, key in enumerate(survey.endings)}
    names |= {key: key.replace(":", "_") for key in _EXITS}
    lines = ["flowchart TD", "  start([Start])"]
    for node in survey.nodes:
        text = clip(card.say(node.question.text, language, survey), 13.0, 320.0)
        family = card.FAMILIES.get(node.question.type, "open")
        lines.append(f'  {names[node.id]}["{_quoted(f"{node.id}: {text}")}"]:::{family}')
    drawn = [edge for edge in edges if not is_quota(survey, edge)]
    used = {edge.target for edge in edges}
    lines += [f'  {names[END + key]}(["{_quoted(key)}"])' for key in survey.endings if END + key in used]
    lines += [f'  {names[key]}(["{words}"])' for key, words in _EXITS.items() if key in used]
    if "end:done" in used and "done" not in survey.endings:
        names["end:done"] = "done"
        lines.append("  done([done])")
    for edge in drawn:
        label = f'|"{_quoted(edge.label)}"|' if edge.label else ""
        lines.append(f"  {names[edge.source]} -->{label} {names[edge.target]}")
    lines += [f"  %% before each question: quota {q.name} full, then {names[END + q.then]}" for q in survey.quotas]
    lines += [f"  classDef {family} {style}" for family, style in _STYLES.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Mermaid reads HTML entities; quotes, angle brackets and hashes would end or change a label."""
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return " ".join(text.split())
