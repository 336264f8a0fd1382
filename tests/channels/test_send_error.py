"""What a provider may ask of us when it refuses: to wait, but not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels.contract import LONGEST_WAIT, SendError


@pytest.mark.parametrize(("said", "kept"), [
    (None, None), (0.0, 0.0), (7.5, 7.5), (-1.0, 0.0),
    (float("nan"), None), (float("inf"), LONGEST_WAIT), (1e300, LONGEST_WAIT),
])  # fmt: skip
def test_a_wait_is_one_that_a_clock_can_add(said: float | None, kept: float | None) -> None:
    error = SendError("Busy.", "later", said)
    assert error.retry_after == kept
    timedelta(seconds=error.retry_after or 0)
