"""Gradient boosting on what is known of an order: a strong plain baseline of the back-test.

It learns from the same past as the twin: orders that were in progress at earlier instants
and are finished by now, with what was known of them then. It can predict completions, and
nothing else: no change of the plant can be asked of it.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.trust.baselines import Guess

Floats = NDArray[np.float64]

BOOSTED = "gradient boosting on order features"
_LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
_SAMPLE = (np.arange(20) + 0.5) / 20
_INSTANTS = 24
_LEAST_ROWS = 60
_MOST_CODES = 250
_CODES = ("product", "operation")
_NUMBERS = ("age_h", "quiet_h", "n_visits", "quantity", "n_open", "weekday")


def boosted_guesses(visits: pl.DataFrame, finished: Finished, *, now_s: float) -> dict[str, Guess]:
    """Return predictions for every order that has begun, by order; nothing where too little is known.

    Quantiles of log remaining time by histogram gradient boosting (scikit-learn).

    Parameters
    ----------
    visits
        As from ``visits_of``, known at ``now_s``.
    finished
        Which of the orders are over.
    now_s
        The instant, seconds from the same origin.
    """
    # Half a second of loading that only a back-test needs.
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    ends = finished.table.filter(pl.col("is_finished")).select("order_id", end_s="last_s")
    begin_s = float(visits["first_s"].min())  # type: ignore[arg-type]
    parts = []
    for at_s in np.linspace(begin_s, now_s, _INSTANTS + 2)[1:-1]:
        seen = _features(visits, float(at_s)).join(ends, on="order_id")
        parts.append(
            seen.filter(pl.col("end_s") > at_s).with_columns(left_s=pl.col("end_s") - at_s)
        )
    past = pl.concat(parts)
    if past.height < _LEAST_ROWS:
        return {}
    present = _features(visits, now_s)
    codes = {
        name: {v: float(i) for i, v in enumerate(sorted(set(past[name]))[:_MOST_CODES])}
        for name in _CODES
    }
    known = _matrix(past, codes)
    target = np.log1p(past["left_s"].to_numpy() / 3600.0)
    asked = _matrix(present, codes)
    predicted = []
    for level in _LEVELS:
        model = HistGradientBoostingRegressor(
            loss="quantile", quantile=level, max_iter=60, learning_rate=0.1, min_samples_leaf=10,
            categorical_features=list(range(len(_CODES))), random_state=0, early_stopping=False,
        )  # fmt: skip
        # On so few rows threads wait for each other longer than they work.
        with threadpool_limits(limits=1, user_api="openmp"):
            predicted.append(model.fit(known, target).predict(asked))
    lines = np.sort(np.stack(predicted, axis=1), axis=1)
    found = {}
    for order, line in zip(present["order_id"], lines, strict=True):
        sample_s = np.expm1(np.maximum(np.interp(_SAMPLE, _LEVELS, line), 0.0)) * 3600.0
        point_s = float(np.expm1(max(line[_LEVELS.index(0.5)], 0.0)) * 3600.0)
        found[str(order)] = Guess(sample_s=sample_s, point_s=point_s)
    return found


def _features(visits: pl.DataFrame, at_s: float) -> pl.DataFrame:
    """Return what was known at an instant of each order that had begun."""
    begun = visits.filter(pl.col("first_s") <= at_s).sort("order_id", "first_s", "last_s")
    last_s = pl.min_horizontal("last_s", pl.lit(at_s))
    rows = begun.group_by("order_id", maintain_order=True).agg(
        pl.col("product").first(), pl.col("operation").last(), pl.col("quantity").first(),
        age_h=(at_s - pl.col("first_s").min()) / 3600.0,
        quiet_h=(at_s - last_s.max()) / 3600.0,
        n_visits=pl.len().cast(pl.Float64),
    )  # fmt: skip
    return rows.with_columns(
        n_open=pl.lit(float((rows["quiet_h"] < rows["age_h"].median()).sum())),
        weekday=pl.lit(float(at_s // 86400 % 7)),
    )


def _matrix(rows: pl.DataFrame, codes: dict[str, dict[str, float]]) -> Floats:
    columns = [
        np.array([codes[name].get(v, np.nan) for v in rows[name]], dtype=np.float64)
        for name in _CODES
    ]
    columns += [rows[name].cast(pl.Float64).to_numpy() for name in _NUMBERS]
    return np.stack(columns, axis=1)
