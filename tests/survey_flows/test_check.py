"""Each check finds what it is for, where it is, and stays silent otherwise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.survey import command
from survey_flows.check import DEFINITIONS, MORE_MAY_FOLLOW, Finding, check_file, check_survey, failed
from survey_flows.checks.finding import channels
from survey_flows.duration import longest_path, minutes
from survey_flows.loader import load_file, load_survey
from tests.survey_flows.small_surveys import ENDINGS, EVERYTHING, HEAD, source_of, survey_of

SCORE = "{id: score, type: nps, required: true, on_unreadable: hand_over}"
TWO = HEAD.replace("[en]", "[en, de]")


def findings(*questions: str, rest: str = ENDINGS, head: str = HEAD) -> list[Finding]:
    return list(check_survey(survey_of(*questions, rest=rest, head=head), "test.yml"))


def options(*labels: str) -> str:
    listed = ", ".join(f"{{key: k{n}, label: {{en: '{label}'}}}}" for n, label in enumerate(labels))
    return f"{{id: pick, type: choice, options: [{listed}]}}"


def keyed(key: str, question: str = "pick") -> str:
    """A question whose options have long keys."""
    listed = f"{{key: {key}, label: {{en: A}}}}, {{key: b, label: {{en: B}}}}"
    return f"{{id: {question}, type: choice, options: [{listed}]}}"


CASES = [
    ("a question behind a jump that everybody takes", "error", 'ever comes to the question "lost"',
     [SCORE[:-1] + ", next: [{goto: last}]}", "{id: lost, type: text}", "{id: last, type: text}"]),
    ("two guards that exclude each other", "error", 'ever comes to the question "lost"',
     [SCORE, "{id: lost, type: text, when: score <= 6 and score.band == promoter}"]),
    ("a guard that an earlier jump has made impossible", "warning", "`score <= 6` can never hold",
     [SCORE[:-1] + ", next: [{if: score <= 6, goto: last}]}", "{id: lost, type: text, when: score <= 6}",
      "{id: last, type: text}"]),
    ("a jump that one before it shadows", "warning", "`score <= 3` can never hold",
     [SCORE[:-1] + ", next: [{if: score <= 6, goto: b}, {if: score <= 3, goto: c}]}",
      "{id: a, type: text}", "{id: b, type: text}", "{id: c, type: text}"]),
    ("a jump that always holds", "warning", "`score >= 0` always holds",
     [SCORE[:-1] + ", next: [{if: score >= 0, goto: b}]}", "{id: a, type: text}", "{id: b, type: text}"]),
    ("a guard that says what a jump said", "info", "`score > 6` always holds",
     [SCORE[:-1] + ', next: [{if: score <= 6, goto: "end:done"}]}', "{id: a, type: text, when: score > 6}"]),
    ("more options than keys", "warning", "10 options; a keypad tells 9 apart", [options(*"ABCDEFGHIJ")]),
    ("two options of one name", "error", '"same" (en) means 2 options', [options("Same", "same ")]),
    ("a label the provider takes for an opt-out", "error", 'answers "Stop" (en) to "pick" by SMS is unsubscribed',
     [options("Stop", "Go")]),
    ("a label too long for buttons", "warning", "WhatsApp shows 20 with 2 options", [options("x" * 21, "y")]),
    ("a label too long for a list", "warning", "WhatsApp shows 24 with 4 options", [options("x" * 25, "b", "c", "d")]),
    ("a text that tells callers to write", "info", 'tells callers to write or tap in en ("Write to us")',
     ["{id: a, type: text, text: {en: Write to us about it}}"]),
    ("a curly quote", "warning", "only because of “’” (U+2019): it costs 2 SMS segments instead of 1",
     ["{id: a, type: text, text: {en: \"What’s wrong? " + "x" * 80 + "\"}}"]),
    ("a curly quote that costs nothing", "info", "only because of “’” (U+2019); at its length that costs nothing more.",
     ["{id: a, type: text, text: {en: 'What’s wrong?'}}"]),
    ("an emoji that doubles the price", "warning", "only because of “🙂” (U+1F642): it costs 2 SMS segments",
     ["{id: a, type: text, text: {en: \"What is wrong? 🙂" + "x" * 80 + "\"}}"]),
    ("more options than a list holds", "info", "has 11 options; WhatsApp lists 10", [options(*"ABCDEFGHIJK")]),
    ("a label too long for Telegram", "warning", "Telegram shows 64 with 2 options", [options("x" * 65, "y")]),
    ("a label too long for Slack", "warning", "Slack shows 75 with 2 options", [options("x" * 76, "y")]),
    ("keys too long for Telegram's buttons", "warning", 'too long for the buttons of Telegram (64 bytes each)',
     [keyed("k" * 62)]),
    ("a text that keeps a caller waiting", "info", "takes a caller about 26 seconds to hear in en",
     ["{id: a, type: text, text: {en: '" + "x" * 400 + "'}}"]),
    ("a text that a call can't say", "error", "has 5000 characters in en; telephone takes 4096",
     ["{id: a, type: text, text: {en: '" + "x" * 5000 + "'}}"]),
    ("many segments", "info", "takes 3 SMS segments in en (400 characters, GSM-7)",
     ["{id: a, type: text, text: {en: '" + "x" * 400 + "'}}"]),
    ("a text no channel takes", "error", "has 2000 characters in en; SMS takes 1600",
     ["{id: a, type: text, text: {en: '" + "x" * 2000 + "'}}"]),
    ("many questions", "warning", "takes about 6.0 minutes", [f"{{id: q{n}, type: text}}" for n in range(12)]),
]  # fmt: skip


@pytest.mark.parametrize(("level", "says", "questions"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_is_found(level: str, says: str, questions: list[str]) -> None:
    found = [f for f in findings(*questions) if says in f.what]
    assert [f.level for f in found] == [level], [str(f) for f in findings(*questions)]


def test_a_finding_says_the_line_and_how_to_mend_it() -> None:
    (found,) = [f for f in findings(SCORE, "{id: lost, type: text, when: score > 10}") if f.level == "error"]
    assert (found.file, found.line) == ("test.yml", 8)
    assert found.mend.startswith("Loosen its `when`")


def test_a_short_label_mends_a_long_one() -> None:
    pick = "{id: pick, type: choice, options: [{key: a, label: {en: 'A very long label indeed'}, short: {en: Long}}, "
    pick += "{key: b, label: {en: B}}]}"
    assert not [f for f in findings(pick) if "WhatsApp" in f.what]


def test_an_id_that_the_buttons_hold_together_is_none_too_long() -> None:
    assert not [f for f in findings(keyed("k" * 40, "q" * 30)) if "too long for the buttons" in f.what]


def test_a_curly_quote_costs_nothing_more_where_letters_need_ucs2_anyway() -> None:
    assert not [f for f in findings("{id: a, type: text, text: {en: 'ç’'}}") if f.level == "warning"]


@pytest.mark.parametrize(("spoken", "found"), [("", 1), ("greeting_spoken: {en: Hi. Say yes.}\n", 0)])
def test_a_greeting_for_callers_may_differ_from_the_written_one(spoken: str, found: int) -> None:
    rest = ENDINGS + "greeting: {en: Hi. Tap below.}\n" + spoken
    assert len([f for f in findings(SCORE, rest=rest) if "tells callers to write" in f.what]) == found


def test_every_missing_translation_is_named_once() -> None:
    question = "{id: a, type: text, text: {en: Well, de: Und}, help: {en: Say anything}}"
    found = [f.what for f in findings(question, head=TWO) if "missing in" in f.what]
    assert sorted(found) == [
        '"help" of question "a" is missing in de.',
        'The text of ending "done" is missing in de.',
        "The title is missing in de.",
    ]


def test_an_ending_that_nobody_reaches_is_found_at_its_line() -> None:
    rest = ENDINGS + '  other: {text: {en: "Bye"}}\n'
    (found,) = [f for f in findings(SCORE, rest=rest) if "arrives at" in f.what]
    assert (found.level, found.line, found.what) == ("warning", 10, 'Nobody ever arrives at the ending "other".')


def test_a_recovery_rule_that_never_fires_is_found() -> None:
    rest = ENDINGS + "recovery:\n  - {when: score > 10, team: care}\n"
    assert [f.level for f in findings(SCORE, rest=rest) if "`score > 10` can never hold" in f.what] == ["warning"]


def test_a_skipped_question_counts_as_a_way() -> None:
    """`score > 6` and `score <= 6` do not cover everybody when the score may be skipped."""
    questions = [
        "{id: score, type: nps}",
        "{id: low, type: text, when: score <= 6}",
        "{id: rest, type: text, when: not score <= 6}",
    ]
    assert not [f for f in findings(*questions) if f.level != "info"]
    assert not [
        f for f in findings("{id: score, type: nps}", "{id: b, type: text, when: skipped(score)}") if f.level != "info"
    ]


def test_what_the_loader_reports_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "broken.yml"
    file.write_text(source_of("{id: a, type: nsp}"), encoding="utf-8")
    found, more = check_file(file)
    assert (found.level, found.file, found.line) == ("error", str(file), 7)
    assert (more.level, more.what) == ("info", MORE_MAY_FOLLOW)
    assert 'Did you mean "nps"?' in found.mend


def test_the_ready_surveys_have_neither_errors_nor_warnings() -> None:
    bad = [str(f) for path in sorted(DEFINITIONS.glob("*.yml")) for f in check_file(path) if f.level != "info"]
    assert bad == []


def test_time_is_that_of_the_longest_way() -> None:
    survey = survey_of(SCORE, "{id: low, type: text, when: score <= 6}", "{id: high, type: yes_no, when: score > 6}")
    assert minutes(survey) == pytest.approx((10 + 30) / 60)


def test_the_longest_path_counts_the_questions_one_customer_is_asked_at_most() -> None:
    branches = ["{id: low, type: text, when: score <= 6}", "{id: high, type: yes_no, when: score > 6}"]
    assert longest_path(survey_of(SCORE, *branches, "{id: hello, type: message}")) == 2
    assert longest_path(load_survey(EVERYTHING)) < len(load_survey(EVERYTHING).nodes)


@pytest.mark.parametrize(("key", "most"), [("delivery_nps", 3), ("churn_exit", 5), ("product_feedback", 5)])
def test_the_ready_surveys_ask_no_more_than_their_greeting_promises(key: str, most: int) -> None:
    survey = load_file(DEFINITIONS / f"{key}.yml")
    assert longest_path(survey) == most  # product_feedback: four features, of which a customer rates up to three
    assert re.search(rf"\b{most} (short )?questions", survey.greeting["en"])


@pytest.mark.parametrize(("levels", "strict", "expected"), [
    (["info"], True, False), (["warning"], False, False), (["warning"], True, True),
    (["error"], False, True), ([], True, False),
])  # fmt: skip
def test_what_stops_a_publication(levels: list[str], strict: bool, expected: bool) -> None:
    assert failed([Finding(level, "a.yml", 1, "x") for level in levels], strict) is expected  # type: ignore[arg-type]


def test_every_limit_of_a_channel_has_a_source() -> None:
    for name, limits in channels().items():
        for part, limit in limits.items():
            if isinstance(limit, dict):
                assert limit.get("source"), f"{name}.{part} has no source"


def test_three_hundred_questions_are_checked_quickly_enough_to_be_exact() -> None:
    """Guards over one score do not multiply: states stay linear in the questions."""
    questions = [SCORE, *(f"{{id: q{n}, type: yes_no, when: score <= {n % 10}}}" for n in range(300))]
    from survey_flows.paths.walk import walk

    found = walk(load_survey(source_of(*questions)))
    assert found.exact
    assert found.states < 300 * 25


@pytest.mark.parametrize(
    ("arguments", "code"), [(["delivery_nps"], 0), (["delivery_nps", "--strict"], 0), (["nosuch"], 2), ([], 0)]
)
def test_the_exit_code_says_how_it_went(arguments: list[str], code: int) -> None:
    from bot.cli import main

    assert CliRunner().invoke(main, ["survey", "check", *arguments]).exit_code == code


def test_the_command_fails_on_errors_and_with_strict_on_warnings(tmp_path: Path) -> None:
    file = tmp_path / "test.yml"
    file.write_text(source_of(options("x" * 21, "y")), encoding="utf-8")
    assert CliRunner().invoke(command, ["check", str(file)]).exit_code == 0
    assert CliRunner().invoke(command, ["check", str(file), "--strict"]).exit_code == 1


def write(file: Path, *questions: str) -> None:
    """A survey whose key is the file's name."""
    file.write_text(source_of(*questions).replace("key: test", f"key: {file.stem}"), encoding="utf-8")


def checked(*files: Path) -> str:
    """The last line that the command says of them."""
    return CliRunner().invoke(command, ["check", *map(str, files)]).stdout.splitlines()[-1]


def test_the_last_line_says_what_is_fine(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yml", tmp_path / "second.yml"
    write(first, SCORE)
    write(second, "{id: a, type: yes_no}", "{id: b, type: yes_no}")
    assert checked(first) == "1 survey fine: 1 question, 1 language (en)."
    assert checked(first, second) == "2 surveys fine: 3 questions, 1 language (en)."


def test_the_last_line_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    fine, warned, broken = (tmp_path / f"{name}.yml" for name in ("fine", "warned", "broken"))
    write(fine, SCORE)
    write(warned, options("x" * 21, "y"))
    broken.write_text("format: 1\nkey: broken\nquestions: 7\n", encoding="utf-8")
    said = checked(fine, warned, broken)
    assert said.startswith(f"1 of 3 surveys fine: 1 question, 1 language (en). Not fine: {warned} (")
    assert re.search(r"warned\.yml \(\d+ warnings?, line \d+", said)
    assert re.search(r"broken\.yml \(\d+ errors?, line [\d, ]+\)\.$", said)
    assert checked(broken).startswith("0 of 1 survey fine. Not fine: ")


def test_what_each_message_costs_by_sms(tmp_path: Path) -> None:
    file = tmp_path / "test.yml"
    file.write_text(source_of("{id: a, type: text, text: {en: '" + "x" * 161 + "'}}"), encoding="utf-8")
    shown = CliRunner().invoke(command, ["check", str(file), "--sms"]).stdout
    assert '  en  2 segments  GSM-7   161 characters  The question "a" (line 7)' in shown
    costs = json.loads(CliRunner().invoke(command, ["check", str(file), "--sms", "--format", "json"]).stdout)
    assert [c["segments"] for c in costs[str(file)]] == [2, 1]


def test_findings_as_json() -> None:
    result = CliRunner().invoke(command, ["check", "delivery_nps", "--format", "json"])
    assert {"level", "file", "line", "what", "mend"} == set(json.loads(result.stdout)[0])
