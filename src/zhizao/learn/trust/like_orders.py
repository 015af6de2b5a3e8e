"""How long it lasted for like orders: those that are not over are counted, not left out.

In a young log the orders that are over are the quick ones. To leave out those that are open
makes every forecast early; Kaplan and Meier (1958) count an open one for as long as it was
followed. Orders that are more alike weigh more (Beran 1981): the same product at the same stage
in full, other products at that stage together as much as a few orders, all else as one.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.finished import Finished

Floats = NDArray[np.float64]

_STAGE_WORTH = 5.0
"""All other products at the stage count together as so many orders at most."""

_PLANT_WORTH = 1.0
"""All other stages count together as so many orders at most."""

_UNSEEN = 0.5
"""Ends that were nearly seen: where none was, the rest is not endless (Jeffreys' prior)."""


@dataclass(frozen=True, kw_only=True)
class Durations:
    """What lasted how long after a stage of an order, arrays of one length, shortest first.

    ``is_over`` is false where it still lasts; ``longest_s`` is the longest time for which
    anything was followed: nothing is foretold beyond.
    """

    order_id: NDArray[np.str_]
    product: NDArray[np.str_]
    stage: NDArray[np.str_]
    lasted_s: Floats
    is_over: NDArray[np.bool_]
    longest_s: float

    def left(
        self, order_id: str, *, product: str, stage: str, since_s: float, levels: Floats
    ) -> Floats | None:
        """Return quantiles of what is left for an order that has been there for ``since_s``.

        Parameters
        ----------
        order_id, product, stage
            The order, which is not compared with itself, and where it is.
        since_s
            Seconds since the stage was left; only what lasted longer tells.
        levels
            Shares between 0 and 1, ascending.

        Returns
        -------
        float64 array of the shape of ``levels``, seconds; None where nothing lasted as long.

        Examples
        --------
        >>> names = np.array([f"o{i}" for i in range(4)])
        >>> past = Durations(
        ...     order_id=names, product=np.full(4, "P"), stage=np.full(4, "cut"), longest_s=9.0,
        ...     lasted_s=np.array([1.0, 2.0, 3.0, 4.0]), is_over=np.array([True, True, False, True]))
        >>> past.left("new", product="P", stage="cut", since_s=0.0, levels=np.array([0.5, 0.6]))
        array([2., 4.])
        """
        is_left = (self.order_id != order_id) & (self.lasted_s > since_s)
        at_stage = is_left & (self.stage == stage)
        own = at_stage & (self.product == product)
        weight = own.astype(np.float64)
        for others, worth in ((at_stage & ~own, _STAGE_WORTH), (is_left & ~at_stage, _PLANT_WORTH)):
            weight[others] = min(1.0, worth / max(1, int(others.sum())))
        chosen = weight > 0.0
        if not chosen.any():
            return None
        weight, lasted_s, is_over = weight[chosen], self.lasted_s[chosen], self.is_over[chosen]
        at_risk = np.cumsum(weight[::-1])[::-1]
        beyond = np.cumprod(np.where(is_over, np.maximum(0.0, 1.0 - weight / at_risk), 1.0))
        index = np.searchsorted(1.0 - beyond, levels - 1e-9, side="left")
        found = lasted_s[np.minimum(index, lasted_s.size - 1)]
        # Beyond the last end that was seen they go on ending as often as they did so far.
        mean_s = weight @ (lasted_s - since_s) / (weight @ is_over + _UNSEEN)
        later = np.maximum(1.0, beyond[-1] / np.maximum(1.0 - levels, 1e-9))
        found = np.where(
            index < lasted_s.size, found, lasted_s[-1] + mean_s * np.log(later)
        )  # fmt: skip
        return np.asarray(np.minimum(found - since_s, self.longest_s), dtype=np.float64)


def left_of_orders(visits: pl.DataFrame, finished: Finished, *, until_s: float) -> Durations:
    """Return what was left of each order after each of its operations; open orders still last.

    Parameters
    ----------
    visits
        As from ``visits_of``, known at ``until_s``.
    finished
        Which of the orders are over.
    until_s
        The instant, seconds from the same origin.
    """
    state = finished.table.select("order_id", "is_finished", end_s="last_s")
    rows = visits.join(state, on="order_id", maintain_order="left").with_columns(
        lasted_s=pl.when("is_finished").then("end_s").otherwise(until_s) - pl.col("last_s"),
        is_over="is_finished",
    )
    return _durations(rows, visits, until_s=until_s)


def silences_of_orders(visits: pl.DataFrame, finished: Finished, *, until_s: float) -> Durations:
    """Return how long each order was silent after each of its operations, until it went on.

    The silence after an order's last operation still lasts if the order is open; if the
    order is over there is none. For parameters see ``left_of_orders``.
    """
    state = finished.table.select("order_id", "is_finished")
    rows = (
        visits.join(state, on="order_id", maintain_order="left")
        .sort("order_id", "first_s", "last_s")
        .with_columns(
            since_s=pl.col("last_s").cum_max().over("order_id"),
            next_s=pl.col("first_s").shift(-1).over("order_id"),
        )
        .filter(pl.col("next_s").is_not_null() | ~pl.col("is_finished"))
        .with_columns(
            lasted_s=pl.col("next_s").fill_null(until_s) - pl.col("since_s"),
            is_over=pl.col("next_s").is_not_null(),
        )
    )
    return _durations(rows, visits, until_s=until_s)


def _durations(rows: pl.DataFrame, visits: pl.DataFrame, *, until_s: float) -> Durations:
    rows = rows.filter(pl.col("lasted_s") > 0.0).sort(
        "lasted_s", "is_over", "order_id", descending=[False, True, False], maintain_order=True
    )
    return Durations(
        order_id=rows["order_id"].to_numpy().astype(np.str_),
        product=rows["product"].to_numpy().astype(np.str_),
        stage=rows["operation"].to_numpy().astype(np.str_),
        lasted_s=rows["lasted_s"].to_numpy(),
        is_over=rows["is_over"].to_numpy(),
        longest_s=until_s - float(visits["first_s"].min()),  # type: ignore[arg-type]
    )
