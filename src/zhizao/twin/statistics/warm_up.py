"""Where a series that started empty begins to look like the long run."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhizao.twin.statistics.samples import as_series

BATCH_SIZE = 5
"""The 5 of MSER-5."""

N_LAST_BATCHES = 5
"""A truncation that leaves fewer batches than this is not looked at: a few equal
values at the end would win by chance (Hoad, Robinson & Davies 2010)."""

N_LEAST_BATCHES = 10
"""With fewer batches there is no first half to find a warm-up in."""


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """Where to cut a series.

    Attributes
    ----------
    verdict : str
        ``found``: the statistic is least in the first half. ``second_half``:
        it is not, so the series is too short or still drifts: simulate
        longer; the cut is the best in the first half and not to be trusted.
        ``too_short``: fewer than 50 observations; nothing was cut.
    n_cut : int
        Observations to leave out at the start, a multiple of 5.
    n : int
        Observations in the series.
    mean : float
        Mean of the observations after the cut, in the series' unit.
    mser : float or None
        The statistic at the cut; ``None`` if too short.
    """

    verdict: Literal["found", "second_half", "too_short"]
    n_cut: int
    n: int
    mean: float
    mser: float | None

    @property
    def is_found(self) -> bool:
        """Whether the cut can be used."""
        return self.verdict == "found"


def warm_up_mser5(series: ArrayLike) -> WarmUp:
    r"""Find the warm-up of a series by MSER-5.

    With :math:`Y_1 … Y_m` the means of successive fives, the cut is the
    :math:`d` that minimises

    .. math:: \mathrm{MSER}(d) = \frac{1}{(m-d)^2} \sum_{i=d+1}^{m} (Y_i - \bar Y_{d})^2,

    the squared standard error of the remaining mean *as if* the fives were
    independent: cutting more removes bias and costs data. A minimum in the
    second half is inconclusive, and the result says so; then the cut is the
    minimum over the first half: what is least over a few values at the end is
    mostly luck, and cutting there cost a quarter of the precision (M/M/1 at
    0.9, 5,000 customers, measured).

    Parameters
    ----------
    series : array-like of shape (n,)
        One observation after another, any unit. The average over replications
        finds the warm-up more surely than one noisy run. Observations left
        over after the last full five are not looked at, and count in ``mean``.

    Raises
    ------
    InputError
        If the series is empty, has more than one dimension, or holds ``nan``
        or an infinite value.

    References
    ----------
    K. P. White (1997), Simulation 69(6), 323-334 (MSER, half rule);
    K. P. White, M. J. Cobb, S. C. Spratt (2000), WSC, 755-760 (MSER-5);
    K. Hoad, S. Robinson, R. Davies (2010), J. Oper. Res. Soc. 61(9),
    1389-1403 (the last five batches, averaged replications).

    Examples
    --------
    >>> start = [50.0, 40.0, 30.0, 20.0, 10.0]
    >>> w = warm_up_mser5(start + [1.0, -1.0] * 100)
    >>> w.verdict, w.n_cut, w.mean
    ('found', 5, 0.0)
    >>> warm_up_mser5(range(1000)).verdict
    'second_half'
    """
    array = as_series(series, name="series")
    n_batches = array.size // BATCH_SIZE
    if n_batches < N_LEAST_BATCHES:
        return WarmUp(
            verdict="too_short", n_cut=0, n=array.size, mean=float(array.mean()), mser=None
        )
    batches = array[: n_batches * BATCH_SIZE].reshape(n_batches, BATCH_SIZE).mean(axis=1)
    statistic = mser_statistic(batches)[: n_batches - N_LAST_BATCHES + 1]
    cut = int(statistic[: n_batches // 2 + 1].argmin())
    return WarmUp(
        verdict="found" if statistic[cut] <= statistic.min() else "second_half",
        n_cut=cut * BATCH_SIZE,
        n=array.size,
        mean=float(array[cut * BATCH_SIZE :].mean()),
        mser=float(statistic[cut]),
    )


def mser_statistic(batches: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return MSER(d) for every d from 0 to m - 1.

    The sums of squares are built from the end by Welford's recursion (1962),
    whose terms are never negative, so that a series far from 0 loses no digits.

    Parameters
    ----------
    batches : float64 array of shape (m,)

    Returns
    -------
    float64 array of shape (m,)
        In squared units of the series.

    Examples
    --------
    >>> mser_statistic(np.array([4.0, 1.0, 1.0]))
    array([0.66666667, 0.        , 0.        ])
    """
    backwards = batches[::-1] - np.median(batches[batches.size // 2 :])
    count = np.arange(1, backwards.size + 1, dtype=np.float64)
    mean = np.cumsum(backwards) / count
    squares = np.zeros_like(backwards)
    squares[1:] = np.cumsum((backwards[1:] - mean[:-1]) ** 2 * count[:-1] / count[1:])
    return (squares / count**2)[::-1]
