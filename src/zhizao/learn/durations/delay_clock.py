"""Whether a delay passes in the open time of the place that it ends at, or round the clock.

Paint dries at night, a customer answers an e-mail at the weekend, a carrier drives round the
clock; but material that the early shift fetches comes while the early shift is there. In the
records both look alike as long as nobody compares: a lot that was ready at three in the
afternoon and was begun at seven in the morning may have waited for a drying time of
twelve hours, or of none. Over many lots they differ. A delay that passes in open time ends
as often late in a shift as at its beginning; one that passes by night is over when the
shift begins. So each lot's joining of the queue is known to lie between two instants;
each clock foretells how likely that is, from the other half of the lots; and the clock that
foretells more is taken. It decides what a second shift is worth: it shortens a delay that
passes in open time, and no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

from zhizao.learn.statistics.turnbull import Distribution, turnbull

Floats = NDArray[np.float64]
_RESOLUTION_S = 600.0
"""People write down the minute, and load the next lot within some of them."""
_APART_S = 1800.0
_ENOUGH = 20
_MOST = 1000
_CLEARLY = 3.0
_BROAD = 0.02
_WIDTH = 0.3
"""Bandwidth on the logarithm of the delay: how far a delay may be from those seen."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Whether delays before an operation pass round the clock, and how it is known.

    ``gain`` is the log-likelihood of the wall clock less that of open time, over the
    ``n`` lots for which the two differ; ``is_pooled`` where those of all operations decided.
    """

    is_wall: bool
    gain: float
    n: int
    is_pooled: bool

    def said(self) -> str:
        """Return the evidence in words."""
        which = "round the clock" if self.is_wall else "in open time"
        level = "all operations" if self.is_pooled else "this operation"
        return f"passes {which} (log-likelihood {self.gain:+.0f} for the wall clock, {self.n} waits of {level})"


OPEN = Clock(is_wall=False, gain=0.0, n=0, is_pooled=False)
"""Where nothing tells: a delay lasts as long as it did while somebody was there."""


def learn_delay_clocks(waits: pl.DataFrame) -> Mapping[str, Clock]:
    """Return the clock of the delays before each operation.

    Parameters
    ----------
    waits
        As from ``find_waits``.

    Returns
    -------
    mapping
        Operation → clock. Where fewer than 20 lots tell, or those do not tell the two
        apart, that of all operations together; open time where even those do not.

    Examples
    --------
    >>> day, night = 8 * 3600.0, 16 * 3600.0
    >>> rng = np.random.default_rng(1)
    >>> ready = rng.uniform(0.0, day, 200)  # ready by day; ten hours later it is night
    >>> waits = pl.DataFrame({
    ...     "operation": "pack", "is_over": True, "is_whole": False,
    ...     "delay_s": day - ready, "most_s": day - ready + 60.0,
    ...     "wall_s": day - ready, "wall_most_s": day + night - ready})
    >>> learn_delay_clocks(waits)["pack"].is_wall
    True
    """
    told = waits.filter(pl.col("is_over") & ~pl.col("is_whole")).select(
        "operation", "delay_s", "most_s", "wall_s", "wall_most_s"
    )
    own = {
        str(name): _gain(found)
        for (name,), found in told.group_by("operation", maintain_order=True)
    }
    gain, n = sum(g for g, _ in own.values()), sum(k for _, k in own.values())
    pooled = Clock(is_wall=gain > _CLEARLY, gain=gain, n=n, is_pooled=True)
    if n < _ENOUGH:
        pooled = OPEN
    return {
        name: Clock(is_wall=g > _CLEARLY, gain=g, n=k, is_pooled=False)
        if k >= _ENOUGH and abs(g) > _CLEARLY
        else pooled
        for name, (g, k) in own.items()
    }


def _gain(waits: pl.DataFrame) -> tuple[float, int]:
    """Return how much more likely the waits are by the wall clock, and how many can tell."""
    waits = waits[:: max(1, waits.height // _MOST)]
    differs = (waits["wall_most_s"] - waits["most_s"] >= _APART_S) | (
        waits["wall_s"] - waits["delay_s"] >= _APART_S
    )
    n = int(differs.sum())
    if n == 0:
        return 0.0, 0
    half = np.arange(waits.height) % 2 == 0
    total = 0.0
    for least, most, sign in (("wall_s", "wall_most_s", 1.0), ("delay_s", "most_s", -1.0)):
        low, high = waits[least].to_numpy(), waits[most].to_numpy()
        broad_s = max(float(np.median(low)), 1.0) * 4.0 + 3600.0
        for train in (half, ~half):
            if train.all() or not train.any():
                return 0.0, 0
            seen = turnbull(low[train], high[train])
            total += sign * float(np.log(_chance(seen, low[~train], high[~train], broad_s)).sum())
    return total, n


def _chance(seen: Distribution, low: Floats, high: Floats, broad_s: float) -> Floats:
    """Return how likely a delay lies between bounds, widened by the resolution."""
    bottom, top = np.maximum(low - _RESOLUTION_S, 0.0), high + _RESOLUTION_S
    kept = seen.share > 1e-6
    place = np.log(seen.place[kept] + _RESOLUTION_S)
    upper = ndtr((np.log(top + _RESOLUTION_S)[:, None] - place) / _WIDTH)
    lower = ndtr((np.log(bottom + _RESOLUTION_S)[:, None] - place) / _WIDTH)
    lower[bottom <= 0.0] = 0.0
    inside = (upper - lower) @ (seen.share[kept] / seen.share[kept].sum())
    spread = np.exp(-bottom / broad_s) - np.exp(-top / broad_s)
    return np.asarray((1.0 - _BROAD) * inside + _BROAD * spread + 1e-12)
