"""Shares of a budget, against the two ratios of the theorem and against trying."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao._base.errors import InputError
from zhizao.trial.selection_budget import allocate_ocba

COUNT = st.integers(0, 500)
SYSTEM = st.tuples(st.floats(-10, 10), st.floats(0, 10), COUNT)


def test_the_shares_are_in_the_ratios_of_the_theorem():
    means = np.array([1.0, 2.0, 3.0, 5.0])
    variances = np.array([1.0, 4.0, 2.0, 9.0])
    n = np.array(allocate_ocba(means, variances, 10_000_000, best="lowest").n_more, dtype=float)
    rest = variances[1:] / (means[1:] - 1.0) ** 2
    assert n[1:] / n[1] == pytest.approx(rest / rest[0], rel=1e-5)
    assert n[0] == pytest.approx(
        math.sqrt(variances[0] * (n[1:] ** 2 / variances[1:]).sum()), rel=1e-5
    )


def test_two_systems_are_shared_as_their_deviations():
    n = allocate_ocba([3.0, 7.0], [1.0, 9.0], 4_000, best="highest")
    assert n.n_more == (1_000, 3_000)
    assert n.best_index == 1


@given(st.lists(SYSTEM, min_size=2, max_size=8), COUNT, st.sampled_from([0.0, 0.5]))
def test_a_budget_is_spent_to_the_last_run(systems, budget, delta):
    means, variances, done = (list(column) for column in zip(*systems, strict=True))
    found = allocate_ocba(means, variances, budget, best="lowest", n_done=done, delta=delta)
    assert sum(found.n_more) == budget
    assert min(found.n_more) >= 0
    assert found.best_index == int(np.argmin(means))
    assert 0.0 <= found.probability_correct <= 1.0


def test_what_is_done_counts():
    means, variances = [1.0, 2.0, 3.0], [1.0, 1.0, 1.0]
    whole = allocate_ocba(means, variances, 300, best="lowest").n_more
    rest = allocate_ocba(means, variances, 210, best="lowest", n_done=[30, 30, 30]).n_more
    assert [30 + n for n in rest] == list(whole)
    spent = allocate_ocba(means, variances, 10, best="lowest", n_done=[10, 10, 500]).n_more
    assert spent[2] == 0


def test_an_exact_tie_takes_everything_unless_a_least_difference_is_given():
    tied = allocate_ocba([1.0, 1.0, 2.0], [1.0, 1.0, 1.0], 90, best="lowest")
    assert tied.n_more == (45, 45, 0)
    tempered = allocate_ocba([1.0, 1.0, 2.0], [1.0, 1.0, 1.0], 90, best="lowest", delta=1.0)
    assert min(tempered.n_more) > 20


def test_systems_without_variance_need_no_runs():
    found = allocate_ocba([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], 100, best="lowest")
    assert found.n_more[1] == 0
    sure = allocate_ocba([1.0, 2.0], [0.0, 0.0], 10, best="lowest")
    assert (sum(sure.n_more), sure.probability_correct) == (10, 1.0)


def test_the_shares_choose_right_more_often_than_equal_ones():
    """Ten systems, one budget of 400: share at once by the true moments, then try 4000 times."""
    means, variances = np.arange(10.0), np.full(10, 36.0)
    shares = np.array(allocate_ocba(means, variances, 400, best="lowest").n_more)
    rng = np.random.default_rng(1)
    right = {}
    for name, n in (("ocba", np.maximum(shares, 1)), ("equal", np.full(10, 40))):
        estimates = means + rng.normal(size=(4_000, 10)) * np.sqrt(variances / n)
        right[name] = float((estimates.argmin(axis=1) == 0).mean())
    # The standard error of the difference is below .01.
    assert right["ocba"] > right["equal"] + 0.03
    promised = allocate_ocba(means, variances, 400, best="lowest").probability_correct
    assert right["ocba"] >= promised - 3 * 0.008


def test_all_faults_come_together():
    with pytest.raises(InputError, match=r"variances hold.*n_done holds.*budget is -1"):
        allocate_ocba([1.0, 2.0], [1.0, -1.0], -1, best="lowest", n_done=[1, -1])
    with pytest.raises(InputError, match=r"shapes \(1,\), \(1,\) and \(1,\)"):
        allocate_ocba([1.0], [1.0], 1, best="lowest")
