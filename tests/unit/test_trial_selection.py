"""Kim & Nelson's choice of the best, against the paper's steps written slowly."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhizao._base.errors import InputError
from zhizao.trial.selection import select_best_kn

NAMES = ["a", "b", "c", "d", "e"]


def sampler_of(values):
    return lambda name, first, count: values[name][first : first + count]


def slippage(rng, *, correlation, delta, n=2_000):
    """Five systems of variance 1; the last is better (higher) by delta."""
    shared = rng.normal(size=n) * math.sqrt(correlation)
    own = rng.normal(size=(5, n)) * math.sqrt(1 - correlation)
    own[4] += delta
    return dict(zip(NAMES, shared + own, strict=True))


def choose(values, **options):
    return select_best_kn(
        sampler_of(values),
        list(values),
        best="highest",
        **{"delta": 0.5, "n_most": 2_000, **options},
    )


def slow_kn(values, *, delta, alpha, n_first):
    """The steps of Kim & Nelson (2001), figure 1, with c = 1, for the highest mean."""
    k = len(values)
    eta = ((2 * alpha / (k - 1)) ** (-2 / (n_first - 1)) - 1) / 2
    h2 = 2 * eta * (n_first - 1)
    variance = {
        (i, j): float(np.var(values[i][:n_first] - values[j][:n_first], ddof=1))
        for i in values
        for j in values
        if i != j
    }
    largest = max(math.floor(h2 * v / delta**2) for v in variance.values())
    left, r = list(values), n_first
    while True:
        mean = {i: float(np.mean(values[i][:r])) for i in left}
        if len(left) == 1 or r >= largest + 1:
            return max(left, key=mean.__getitem__), r
        left = [
            i
            for i in left
            if all(
                mean[i]
                >= mean[j] - max(0.0, delta / (2 * r) * (h2 * variance[i, j] / delta**2 - r))
                for j in left
                if j != i
            )
        ]
        if len(left) > 1:
            r += 1


@given(st.integers(0, 10_000), st.integers(2, 5), st.sampled_from([0.0, 0.7]))
def test_the_choice_is_that_of_the_paper_s_steps(seed, k, correlation):
    rng = np.random.default_rng(seed)
    everything = slippage(rng, correlation=correlation, delta=0.5)
    values = {name: everything[name] for name in NAMES[-k:]}
    found = choose(values, alpha=0.1, n_first=6)
    best, n = slow_kn(values, delta=0.5, alpha=0.1, n_first=6)
    assert found.best == best
    assert max(found.n_compared.values()) == n


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_best_is_chosen_at_least_as_often_as_promised(correlation):
    rng = np.random.default_rng(1)
    n = 600
    hits = 0
    for _ in range(n):
        found = choose(slippage(rng, correlation=correlation, delta=0.5))
        hits += found.is_decided and found.best == "e"
    # Promised .95; three standard errors below is a false alarm of 1 in 700.
    assert hits / n >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / n)


def test_common_random_numbers_need_fewer_samples():
    used = {}
    for correlation in (0.0, 0.8):
        rng = np.random.default_rng(2)
        used[correlation] = np.array(
            [choose(slippage(rng, correlation=correlation, delta=0.3)).n_samples for _ in range(60)]
        )
    gain = used[0.0].mean() - used[0.8].mean()
    error = math.sqrt(sum(u.var(ddof=1) / u.size for u in used.values()))
    assert gain > 5 * error
    # Variances of differences are five times smaller, from 50 samples on.
    assert used[0.8].mean() < 0.5 * used[0.0].mean()


def test_the_result_says_who_was_dropped_when_and_by_whom():
    values = slippage(np.random.default_rng(3), correlation=0.5, delta=1.0)
    found = choose(values)
    assert found.survivors == ("e",)
    assert found.guarantee == "best"
    assert sorted(e.name for e in found.eliminated) == NAMES[:4]
    stages = [e.after_n for e in found.eliminated]
    assert stages == sorted(stages)
    for dropped in found.eliminated:
        assert found.n_compared[dropped.name] == dropped.after_n
        leader = values[dropped.by][: dropped.after_n].mean()
        assert leader > values[dropped.name][: dropped.after_n].mean()
    for name, n in found.n_compared.items():
        assert found.means[name] == pytest.approx(values[name][:n].mean())
    assert found.n_samples == sum(found.n_compared.values())


def test_lowest_is_highest_upside_down():
    values = slippage(np.random.default_rng(4), correlation=0.0, delta=0.5)
    high = choose(values)
    low = select_best_kn(
        sampler_of({n: -v for n, v in values.items()}),
        NAMES,
        best="lowest",
        delta=0.5,
        n_most=2_000,
    )
    assert (low.best, low.eliminated) == (high.best, high.eliminated)
    assert low.means[low.best] == pytest.approx(-high.means[high.best])


def test_asking_for_several_at_once_changes_nothing_but_the_waste():
    values = slippage(np.random.default_rng(5), correlation=0.0, delta=0.3)
    one = choose(values, delta=0.3)
    many = choose(values, delta=0.3, n_step=16)
    assert (many.best, many.eliminated) == (one.best, one.eliminated)
    assert one.n_samples <= many.n_samples <= one.n_samples + 15 * 5


def test_too_few_replications_guarantee_only_the_survivors():
    values = slippage(np.random.default_rng(6), correlation=0.0, delta=0.1)
    found = choose(values, delta=0.01, n_most=50)
    assert found.guarantee == "among_survivors"
    assert not found.is_decided
    assert len(found.survivors) > 1
    assert found.best in found.survivors
    assert max(found.n_compared.values()) == 50


def test_equal_systems_without_noise_end_as_equals():
    values = {"a": np.ones(100), "b": np.ones(100), "c": np.zeros(100)}
    found = choose(values)
    assert found.survivors == ("a", "b")
    assert found.is_decided
    assert [(e.name, e.after_n) for e in found.eliminated] == [("c", 10)]


def test_all_faults_come_together():
    with pytest.raises(InputError, match=r"two different.*delta is -1.*alpha is 0.6.*n_first is 1"):
        select_best_kn(sampler_of({}), ["a", "a"], best="lowest", delta=-1, alpha=0.6, n_first=1)


def test_what_a_sampler_must_return_is_told():
    with pytest.raises(InputError, match=r"shape \(2,\) for 10 replications of 'a' from 0"):
        select_best_kn(lambda *_: [1.0, 2.0], ["a", "b"], best="lowest", delta=1.0)
    with pytest.raises(InputError, match="10 of 10 replications of 'a' from 0 are nan"):
        select_best_kn(lambda _n, _f, c: [math.nan] * c, ["a", "b"], best="lowest", delta=1.0)
