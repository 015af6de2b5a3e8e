"""When the orders in progress at the end of the log will be done: the dates that people get."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from zhizao.learn.trust.censoring import quantile
from zhizao.learn.trust.forecast import TWIN, Forecast
from zhizao.learn.trust.predictions import Correction
from zhizao.learn.trust.scores import Combined, OpenOrder, Score

_SAME = 0.02
"""Within this share two forecasts are as good as each other."""


def is_for_dates(combined: Combined | None, twin: Score) -> bool:
    """Return whether dates come from the combined forecast: where it is clearly better.

    Else from the twin, from which every what-if comes too.

    Examples
    --------
    >>> is_for_dates(None, Score(median_abs_error_h=1, coverage_p50=0.5, coverage_p90=0.9))
    False
    """
    if combined is None or combined.pinball_h is None or twin.pinball_h is None:
        return False
    if combined.median_abs_error_h is None or twin.median_abs_error_h is None:
        return False
    is_nearer = combined.median_abs_error_h <= (1.0 + _SAME) * twin.median_abs_error_h
    return is_nearer and combined.pinball_h <= (1.0 - _SAME) * twin.pinball_h


def open_orders_of(
    forecasts: Sequence[Forecast], correction: Correction, now_at: datetime, *, is_combined: bool
) -> tuple[OpenOrder, ...]:
    """Return the dates of the orders in progress, the earliest first.

    Parameters
    ----------
    forecasts
        Made now of the orders in progress; orders taken as ended are not among them.
    correction
        What earlier forecasts and their outcomes taught.
    now_at
        The instant at which they were made.
    is_combined
        Whether dates come from the combined forecast, or from the twin with its past.
    """
    found = []
    for f in forecasts:
        guess = correction.combined(f.guesses) if is_combined else correction.twin(f.guesses[TWIN])
        p50_s, p90_s = (quantile(guess.sample_s, level) for level in (0.5, 0.9))
        order = OpenOrder(
            order_id=f.order_id, product=f.product, stage=f.stage,
            p50_at=instant_of(now_at, p50_s), p90_at=instant_of(now_at, p90_s),
        )  # fmt: skip
        found.append((p50_s, f.order_id, order))
    return tuple(order for *_, order in sorted(found, key=lambda each: each[:2]))


def instant_of(since: datetime, seconds: float) -> datetime | None:
    """Return the instant so many seconds later; None where that is not finite.

    Examples
    --------
    >>> from datetime import UTC
    >>> instant_of(datetime(2024, 1, 1, tzinfo=UTC), 3600.0).hour
    1
    """
    return since + timedelta(seconds=seconds) if np.isfinite(seconds) else None
