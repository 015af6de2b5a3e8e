"""Which of several idle machines takes a lot: whether people look for one that is set up for it.

At each begin of work at which other machines of the work centre stood idle as
well, some of them set up for the lot's family and some not, the share of picks that
needed no change is compared with what chance would give. Its consequence is great
where setups are long: with it, a shop changes over far less often.
"""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.intervals import share_interval
from zhizao.model.plant import Provenance

Floats = NDArray[np.float64]
_ENOUGH = 20
_SURE = 2.0
_PLAIN_SHARE = 0.6
_NEAR_S = 60.0


def learn_idle_choice(
    rows: pl.DataFrame,
    *,
    stops: pl.DataFrame,
    centres: Mapping[str, str],
    families: Callable[[str, str], str | None],
    resources: Callable[[str, str], tuple[str, ...]],
    open_times: Mapping[str | None, OpenTime],
    with_setups: set[str],
) -> dict[str, Provenance]:
    """Return the work centres whose people pick a machine that is set up for the lot.

    Parameters
    ----------
    rows
        Reports with order_id, product, operation, resource, start_s, stop_s.
    stops
        Setups, stops and repairs, in which a machine is not idle: resource, start_s, end_s.
    centres
        Resource → work centre.
    families
        (work centre, product) → family that setups go by.
    resources
        (product, operation) → eligible resources.
    open_times
        By resource.
    with_setups
        Work centres that have setups.

    Returns
    -------
    dict
        Work centre → where it comes from; those that pick at random are left out.
    """
    found: dict[str, Provenance] = {}
    columns = ["order_id", "product", "operation", "resource", "start_s", "stop_s"]
    down = stops.drop_nulls("end_s").select(
        order_id=pl.lit(None, dtype=pl.String), product=pl.lit(""), operation=pl.lit(""),
        resource="resource", start_s="start_s", stop_s="end_s",
    )  # fmt: skip
    both = pl.concat([rows.select(columns), down], how="vertical_relaxed")
    for centre in sorted(with_setups):
        members = sorted(r for r, c in centres.items() if c == centre)
        if len(members) < 2:
            continue
        own = both.filter(pl.col("resource").is_in(members)).sort("start_s", "order_id")
        at_s = own["start_s"].to_numpy()
        is_open = {r: _is_open(open_times.get(r) or open_times[None], at_s) for r in members}
        n, picked, expected, variance = 0, 0, 0.0, 0.0
        busy_until = dict.fromkeys(members, -np.inf)
        last_family: dict[str, str | None] = {}
        last_order: dict[str, str] = {}
        for i, (order, product, operation, resource, start, stop) in enumerate(own.iter_rows()):
            if order is None:
                busy_until[resource] = max(busy_until[resource], stop)
                continue
            family = families(centre, product)
            if last_order.get(resource) != order:
                idle = [
                    r
                    for r in resources(product, operation)
                    if r in last_family
                    and (r == resource or busy_until[r] < start - _NEAR_S)
                    and is_open[r][i]
                ]
                ready = [last_family[r] == family for r in idle]
                if resource in idle and any(ready) and not all(ready):
                    share = sum(ready) / len(ready)
                    n += 1
                    picked += last_family[resource] == family
                    expected += share
                    variance += share * (1 - share)
            last_family[resource], last_order[resource] = family, order
            busy_until[resource] = max(busy_until[resource], stop)
        low, high = share_interval(picked, n)
        is_sure = picked - expected > _SURE * np.sqrt(variance)
        if n >= _ENOUGH and is_sure and low > _PLAIN_SHARE:
            found[centre] = Provenance(
                where=f"work_centres/{centre}/idle_choice", source="learnt", level="pooled", n=n,
                value=picked / n, low=low, high=high,
                note=f"share of picks among idle machines that needed no change of setup; by chance {expected / n:.0%}",
            )  # fmt: skip
    return found


def _is_open(open_time: OpenTime, at_s: Floats) -> list[bool]:
    """Return whether it is open near each instant."""
    is_open: list[bool] = (open_time.between(at_s - _NEAR_S, at_s + _NEAR_S) > 0.0).tolist()
    return is_open
