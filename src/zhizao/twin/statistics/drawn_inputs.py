"""Intervals for what is true of the plant, not only of the plant as it was learnt.

One run of replications lives with the learnt values; its mean is the answer,
and its spread is chance. A second run lives with values drawn from their
sampling errors, several replications for each set, in the same futures; how
much the sets differ beyond chance is what the data cannot tell exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from zhizao._base.errors import InputError
from zhizao.twin.statistics.interval import LEVEL
from zhizao.twin.statistics.skewness import LEAST_VALUES, skewed_factors

Floats = NDArray[np.float64]

_LEAST_INPUT = 0.25
"""Standard errors that the variance between sets counts at least. An estimate of 0 is often
chance: with 0 here, intervals cover 91 % where the noise of a replication is three times as large
as the effect of the values, with 0.25 at least 94 % (20 sets of 4, measured)."""

_LEAST_FREEDOM = 4.0


@dataclass(frozen=True, kw_only=True)
class DrawnIntervals:
    """Means with their intervals, one for each column; float64 arrays of shape (n_columns,).

    Attributes
    ----------
    mean : array
        Over the replications with the learnt values.
    low, high : array
        Interval for the plant's true mean; longer on the side of a tail.
    chance : array
        Half-width of the interval if the learnt values were exact.
    data : array
        Half-width that the learnt values' errors alone would give, without their tail.
    p_value : array
        Two-sided, of a true mean of 0; 1 where nothing varies and the mean is 0.
    """

    mean: Floats
    low: Floats
    high: Floats
    chance: Floats
    data: Floats
    p_value: Floats


def drawn_intervals(values: Floats, drawn: Floats, *, level: float = LEVEL) -> DrawnIntervals:
    r"""Return the mean of each column, with chance and the inputs' errors in its interval.

    For b sets of values (rows) with r replications each,
    :math:`D_{ij} = \mu + B_i + e_{ij}`. Replication j of the run with the
    learnt values had the same future, so :math:`E_{ij} = D_{ij} - \beta D_j`
    (control variate, :math:`\beta` from the variation within rows) has less
    noise. With :math:`A = MS_b/r` and :math:`W = MS_w/r` of E,
    :math:`\hat\sigma_B^2 = A - W`, at least a quarter of its own standard
    error. The squared standard error of the mean for the *true* plant is
    :math:`\hat\sigma_B^2 + S^2/n`, with Satterthwaite's degrees of freedom,
    at least 4.

    Both parts may have a tail: a queue near saturation answers more to values
    above the learnt ones than to those below. So :math:`\hat\sigma_B^2` counts
    on each side of the mean with twice that side's share of the squared
    deviations of the sets from the mean, where that is more than 1 (so few sets
    do not show that a side is shorter), and :math:`S^2/n` with Willink's
    lengths for the skewness of the replications, of which there must be 20.

    Parameters
    ----------
    values : float64 array of shape (n, n_columns)
        Replications with the learnt values, without ``nan``; n at least 2.
    drawn : float64 array of shape (n_sets, n_each, n_columns)
        With drawn values; replication k of all (k = i × n_each + j) had the
        future of row k % n of ``values``. At least 2 sets of 2.
    level : float, default 0.95
        Between 0 and 1.

    Raises
    ------
    InputError
        If a shape is not as said.

    References
    ----------
    R. C. H. Cheng, W. Holland (1997), J. Stat. Comput. Simul. 57, 219-241 (the
    two parts of the variance, runs at the estimate and at bootstrapped
    values); E. Song, B. L. Nelson, C. D. Pegden (2014), WSC, 162-176 (random
    effects); R. R. Barton, B. L. Nelson, W. Xie (2014), INFORMS J. Comput.
    26(1), 74-87 (total interval); F. E. Satterthwaite (1946), Biometrics
    Bull. 2(6), 110-114.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> values = rng.normal(5.0, 1.0, (40, 1))
    >>> drawn = rng.normal(5.0, 1.0, (20, 4, 1)) + rng.normal(0.0, 2.0, (20, 1, 1))
    >>> found = drawn_intervals(values, drawn)
    >>> found.chance.round(1), found.data.round(1)
    (array([0.3]), array([4.4]))
    """
    if values.ndim != 2 or drawn.ndim != 3 or values.shape[1] != drawn.shape[2]:
        raise InputError(
            f"values and drawn have shapes {values.shape} and {drawn.shape}, "
            "expected (n, n_columns) and (n_sets, n_each, n_columns)"
        )
    if values.shape[0] < 2 or min(drawn.shape[:2]) < 2:
        raise InputError(
            f"{values.shape[0]} replications and {drawn.shape[0]} sets of {drawn.shape[1]} are "
            "given, expected at least 2 replications and 2 sets of 2"
        )
    n, (b, r) = values.shape[0], drawn.shape[:2]
    mean = values.mean(axis=0)
    noise = values.var(axis=0, ddof=1) / n
    rows, within = _rows(values, drawn)
    between = rows.var(axis=0, ddof=1)
    error = np.sqrt(2.0 * between**2 / (b - 1) + 2.0 * within**2 / (b * (r - 1)))
    is_found = between - within >= _LEAST_INPUT * error
    inputs = np.where(is_found, between - within, _LEAST_INPUT * error)
    own = np.where(is_found, between**2 / (b - 1) + within**2 / (b * (r - 1)), inputs**2 / (b - 1))
    total = inputs + noise
    own += noise**2 / (n - 1)
    freedom = np.divide(total**2, own, out=np.full_like(total, float(n - 1)), where=own > 0.0)
    freedom = np.maximum(freedom, _LEAST_FREEDOM)
    factor = special.stdtrit(freedom, (1.0 + level) / 2.0)
    inputs_below, inputs_above = on_each_side(inputs, rows - mean)
    noise_below, noise_above = _noise_on_each_side(values, noise, level=level)
    below, above = np.sqrt(inputs_below + noise_below), np.sqrt(inputs_above + noise_above)
    towards_0 = np.where(mean > 0.0, below, above)
    statistic = np.divide(
        np.abs(mean), towards_0, out=np.where(mean == 0.0, 0.0, np.inf), where=towards_0 > 0.0
    )
    return DrawnIntervals(
        mean=mean,
        low=mean - factor * below,
        high=mean + factor * above,
        chance=special.stdtrit(n - 1, (1.0 + level) / 2.0) * np.sqrt(noise),
        data=factor * np.sqrt(inputs),
        p_value=2.0 * special.stdtr(freedom, -statistic),
    )


def on_each_side(inputs: Floats, away: Floats) -> tuple[Floats, Floats]:
    """Return the variance between sets below and above the mean, at least the variance.

    Parameters
    ----------
    inputs : float64 array of shape (n_columns,)
        Variance between sets.
    away : float64 array of shape (n_sets, n_columns)
        Of each set, from the mean.

    Examples
    --------
    >>> below, above = on_each_side(np.array([4.0]), np.array([[-1.0], [-1.0], [2.0]]))
    >>> below.tolist(), above.round(2).tolist()
    ([4.0], [5.33])
    """
    squares = away**2
    whole = squares.sum(axis=0)
    above = np.where(away > 0.0, squares, 0.0).sum(axis=0)
    share = np.divide(2.0 * above, whole, out=np.ones_like(whole), where=whole > 0.0)
    return inputs * np.maximum(2.0 - share, 1.0), inputs * np.maximum(share, 1.0)


def _noise_on_each_side(values: Floats, noise: Floats, *, level: float) -> tuple[Floats, Floats]:
    """Return the squared standard error of the replications' mean for each side of it."""
    n = values.shape[0]
    if n < LEAST_VALUES:
        return noise, noise
    centred = values - values.mean(axis=0)
    deviation = np.sqrt((centred**2).mean(axis=0))
    cubes = (centred**3).mean(axis=0)
    skewness = np.divide(cubes, deviation**3, out=np.zeros_like(cubes), where=deviation > 0.0)
    factor = float(special.stdtrit(n - 1, (1.0 + level) / 2.0))
    below, above = skewed_factors(skewness / n**0.5, factor=factor)
    return noise * (below / factor) ** 2, noise * (above / factor) ** 2


def _rows(values: Floats, drawn: Floats) -> tuple[Floats, Floats]:
    """Return the means of rows without the replications' luck, and their noise, by column."""
    n, (b, r) = values.shape[0], drawn.shape[:2]
    paired = values[np.arange(b * r) % n].reshape(drawn.shape)
    x = paired - paired.mean(axis=1, keepdims=True)
    y = drawn - drawn.mean(axis=1, keepdims=True)
    squares = (x**2).sum(axis=(0, 1))
    beta = np.divide(
        (x * y).sum(axis=(0, 1)), squares, out=np.zeros_like(squares), where=squares > 0.0
    )
    left = drawn - beta * (paired - values.mean(axis=0))
    rows = left.mean(axis=1)
    within = ((left - rows[:, None]) ** 2).sum(axis=(0, 1)) / (b * (r - 1)) / r
    return rows, within
