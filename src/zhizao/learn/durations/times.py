"""Working times: (setup + rate × quantity) × spread, on order × operation totals.

The shape (which part of the time does not depend on the quantity) is found by
a search over its share at the usual quantity, so neither coefficient can be
negative; the loss is Huber's on the logarithms, so one stuck clock does not
decide. Levels are pooled: a product's level is its mean log residual against
the operation's pooled shape, pulled towards 0 by the ratio of the variances
within and between products (empirical Bayes); resources likewise. Its fixed minutes are
pulled towards those of the other products (``fixed_minutes``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.durations.fixed_minutes import shapes_with_common_minutes
from zhizao.learn.durations.time_factors import Factors, ratios_of
from zhizao.learn.durations.time_shapes import (
    TimeShape,
    best_time_shape,
    location,
    shape_profile,
    varies,
)
from zhizao.learn.statistics.codes import Ints, coded, rows_of_codes
from zhizao.learn.statistics.shrinkage import Shrunk, shrunk_means
from zhizao.model.plant import TimeModel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_COLUMNS = (
    "product", "resource", "is_ended", "is_believed", "n_measured", "n_rows", "n_resources",
    "worked_s", "measured_s", "quantity",
)  # fmt: skip
_OWN_SHAPE = 12
_OWN_LEVEL = 8
_SURE = 2.5
LEAST_WORK_S = 30.0
"""Least total of an operation of an order; all that is assumed where none was measured."""


@dataclass(frozen=True, kw_only=True)
class TimeFit:
    """Time model of a product at an operation, with what it rests on.

    ``mean_min`` is the mean at the usual quantity with its 95 % interval.
    ``only_defaults`` says that durations are a habit of reporting,
    ``is_unmeasured`` that there are none at all: no report has both a begin
    and an end, and the least time is assumed.
    """

    model: TimeModel
    level: str
    n: int
    mean_min: float
    low_min: float
    high_min: float
    is_separable: bool
    only_defaults: bool
    is_unmeasured: bool = False


@dataclass(frozen=True, kw_only=True)
class LearntTimes:
    """Fits by (product, operation) and speeds by (operation, resource)."""

    fits: dict[tuple[str, str], TimeFit]
    pooled: dict[str, TimeFit]
    speeds: dict[tuple[str, str], tuple[float, int, float, float]]

    def fit(self, product: str, operation: str) -> TimeFit:
        """Return the fit of a product at an operation, or the pooled one."""
        own = self.fits.get((product, operation))
        return own or self.pooled[operation]


def learn_times(visits: pl.DataFrame) -> LearntTimes:
    """Learn working times from the totals of ended visits.

    Parameters
    ----------
    visits
        As from ``visits_of``, with ``is_ended``; where no visit of an operation
        has ended, its unfinished ones are taken; with ``is_believed``, where it is
        known which long ones really took the machine. ``measured_s`` leaves
        out reports whose duration was not measured; where an operation has
        hardly any other, ``worked_s`` is taken and the fit says so.
    """
    fits: dict[tuple[str, str], TimeFit] = {}
    pooled: dict[str, TimeFit] = {}
    speeds: dict[tuple[str, str], tuple[float, int, float, float]] = {}
    for operation, found in _by_operation(visits):
        ended = found.filter("is_ended")
        rows = ended if ended.height else found
        measured = rows.filter(pl.col("n_measured") == pl.col("n_rows"))
        only_defaults = measured.height <= 0.05 * rows.height
        rows = rows if only_defaults else measured
        seconds = rows["worked_s" if only_defaults else "measured_s"].to_numpy()
        total = np.maximum(seconds, LEAST_WORK_S)
        is_unmeasured = only_defaults and not bool((rows["worked_s"] > 0).any())
        quantity = rows["quantity"].to_numpy()
        product = _rows_by_name(rows["product"])
        resource = _rows_by_name(rows["resource"].fill_null(""))
        one = rows["n_resources"].to_numpy() == 1
        alone = {r: at[one[at]] for r, at in resource.items() if r}
        alone = {r: at for r, at in alone.items() if at.size}
        logs = np.log(total)
        believed = np.zeros(total.size, dtype=np.bool_)
        if "is_believed" in rows.columns and not only_defaults:
            believed = rows["is_believed"].to_numpy()
        shape = best_time_shape(logs, quantity)
        by_product, by_resource = np.zeros(total.size), np.zeros(total.size)
        effects: dict[str, tuple[float, int, float]] = {}
        base = 0.0
        for _ in range(3 if len(resource) > 1 else 1):
            residual = logs - np.log(shape.of(quantity))
            base = location(residual - by_product - by_resource)
            by_product = _spread_out(
                _effects(residual - base - by_resource, product), product, total.size
            )
            effects = _effects(residual - base - by_product, alone)
            by_resource = _spread_out(effects, resource, total.size)
        # Twins prefer the faster machine, so a difference that may be chance is no difference.
        effects = {
            r: (e, n, error)
            for r, (e, n, error) in effects.items()
            if n >= _OWN_LEVEL and abs(e) > _SURE * error
        }
        for r, (effect, n, error) in effects.items():
            low, high = np.exp(-effect - 1.96 * error), np.exp(-effect + 1.96 * error)
            speeds[operation, r] = (float(np.exp(-effect)), n, float(low), float(high))
        by_resource = _spread_out(effects, resource, total.size)
        adjusted = logs - by_resource
        pooled[operation] = _fit(
            adjusted, quantity, shape=shape, level="pooled",
            only_defaults=only_defaults, is_unmeasured=is_unmeasured, prior=None, believed=believed,
        )  # fmt: skip
        unexplained = adjusted - by_product - np.log(shape.of(quantity)) - base
        profiles = {
            p: shape_profile(adjusted[mine], quantity[mine])
            for p, mine in product.items()
            if mine.size >= _OWN_SHAPE and varies(quantity[mine])
        }
        shapes = shapes_with_common_minutes(profiles)
        tails = shrunk_means(
            {
                p: ratios_of(_own(adjusted[mine], quantity[mine], own or shape), believed[mine])[1]
                for p, mine in product.items()
                if (own := shapes.get(p)) or mine.size >= 4 * _OWN_LEVEL
            }
        )
        around = Factors.around(unexplained, believed)
        for p, mine in product.items():
            q, y = quantity[mine], adjusted[mine]
            own_shape = shapes.get(p)
            prior = None
            if own_shape is None and mine.size < 4 * _OWN_LEVEL:
                prior = base + float(by_product[mine][0]), around
            fits[p, operation] = _fit(
                y, q, shape=own_shape or shape,
                level="product" if mine.size >= _OWN_LEVEL else "pooled",
                only_defaults=only_defaults, is_unmeasured=is_unmeasured,
                prior=prior, believed=believed[mine],
                tail=tails.get(p),
            )  # fmt: skip
    return LearntTimes(fits=fits, pooled=pooled, speeds=speeds)


def _by_operation(visits: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each operation with its visits, by order and pass."""
    operations, operation = coded(visits["operation"])
    _, order = coded(visits["order_id"])
    rows = np.lexsort((visits["pass"].to_numpy(), order, operation))
    counts = np.bincount(operation, minlength=len(operations))
    ends = np.cumsum(counts)
    ordered = visits.select(c for c in visits.columns if c in _COLUMNS)[rows]
    for name, end, n in zip(operations, ends.tolist(), counts.tolist(), strict=True):
        yield name, ordered.slice(end - n, n)


def _rows_by_name(names: pl.Series) -> dict[str, Ints]:
    """Return name → its rows, names in order."""
    different, code = coded(names)
    return dict(zip(different, rows_of_codes(code, len(different)), strict=True))


def _effects(residual: Floats, groups: Mapping[str, Ints]) -> dict[str, tuple[float, int, float]]:
    """Return group → (mean pulled towards 0, sample size, its standard error)."""
    samples = {g: residual[at] for g, at in groups.items()}
    centres = {g: location(v) for g, v in samples.items()}
    n_all = sum(v.size for v in samples.values())
    inside = sum(float(((v - centres[g]) ** 2).sum()) for g, v in samples.items())
    within = max(inside / max(n_all - len(samples), 1), 1e-12)
    if len(samples) < 2:
        return {g: (0.0, v.size, 0.0) for g, v in samples.items()}
    # Method of moments: spread of the centres beyond what sampling explains.
    weights = np.array([v.size for v in samples.values()], dtype=np.float64)
    values = np.array(list(centres.values()))
    mean = float((weights * values).sum() / weights.sum())
    excess = float((weights * (values - mean) ** 2).sum()) - (len(values) - 1) * within
    between = max(excess / max(weights.sum() - (weights**2).sum() / weights.sum(), 1e-9), 1e-9)
    found = {}
    for g, v in samples.items():
        trust = between / (between + within / v.size)
        found[g] = (trust * centres[g], v.size, float(np.sqrt(trust * within / v.size)))
    return found


def _spread_out(
    effects: Mapping[str, tuple[float, int, float]], groups: Mapping[str, Ints], n: int
) -> Floats:
    """Return the effect of each of ``n`` rows."""
    found = np.zeros(n)
    for g, (effect, _, _) in effects.items():
        found[groups[g]] = effect
    return found


def _own(logs: Floats, quantity: Floats, shape: TimeShape) -> Floats:
    return np.asarray(logs - np.log(np.maximum(shape.of(quantity), 1e-9)))


def _fit(
    logs: Floats, quantity: Floats, *, shape: TimeShape, level: str, only_defaults: bool,
    is_unmeasured: bool, prior: tuple[float, Factors] | None, believed: Flags,
    tail: Shrunk | None = None,
) -> TimeFit:  # fmt: skip
    """Return the time model: location from the data or a pooled level, spread from residuals.

    ``tail`` is the mean ratio to the robust middle where it was pulled towards that of all
    products: a few very long ones among its own would decide it.
    """
    if prior is None:
        centre, ratios = ratios_of(_own(logs, quantity, shape), believed)
        factors = Factors(ratios)
    else:
        centre, factors = prior
    factor = factors.mean if tail is None else tail.mean
    mean_s = float(np.exp(centre)) * factor
    n = logs.size
    # The mean of few long ones among many short ones is less sure than their logarithms look.
    error = factors.cv / max(np.sqrt(n), 1.0)
    if tail is not None and tail.trust < 1.0:
        core = 1.4826 * factors.core / max(np.sqrt(n), 1.0)
        error = min(error, float(np.hypot(core, tail.error / factor)))
    model = TimeModel(
        setup_min=mean_s * shape.share / 60.0,
        per_piece_min=mean_s * (1 - shape.share) / shape.usual_quantity / 60.0,
        **factors.spread,
    )
    mean_min = model.setup_min + model.per_piece_min * shape.usual_quantity
    return TimeFit(
        model=model, level=level, n=n, mean_min=mean_min,
        low_min=mean_min * float(np.exp(-1.96 * error)), high_min=mean_min * float(np.exp(1.96 * error)),
        is_separable=varies(quantity) and n >= _OWN_SHAPE, only_defaults=only_defaults,
        is_unmeasured=is_unmeasured,
    )  # fmt: skip
