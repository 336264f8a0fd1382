"""Who gets a case, how urgent it is, and by when somebody answers; and the file that says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.ports import CaseFacts
from bot.errors import ConductorError
from bot.recovery import clocks
from bot.recovery.desk import Desk, Team, around_the_clock
from bot.recovery.desk_file import read_desk
from tests.doubles import NOON

ROOT = Path(__file__).resolve().parents[2]
FILE = """
teams:
  care:
    {timezone: Europe/Berlin, hours: "Mon-Fri 09:00-17:00", holidays: DE, next_team: lead, first_response: {high: 1h}}
  lead: {notify: {email: [lead@example.com]}}
routing:
  - {when: {touchpoint: delivery, contact.tier: [gold, platinum]}, team: lead, priority: urgent}
  - {when: {reason: complaint}, team: lead}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "recovery.yml").write_text(FILE)
    return read_desk(tmp_path / "recovery.yml")


def low_score(**more: Any) -> CaseFacts:
    return CaseFacts(**{"reason": "score", "touchpoint": "delivery", "priority": "high", **more})


@pytest.mark.parametrize(
    ("facts", "team", "priority"),
    [
        (low_score(), "care", "high"),
        (low_score(team="lead"), "lead", "high"),  # the survey names it
        (low_score(team="care", attributes={"tier": "gold"}), "lead", "urgent"),  # a route goes before the survey
        (low_score(attributes={"tier": "silver"}), "care", "high"),
        (low_score(touchpoint="shop", attributes={"tier": "gold"}), "care", "high"),  # all of `when` must hold
        (CaseFacts("complaint"), "lead", "high"),
        (CaseFacts("asked"), "care", "high"),
        (CaseFacts("failure"), "care", "urgent"),
        (CaseFacts("score"), "care", "normal"),
    ],
)
def test_who_gets_it(desk: Desk, facts: CaseFacts, team: str, priority: str) -> None:
    given = desk.assign(facts, NOON)
    assert (given.team, given.priority) == (team, priority)


@pytest.mark.parametrize(
    ("key", "title", "name"),
    [
        ("care", {}, "Care"),
        ("second_line", {}, "Second line"),
        ("care", {"en": "Customer care"}, "Customer care"),
        ("care", {"fr": "Service client"}, "Service client"),
    ],
)
def test_a_team_without_a_title_is_called_by_the_words_of_its_key(key: str, title: dict[str, str], name: str) -> None:
    assert Team(key, title).name("de") == name


def test_the_promise_is_kept_in_the_hours_of_the_team(desk: Desk) -> None:
    friday_evening = "2026-11-27T18:00:00+00:00"
    given = desk.assign(low_score(), friday_evening)
    assert given.due_at == "2026-11-30T09:00:00.000000+00:00"  # Monday, 10:00 in Berlin: an hour after they come
    assert given.clocks[clocks.FIRST_RESPONSE_RISK] == "2026-11-30T08:48:00.000000+00:00"  # 80 % of that hour
    assert given.zone == "Europe/Berlin"


def test_the_survey_says_how_soon(desk: Desk) -> None:
    assert desk.assign(low_score(respond_within=120), NOON).due_at == "2026-11-23T14:00:00.000000+00:00"


def test_a_day_is_a_day_of_the_calendar(desk: Desk) -> None:
    friday = "2026-11-27T10:00:00+00:00"
    assert desk.assign(low_score(respond_within=1440), friday).due_at == "2026-11-30T08:00:00.000000+00:00"


def test_nothing_is_put_right_before_it_is_answered(desk: Desk) -> None:
    given = desk.assign(low_score(respond_within=5 * 1440), NOON)
    assert given.resolve_by >= given.due_at


def test_without_a_file_one_team_works_around_the_clock(tmp_path: Path) -> None:
    desk = read_desk(tmp_path / "none.yml", "support", "Europe/Berlin")
    given = desk.assign(CaseFacts("asked"), "2026-11-29T03:00:00+00:00")
    assert (given.team, given.due_at, given.zone) == ("support", "2026-11-29T04:00:00.000000+00:00", "Europe/Berlin")
    assert around_the_clock().assign(CaseFacts("asked"), NOON).team == "care"


def test_our_own_file_knows_every_team_that_our_surveys_name() -> None:
    """Else nobody could be put into it, and what nobody takes would go nowhere."""
    surveys = (ROOT / "survey_flows" / "definitions").glob("*.yml")
    named = {team for one in surveys for team in re.findall(r"^ +team: (\w+)$", one.read_text(), re.MULTILINE)}
    assert len(named) > 3
    assert named <= set(read_desk(ROOT / "recovery.yml").teams)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("teams: [", "is not YAML"),
        ("teams: {}", "there is no team"),
        ("teams: {care: {hours: 9 to 5}}", '"9 to 5" is not understood'),
        ("teams: {care: {timezone: Berlin}}", '"Berlin" is no time zone'),
        ("teams: {care: {holidays: ATLANTIS}}", '"ATLANTIS" is not known'),
        ("teams: {care: {first_response: {high: soon}}}", '"soon" is no duration'),
        ("teams: {care: {first_response: {huge: 1h}}}", '"huge" is no priority'),
        ("teams: {care: {next_team: care}}", "must name another team"),
        ("teams: {care: {notify: {email: [me]}}}", '"me" is no e-mail address'),
        ("teams: {care: {notify: {webhook: ['http://example.com']}}}", "does not begin with https://"),
        ("teams: {care: {}}\nrouting: [{when: {moon: full}, team: care}]", '"moon" is not known'),
        ("teams: {care: {}}\nrouting: [{when: {}, team: care}]", "it is empty"),
        ("teams: {care: {}}\nrouting: [{when: {band: detractor}, team: cars}]", 'there is no team "cars"'),
        ("teams: {care: {}}\ndefault_team: cars", 'there is no team "cars"'),
        ("teams: {care: {}}\nfollowup: {}", "extra fields not permitted"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, wrong: str, said: str) -> None:
    file = tmp_path / "recovery.yml"
    file.write_text(wrong)
    with pytest.raises(ConductorError) as caught:
        read_desk(file)
    assert said in str(caught.value)
    assert "recovery.yml" in str(caught.value)
