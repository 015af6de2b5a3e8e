"""Optional steps: who does which, together with which, and what a detour goes back for."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.model import (
    LotState,
    Order,
    Plant,
    Product,
    Rework,
    Routing,
    ShopState,
    Step,
    TimeModel,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
N = 2000


def _visits(*steps: Step) -> np.ndarray:
    """Return how often each of N lots did each step."""
    work = TimeModel(setup_min=1.0)
    routing = Routing(
        product="P", steps=tuple(s.model_copy(update={"time": work}) for s in steps)
    )  # fmt: skip
    run = simulate(
        Plant(name="p", products=(Product(id="P"),), routings=(routing,)),
        [Order(id=f"O{i}", product="P") for i in range(N)],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=1),
        seed=7,
        n_replications=1,
        trace=True,
    )
    rows = run.records[0].operations.select("order_id", "step")
    found = np.zeros((N, len(steps)), dtype=np.int64)
    number = {s.step: i for i, s in enumerate(steps)}
    for order, step, n in rows.group_by("order_id", "step").agg(pl.len()).iter_rows():
        found[int(order[1:]), number[step]] = n
    return found


def _step(number: int, probability: float, **more: object) -> Step:
    return Step(step=number, operation=f"o{number}", probability=probability, **more)


def _error(share: float) -> float:
    return 4 * (share * (1 - share) / N) ** 0.5


def test_equal_shares_are_all_or_none_and_smaller_ones_are_nested() -> None:
    done = _visits(
        _step(10, 0.4, drawn_with=30),
        _step(20, 0.4, drawn_with=10),
        _step(30, 0.4),
        _step(40, 0.1, drawn_with=20),
        _step(50, 0.6, drawn_with=20, dependence=-1.0),
        _step(60, 1.0),
    )
    assert (done[:, 0] == done[:, 1]).all()
    assert (done[:, 0] == done[:, 2]).all()
    assert (done[:, 3] <= done[:, 0]).all()
    assert (done[:, 4] == 1 - done[:, 0]).all()
    for i, share in enumerate((0.4, 0.4, 0.4, 0.1, 0.6)):
        assert done[:, i].mean() == pytest.approx(share, abs=_error(share))


@pytest.mark.parametrize("dependence", [0.5, -0.5, 0.0])
def test_a_partial_dependence_is_a_share_of_the_most_that_shares_allow(dependence: float) -> None:
    done = _visits(_step(10, 0.3), _step(20, 0.6, drawn_with=10, dependence=dependence))
    most = 0.3 if dependence > 0 else 0.0
    both = abs(dependence) * most + (1 - abs(dependence)) * 0.3 * 0.6
    assert done.all(axis=1).mean() == pytest.approx(both, abs=_error(both))
    assert done[:, 1].mean() == pytest.approx(0.6, abs=_error(0.6))


def test_what_names_no_partner_is_drawn_as_it_was() -> None:
    alone = _visits(_step(10, 0.3), _step(20, 0.6), _step(30, 0.5))
    tied = _visits(_step(10, 0.3), _step(20, 0.6, drawn_with=10), _step(30, 0.5))
    assert (alone[:, [0, 2]] == tied[:, [0, 2]]).all()
    assert (alone[:, 1] != tied[:, 1]).any()


def test_a_detour_goes_back_for_an_optional_step_and_what_comes_with_it() -> None:
    again = Rework(probability=0.5, to_step=20, max_passes=1)
    done = _visits(
        _step(10, 1.0),
        _step(20, 0.3),
        _step(30, 0.3, drawn_with=20),
        _step(40, 0.5),
        _step(50, 1.0, rework=again),
    )
    came_back = done[:, 4] == 2
    assert came_back.mean() == pytest.approx(0.5, abs=_error(0.5))
    first = done[:, 1] - came_back
    assert set(first.tolist()) == {0, 1}
    assert first.mean() == pytest.approx(0.3, abs=_error(0.3))
    assert (done[:, 1] == done[:, 2]).all()
    # What is between, and comes with neither, is drawn anew.
    assert done[came_back, 3].mean() == pytest.approx(1.0, abs=4 * (0.5 / came_back.sum()) ** 0.5)


@pytest.mark.parametrize(("done", "both"), [((10, 20), 1.0), ((10, 30), 0.0)])
def test_what_is_to_come_is_drawn_given_what_a_lot_in_progress_did(
    done: tuple[int, ...], both: float
) -> None:
    steps = (
        _step(10, 1.0),
        _step(20, 0.3),
        _step(30, 0.5, drawn_with=20, dependence=-1.0),
        _step(40, 1.0),
        _step(50, 0.3, drawn_with=20),
        _step(60, 0.65, drawn_with=20, dependence=0.4),
        _step(70, 0.4),
    )
    work = TimeModel(setup_min=1.0)
    routing = Routing(product="P", steps=tuple(s.model_copy(update={"time": work}) for s in steps))
    lots = tuple(
        LotState(order_id=f"O{i}", step=40, status="waiting", since_at=MONDAY, done=done)
        for i in range(N)
    )  # fmt: skip
    run = simulate(
        Plant(name="p", products=(Product(id="P"),), routings=(routing,)),
        [Order(id=f"O{i}", product="P") for i in range(N)],
        state=ShopState(at=MONDAY, lots=lots), start_at=MONDAY, end_at=MONDAY + timedelta(days=1),
        seed=8, n_replications=1, trace=True,
    )  # fmt: skip
    shares = dict(
        run.records[0]
        .operations.group_by("step")
        .agg(pl.col("order_id").n_unique() / N)
        .iter_rows()
    )
    assert shares.get(50, 0.0) == both
    # The number is below 0.3, or above 0.5: what comes with it at 0.4, else by itself.
    given = 0.4 * (both or 0.15 / 0.5) + 0.6 * 0.65
    assert shares[60] == pytest.approx(given, abs=_error(given))
    assert shares[70] == pytest.approx(0.4, abs=_error(0.4))
