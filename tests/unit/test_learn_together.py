"""Which optional steps come together: tested exactly, against chance, and laid out as a tree."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.routes.routing import learn_paths
from zhizao.learn.routes.together import Counts, Pair, _chance, dependent_pairs, ties_of

NAMES = ("a", "b", "c", "d", "e", "f")


def _counts(done: np.ndarray, names: tuple[str, ...] = NAMES) -> Counts:
    did = done.astype(np.float64)
    n = np.full((len(names), len(names)), float(len(done)))
    return Counts(
        names=names, n=n, first=np.repeat(did.sum(axis=0)[:, None], len(names), 1), both=did.T @ did
    )


def _drawn(rng: np.random.Generator, *, n: int, dependence: float, shares: tuple[float, float]):
    """Return who did two steps, of which the second takes the number of the first now and then."""
    first, own = rng.random(n), rng.random(n)
    shared = first if dependence > 0 else 1.0 - first
    second = np.where(rng.random(n) < abs(dependence), shared, own)
    return np.column_stack([first < shares[0], second < shares[1]])


def test_the_chance_of_a_table_is_the_hypergeometric_one_and_of_several_their_sum():
    one = [np.array([v], dtype=float) for v in (50, 12, 20, 9)]
    law = stats.hypergeom(50, 12, 20)
    assert _chance(*one) == pytest.approx(2 * min(law.cdf(9), law.sf(8)))
    several = [np.array(v, dtype=float) for v in ([50, 30], [12, 10], [20, 5], [9, 4])]
    other = stats.hypergeom(30, 10, 5)
    total = sum(law.pmf(k) * other.sf(12 - k) for k in range(13))
    assert _chance(*several) == pytest.approx(2 * total)


def test_steps_that_come_by_chance_seldom_look_as_if_they_came_together():
    rng = np.random.default_rng(1)
    shares = np.array([0.1, 0.3, 0.5, 0.5, 0.7, 0.9])
    n_logs = 400
    found = sum(
        bool(dependent_pairs([_counts(rng.random((60, 6)) < shares)])) for _ in range(n_logs)
    )
    # A log where all is by chance has a discovery at most so often; four standard errors.
    assert found / n_logs <= 0.05 + 4 * (0.05 * 0.95 / n_logs) ** 0.5


@pytest.mark.parametrize("dependence", [1.0, 0.6, -0.6, -1.0])
@pytest.mark.parametrize("shares", [(0.3, 0.3), (0.6, 0.7), (0.2, 0.5)])
def test_the_dependence_is_found_with_an_interval_that_covers_it(dependence, shares):
    rng = np.random.default_rng(2)
    n_logs, values, covered = 200, [], 0
    for _ in range(n_logs):
        done = _drawn(rng, n=400, dependence=dependence, shares=shares)
        (pair,) = dependent_pairs([_counts(done, ("a", "b"))])
        values.append(pair.dependence)
        covered += pair.low - 1e-9 <= dependence <= pair.high + 1e-9
    # Half an order of caution of the thirty and more that decide, and four standard errors.
    error = np.std(values) / n_logs**0.5
    assert np.mean(values) == pytest.approx(dependence, abs=0.03 + 4 * error)
    assert covered / n_logs >= 0.95 - 4 * (0.95 * 0.05 / n_logs) ** 0.5 - 0.02


def test_products_that_differ_do_not_make_steps_come_together():
    rng = np.random.default_rng(3)
    often, seldom = rng.random((200, 2)) < 0.9, rng.random((200, 2)) < 0.1
    names = ("a", "b")
    assert dependent_pairs([_counts(np.vstack([often, seldom]), names)])
    assert not dependent_pairs([_counts(often, names), _counts(seldom, names)])


def test_many_small_products_tell_together_what_none_tells_alone():
    rng = np.random.default_rng(4)
    strata = [
        _counts(_drawn(rng, n=6, dependence=1.0, shares=(0.5, 0.5)), ("a", "b")) for _ in range(20)
    ]
    assert not any(dependent_pairs([s]) for s in strata)
    (pair,) = dependent_pairs(strata)
    assert pair.dependence > 0.95
    # A product all of whose orders did a step says nothing about what it comes with.
    assert pair.n == sum(6 for s in strata if 0 < s.both[0, 0] < 6)


def test_two_orders_are_no_evidence():
    done = np.zeros((500, 2), dtype=bool)
    done[:2] = True
    assert not dependent_pairs([_counts(done, ("a", "b"))])
    done[:4] = True
    assert dependent_pairs([_counts(done, ("a", "b"))])


def test_a_tree_has_no_circle_and_keeps_the_strongest_pairs():
    rng = np.random.default_rng(5)
    pairs = [
        Pair(a, b, 0.5, 0.4, 0.6, 50, float(rng.random())) for a in NAMES for b in NAMES if a < b
    ]
    ties = ties_of(pairs, NAMES, level="product")
    assert len(ties) == len(NAMES) - 1
    other = {t.operation: t.other for t in ties}
    assert "a" not in other
    for name in other:
        way = [name]
        while way[-1] in other:
            way.append(other[way[-1]])
            assert len(way) <= len(NAMES)
        assert way[-1] == "a"
    strongest = max(pairs, key=lambda p: p.weight)
    assert other.get(strongest.a) == strongest.b or other.get(strongest.b) == strongest.a


def _visits(product: str, *, n: int, seed: int, n_open: int = 0) -> pl.DataFrame:
    """Orders with a cut and a pack; check and mend come together; open ones stand after the cut."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n + n_open):
        names = ["cut"]
        if i < n:
            names += (["check", "mend"] if rng.random() < 0.4 else []) + ["pack"]
        rows += [(f"{product}{i}", product, o, k, k + 1.0, 0) for k, o in enumerate(names)]
    columns = ["order_id", "product", "operation", "first_s", "last_s", "pass"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.col("first_s", "last_s").cast(pl.Float64)
    )


def _finished(visits: pl.DataFrame) -> Finished:
    table = visits.group_by("order_id", maintain_order=True).agg(
        is_finished=(pl.col("operation") == "pack").any(),
        is_silent=pl.lit(value=False).first(),
        is_truncated=pl.lit(value=False).first(),
    )
    return Finished(table=table, silence_s=9.0, pause_s=1.0, terminals=frozenset({"pack"}))


def test_orders_in_progress_do_not_hide_what_comes_together():
    visits = _visits("P", n=60, seed=6, n_open=60)
    paths = learn_paths(visits, _finished(visits), products=["P"], families={})
    ((tie),) = paths["P"].ties
    assert {tie.operation, tie.other} == {"check", "mend"}
    assert tie.n == 60
    assert tie.level == "product"
    assert tie.dependence > 0.95
    (found,) = (p for p in paths["P"].provenances() if p.where.endswith("/dependence"))
    assert found.n == 60
    assert found.low is not None
    assert found.low > 0.7


def test_a_product_with_few_orders_learns_from_those_of_its_family():
    few = [_visits(f"F{k}", n=8, seed=7 + k) for k in range(6)]
    visits = pl.concat([*few, _visits("alone", n=5, seed=20)])
    families = {f"F{k}": "family" for k in range(6)}
    products = [*families, "alone", "never seen"]
    paths = learn_paths(visits, _finished(visits), products=products, families=families)
    for product in families:
        (tie,) = paths[product].ties
        assert (tie.level, tie.n) == ("family", 48)
    for product in ("alone", "never seen"):
        (tie,) = paths[product].ties
        assert (tie.level, tie.n) == ("pooled", 53)


def test_few_orders_alone_leave_steps_independent():
    visits = _visits("P", n=5, seed=8)
    assert not learn_paths(visits, _finished(visits), products=["P"], families={})["P"].ties
