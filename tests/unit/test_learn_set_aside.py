"""An order that seems over and is not goes on only after a silence like those of others."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.state import Floor
from zhizao.learn.trust.set_aside import taken_up_again
from zhizao.model import Order
from zhizao.model.state import ShopState

HOUR = 3600.0
AT = datetime(2024, 1, 1, tzinfo=UTC)
N_OTHERS = 12
SILENCE_H = 80.0
UNTIL_H = 400.0


def _visits(*, quiet_h: float) -> pl.DataFrame:
    """Return others that came back to rework 80 h after packing, and one order that was packed."""
    others = [f"o{i}" for i in range(N_OTHERS)]
    packed_h = [float(i) for i in range(N_OTHERS)]
    back_h = [h + SILENCE_H for h in packed_h]
    last_h = UNTIL_H - quiet_h
    return pl.DataFrame(
        {
            "order_id": [*others, *others, "x"],
            "product": "P",
            "operation": ["pack"] * N_OTHERS + ["rework"] * N_OTHERS + ["pack"],
            "first_s": HOUR * np.array([*packed_h, *back_h, last_h]),
            "last_s": HOUR * np.array([*packed_h, *back_h, last_h]),
        }
    )


def _taken_up(*, quiet_h: float) -> dict[str, np.ndarray]:
    visits = _visits(quiet_h=quiet_h)
    ids = visits["order_id"].unique(maintain_order=True).to_list()
    finished = Finished(
        table=pl.DataFrame({"order_id": ids}).with_columns(
            product=pl.lit("P"), first_s=0.0, last_s=0.0, is_finished=True, is_silent=False,
            is_truncated=False,
        ),
        silence_s=1e9, pause_s=1e9, terminals=frozenset({"pack"}),
    )  # fmt: skip
    floor = Floor(
        state=ShopState(at=AT, lots=()), orders=(), ended=(),
        ended_orders=(Order(id="x", product="P", quantity=1.0),), silent=(), unplaced=(),
    )  # fmt: skip
    return taken_up_again(
        {"x": np.full(10, 5 * HOUR), "other": np.full(10, 7 * HOUR)}, floor, visits=visits,
        finished=finished, until_s=UNTIL_H * HOUR, seed=1,
    )  # fmt: skip


def test_what_is_left_of_the_silence_comes_before_what_is_simulated() -> None:
    found = _taken_up(quiet_h=50.0)
    np.testing.assert_allclose(found["x"], (SILENCE_H - 50.0 + 5.0) * HOUR)
    np.testing.assert_array_equal(found["other"], np.full(10, 7 * HOUR))


def test_where_nobody_was_silent_for_as_long_the_simulation_stays() -> None:
    np.testing.assert_array_equal(_taken_up(quiet_h=90.0)["x"], np.full(10, 5 * HOUR))
