"""The picture of a survey's flow: as SVG for people, as Mermaid for documents, as edges for programs.

The layout is our own (`drawing/layout.py`), as a survey is a graph without cycles and no Graphviz is at hand. Nothing
here reads a clock or a file: the same survey gives the same picture, byte for byte.
"""

from __future__ import annotations

from survey_flows.drawing import mermaid as mermaid_text
from survey_flows.drawing import svg as svg_text
from survey_flows.drawing.edges import END, START, Edge, edges
from survey_flows.drawing.scene import compose
from survey_flows.drawing.style import CSS
from survey_flows.drawing.told import told
from survey_flows.duration import minutes
from survey_flows.model import Survey

__all__ = ["CSS", "END", "START", "Edge", "edges", "mermaid", "svg"]


def svg(survey: Survey, language: str, current: str | None = None) -> str:
    """An SVG document of the flow, texts in `language` (falling back to the survey's first).

    `current` lights one node. Each node is a ``<g data-node="ID">``; class ``sf-current`` lights it, so that a page
    can move the light by itself. The style sheet is inside; where a content policy forbids that, link `CSS` from the
    page's own origin.
    Errors: ValueError when `current` names no node or ending.
    """
    known = {node.id for node in survey.nodes} | {END + key for key in survey.endings}
    if current is not None and current not in known:
        raise ValueError(f'There is no node "{current}" in {survey.key}. Its nodes are: {", ".join(sorted(known))}.')
    found = edges(survey)
    return svg_text.write(
        survey, language, compose(survey, language, found), current, _about(survey, language), _foot(survey, language)
    )


def mermaid(survey: Survey, language: str) -> str:
    """The flow as a Mermaid flowchart, which GitHub and many wikis show as a picture."""
    return mermaid_text.write(survey, language, edges(survey))


def _about(survey: Survey, language: str) -> str:
    asked = sum(node.question.type != "message" for node in survey.nodes)
    return told(
        language,
        "about",
        survey=survey.key,
        questions=told(language, "questions.one" if asked == 1 else "questions.more", n=asked),
        time=_spoken(minutes(survey), language),
        languages=", ".join(survey.languages),
    )


def _spoken(time: float, language: str) -> str:
    size = "half" if time < 0.75 else "one" if time < 1.5 else "more"
    return told(language, f"time.{size}", n=round(time))


def _foot(survey: Survey, language: str) -> list[str]:
    lines = [told(language, "quota", name=q.name, limit=q.limit, end=q.then) for q in survey.quotas]
    lines += [told(language, "case", team=r.team, condition=r.when.source) for r in survey.recovery]
    return lines
