"""Whether orders are released as others leave: the number in the plant hardly varies then.

Orders that come by themselves, each at its own time, leave a number in the plant that varies
at least as a Poisson number does, whose variance is its mean (as in M/G/∞; queues only add
to it). A planner who releases an order when another one is done, or cards that go round
(CONWIP; Spearman, Woodruff and Hopp 1990), keep it near a number of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

_ENOUGH_RELEASES = 60
_LEAST_ORDERS = 3.0
_STEADY = 0.3
_FIRST_LEADS = 3.0


@dataclass(frozen=True, kw_only=True)
class ReleaseControl:
    """How many orders were in the plant just after releases: mean, variance by mean, ``n`` times."""

    mean: float
    dispersion: float
    n: int

    @property
    def is_steady(self) -> bool:
        """Whether the number varies far less than that of orders that come by themselves."""
        return self.mean >= _LEAST_ORDERS and self.dispersion < _STEADY


def release_control(
    releases: Mapping[str, float], finished: pl.DataFrame, *, until_s: float
) -> ReleaseControl | None:
    """Return how steady the number of orders in the plant is; None where too few are known.

    Parameters
    ----------
    releases
        Order → instant of release, seconds.
    finished
        Table of ``finished_orders``.
    until_s
        The last known instant.

    Examples
    --------
    >>> hours = 3600.0 * np.arange(100)
    >>> table = pl.DataFrame({"order_id": [f"o{i}" for i in range(100)], "first_s": hours,
    ...     "last_s": hours + 18_000.0, "is_finished": True, "is_truncated": False})
    >>> found = release_control(dict(zip(table["order_id"], hours.tolist())), table, until_s=4e5)
    >>> found.mean, found.is_steady
    (5.0, True)
    """
    if len(releases) < _ENOUGH_RELEASES:
        return None
    known = finished.filter(pl.col("order_id").is_in(list(releases))).with_columns(
        released_s=pl.col("order_id").replace_strict(releases, return_dtype=pl.Float64)
    )
    done = known.filter("is_finished")
    leads_s = (done["last_s"] - done["released_s"]).to_numpy()
    if leads_s.size < _ENOUGH_RELEASES:
        return None
    # Of the orders of the first weeks some are not known, and of the last ones the end is not.
    margin_s = _FIRST_LEADS * float(np.quantile(leads_s, 0.9))
    entered = np.sort(known["released_s"].to_numpy())
    left = np.sort(done["last_s"].to_numpy())
    first_s = float(known["first_s"].min()) + margin_s  # type: ignore[arg-type]
    at = entered[(entered > first_s) & (entered < until_s - margin_s)]
    if at.size < _ENOUGH_RELEASES:
        return None
    inside = np.searchsorted(entered, at, side="right") - np.searchsorted(left, at, side="right")
    mean = float(inside.mean())
    return ReleaseControl(
        mean=mean, dispersion=float(inside.var()) / max(mean, 1e-9), n=int(at.size)
    )
