"""The metrics of docs/reference/metrics.md: values worked out by hand, and properties that hold for all counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insight.ces import Ces1, Ces2
from bot.insight.compare import compare_nps, compare_shares
from bot.insight.csat import csat
from bot.insight.nps import Nps
from bot.insight.proportions import Share, two_sided_p
from bot.insight.rates import recovery_rate, response_rate, trust

counted = st.integers(0, 2000)
bands = st.builds(Nps, counted, counted, counted)
asked = bands.filter(lambda nps: nps.n > 0)
shares = st.tuples(counted, counted).map(lambda pair: Share(min(pair), max(pair)))


def scores(low: int, high: int) -> Any:
    return st.dictionaries(st.integers(low, high), st.integers(0, 500))


# NPS


def test_nps_by_hand() -> None:
    nps = Nps.of({10: 30, 9: 20, 8: 20, 7: 10, 6: 5, 3: 5, 0: 10})
    assert (nps.promoters, nps.passives, nps.detractors, nps.value) == (50, 30, 20, 30.0)
    # n' = 103, p' = 50.75/103, d' = 20.75/103: 29.13 ± 1.96·√(0.60934/103) = 29.13 ± 15.08
    interval = nps.interval()
    assert interval is not None
    assert (interval.low, interval.high) == (pytest.approx(14.05, abs=0.01), pytest.approx(44.20, abs=0.01))


def test_no_answers_are_no_number() -> None:
    assert (Nps.of({}).value, Nps.of({}).interval()) == (None, None)
    assert (Ces2.of({}).agreed.percent, Ces2.of({}).mean, Ces1.of({}).mean, csat({}).percent) == (None,) * 4
    assert (Share(0, 0).interval(), Ces1.of({}).interval(), recovery_rate([]).percent) == (None, None, None)


@pytest.mark.parametrize("score", range(11))
def test_each_nps_score_has_one_band(score: int) -> None:
    nps = Nps.of({score: 1})
    assert (nps.promoters, nps.passives, nps.detractors) == (score >= 9, score in (7, 8), score <= 6)


@given(asked)
def test_nps_and_its_interval_stay_in_bounds(nps: Nps) -> None:
    interval = nps.interval()
    assert nps.value is not None
    assert interval is not None
    assert -100 <= nps.value <= 100
    assert -100 <= interval.low < interval.high <= 100


@given(asked)
def test_nps_is_symmetric(nps: Nps) -> None:
    mirrored = Nps(nps.detractors, nps.passives, nps.promoters)
    here, there = nps.interval(), mirrored.interval()
    assert mirrored.value == pytest.approx(-(nps.value or 0))
    assert here is not None
    assert there is not None
    assert (there.low, there.high) == (pytest.approx(-here.high), pytest.approx(-here.low))


@given(asked)
def test_a_promoter_more_never_lowers_nps(nps: Nps) -> None:
    more = Nps(nps.promoters + 1, nps.passives, nps.detractors)
    assert (more.value or 0) >= (nps.value or 0)


@given(asked, st.integers(2, 20))
def test_more_of_the_same_answers_narrow_the_interval(nps: Nps, times: int) -> None:
    few = nps.interval()
    many = Nps(nps.promoters * times, nps.passives * times, nps.detractors * times).interval()
    assert few is not None
    assert many is not None
    clipped = few.low == -100 or few.high == 100
    assert clipped or many.high - many.low < few.high - few.low


# CES and CSAT


def test_ces2_by_hand() -> None:
    ces = Ces2.of({7: 10, 5: 20, 4: 10, 1: 10})
    assert (ces.agreed.percent, ces.mean) == (60.0, 4.4)


def test_ces1_by_hand() -> None:
    ces = Ces1.of({1: 10, 2: 20, 3: 10})
    interval = ces.interval()
    assert (ces.n, ces.mean, ces.deviation) == (40, 2.0, pytest.approx(0.71612, abs=1e-5))
    assert interval is not None
    # 1.96·0.71612/√40 = 0.2219
    assert (interval.low, interval.high) == (pytest.approx(1.7781, abs=1e-4), pytest.approx(2.2219, abs=1e-4))


def test_csat_by_hand() -> None:
    share = csat({5: 5, 4: 3, 2: 2})
    interval = share.interval()
    assert share.percent == 80.0
    assert interval is not None
    # n' = 13.8415, p' = 9.9207/13.8415 = 0.71674; 1.96·√(0.20303/13.8415) = 0.23738
    assert (interval.low, interval.high) == (pytest.approx(47.94, abs=0.01), pytest.approx(95.41, abs=0.01))


@given(scores(1, 7))
def test_ces2_stays_in_bounds(counts: dict[int, int]) -> None:
    ces = Ces2.of(counts)
    assert ces.agreed.of == sum(counts.values())
    assert ces.mean is None or 1 <= ces.mean <= 7


@given(shares.filter(lambda share: share.of > 0))
def test_the_interval_of_a_share_holds_it_and_is_symmetric(share: Share) -> None:
    interval, mirrored = share.interval(), Share(share.of - share.count, share.of).interval()
    assert interval is not None
    assert mirrored is not None
    assert 0 <= interval.low <= interval.high <= 100
    assert interval.low - 1e-9 <= (share.percent or 0) <= interval.high + 1e-9
    assert (mirrored.low, mirrored.high) == (pytest.approx(100 - interval.high), pytest.approx(100 - interval.low))


@pytest.mark.parametrize(
    ("metric", "counts"), [(Nps.of, {11: 1}), (Nps.of, {-1: 1}), (Ces2.of, {0: 1}), (Ces1.of, {6: 1}), (csat, {6: 1})]
)
def test_a_score_off_the_scale_is_refused(metric: Any, counts: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="they go from"):
        metric(counts)


@pytest.mark.parametrize(("count", "of"), [(2, 1), (-1, 1)])
def test_more_answers_than_people_are_refused(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        response_rate(count, of)


# What may be shown


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (0, "none"),
        (1, "hidden"),
        (4, "hidden"),
        (5, "counts"),
        (29, "counts"),
        (30, "directional"),
        (99, "directional"),
        (100, "compared"),
    ],
)
def test_how_much_may_be_shown(n: int, shown: str) -> None:
    assert trust(n) == shown


# Real or noise


def test_a_change_by_hand() -> None:
    before = Nps(100, 60, 40)  # 30
    # On n' = 203 the scores are 0.29557 and 0.44335 (z = 1.955: just noise) or 0.54187 (z = 3.405: real).
    assert (compare_nps(before, Nps(120, 50, 30)).verdict, compare_nps(before, Nps(130, 50, 20)).verdict) == (
        "noise",
        "real",
    )
    assert compare_nps(before, Nps(130, 50, 20)).z == pytest.approx(3.405, abs=0.001)
    assert compare_nps(before, Nps(130, 50, 20)).difference == 25.0


def test_below_100_answers_nothing_is_compared() -> None:
    change = compare_nps(Nps(99, 0, 0), Nps(0, 0, 500))
    assert (change.verdict, change.z, change.difference) == ("too few answers", None, -200.0)
    assert compare_shares(Share(0, 0), Share(1, 200)).difference is None


@given(asked, asked)
def test_the_comparison_is_antisymmetric(one: Nps, other: Nps) -> None:
    there, back = compare_nps(one, other), compare_nps(other, one)
    assert there.verdict == back.verdict
    assert (there.z is None) == (min(one.n, other.n) < 100)
    if there.z is not None and back.z is not None:
        assert there.z == pytest.approx(-back.z)


@given(shares)
def test_no_change_is_never_real(share: Share) -> None:
    assert compare_shares(share, share).verdict != "real"


def test_the_chance_of_a_difference() -> None:
    assert (two_sided_p(0), two_sided_p(1.96)) == (1.0, pytest.approx(0.05, abs=0.0005))


# Recovery


def test_recovery_counts_detractors_who_no_longer_are() -> None:
    pairs = [(3, 8), (6, 6), (0, 7), (9, 2), (5, 10)]  # 9 → 2 did not begin as a detractor
    assert recovery_rate(pairs) == Share(3, 4)
