"""Unexplained waits before a step as timers, by product where there are enough.

With fewer than twenty waits a product takes the operation's pooled shape, its
mean between its own and the pooled one (as if the pooled mean had been seen
four times).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.intervals import survival_quantiles
from zhizao.learn.spreads import fine_levels, quantile_spread
from zhizao.model.plant import Delay, Provenance

Floats = NDArray[np.float64]
_OWN_WAITS = 20
_POOLED_WAITS = 5
_PRIOR_WAITS = 4.0
_NEGLIGIBLE_S = 1.0


@dataclass(frozen=True, kw_only=True)
class DelayFit:
    """A delay, whose waits it comes from, and the interval of its mean in minutes.

    ``is_whole`` where nothing of the waits was queueing, since no resource was
    ever seen at work; such a delay passes in the plant's calendar.
    """

    delay: Delay
    level: str
    n: int
    low_min: float
    high_min: float
    is_whole: bool = False

    def provenance(self, where: str, *, is_assumed: bool = False) -> Provenance:
        """Return where the delay's mean comes from.

        ``is_assumed`` where working times were never measured: that the time
        since the step before was a wait, and not work, is then an assumption.
        """
        note = (
            "whole wait in open time, no resource was seen at work (Kaplan–Meier)"
            if self.is_whole
            else "wait in open time before the last instant with a free place (Kaplan–Meier)"
        )
        if is_assumed:
            note += "; working time was never measured and is inside"
        return Provenance(
            where=where, source="assumed" if is_assumed else "learnt", level=self.level, n=self.n, value=self.delay.mean_min,
            low=self.low_min, high=self.high_min,
            note=note,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LearntDelays:
    """Delays by (product, operation), by operation, and for the whole plant."""

    own: dict[tuple[str, str], DelayFit]
    pooled: dict[str, DelayFit]
    plant: DelayFit

    def fit(self, product: str, operation: str) -> DelayFit:
        """Return the delay before an operation of a product."""
        own = self.own.get((product, operation))
        return own or self.pooled.get(operation, self.plant)


def learn_delays(
    waits: pl.DataFrame, *, calendar_of: Callable[[str | None], str | None]
) -> LearntDelays:
    """Learn the delays; a wait that is not over is censored, not left out.

    Parameters
    ----------
    waits
        As from ``find_waits``.
    calendar_of
        Calendar of the operation's first resource: the minutes pass in it.
        ``None`` asks for the plant's, in which whole waits pass.
    """

    def calendar(name: str, found: pl.DataFrame) -> str | None:
        return calendar_of(None if found["is_whole"].all() else name)

    plant = _fit(waits, "plant", calendar_of(None))
    pooled = {}
    for (operation,), found in waits.group_by("operation", maintain_order=True):
        name = str(operation)
        if int(found["is_over"].sum()) >= _POOLED_WAITS:
            pooled[name] = _fit(found, "pooled", calendar(name, found))
    own = {}
    for (product, operation), found in waits.group_by("product", "operation", maintain_order=True):
        name, n = str(operation), int(found["is_over"].sum())
        if n >= _OWN_WAITS:
            own[str(product), name] = _fit(found, "product", calendar(name, found))
        elif n > 0:
            fit = _fit(found, "product", None)
            own[str(product), name] = _between(fit, pooled.get(name, plant), n)
    return LearntDelays(own=own, pooled=pooled, plant=plant)


def _between(own: DelayFit, pooled: DelayFit, n: int) -> DelayFit:
    """Return the pooled shape with a mean between the pooled and the product's own."""
    mean_min = (n * own.delay.mean_min + _PRIOR_WAITS * pooled.delay.mean_min) / (n + _PRIOR_WAITS)
    if mean_min <= 0 or pooled.delay.mean_min <= 0:
        return pooled
    ratio = mean_min / pooled.delay.mean_min
    return DelayFit(
        delay=pooled.delay.model_copy(update={"mean_min": mean_min}),
        level="pooled", n=n + pooled.n,
        low_min=ratio * pooled.low_min, high_min=ratio * pooled.high_min,
        is_whole=own.is_whole,
    )  # fmt: skip


def _fit(waits: pl.DataFrame, level: str, calendar: str | None) -> DelayFit:
    delay_s = waits["delay_s"].to_numpy()
    is_over = waits["is_over"].to_numpy()
    n = int(is_over.sum())
    is_whole = waits.height > 0 and bool(waits["is_whole"].all())
    if n == 0 or float(delay_s[is_over].max()) < _NEGLIGIBLE_S:
        return DelayFit(
            delay=Delay(), level=level, n=n, low_min=0.0, high_min=0.0, is_whole=is_whole
        )
    quantiles = survival_quantiles(delay_s, is_over, fine_levels())
    quantiles[0] = float(delay_s[is_over].min())
    mean_s, spread = quantile_spread(quantiles)
    mean_min = mean_s / 60.0
    half = 1.96 * float(np.std(delay_s)) / 60.0 / np.sqrt(n)
    return DelayFit(
        delay=Delay(mean_min=mean_min, calendar=calendar, **spread),
        level=level, n=n, low_min=max(0.0, mean_min - half), high_min=mean_min + half,
        is_whole=is_whole,
    )  # fmt: skip
