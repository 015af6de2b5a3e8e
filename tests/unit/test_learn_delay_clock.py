"""Whether delays pass by night: of an operation that cannot tell, as the others' do."""

import numpy as np
import polars as pl

from zhizao.learn.durations.delay_clock import learn_delay_clocks

HOUR = 3600.0


def _by_day(operation: str, *, drying_h: float, n: int = 300, seed: int = 1) -> pl.DataFrame:
    """Return waits of lots ready between 7 and 15 whose drying ends by night and is found at 7."""
    ready = np.random.default_rng(seed).uniform(0.0, 8 * HOUR, n)
    end = ready + drying_h * HOUR
    is_night = (end > 8 * HOUR) & (end < 24 * HOUR)
    left = 8 * HOUR - ready
    open_s = np.where(
        is_night, left, np.where(end < 8 * HOUR, drying_h * HOUR, end - 16 * HOUR - ready)
    )
    return pl.DataFrame(
        {
            "operation": operation, "is_over": True, "is_whole": False, "delay_s": open_s,
            "most_s": np.where(is_night, left + 60.0, open_s),
            "wall_s": np.where(is_night, left, drying_h * HOUR),
            "wall_most_s": np.where(is_night, left + 16 * HOUR, drying_h * HOUR),
        }
    )  # fmt: skip


def _silent(operation: str, n: int = 300) -> pl.DataFrame:
    """Return waits of lots that were ready by night and begun behind others the next day.

    They can have waited for a quarter of an hour in either way.
    """
    night = np.random.default_rng(2).uniform(0.0, 8 * HOUR, n)
    return pl.DataFrame(
        {
            "operation": operation, "is_over": True, "is_whole": False,
            "delay_s": np.zeros(n), "most_s": np.full(n, 4 * HOUR),
            "wall_s": np.zeros(n), "wall_most_s": 4 * HOUR + night,
        }
    )  # fmt: skip


def test_lots_that_tell_nothing_leave_the_clock_to_the_other_operations() -> None:
    clocks = learn_delay_clocks(pl.concat([_by_day("dry", drying_h=12.0), _silent("pack")]))
    assert clocks["dry"].is_wall
    assert not clocks["dry"].is_pooled
    assert clocks["pack"].is_pooled
    assert clocks["pack"].is_wall


def test_where_no_operation_tells_delays_pass_in_open_time() -> None:
    assert not learn_delay_clocks(_silent("pack"))["pack"].is_wall
