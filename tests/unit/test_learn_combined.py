"""The combined forecast: who was right in the past counts more, and P90 is made to hold."""

from dataclasses import replace

import numpy as np
import pytest

from zhizao.learn.trust.baselines import Guess
from zhizao.learn.trust.censoring import Prediction, coverage, quantile
from zhizao.learn.trust.combined import (
    Past,
    combine,
    combine_each,
    learn_twin_share,
    like_guess,
    lines_of,
)
from zhizao.learn.trust.late_stretch import learn_late_stretch, with_late_stretch
from zhizao.learn.trust.predictions import Correction

HOUR = 3600.0


def _guess(middle_h: float, spread: float, seed: int) -> Guess:
    draws = np.random.default_rng(seed).normal(0.0, spread, 100)
    sample = np.sort(middle_h * HOUR * np.exp(draws))
    return Guess(sample_s=sample, point_s=quantile(sample, 0.5))


def _past(
    n: int, *, twin_error: float, like_error: float, each: int = 1, followed_h: float = 1e6
) -> list[Past]:
    """Return forecasts whose medians are wrong by a random factor, and which know by how much."""
    rng = np.random.default_rng(3)
    found = []
    for i in range(n):
        end_h = float(50 * np.exp(rng.normal(0.0, 1.0)))
        twin = _guess(end_h * np.exp(rng.normal(0.0, twin_error)), max(twin_error, 0.05), i)
        like = _guess(end_h * np.exp(rng.normal(0.0, like_error)), max(like_error, 0.05), i + n)
        one = Past(
            order_id=str(i), twin=twin, like=like, end_s=min(end_h, followed_h) * HOUR,
            is_done=end_h <= followed_h, followed_s=followed_h * HOUR,
        )  # fmt: skip
        found += [one] * each
    return found


def test_who_was_nearer_in_the_past_gets_the_weight() -> None:
    assert learn_twin_share(_past(100, twin_error=0.1, like_error=1.0)) > 0.85
    assert learn_twin_share(_past(100, twin_error=1.0, like_error=0.1)) < 0.15
    assert learn_twin_share(_past(100, twin_error=0.7, like_error=0.7)) == pytest.approx(
        0.5, abs=0.15
    )


def test_few_orders_leave_both_with_nearly_half_however_often_they_were_foretold() -> None:
    once = learn_twin_share(_past(6, twin_error=0.3, like_error=0.5))
    often = learn_twin_share(_past(6, twin_error=0.3, like_error=0.5, each=10))
    assert once == pytest.approx(often, abs=1e-9)
    assert 0.35 < once < 0.65
    assert learn_twin_share(_past(4, twin_error=0.1, like_error=1.0)) == 0.5


def test_what_lies_after_the_time_followed_moves_no_weight() -> None:
    """Two forecasts that differ only in what nobody has seen yet are equally good."""
    past = []
    for i in range(40):
        sample = np.linspace(1.0, 100.0, 100) * HOUR
        later = np.where(sample > 60 * HOUR, sample * 9.0, sample)
        past.append(
            Past(
                order_id=str(i), twin=Guess(sample_s=sample, point_s=50 * HOUR),
                like=Guess(sample_s=later, point_s=50 * HOUR), end_s=(20.0 + i) * HOUR, is_done=True,
                followed_s=60 * HOUR,
            )
        )  # fmt: skip
    assert learn_twin_share(past) == pytest.approx(0.5, abs=1e-9)


def test_a_mixture_has_the_quantiles_of_both_samples_together() -> None:
    early = Guess(sample_s=np.arange(1.0, 101.0), point_s=50.0)
    late = Guess(sample_s=np.arange(201.0, 301.0), point_s=250.0)
    both = combine(early, late, twin_share=0.5)
    np.testing.assert_allclose(both.point_s, 100.0, atol=1.0)
    np.testing.assert_allclose(quantile(both.sample_s, 0.25), 50.0, atol=1.0)
    np.testing.assert_allclose(quantile(both.sample_s, 0.75), 250.0, atol=1.0)
    np.testing.assert_array_equal(combine(early, late, twin_share=1.0).sample_s, early.sample_s)
    np.testing.assert_array_equal(combine(early, late, twin_share=0.0).sample_s, late.sample_s)


def test_a_twin_that_sees_no_end_leaves_it_to_like_orders() -> None:
    never = Guess(sample_s=np.full(10, np.inf), point_s=np.inf)
    like = Guess(sample_s=np.arange(100.0), point_s=50.0)
    assert combine(never, like, twin_share=0.9) == like
    assert np.isfinite(lines_of(np.array([1.0, np.inf, np.inf]))).all()


def test_like_orders_are_halfway_between_the_over_and_all() -> None:
    over = Guess(sample_s=np.full(7, 10.0), point_s=10.0)
    assert like_guess(over, np.full(100, 30.0)).point_s == 20.0
    assert like_guess(over, None).point_s == 10.0


def _too_sure(n: int, seed: int) -> list[Prediction]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        middle = 50 * HOUR * np.exp(rng.normal(0.0, 1.0))
        sample = np.sort(middle + 0.3 * middle * rng.normal(0.0, 1.0, 200))
        end_s = middle + 0.6 * middle * float(rng.normal())
        found.append(
            Prediction(sample_s=sample, point_s=middle, end_s=max(1.0, end_s), is_done=True)
        )
    return found


def test_a_late_half_that_is_half_as_wide_as_it_should_be_is_stretched_twofold() -> None:
    factor = learn_late_stretch(_too_sure(600, seed=1))
    # Factors lie 10 % apart; the standard error of a P90 of 600 is 6 % of the spread.
    assert factor == pytest.approx(2.0, rel=0.25)
    later = [
        Prediction(
            sample_s=with_late_stretch(p.sample_s, factor), point_s=p.point_s, end_s=p.end_s,
            is_done=True,
        )
        for p in _too_sure(600, seed=2)
    ]  # fmt: skip
    # Learnt and tested on 600 each: two standard errors of a share of 0.9 are 0.035.
    assert coverage(later, 0.9) == pytest.approx(0.9, abs=0.04)


def test_the_stretch_leaves_the_median_and_what_lies_before_it() -> None:
    sample = np.sort(np.random.default_rng(1).uniform(2 * HOUR, 90 * HOUR, 101))
    wide = with_late_stretch(sample, 3.0)
    middle = quantile(sample, 0.5)
    assert quantile(wide, 0.5) == middle
    np.testing.assert_array_equal(wide[sample <= middle], sample[sample <= middle])
    assert (np.diff(wide) >= 0).all()
    np.testing.assert_array_equal(with_late_stretch(sample, 1.0), sample)


def test_the_stretch_moves_no_p90_further_than_anybody_saw() -> None:
    sample = np.linspace(1.0, 100.0, 100) * HOUR
    missed = [
        Prediction(sample_s=sample, point_s=50 * HOUR, end_s=(101.0 + i) * HOUR, is_done=i < 12)
        for i in range(40)
    ]
    factor = learn_late_stretch(missed)
    assert 1.0 < factor <= 1.0 + 140.0 / 40.0


def test_nine_completions_say_nothing_about_a_p90() -> None:
    assert learn_late_stretch(_too_sure(9, seed=1)) == 1.0


def test_a_correction_without_a_past_leaves_the_twin_as_it_is() -> None:
    twin = _guess(40.0, 0.5, 1)
    found = Correction.learn([]).twin(twin)
    np.testing.assert_array_equal(found.sample_s, twin.sample_s)
    assert found.point_s == twin.point_s


def test_many_forecasts_are_combined_as_each_is_alone() -> None:
    past = _past(12, twin_error=0.3, like_error=0.5)
    never = Guess(sample_s=np.full(100, np.inf), point_s=np.inf)
    past[4] = replace(past[4], twin=never)
    some = past[7].twin.sample_s.copy()
    some[60:] = np.inf
    past[7] = replace(past[7], twin=Guess(sample_s=some, point_s=past[7].twin.point_s))
    for found, p in zip(combine_each(past, twin_share=0.3), past, strict=True):
        alone = p.prediction(combine(p.twin, p.like, twin_share=0.3))
        assert found.sample_s.tolist() == alone.sample_s.tolist()
        assert (found.point_s, found.end_s, found.is_done) == (
            alone.point_s,
            alone.end_s,
            alone.is_done,
        )
    assert combine_each([], twin_share=0.3) == []
