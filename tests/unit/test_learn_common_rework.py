"""The chance of rework: common to products with few orders, a product's own where it differs."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.routes.common_rework import common_chances
from zhizao.learn.routes.path import Path
from zhizao.learn.routes.routing import learn_paths

PLAIN = ["cut", "drill", "check", "pack"]


def learnt(loops: dict[str, list[int]]) -> dict[str, Path]:
    """Return the paths of products whose orders went back from check to drill so many times each."""
    rows = []
    for product, times in loops.items():
        for i, n_loops in enumerate(times):
            steps = [("cut", 0), *[(o, n) for n in range(n_loops + 1) for o in ("drill", "check")]]
            steps.append(("pack", 0))
            for k, (operation, number) in enumerate(steps):
                rows.append((f"{product}-{i:03}", product, operation, number, k * 100.0))
    names = ["order_id", "product", "operation", "pass", "first_s"]
    visits = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        last_s=pl.col("first_s") + 90.0, is_running=pl.lit(value=False), done=pl.lit(5.0),
        quantity=pl.lit(5.0), worked_s=pl.lit(90.0),
    )  # fmt: skip
    over = visits.select(pl.col("order_id").unique(maintain_order=True)).with_columns(
        is_finished=pl.lit(value=True), is_silent=pl.lit(value=False), is_truncated=pl.lit(value=False)
    )  # fmt: skip
    finished = Finished(table=over, silence_s=1.0, pause_s=1.0, terminals=frozenset({"pack"}))
    return learn_paths(visits, finished, products=sorted(loops), families={})


def test_no_rework_is_lost_where_each_product_has_few_orders() -> None:
    # None, one or two of eight: as far apart as chance makes them.
    loops = {f"P{k:02}": [1] * (k % 3) + [0] * (8 - k % 3) for k in range(30)}
    paths = learnt(loops)
    assert [s.operation for s in paths["P00"].steps] == PLAIN
    check = [path.steps[2] for path in paths.values()]
    assert {s.rework_to for s in check} == {1}
    assert [s.rework_probability for s in check] == pytest.approx([1 / 8] * 30)
    provenances = [p for p in paths["P00"].provenances() if p.where.endswith("rework/probability")]
    assert [(p.level, p.n) for p in provenances] == [("pooled", 240)]


def test_a_product_that_alone_comes_back_does_not_send_others_back() -> None:
    paths = learnt({"good": [0] * 300, "fine": [0] * 300, "bad": [1, 0, 0] * 100})
    assert paths["good"].steps[2].rework_to is None
    assert paths["bad"].steps[2].rework_probability == pytest.approx(1 / 3, abs=0.01)
    assert not paths["bad"].steps[2].is_rework_common


def test_chances_lie_between_their_own_and_the_common_one_and_keep_the_total() -> None:
    rng = np.random.default_rng(2)
    true = rng.beta(4.0, 16.0, 60)
    counts = {f"P{k}": (int(rng.binomial(20, p)), 20) for k, p in enumerate(true)}
    found = common_chances(counts)
    own = np.array([m / n for m, n in counts.values()])
    pulled = np.array([c.probability for c in found.values()])
    assert ((pulled - own) * (own.mean() - own) >= 0.0).all()
    assert pulled.mean() == pytest.approx(own.mean(), rel=1e-9)
    assert np.mean((pulled - true) ** 2) < 0.8 * np.mean((own - true) ** 2)


def test_products_without_a_pass_have_no_chance() -> None:
    assert common_chances({"a": (0, 0)}) == {}
    assert set(common_chances({"a": (0, 0), "b": (1, 4)})) == {"b"}
