"""Orders that seem to be over and are not: how long until they are taken up again.

An order whose last operation is reported, or that was silent for longer than orders usually
are, counts as over and is not simulated with the others. Asked when it is done *if it is not
over*, one has to say first for how long it will stay set aside: silences that have lasted so
long end later and later. What then happens is simulated from its next step on.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.state import Floor
from zhizao.learn.trust.like_orders import silences_of_orders

Floats = NDArray[np.float64]


def taken_up_again(
    done_s: Mapping[str, Floats],
    floor: Floor,
    *,
    visits: pl.DataFrame,
    finished: Finished,
    until_s: float,
    seed: int,
) -> dict[str, Floats]:
    """Return simulated completions with the silence before them of orders that seem over.

    Parameters
    ----------
    done_s
        Simulated completions by order, seconds from the instant of the floor.
    floor
        Says which orders seem to be over.
    visits, finished, until_s
        As for ``silences_of_orders``, of the same instant.
    seed
        Of the pairing of silences with simulated futures.
    """
    found = dict(done_s)
    if not floor.ended_orders:
        return found
    silences = silences_of_orders(visits, finished, until_s=until_s)
    last = visits.sort("last_s", "first_s").unique("order_id", keep="last", maintain_order=True)
    stages = {
        str(order): (str(stage), until_s - float(last_s))
        for order, stage, last_s in last.select("order_id", "operation", "last_s").iter_rows()
    }
    rng = np.random.default_rng(seed)
    for order in floor.ended_orders:
        if order.id not in done_s or order.id not in stages:
            continue
        stage, since_s = stages[order.id]
        n = done_s[order.id].size
        wait_s = silences.left(
            order.id, product=order.product, stage=stage, since_s=since_s,
            levels=(np.arange(n) + 0.5) / n,
        )  # fmt: skip
        if wait_s is not None:
            found[order.id] = done_s[order.id] + rng.permutation(wait_s)
    return found
