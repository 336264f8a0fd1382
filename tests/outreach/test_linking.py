"""What a code comes to, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import ConductorError
from bot.outreach.linking import CodeFacts, Linking, Redemption, judge
from tests.doubles import NOON

OPEN = CodeFacts(
    id=5,
    contact=1,
    external_id="C-1",
    bringer=2,
    bringer_external_id=None,
    survey="delivery_nps",
    expires_at="2026-11-24T12:00:00+00:00",
    redeemed_at=None,
)


@pytest.mark.parametrize(
    ("facts", "comes_to"),
    [
        (None, Redemption("link_unknown")),
        (OPEN, Redemption("linked", 5, "delivery_nps")),
        (replace(OPEN, survey=None), Redemption("linked", 5)),
        (replace(OPEN, opted_out=True), Redemption("linked_opted_out", 5)),
        (replace(OPEN, opted_out=True, survey=None), Redemption("linked", 5)),
        (replace(OPEN, bringer=1), Redemption("link_already", 5, "delivery_nps")),
        (replace(OPEN, expires_at=NOON), Redemption("link_expired")),
        (replace(OPEN, redeemed_at=NOON), Redemption("link_used")),
        (replace(OPEN, redeemed_at=NOON, bringer=1), Redemption("link_already")),
        (replace(OPEN, bringer_external_id="C-2"), Redemption("link_foreign")),
        (replace(OPEN, bringer_external_id="C-1"), Redemption("linked", 5, "delivery_nps")),
        (replace(OPEN, external_id=None, bringer_external_id="C-2"), Redemption("linked", 5, "delivery_nps")),
        (replace(OPEN, bringer_external_id="C-2", expires_at=NOON), Redemption("link_expired")),
    ],
)
def test_what_a_code_comes_to(facts: CodeFacts | None, comes_to: Redemption) -> None:
    assert judge(facts, NOON) == comes_to


@pytest.mark.parametrize("days", [0, -1, 366])
async def test_a_code_lives_a_day_to_a_year(days: int) -> None:
    with pytest.raises(ConductorError, match="can't be valid"):
        await Linking(None, bytes).make(1, None, days, NOON)  # type: ignore[arg-type]
