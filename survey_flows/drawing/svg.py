"""A scene as SVG: no scripts, no fonts or files from elsewhere, safe to show inline or as an image."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from survey_flows.drawing import card, scene
from survey_flows.drawing.edges import END, START
from survey_flows.drawing.layout import Route
from survey_flows.drawing.scene import Arrow, Frame, Scene
from survey_flows.drawing.style import CSS
from survey_flows.drawing.told import told
from survey_flows.drawing.words import STRONG, clip, width
from survey_flows.model import Survey

_MARGIN = 28.0
_TITLE = 62.0
_TIP = 7.0


def write(survey: Survey, language: str, scenery: Scene, current: str | None, about: str, foot: Sequence[str]) -> str:
    """The SVG document. `about` stands under the title, the lines of `foot` at the bottom."""
    wide = (
        max(scenery.placement.width, width(_title(survey, language), 19.0 * STRONG), width(about, 12.0), 320.0)
        + 2 * _MARGIN
    )
    room = wide - 2 * _MARGIN
    tall = _TITLE + scenery.placement.height + 2 * _MARGIN + 18.0 * len(foot)
    left = (wide - scenery.placement.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="survey-flow" viewBox="0 0 {wide:.0f} {tall:.0f}" '
        f'width="{wide:.0f}" height="{tall:.0f}" role="img" lang={quoteattr(language)} '
        f"aria-label={quoteattr(told(language, 'flow', title=_title(survey, language)))}>",
        f"<style>{CSS}</style>",
        f'<rect class="sf-paper" width="{wide:.0f}" height="{tall:.0f}"/>',
        f'<text class="sf-title" x="{_MARGIN:g}" y="44">{escape(_title(survey, language))}</text>',
        f'<text class="sf-about" x="{_MARGIN:g}" y="64">{escape(clip(about, 12, room))}</text>',
        f'<g transform="translate({left:.1f} {_TITLE + _MARGIN:.1f})">',
        *(_way(route) for route in scenery.placement.routes),
        *(_label(r, a) for r, a in zip(scenery.placement.routes, scenery.arrows, strict=True) if a.label),
        *(_item(survey, language, scenery, key, current) for key in scenery.items),
        "</g>",
    ]
    for n, line in enumerate(foot):
        y = tall - _MARGIN / 2 - 18.0 * (len(foot) - 1 - n)
        parts.append(f'<text class="sf-foot" x="{_MARGIN:g}" y="{y:.1f}">{escape(clip(line, 12, room))}</text>')
    parts.append("</svg>\n")
    return "\n".join(parts)


def _title(survey: Survey, language: str) -> str:
    return card.say(survey.title, language, survey) or survey.key


def _way(route: Route) -> str:
    """A smooth line: straight down through a rank, an S between two ranks, and a small triangle at the end."""
    (x, y), *rest = route.points
    end_x, end_y = route.points[-1]
    d = [f"M{x:.1f} {y:.1f}"]
    for n, (to_x, to_y) in enumerate(rest):
        stop = to_y - _TIP + 1 if n == len(rest) - 1 else to_y
        bend = (y + stop) / 2
        same = abs(to_x - x) < 0.05
        d.append(f"V{stop:.1f}" if same else f"C{x:.1f} {bend:.1f} {to_x:.1f} {bend:.1f} {to_x:.1f} {stop:.1f}")
        x, y = to_x, stop
    tip = f"M{end_x:.1f} {end_y:.1f}l-4 -{_TIP:g}h8z"
    return f'<path class="sf-way" d="{"".join(d)}"/><path class="sf-tip" d="{tip}"/>'


def _label(route: Route, arrow: Arrow) -> str:
    assert route.label is not None
    x, y = route.label
    wide = width(arrow.label, scene.LABEL_SIZE) + 8
    return (
        f'<g class="sf-label"><title>{escape(arrow.full)}</title>'
        f'<rect x="{x - wide / 2:.1f}" y="{y - 8:.1f}" width="{wide:.1f}" height="16" rx="5"/>'
        f'<text x="{x:.1f}" y="{y + 3.5:.1f}" text-anchor="middle">{escape(arrow.label)}</text></g>'
    )


def _item(survey: Survey, language: str, scenery: Scene, key: str, current: str | None) -> str:
    item, corner = scenery.items[key], scenery.placement.boxes[key]
    if isinstance(item, Frame):
        return _frame(survey, language, item, corner, scenery.sizes[key], current)
    if item is not None:
        return card.draw(survey, item, language, corner, card.WIDTH, item.id == current)
    return _pill(survey, language, key, corner, scenery.sizes[key], key == current)


def _frame(
    survey: Survey,
    language: str,
    frame: Frame,
    corner: tuple[float, float],
    size: tuple[float, float],
    current: str | None,
) -> str:
    parts = [
        f'<g class="sf-frame" transform="translate({corner[0]:.1f} {corner[1]:.1f})">',
        f'<rect width="{size[0]:.1f}" height="{size[1]:.1f}" rx="18"/>',
        f'<text class="sf-frame-note" x="16" y="20">{escape(frame.note)}</text>',
    ]
    for x, y, heading, node in scene.frame_cells(survey, language, frame):
        if node is None:
            words = escape(clip(heading, 11.5 * STRONG, card.SMALL))
            parts.append(f'<text class="sf-heading" x="{x + 2:.1f}" y="{y + 12:.1f}">{words}</text>')
        else:
            parts.append(card.draw(survey, node, language, (x, y), card.SMALL, node.id == current))
    parts.append("</g>")
    return "".join(parts)


def _pill(
    survey: Survey, language: str, key: str, corner: tuple[float, float], size: tuple[float, float], lit: bool
) -> str:
    kind, told, named = "sf-start", "", ""
    if key.startswith(END):
        ending = survey.endings.get(key.removeprefix(END))
        kind = f"sf-ending sf-{ending.status if ending else 'completed'}"
        told = f"<title>{escape(card.say(ending.text, language, survey))}</title>" if ending else ""
    elif key != START:
        kind = "sf-ending"
    named = f" data-node={quoteattr(key)}" if key != START else ""
    return (
        f'<g class="sf-pill {kind}{" sf-current" if lit else ""}"{named} '
        f'transform="translate({corner[0]:.1f} {corner[1]:.1f})">{told}'
        f'<rect width="{size[0]:.1f}" height="{size[1]:.1f}" rx="{size[1] / 2:g}"/>'
        f'<text x="{size[0] / 2:.1f}" y="{size[1] / 2 + 4.5:.1f}" text-anchor="middle">'
        f"{escape(scene.pill_text(survey, language, key))}</text></g>"
    )
