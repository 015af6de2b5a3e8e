"""People who work at different paces: long working times with some, short ones with others.

The twin gives everyone the usual pace, since what a product takes is what it took with those who
made it. Where people differ beyond what product, machine, quantity and chance explain, other
people or training would change the time, and nobody can tell by how much: so it is said.
Nobody is named; only how far the quickest and the slowest are from the usual.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import kruskal

from zhizao.learn.durations.times import LEAST_WORK_S, LearntTimes
from zhizao.learn.evidence.repeats import base_of
from zhizao.learn.statistics.codes import coded, rows_of_codes
from zhizao.learn.statistics.shrinkage import shrunk_means

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ENOUGH = 60
_OWN = 8
_PLAIN = 0.05
_SURE = 0.001
_SHIFTS = 199
_ABOVE_SHIFTED = 0.95
_FAR = 3.0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """People of one operation: logarithms of the quickest and the slowest time against the usual.

    ``n_people`` with ``n`` visits between them; the two are pulled towards 0 by what chance explains.
    """

    operation: str
    quickest: float
    slowest: float
    n_people: int
    n: int


def find_paces(visits: pl.DataFrame, times: LearntTimes) -> tuple[Pace, ...]:
    """Return the operations whose people differ, the most different first.

    The test is Kruskal & Wallis' (1952) on log residuals, at one in a thousand for all operations
    together. As long times come in spells and so do shifts, the statistic must also be above 95 % of those with
    the people moved along the visits in time (a circular shift keeps both series as they are).

    Parameters
    ----------
    visits
        As from ``visits_of``, with ``operator`` and ``is_ended``.
    times
        Working times as learnt, by product, machine and quantity.
    """
    if "operator" not in visits.columns or visits["operator"].null_count() == visits.height:
        return ()
    known = visits.filter(
        pl.col("is_ended")
        & (pl.col("n_resources") == 1)
        & (pl.col("n_measured") == pl.col("n_rows"))
        & (pl.col("measured_s") > LEAST_WORK_S)
    ).drop_nulls(["resource", "operator"])
    cases = list(_cases(known, times))
    found = []
    for operation, residual, people in cases:
        groups = [residual[own] for own in people]
        _, chance = kruskal(*groups)
        if chance > _SURE / len(cases) or not _is_above_shifted(residual, people):
            continue
        effects = [s.mean for s in shrunk_means(dict(enumerate(groups))).values()]
        middle = float(np.median(residual))
        low, high = min(effects) - middle, max(effects) - middle
        if high - low > 2 * _PLAIN:
            found.append(
                Pace(
                    operation=operation, quickest=low, slowest=high, n_people=len(groups),
                    n=residual.size,
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda p: p.quickest - p.slowest))


def _cases(known: pl.DataFrame, times: LearntTimes) -> Iterator[tuple[str, Floats, list[Ints]]]:
    """Yield each operation with its log residuals in time, and the rows of each of its people."""
    for (operation,), own in known.sort("first_s", "order_id").group_by(
        "operation", maintain_order=True
    ):
        often = own.filter(pl.len().over("operator") >= _OWN)
        people, code = coded(often["operator"])
        if often.height < _ENOUGH or len(people) < 2:
            continue
        residual = _residuals(often, str(operation), times)
        if float(np.std(residual)) > 0.0:
            yield base_of(str(operation)), residual, rows_of_codes(code, len(people))


def _residuals(own: pl.DataFrame, operation: str, times: LearntTimes) -> Floats:
    """Return how much longer than learnt each visit took, as a logarithm without far outliers."""
    products, code = coded(own["product"])
    models = [times.fit(product, operation).model for product in products]
    setup_min = np.array([m.setup_min for m in models])[code]
    per_piece_min = np.array([m.per_piece_min for m in models])[code]
    resources, machine = coded(own["resource"])
    speed = np.array([times.speeds.get((operation, r), (1.0,))[0] for r in resources])[machine]
    expected = (setup_min + per_piece_min * own["quantity"].to_numpy()) / speed
    residual = np.log(own["measured_s"].to_numpy() / np.maximum(expected * 60.0, 1.0))
    low, middle, high = np.quantile(residual, [0.25, 0.5, 0.75])
    reach = _FAR * max(high - low, 0.05)
    return np.asarray(np.clip(residual, middle - reach, middle + reach), dtype=np.float64)


def _is_above_shifted(residual: Floats, people: list[Ints]) -> bool:
    """Return whether the statistic (without its constants) is above that of nearly all circular shifts of the people."""
    who = np.empty(residual.size, dtype=np.int64)
    for i, rows in enumerate(people):
        who[rows] = i
    ranks = pl.Series(residual).rank("average").to_numpy()
    n = np.bincount(who).astype(np.float64)
    steps = np.unique(np.linspace(1, residual.size - 1, _SHIFTS).astype(np.int64))
    between = np.array(
        [(np.bincount(np.roll(who, step), weights=ranks) ** 2 / n).sum() for step in steps]
    )
    own = float((np.bincount(who, weights=ranks) ** 2 / n).sum())
    return bool((between < own).mean() >= _ABOVE_SHIFTED)
