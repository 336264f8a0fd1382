"""The picture holds every step any customer can take, is well-formed, safe to show, and can be read."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_flows import draw, simulate
from survey_flows.check import DEFINITIONS
from survey_flows.drawing import layout, spacing, words
from survey_flows.drawing.layout import Box, Link
from survey_flows.loader import load_file, load_survey
from survey_flows.model import Survey
from survey_flows.paths.walk import walk
from tests.survey_flows.small_surveys import EVERYTHING, small_surveys, source_of, survey_of

READY = sorted(DEFINITIONS.glob("*.yml"))
TOLD = Path(draw.__file__).with_name("drawing") / "told.yml"
SVG = "{http://www.w3.org/2000/svg}"


def pairs(survey: Survey) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in draw.edges(survey)}


def leads(survey: Survey, drawn: set[tuple[str, str]], source: str, target: str) -> bool:
    """Whether the picture has a way from `source` to `target` on which only messages lie between."""
    messages = {node.id for node in survey.nodes if node.question.type == "message"}
    seen, todo = {source}, [source]
    while todo:
        here = todo.pop()
        if (here, target) in drawn:
            return True
        onward = {b for a, b in drawn if a == here and b in messages} - seen
        seen |= onward
        todo.extend(onward)
    return False


def missing_steps(survey: Survey, customers: int, seed: int) -> set[tuple[str, str]]:
    """Steps that random customers took and the picture does not have."""
    drawn = pairs(survey)
    result = simulate.run(survey, customers, seed)
    taken = {step for path in result.paths for step in zip((draw.START, *path), path, strict=False)}
    return {step for step in taken if not leads(survey, drawn, *step)}


@pytest.mark.parametrize("path", READY, ids=lambda p: p.stem)
def test_every_path_taken_is_drawn(path: Path) -> None:
    assert missing_steps(load_file(path), 200, seed=7) == set()


def test_every_path_taken_is_drawn_with_loops_shuffles_splits_and_quotas() -> None:
    assert missing_steps(load_survey(EVERYTHING), 400, seed=3) == set()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_surveys(), st.integers(0, 1000))
def test_every_path_taken_is_drawn_in_any_survey(source: str, seed: int) -> None:
    assert missing_steps(load_survey(source), 15, seed) == set()


def test_the_walk_is_exact_for_all_ready_surveys() -> None:
    assert all(walk(load_file(path)).exact for path in READY)


def test_steps_that_no_answer_allows_are_not_drawn() -> None:
    survey = survey_of(
        "{id: score, type: nps, required: true, on_unreadable: hand_over}",
        "{id: low, type: text, when: score <= 6}",
        "{id: high, type: text, when: score > 6}",
    )
    assert pairs(survey) == {
        ("start:", "score"), ("score", "low"), ("score", "high"), ("score", "exit:person"),
        ("low", "end:done"), ("high", "end:done"),
    }  # fmt: skip


def test_a_walk_beyond_its_bound_draws_too_much_never_too_little() -> None:
    survey = load_survey(EVERYTHING)
    exact, loose = walk(survey), walk(survey, most_states=5)
    assert (exact.exact, loose.exact) == (True, False)
    assert {(s.source, s.target) for s in exact.steps} <= {(s.source, s.target) for s in loose.steps}


def test_a_large_shuffled_group_is_bounded() -> None:
    """Fourteen members have 16,384 sets of members left; the walk does not go through them all."""
    members = ", ".join(f"{{id: s{n}, type: yes_no, text: {{en: Well}}}}" for n in range(14))
    survey = load_survey(source_of(f"{{group: mixed, shuffle: true, questions: [{members}]}}"))
    found = walk(survey, most_states=2000)
    assert not found.exact
    assert found.states < 200
    assert missing_steps(survey, 20, seed=1) == set()


def test_members_of_a_shuffled_group_lead_to_each_other() -> None:
    survey = load_survey(EVERYTHING)
    assert {("again", "amount"), ("amount", "again"), ("liked", "again"), ("liked", "amount")} <= pairs(survey)


@pytest.mark.parametrize("path", READY, ids=lambda p: p.stem)
def test_every_question_is_a_group_that_a_page_can_light(path: Path) -> None:
    survey = load_file(path)
    for language in survey.languages:
        root = ET.fromstring(draw.svg(survey, language))
        drawn = {group.get("data-node") for group in root.iter(f"{SVG}g") if group.get("data-node")}
        assert {node.id for node in survey.nodes} <= drawn


def test_the_current_node_is_lit_and_no_other() -> None:
    survey = load_survey(EVERYTHING)
    root = ET.fromstring(draw.svg(survey, "en", current="topic.speed.rate"))
    lit = [g.get("data-node") for g in root.iter(f"{SVG}g") if "sf-current" in (g.get("class") or "").split()]
    assert lit == ["topic.speed.rate"]


def test_an_unknown_current_node_is_a_sentence() -> None:
    with pytest.raises(ValueError, match='no node "nope"'):
        draw.svg(load_survey(EVERYTHING), "en", current="nope")


def test_a_picture_has_no_scripts_links_or_live_markup() -> None:
    survey = survey_of('{id: a, type: yes_no, text: {en: "<script>alert(1)</script> & \\"quotes\\""}}')
    svg = draw.svg(survey, "en")
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "style", "g", "rect", "text", "title", "path", "circle"}
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_the_same_survey_gives_the_same_picture() -> None:
    assert draw.svg(load_survey(EVERYTHING), "en") == draw.svg(load_survey(EVERYTHING), "en")


def test_mermaid_names_every_question_and_condition() -> None:
    text = draw.mermaid(load_survey(EVERYTHING), "en")
    assert text.startswith("flowchart TD\n")
    assert "score: Would you recommend us?" in text
    assert 'n0 -->|"contact.tier == #quot;test#quot;"| e1' in text


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 12).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))
    )
)
def test_boxes_never_overlap_and_arrows_point_down(graph: tuple[int, set[tuple[int, int]]]) -> None:
    count, ends = graph
    boxes = [Box(str(n), 100.0 + 10 * n, 40.0 + 5 * n) for n in range(count)]
    links = [Link(str(a), str(b), 60.0, 15.0) for a, b in sorted(ends) if a < b]
    placed = layout.place(boxes, links)
    for n, a in enumerate(boxes):
        for b in boxes[n + 1 :]:
            (ax, ay), (bx, by) = placed.boxes[a.id], placed.boxes[b.id]
            apart = ax + a.width <= bx or bx + b.width <= ax or ay + a.height <= by or by + b.height <= ay
            assert apart, (a, b)
    for route in placed.routes:
        heights = [y for _, y in route.points]
        assert heights == sorted(heights)


def test_an_arrow_that_leads_back_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lead forward"):
        layout.place([Box("a", 1, 1), Box("b", 1, 1)], [Link("b", "a")])


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.1, 10.0)), min_size=1, max_size=12))
def test_spread_keeps_order_and_distance(wishes: list[tuple[float, float]]) -> None:
    gaps = [10.0] * (len(wishes) - 1)
    placed = spacing.spread([x for x, _ in wishes], [w for _, w in wishes], gaps)
    assert all(b - a >= 10.0 - 1e-6 for a, b in itertools.pairwise(placed))


@given(st.text(max_size=200), st.floats(40, 300), st.integers(1, 4))
def test_wrapped_lines_fit(text: str, room: float, lines: int) -> None:
    wrapped = words.wrap(text, 13.0, room, lines)
    assert len(wrapped) <= lines
    assert all(words.width(line, 13.0) <= room + 13.0 for line in wrapped)


def spoken(survey: Survey, language: str) -> set[str]:
    return {text.text or "" for text in ET.fromstring(draw.svg(survey, language)).iter(f"{SVG}text")}


def test_a_picture_speaks_its_readers_language_and_english_where_it_has_no_words() -> None:
    survey = survey_of("{id: score, type: yes_no, required: true, on_unreadable: hand_over}")

    assert {"JA ODER NEIN", "Pflicht", "nicht verstanden", "ein Mensch übernimmt"} <= spoken(survey, "de")
    assert {"YES NO", "required", "not understood", "a person takes over"} <= spoken(survey, "pl")


def test_a_picture_has_the_same_words_in_each_language() -> None:
    def keys(words: Mapping[str, object], at: str = "") -> set[str]:
        nested = (keys(part, f"{at}{key}.") if isinstance(part, dict) else {at + key} for key, part in words.items())
        return set().union(*nested)

    english, german = (keys(part) for part in yaml.safe_load(TOLD.read_text(encoding="utf-8")).values())
    assert english == german


@pytest.mark.parametrize(
    ("text", "widest"),
    [("Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", 28.82), ("AUSWAHL", 5.03), ("Ärger über Öl", 6.75)],
)
def test_words_are_thought_as_wide_as_in_the_widest_of_the_common_faces(text: str, widest: float) -> None:
    """`widest`: advance widths in DejaVu Sans, in em, from the font's file."""
    assert widest <= words.width(text, 1.0) <= 1.05 * widest
