"""Unexplained waits before a step as timers, by product where there are enough.

Many waits are known only to lie in an interval, because the lot joined a queue unseen
(``waits``); their distribution is Turnbull's, smoothed where none is seen (``turnbull``), with the
operation's as the prior of a product's. With waits worth fewer than twenty seen ones a product takes the
operation's pooled shape, its mean between its own and the pooled one (as if the pooled
one had been seen four times). Whether a delay passes in the open time of its operation or
round the clock is decided by operation (``delay_clock``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from zhizao.learn.durations.delay_clock import OPEN, Clock, learn_delay_clocks
from zhizao.learn.statistics.spreads import fine_levels, quantile_spread
from zhizao.learn.statistics.turnbull import Distribution, turnbull
from zhizao.model.plant import Delay, Provenance

_OWN_WAITS = 20
_POOLED_WAITS = 5
_PRIOR_WAITS = 4.0
_PRIOR_OF_PLANT = 1.0
_NEGLIGIBLE_S = 1.0
_Z95 = 1.96
_WIDTH = 0.3
"""On the logarithm: how far apart delays may be that tell of each other (as in ``delay_clock``)."""


@dataclass(frozen=True, kw_only=True)
class DelayFit:
    """A delay, whose waits it comes from, and the interval of its mean in minutes.

    ``is_whole`` where nothing of the waits was queueing, since no resource was
    ever seen at work; such a delay passes in the plant's calendar. ``clock`` says whether
    a delay passes in open time.
    """

    delay: Delay
    level: str
    n: int
    low_min: float
    high_min: float
    is_whole: bool = False
    clock: Clock = OPEN

    def provenance(self, where: str, *, is_assumed: bool = False) -> Provenance:
        """Return where the delay's mean comes from.

        ``is_assumed`` where working times were never measured: that the time
        since the step before was a wait, and not work, is then an assumption.
        """
        note = (
            "whole wait in open time, no resource was seen at work (Turnbull)"
            if self.is_whole
            else "wait in open time before the last instant with a free place (Turnbull)"
            if not self.clock.is_wall
            else "wait before the last instant with a free place (Turnbull)"
        )
        if self.clock.n:
            note += f"; {self.clock.said()}"
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
        Calendar of the operation's first resource: the minutes pass in it, unless
        they pass round the clock.
        ``None`` asks for the plant's, in which whole waits pass.
    """
    plant_seen = _seen(waits)
    plant = _fit(waits, plant_seen, "plant", calendar_of(None))
    clocks = learn_delay_clocks(waits)
    is_wall = pl.col("operation").is_in([name for name, c in clocks.items() if c.is_wall])
    # What is not needed is not put into groups of its own.
    waits = waits.select(
        "product", "operation", "is_over", "is_whole",
        delay_s=pl.when(is_wall & ~pl.col("is_whole")).then("wall_s").otherwise("delay_s"),
        most_s=pl.when(is_wall & ~pl.col("is_whole")).then("wall_most_s").otherwise("most_s"),
    )  # fmt: skip
    pooled, seen = dict[str, DelayFit](), dict[str, Distribution]()
    calendars: dict[str, str | None] = {}
    for (operation,), found in waits.group_by("operation", maintain_order=True):
        name = str(operation)
        clock = clocks.get(name, OPEN)
        whole = found["is_whole"].all()
        calendars[name] = None if clock.is_wall else calendar_of(None if whole else name)
        if int(found["is_over"].sum()) >= _POOLED_WAITS:
            is_enough = int((found["delay_s"] == found["most_s"]).sum()) >= _POOLED_WAITS
            seen[name] = _seen(found, None if is_enough else plant_seen, prior_n=_PRIOR_OF_PLANT)
            pooled[name] = replace(_fit(found, seen[name], "pooled", calendars[name]), clock=clock)
    own = {}
    for (product, operation), found in waits.group_by("product", "operation", maintain_order=True):
        name = str(operation)
        if not found["is_over"].any():
            continue
        mine = _seen(found, seen.get(name, plant_seen), prior_n=_PRIOR_WAITS)
        if mine.n_worth >= _OWN_WAITS:
            own[str(product), name] = replace(
                _fit(found, mine, "product", calendars[name]), clock=clocks.get(name, OPEN)
            )
        else:
            own[str(product), name] = _scaled(pooled.get(name, plant), mine.mean / 60.0, found)
    return LearntDelays(own=own, pooled=pooled, plant=plant)


def _seen(
    waits: pl.DataFrame, prior: Distribution | None = None, *, prior_n: float = 0.0
) -> Distribution:
    """Return the distribution of the waits, seconds."""
    least, most = waits["delay_s"].to_numpy(), waits["most_s"].to_numpy()
    if not least.size:
        return Distribution(place=np.zeros(1), share=np.ones(1), n_worth=0.0)
    return turnbull(least, most, prior=prior, prior_n=prior_n, width=_WIDTH)


def _scaled(pooled: DelayFit, mean_min: float, own: pl.DataFrame) -> DelayFit:
    """Return the pooled shape with a mean between the pooled and the product's own."""
    if mean_min <= 0 or pooled.delay.mean_min <= 0:
        return pooled
    ratio = mean_min / pooled.delay.mean_min
    return DelayFit(
        delay=pooled.delay.model_copy(update={"mean_min": mean_min}),
        level="pooled", n=int(own["is_over"].sum()) + pooled.n,
        low_min=ratio * pooled.low_min, high_min=ratio * pooled.high_min,
        is_whole=bool(own["is_whole"].all()), clock=pooled.clock,
    )  # fmt: skip


def _fit(waits: pl.DataFrame, seen: Distribution, level: str, calendar: str | None) -> DelayFit:
    n = int(waits["is_over"].sum())
    is_whole = waits.height > 0 and bool(waits["is_whole"].all())
    quantiles = seen.quantiles(fine_levels())
    quantiles[0] = float(seen.place[np.flatnonzero(seen.share > 0.0)[0]])
    mean_s, spread = quantile_spread(quantiles)
    if n == 0 or mean_s < _NEGLIGIBLE_S:
        return DelayFit(
            delay=Delay(), level=level, n=n, low_min=0.0, high_min=0.0, is_whole=is_whole
        )
    mean_min = mean_s / 60.0
    half = _Z95 * seen.deviation / 60.0 / np.sqrt(max(1.0, seen.n_worth))
    return DelayFit(
        delay=Delay(mean_min=mean_min, calendar=calendar, **spread),
        level=level, n=n, low_min=max(0.0, mean_min - half), high_min=mean_min + half,
        is_whole=is_whole,
    )  # fmt: skip
